import { describe, expect, it } from '@jest/globals';
import { actorKey, refusalKeys, type Actor } from '@interlock/contracts';
import {
  encodeCommand,
  testMetadata,
  type Command,
  type Decider,
  type DomainEvent,
  type Recorded,
  type RecordedEvent,
} from '@interlock/kernel';
import {
  executorDecider,
  executorsStream,
  killSwitchDecider,
  killSwitchStream,
  type KillSwitchCommand,
  type KillSwitchTarget,
  type ReceiptData,
} from '@interlock/rails';
import { Replay, type ReplayReport } from '../src/index.js';

const person = (id: string): Actor => ({ kind: 'person', person_id: id });
const executor = { service: 'netconf-gateway', instance: 'n-1' };
const receipt: ReceiptData = {
  acknowledged_by: 'executors',
  executors: [{ ...executor, answered: true }],
  cancelled: [],
  cancelled_count: 0,
  in_flight: [],
  in_flight_count: 0,
  not_notified: [],
  complete: true,
  rollback_in_flight: false,
  drill: true,
  time_to_stop_ms: 84,
};

/**
 * The uses of an agent's switch and of the tenant's own, as the deciders write them, one minute
 * apart.
 */
const written = (): readonly RecordedEvent[] => {
  const events: RecordedEvent[] = [];
  const streams = new Map<string, { state: unknown; revision: bigint }>();
  const tell = <C extends Command, E extends DomainEvent, S>(
    stream: string,
    decider: Decider<C, E, S>,
    actor: Actor,
    command: (now: string) => C,
  ): void => {
    const now = new Date(Date.parse('2026-01-01T00:00:00.000Z') + events.length * 60_000).toISOString();
    const known = streams.get(stream) ?? { state: decider.initial, revision: -1n };
    streams.set(stream, known);
    const asked = command(now);
    for (const { type, data } of decider.decide(asked, known.state as S)) {
      known.revision += 1n;
      const position = BigInt(events.length + 1);
      const event: RecordedEvent = {
        id: `00000000-0000-4000-8000-${String(events.length).padStart(12, '0')}`,
        type,
        data,
        stream,
        revision: known.revision,
        position: { commit: position, prepare: position },
        created: now,
        metadata: testMetadata({
          actor,
          occurred_at: now,
          command_id: `c-${events.length}`,
          command: encodeCommand(asked, data, { now, actor }),
          schema_version: decider.schemaVersions?.[type] ?? 1,
        }),
      };
      known.state = decider.evolve(known.state as S, event as unknown as Recorded<E>);
      events.push(event);
    }
  };
  const own = killSwitchStream('tenant', 'demo', '');
  const release =
    (target: KillSwitchTarget, who: string) =>
    (now: string): KillSwitchCommand => ({
      kind: 'release',
      ...target,
      reason: 'over',
      people: 2,
      by: actorKey(person(who)),
      refused_as: refusalKeys(person(who)),
      now,
    });
  const use = (stream: string, target: KillSwitchTarget, drill: boolean): void => {
    tell(stream, killSwitchDecider, person('ann'), () => ({
      kind: 'engage' as const,
      ...target,
      reason: 'x',
      rollback_in_flight: true,
      drill,
    }));
    tell(executorsStream, executorDecider, person('ann'), () => ({
      kind: 'answer' as const,
      ...executor,
      stream,
      revision: '0',
    }));
    tell(stream, killSwitchDecider, person('ann'), () => ({
      kind: 'acknowledge' as const,
      receipt: { ...receipt, drill },
    }));
    for (const who of ['ann', 'ben']) tell(stream, killSwitchDecider, person(who), release(target, who));
  };
  tell(executorsStream, executorDecider, person('ann'), (now) => ({
    kind: 'register' as const,
    ...executor,
    now,
  }));
  const agent = killSwitchStream('agent', 'demo', 'bot');
  tell(own, killSwitchDecider, person('ann'), () => ({ kind: 'list' as const, stream: agent }));
  use(agent, { scope: 'agent', tenant_id: 'demo', action_type: null, agent: 'bot' }, true);
  use(own, { scope: 'tenant', tenant_id: 'demo', action_type: null }, false);
  tell(executorsStream, executorDecider, person('ann'), () => ({ kind: 'leave' as const, ...executor }));
  return events;
};

const events = written();
const replayed = (list: readonly RecordedEvent[]): ReplayReport => {
  const replay = new Replay({ whole: true });
  for (const event of list) replay.take(event);
  return replay.end();
};
/** The events, with changed data in the first of a type. */
const changed = (type: string, change: object): readonly RecordedEvent[] => {
  const place = events.findIndex((event) => event.type === type);
  expect(place).toBeGreaterThanOrEqual(0);
  return events.map((event, i) => (i === place ? { ...event, data: { ...event.data, ...change } } : event));
};

describe('the uses of kill switches and the acknowledgements of executors', () => {
  it('are all decided again, in both streams', () => {
    expect(replayed(events).difference).toBeNull();
    expect([...new Set(events.map(({ type }) => type))].sort()).toEqual(
      [...killSwitchDecider.types, ...executorDecider.types].sort(),
    );
  });

  it.each([
    ['KillSwitchEngaged', { agent: 'other' }],
    ['KillSwitchEngaged', { site_id: 'berlin-1' }],
    ['KillSwitchListed', { listed: [] }],
    ['KillSwitchListed', { engaged: true }],
    ['KillSwitchReleaseRequested', { expires_at: '2026-01-02T00:00:00.000Z' }],
    ['KillSwitchReleaseRequested', { by: 'person:cleo' }],
    ['KillSwitchReleased', { requested_by: 'person:cleo' }],
    ['ExecutorRegistered', { expires_at: '2026-01-02T00:00:00.000Z' }],
  ])('%s with %o is found', (type, change) => {
    expect(replayed(changed(type, change)).difference).not.toBeNull();
  });

  it('a release whose request is by the same person is found', () => {
    const alone = events.map((event) =>
      event.type === 'KillSwitchReleased'
        ? { ...event, metadata: { ...event.metadata, actor: person('ann') } }
        : event,
    );
    expect(replayed(alone).difference).toMatchObject({ kind: 'kill_switch' });
  });
});
