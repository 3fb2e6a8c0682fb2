import { describe, expect, it } from '@jest/globals';
import { modesLoosens, modeDecider, modeStream, shippedModes } from '@interlock/autonomy';
import { actorKey, systemTenant } from '@interlock/contracts';
import { requiredPeopleDecider, type RecordedEvent } from '@interlock/kernel';
import { firstRequiredPeopleId, requiredPeopleStream } from '@interlock/rails';
import { exportedEvent, readExportedLine } from '@interlock/tree';
import { personDecider, personLoosens, personStream } from '@interlock/tree';
import { Replay, type ReplayReport } from '../src/index.js';
import { writeSetting } from './simulated-log/changes.ts';
import { Journal, person, service, tenant } from './simulated-log/journal.ts';

const [ann, bob] = [person('ann'), person('bob')];
const modes = { stream: modeStream(tenant), decider: modeDecider, loosens: modesLoosens(tenant) };

const exported = (event: RecordedEvent): RecordedEvent => {
  const read = readExportedLine(JSON.stringify(exportedEvent(event)));
  if ('fault' in read) throw new Error(read.fault);
  return read.event;
};
const replayed = (events: readonly RecordedEvent[], whole = true): ReplayReport => {
  const replay = new Replay({ whole });
  for (const event of events.map(exported)) if (!replay.take(event)) break;
  return replay.end();
};
const foundIn = (events: readonly RecordedEvent[]): readonly (string | undefined)[] =>
  [true, false].map((whole) => replayed(events, whole).difference?.what);
const setMode = (mode: 'AUTO_EXECUTE' | 'DISABLED', type?: string) =>
  ({ kind: 'SetMode', key: type === undefined ? {} : { action_type: type }, mode }) as const;

/** Ann tightens a mode, then loosens one that Bob approves. */
const log = new Journal(1);
writeSetting(log, modes, setMode('DISABLED', 'qos_tune'), ann);
writeSetting(log, modes, setMode('AUTO_EXECUTE', 'cell_failover'), ann, bob);
const events = log.out.filter(({ stream }) => !stream.startsWith('alert-'));
const placeOf = (type: string): number => events.findIndex((event) => event.type === type);
const applied = events.findIndex(({ metadata }) => metadata.change !== undefined);
const change = events[applied]!.metadata.change!;

const altered = (place: number, over: (event: RecordedEvent) => Partial<RecordedEvent>): RecordedEvent[] =>
  events.with(place, { ...events[place]!, ...over(structuredClone(events[place]!)) });
/** Another event of the setting after the last one, as somebody forges it. */
const forged = (over: Partial<RecordedEvent['metadata']>, mode = 'AUTO_EXECUTE'): RecordedEvent[] => {
  const last = events.at(-1)!;
  const { change: _change, ...metadata } = events[applied]!.metadata;
  const position = { commit: last.position.commit + 1n, prepare: last.position.prepare + 1n };
  return [
    ...events,
    {
      ...events[applied]!,
      id: 'forged',
      position,
      revision: events[applied]!.revision + 1n,
      data: { action_type: 'qos_tune', mode },
      metadata: { ...metadata, command_id: 'forged', ...over },
    },
  ];
};

describe('a setting in the log', () => {
  it('replays where what loosens it applies a change of two people', () => {
    expect(events.map(({ type }) => type)).toEqual([
      'AutonomyModeSet',
      'ChangeRequested',
      'ChangeApproved',
      'AutonomyModeSet',
      'ChangeApplied',
    ]);
    for (const whole of [true, false]) {
      const { difference, checked } = replayed(events, whole);
      expect(difference).toBeNull();
      expect(checked).toMatchObject({ change: 4, setting: 2 });
    }
    expect(replayed(forged({}, 'PROPOSE_ONLY')).difference).not.toBeNull();
    expect(replayed(forged({}, 'DISABLED')).difference?.what).not.toContain('loosens');
  });

  it('is found where it loosens without a change', () => {
    const what = 'what loosens a setting applies a change that people have approved';
    expect(foundIn(forged({}))).toEqual([what, what]);
    const { change: _change, ...metadata } = events[applied]!.metadata;
    const named = foundIn(altered(applied, () => ({ metadata })));
    expect(named).toEqual([what, what]);
    expect(replayed(forged({})).difference).toMatchObject({
      id: 'forged',
      kind: 'change',
      recorded: null,
      replayed: null,
    });
  });

  it.each<readonly [string, readonly RecordedEvent[], RegExp]>([
    [
      'the change was not approved',
      events.filter(({ type }) => type !== 'ChangeApproved'),
      /is approved$|revision/,
    ],
    [
      'it names another digest',
      altered(applied, ({ metadata }) => ({
        metadata: { ...metadata, change: { ...change, digest: 'f'.repeat(64) } },
      })),
      /has its digest$/,
    ],
    ['the change was applied before', forged({ change }), /is of this revision$/],
    [
      'it writes something else',
      altered(applied, ({ data, metadata }) => ({
        data: { ...data, reason: 'another' },
        metadata: {
          ...metadata,
          command: { kind: 'SetMode', from: ['mode', 'reason'], into: { key: ['action_type'] } },
        },
      })),
      /is what the approved change writes$/,
    ],
  ])('is found where %s', (_, of, what) => {
    for (const found of foundIn(of)) expect(found).toMatch(what);
  });

  it('is found where people were not shown everything that it loosens', () => {
    const shown = new Journal(4);
    const loosens = () => [{ pointer: '/limits/soak_s', detail: 'falls from 10 to 9' }];
    writeSetting(shown, { ...modes, loosens }, setMode('AUTO_EXECUTE'), ann, bob);
    for (const found of foundIn(shown.out)) expect(found).toMatch(/shows everything that it loosens$/);
  });
});

describe('a change in the log', () => {
  it.each<readonly [string, (event: RecordedEvent) => Partial<RecordedEvent>]>([
    [
      'by the requester alone',
      ({ data, metadata }) => ({
        data: { ...data, by: actorKey(ann), people: [actorKey(ann)] },
        metadata: { ...metadata, actor: ann },
      }),
    ],
    [
      'by the requester under two keys',
      ({ data, metadata }) => ({
        data: { ...data, people: [actorKey(ann), actorKey(ann)] },
        metadata,
      }),
    ],
    [
      'by a program',
      ({ data, metadata }) => ({
        data: { ...data, by: 'service:ci', people: [actorKey(ann), 'service:ci'] },
        metadata: { ...metadata, actor: service('ci') },
      }),
    ],
    ['by somebody else than the writer', ({ metadata }) => ({ metadata: { ...metadata, actor: ann } })],
    ['of another digest', ({ data }) => ({ data: { ...data, digest: 'f'.repeat(64) } })],
  ])('is found where it is approved %s', (_, over) => {
    const place = placeOf('ChangeApproved');
    for (const whole of [true, false])
      expect(replayed(altered(place, over), whole).difference).toMatchObject({ id: events[place]!.id });
  });

  it('is found where one of the two invited the other shortly before', () => {
    const person_id = 'person_id' in bob ? bob.person_id : '';
    const setting = {
      stream: personStream(tenant, person_id),
      decider: personDecider,
      loosens: personLoosens,
    };
    const invited = (daysAgo: number): readonly RecordedEvent[] => {
      const told = new Journal(1);
      const { now } = told;
      told.now -= daysAgo * 86_400_000;
      const link = { kind: 'invite', person_id, invitation_id: 'i', occasion: 'link' } as const;
      const terms = { role: 'approver', name: null, expires_at: told.at, ends_sessions: false } as const;
      writeSetting(told, setting, { ...link, ...terms }, ann, person('cleo'));
      told.now = now;
      writeSetting(told, modes, setMode('DISABLED', 'qos_tune'), ann);
      writeSetting(told, modes, setMode('AUTO_EXECUTE', 'cell_failover'), ann, bob);
      return told.out.filter(({ stream }) => !stream.startsWith('alert-'));
    };
    for (const found of foundIn(invited(3))) expect(found).toBe('an approval knows who invited whom');
    expect(foundIn(invited(31))).toEqual([undefined, undefined]);
  });

  it('is found where it counts as applied and no event applies it', () => {
    const without = events.filter((_, place) => place !== applied);
    expect(replayed(without).difference?.what).toContain('no event of its setting applies');
    expect(replayed(without, false).unchecked['change']).toBe(1);
  });

  it('is found where an event applies a change that is not there', () => {
    const without = events.filter(({ stream }) => !stream.startsWith('change-'));
    expect(without.some(({ metadata }) => metadata.change !== undefined)).toBe(true);
    expect(replayed(without).difference).toMatchObject({ id: events[applied]!.id, kind: 'change' });
    expect(replayed(without, false)).toMatchObject({ difference: null, unchecked: { change: 1 } });
  });

  it('is found where it asks for fewer people than the tenant needs', () => {
    const needs = new Journal(2);
    needs.tell(
      requiredPeopleStream(tenant),
      requiredPeopleDecider,
      { kind: 'SetRequiredPeople', required_people: 3, reason: 'r' },
      ann,
    );
    writeSetting(needs, modes, setMode('AUTO_EXECUTE', 'cell_failover'), ann, bob);
    expect(replayed(needs.out).difference?.what).toContain('the change needs 3 people, and asks for 2');
  });
});

describe('the first start of an installation', () => {
  const written = ({ twice = false, other = false } = {}): readonly RecordedEvent[] => {
    const first = new Journal(3);
    const [{ stream, command, command_id }] = shippedModes as [(typeof shippedModes)[number]];
    const ledger = service('budget-ledger');
    first.tell(
      requiredPeopleStream(systemTenant),
      requiredPeopleDecider,
      { kind: 'SetRequiredPeople', required_people: 1, reason: 'first start' },
      service('safety-rails'),
      { id: firstRequiredPeopleId },
    );
    first.tell(stream, modeDecider, other ? { ...command, key: {} } : command, ledger, { id: command_id });
    if (twice) {
      first.tell(stream, modeDecider, { kind: 'RemoveMode', key: command.key }, ann);
      first.tell(stream, modeDecider, command, ledger, { id: command_id });
    }
    return first.out;
  };

  it('needs no change for the settings that ship', () =>
    expect(foundIn(written())).toEqual([undefined, undefined]));

  it.each([
    ['writes one again', written({ twice: true })],
    ['writes another one', written({ other: true })],
    [
      'lowers the required people later',
      [
        ...written(),
        ...written()
          .slice(0, 1)
          .map((event) => ({
            ...event,
            id: 'again',
            revision: 1n,
            position: { commit: 99n, prepare: 99n },
            metadata: { ...event.metadata, command_id: 'later' },
            data: { required_people: 1, reason: 'more' },
          })),
      ],
    ],
  ])('is found where it %s', (_, of) => expect(replayed(of).difference).not.toBeNull());
});
