import { describe, expect, it } from '@jest/globals';
import { parseStream } from '@interlock/contracts';
import { alertDecider, over, raised, RuleEngine, type Consequence } from '@interlock/alerting';
import {
  contentHash,
  encodeCommand,
  fold,
  sameJson,
  type Command,
  type DomainEvent,
  type RecordedEvent,
} from '@interlock/kernel';
import { predictionQuestion, seenPrediction, type IntentAcceptedData } from '@interlock/rails';
import { predict, DecisionMemory } from '@interlock/twin';
import { AlertReplay } from '../src/alerting/alerts.js';
import { Replay, type ReplayReport } from '../src/index.js';
import { SimulatedLog } from './simulated-log/simulated-log.ts';

const events = [...new SimulatedLog(19).events(60)].map((event): RecordedEvent => ({
  ...event,
  data: JSON.parse(JSON.stringify(event.data)) as object,
}));
const replayed = (of: readonly RecordedEvent[], whole = true): ReplayReport => {
  const replay = new Replay({ whole });
  for (const event of of) if (!replay.take(event)) break;
  return replay.end();
};
/** A log without some streams, so that decisions based on them no longer follow. */
const without = (...streams: readonly string[]): readonly RecordedEvent[] =>
  events.filter(({ stream }) => !streams.some((start) => stream.startsWith(start)));
const placeOf = (type: string, nth = 0): number =>
  events.map(({ type: of }, i) => (of === type ? i : -1)).filter((i) => i >= 0)[nth]!;
const altered = (place: number, alter: (data: never) => object): readonly RecordedEvent[] =>
  events.with(place, { ...events[place]!, data: alter(structuredClone(events[place]!.data) as never) });

type Judged = { readonly gates: readonly { readonly gate: string; readonly saw: object }[] };
const seenBy = (gate: string, data: object): boolean =>
  (data as Judged).gates.some((record) => record.gate === gate && 'answer' in record.saw);
/** Changes the inputs of a gate. */
const lookedAt =
  <S>(gate: string, alter: (saw: S) => object) =>
  (data: Judged): object => ({
    ...data,
    gates: data.gates.map((record) =>
      record.gate === gate ? { ...record, saw: alter(record.saw as S) } : record,
    ),
  });

describe('a log that is said to be whole', () => {
  it.each([
    ['the settings of a budget', 'autonomy-sim:budget=ran', 'limit'],
    ['the auto-approval settings', 'autonomy-sim:auto_approval', 'evaluation'],
    ['the traces', 'trace-', 'prediction'],
    ['the modes', 'autonomy-sim:config', 'evaluation'],
    ['the policies', 'policy-', 'evaluation'],
    ['the bundle', 'bundle-', 'rollout'],
    ['the inventory', 'device-', 'estimate'],
    ['a kill switch', 'kill_switch-', 'switches'],
  ])('must hold the inputs of its decisions: without %s it differs', (_, stream, kind) => {
    const { difference } = replayed(without(stream));
    expect(difference).not.toBeNull();
    expect(
      [kind, 'shape'].includes(difference!.kind) ||
        ['mode', 'auto_approval', 'stop', 'alert', 'incident', 'change'].includes(difference!.kind),
    ).toBe(true);
    expect(Object.keys(replayed(without(stream), false).unchecked).length).toBeGreaterThan(0);
  });

  it('reports the streams whose beginning it lacks', () => {
    const place = placeOf('ExecutionStarted');
    const { begun_late } = replayed(events.slice(place), false);
    expect(begun_late.first[0]).toEqual({
      stream: events[place]!.stream,
      revision: `${events[place]!.revision}`,
    });
    expect(begun_late.count).toBeGreaterThanOrEqual(begun_late.first.length);
    expect(replayed(events).begun_late).toEqual({ count: 0, first: [] });
  });

  it.each([
    ['leases', 'lease-', 'lease_held', 2],
    ['budgets', 'budget-', 'budget_answer', 90],
  ])('may lack only those %s that the log has deleted by its end', (_, stream, kind, days) => {
    const rest = without(stream);
    expect(replayed(rest).difference).toMatchObject({ kind });
    expect(replayed(rest, false)).toMatchObject({
      difference: null,
      unchecked: { [kind]: expect.any(Number) },
    });
    const last = events.at(-1)!;
    const at = (over: number): string =>
      new Date(Date.parse(last.metadata.occurred_at) + days * 86_400_000 + over).toISOString();
    const later = (over: number): RecordedEvent => ({
      ...last,
      id: 'later',
      created: at(over),
      stream: 'person-sim:p',
      revision: 0n,
      type: 'PersonErased',
      data: { person_id: 'p' },
      metadata: {
        ...last.metadata,
        command_id: 'later',
        command: { kind: 'record_erasure', from: ['*'] },
        occurred_at: at(over),
      },
    });
    expect(replayed([...rest, later(1)])).toMatchObject({
      difference: null,
      unchecked: { [kind]: expect.any(Number) },
    });
    expect(replayed([...rest, later(-days * 86_400_000)]).difference).toMatchObject({ kind });
  });

  it('does not judge decisions that depend on events of a newer release', () => {
    const future: RecordedEvent = {
      ...events[0]!,
      id: 'future',
      stream: 'lint-sim:settings',
      revision: 0n,
      type: 'LintForgotten',
      data: {},
    };
    const [first, ...rest] = without('autonomy-sim:budget=ran');
    expect(replayed([first!, { ...future, position: first!.position }, ...rest])).toMatchObject({
      difference: null,
      unchecked: { limit: expect.any(Number) },
    });
  });
});

describe('the inputs of a gate about the network and the past', () => {
  it('leave a posture unchecked if its signals are in another file', () => {
    expect(replayed(events).checked['posture']).toBeGreaterThan(0);
    const report = replayed(without('signal-'), false);
    expect([report.difference, report.checked['posture'] ?? 0]).toEqual([null, 0]);
    expect(report.unchecked['posture']).toBeGreaterThan(0);
  });

  it('are found if they state fewer affected entities than the inventory', () => {
    expect(
      replayed(
        altered(
          placeOf('GatesJudged'),
          lookedAt('blast_radius', (saw: { estimate: object }) => ({
            ...saw,
            estimate: { ...saw.estimate, affected_entity_count: 1, neighbours: [] },
          })),
        ),
      ).difference,
    ).toMatchObject({ kind: 'estimate', recorded: 1, replayed: 3 });
  });

  it('are found if a prediction uses only selected traces', () => {
    const place = events
      .flatMap(({ type, data }, i) => (type === 'GatesJudged' && seenBy('prediction', data) ? [i] : []))
      .at(5)!;
    const { intent } = events.find(({ stream }) => stream === events[place]!.stream)!
      .data as unknown as IntentAcceptedData;
    const memory = new DecisionMemory();
    const traces = events.filter(({ type }) => type === 'TraceImported');
    for (const { data, position } of traces.slice(0, 2)) memory.add(data as never, `${position.commit}`);
    const forged = altered(
      place,
      lookedAt('prediction', ({ answer: was }: { answer: { made_at: string; memory_version: string } }) => {
        const answer = predict(memory, predictionQuestion(intent, false, was.made_at));
        return { answer: { ...seenPrediction(answer), memory_version: was.memory_version } };
      }),
    );
    expect(replayed(forged).difference).toMatchObject({ id: events[place]!.id, kind: 'prediction' });
    // In a part of a log, the other traces may have been forgotten by an event that it lacks. The
    // evaluation that used the prediction still differs.
    expect(replayed(forged, false).difference).toMatchObject({ id: events[place]!.id });
  });

  it('are found if an action was stopped by a kill switch that was not engaged', () => {
    const open = events[placeOf('IntentAccepted')]!;
    const stop: RecordedEvent = {
      ...open,
      id: 'stop',
      revision: 1n,
      type: 'ActionDenied',
      metadata: {
        ...open.metadata,
        command_id: 'stop',
        command: {
          kind: 'stop_by_kill_switch',
          from: ['reasons', 'now'],
          inputs: { rollback_in_flight: false },
        },
      },
      data: {
        gate: 'kill_switch',
        verdict: 'fail',
        status: 'CANCELLED',
        reasons: [{ code: 'kill-switch-engaged', detail: 'the kill switch was engaged' }],
      },
    };
    type Of = {
      readonly scope: string;
      readonly tenant_id: string | null;
      readonly action_type: string | null;
    };
    const engaged = (stream: string, of: Of): RecordedEvent => ({
      ...open,
      id: `engaged ${of.scope}`,
      stream,
      revision: 0n,
      type: 'KillSwitchEngaged',
      data: { ...of, reason: '', rollback_in_flight: false },
      metadata: { ...open.metadata, command_id: of.scope, command: { kind: 'engage', from: ['*'] } },
    });
    const released = (engagement: RecordedEvent): RecordedEvent => {
      const { rollback_in_flight: _, ...data } = engagement.data as { readonly rollback_in_flight: boolean };
      return {
        ...engagement,
        id: `released ${engagement.id}`,
        revision: 1n,
        type: 'KillSwitchReleased',
        data,
        metadata: { ...open.metadata, command_id: engagement.id, command: { kind: 'release', from: ['*'] } },
      };
    };
    const all = [
      engaged('kill_switch-_system:global', { scope: 'global', tenant_id: null, action_type: null }),
      engaged('kill_switch-sim:tenant', { scope: 'tenant', tenant_id: 'sim', action_type: null }),
      engaged('kill_switch-sim:type=cell_failover', {
        scope: 'action_type',
        tenant_id: 'sim',
        action_type: 'cell_failover',
      }),
    ];
    expect(replayed([open, stop]).unchecked).toMatchObject({ stop: 1 });
    const long = new Date(Date.parse(open.metadata.occurred_at) - 3_600_000).toISOString();
    const before = (event: RecordedEvent): RecordedEvent => ({
      ...event,
      position: events[0]!.position,
      metadata: { ...event.metadata, occurred_at: long },
    });
    const used = all.flatMap((one) => [before(one), before(released(one))]);
    expect(replayed([...used, open, stop], false).difference).toMatchObject({
      id: 'stop',
      kind: 'stop',
      recorded: true,
      replayed: false,
    });
    // A part without the tenant's own switch cannot tell whether that one was engaged.
    expect(replayed([...used.slice(0, 2), open, stop], false)).toMatchObject({
      difference: null,
      unchecked: { stop: 1 },
    });
    expect(replayed([...used.slice(0, 5), open, stop], false).difference?.kind).not.toBe('stop');
  });
});

describe('alerts', () => {
  const metadata = {
    $correlationId: 'c',
    $causationId: 'c',
    tenant_id: '_system',
    actor: { kind: 'service' as const, service: 'audit' },
    schema_version: 1,
    occurred_at: '2026-11-20T10:00:00.000Z',
    command_id: 'c',
  };
  let at = 0n;
  const event = (
    stream: string,
    revision: bigint,
    { type, data }: DomainEvent,
    asked?: Command,
  ): RecordedEvent => {
    at += 1n;
    const said = { now: metadata.occurred_at, actor: metadata.actor };
    return {
      id: `e-${at}`,
      stream,
      revision,
      type,
      data,
      position: { commit: at, prepare: at },
      created: metadata.occurred_at,
      metadata: {
        ...metadata,
        command_id: `c-${at}`,
        ...(asked === undefined ? {} : { command: encodeCommand(asked, data, said) }),
      },
    };
  };

  it('of a log that contradicts a signature follow from that very event', () => {
    const contradiction = { origin: 'log.example', tree_size: 7, found_by: 'log', detail: 'leaf 3' };
    const report = { kind: 'report', data: contradiction };
    const found = event(
      'checkpoint-_system:log',
      0n,
      { type: 'TreeInconsistencyFound', data: contradiction },
      report,
    );
    const [{ command, alert_id }] = new RuleEngine().take(found) as [Consequence];
    const stream = `alert-_system:${alert_id}`;
    const [fired] = alertDecider.decide(command, alertDecider.initial);
    expect(replayed([found, event(stream, 0n, fired!, command)])).toMatchObject({
      difference: null,
      checked: { alert: 2 },
    });
    expect(
      replayed([found, event(stream, 0n, { ...fired!, data: { ...fired!.data, severity: 'low' } }, command)])
        .difference,
    ).toMatchObject({ type: 'AlertFired' });
  });

  it("are judged by the tenant's figures of that time", () => {
    const limits = event('autonomy-demo:config', 0n, {
      type: 'LimitsSet',
      data: { limits: { alert_responses_blocked: 1 }, reason: 'r' },
    });
    const blocked = (i: number): RecordedEvent =>
      event(`response-demo:${i}`, 0n, { type: 'ResponseBlocked', data: { response_id: `${i}`, gates: [] } });
    const caused = [limits, blocked(1), blocked(2)];
    const engine = new RuleEngine();
    const [{ command, alert_id }] = caused.flatMap((one) => engine.take(one)) as [Consequence];
    const [fired] = alertDecider.decide(command, alertDecider.initial);
    const alert = event(`alert-demo:${alert_id}`, 0n, fired!, command);
    const differenceOf = (of: readonly RecordedEvent[]): object | null => {
      const rules = new AlertReplay(() => 'none', true);
      for (const one of of) rules.fold(one, parseStream(one.stream)!);
      const wrong = rules
        .take(alert, { category: 'alert', tenant: 'demo', id: alert_id })
        .find((finding) => 'what' in finding && !sameJson(finding.recorded, finding.replayed));
      return wrong ?? null;
    };
    expect(differenceOf(caused)).toBeNull();
    // With the defaults, which hold without that event, nothing fires at the second.
    expect(differenceOf(caused.slice(1))).toMatchObject({ kind: 'alert', replayed: null });
  });

  it('that a service reports itself have no causing event, and may repeat', () => {
    const request = {
      request_id: 'r',
      name: 'projection_lag' as const,
      subject: 'alerting/alerts',
      detail: 'is behind',
      cause: null,
      at: metadata.occurred_at,
    };
    const first = raised(request);
    const told: DomainEvent[] = [];
    const asked: Command[] = [];
    for (const { command } of [first, over(request), first]) {
      told.push(...alertDecider.decide(command, fold(alertDecider, told as never)));
      asked.push(command);
    }
    expect(told.map(({ type }) => type)).toEqual(['AlertFired', 'AlertResolved', 'AlertFired']);
    expect(replayed(told.map((one, i) => event(first.stream, BigInt(i), one, asked[i])))).toMatchObject({
      difference: null,
      itself: { alert: 3 },
    });
  });
});

describe('a configuration that was read back', () => {
  it('must be taken back if it is not the intended one, so its observation is found', () => {
    const place = placeOf('TentativeCommitApplied');
    const { difference } = replayed(
      altered(place, (data: object) => ({ ...data, read_back_hash: contentHash('another') })),
    );
    expect(difference).toMatchObject({ stream: events[place]!.stream, type: 'KpisObserved' });
  });
});
