import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, sameJson, type RecordedEvent } from '@interlock/kernel';
import { canonicalText, contentText } from '../src/canonical-text.js';
import { exportedEvent, readExportedLine } from '@interlock/tree';
import { firstDifference, Replay, type ReplayOptions, type ReplayReport } from '../src/index.js';
import { early } from './simulated-log/early.ts';
import { everything, SimulatedLog } from './simulated-log/simulated-log.ts';

/** The event as it is read from a file: only JSON survives. */
const exported = (event: RecordedEvent): RecordedEvent => {
  const read = readExportedLine(JSON.stringify(exportedEvent(event)));
  if ('fault' in read) throw new Error(read.fault);
  return read.event;
};
/** The long form: `npm run test:chaos`. */
const isLong = process.env['INTERLOCK_LONG_TESTS'] === 'true';

const log = (seed: number, actions: number): readonly RecordedEvent[] =>
  [...new SimulatedLog(seed).events(actions)].map(exported);
const replayed = (events: readonly RecordedEvent[], options?: ReplayOptions): ReplayReport => {
  const replay = new Replay(options);
  for (const event of events) if (!replay.take(event)) break;
  return replay.end();
};

/** Inputs that even the whole log of a tenant lacks: events of `_system`. */
const elsewhere = ['action_type', 'change', 'global_switch'];

/**
 * The members that commands hold besides their events' data. They stay in the log permanently, so
 * they must not contain secrets, or people's texts unless sealed.
 */
const beside: readonly string[] = [
  'ApproveChange related',
  'ChangePolicy change',
  'CreatePolicy content',
  'CreatePolicy policy_id',
  'CreatePolicy status',
  'DefineActionType content',
  'RecordLevel dwell_s',
  'RecordLevel floor',
  'SetMode key',
  'TakeTurn instance',
  'TakeTurn plan_hash',
  'TakeTurn turn',
  'UnlockTrust force',
  'approve_rollback comment',
  'extend seconds',
  'fire data',
  'record_last_look confirm_timeout_s',
  'record_last_look soak_s',
  'record_looks consume',
  'record_reservation granted',
  'record_reservation held_by',
  'record_rollback status',
  'record_transaction status',
  'record_turn status',
  'reject comment',
  'release rollback_in_flight',
  'reserve lease_expires_at',
  'reserve wait_expires_at',
  'stop_by_kill_switch rollback_in_flight',
];

describe('a long log of anything that can happen', () => {
  it('has only the listed members in its commands, besides data', () => {
    const simulated = new SimulatedLog(3);
    const inputs = [...simulated.events(250), ...simulated.stories()].flatMap(({ metadata: { command } }) =>
      Object.keys(command?.inputs ?? {}).map((member) => `${command?.kind} ${member}`),
    );
    expect([...new Set(inputs)].sort()).toEqual(beside);
  });

  it.each(isLong ? [1, 5, 8] : [5])('replays without a difference, whole (seed %i)', (seed) => {
    const report = replayed(log(seed, 250), { whole: true });
    expect(report.difference).toBeNull();
    expect([Object.keys(report.unchecked).sort(), report.unknown, report.owed]).toEqual([elsewhere, {}, {}]);
  });

  it.each(isLong ? [1, 2, 3, 4] : [1, 2])(
    'replays without a difference, with plans, tools and rare events (seed %i)',
    (seed) => {
      const simulated = new SimulatedLog(seed);
      const events = [...simulated.events(25), ...simulated.stories()].map(exported);
      const report = replayed(events, { whole: true });
      expect(report.difference).toBeNull();
      expect([Object.keys(report.unchecked).sort(), report.unknown, report.owed]).toEqual([
        elsewhere,
        {},
        {},
      ]);
      // What a tool or a response affects, and what was imported, comes from outside the log.
      expect(Object.keys(report.itself).sort()).toEqual(['estimate', 'trace']);
      expect(Object.keys(report.checked)).toEqual(
        expect.arrayContaining([
          'brake',
          'call',
          'executor',
          'feedback',
          'mcp_call',
          'mcp_server',
          'response',
          'response_work',
          'tenant',
          'trust_lock',
        ]),
      );
      const types = new Set(events.map(({ stream, type }) => `${stream.split('-')[0]} ${type}`));
      for (const rare of [
        'plan PlanApproved',
        'plan PlanNodeEnded',
        'plan PlanHalted',
        'action ActionRolledBack',
        'action RollbackStarted',
        'mcp_call ToolCallAnswered',
        'response ResponseCompleted',
        'feedback FeedbackGiven',
        'person PersonErased',
      ])
        expect(types).toContain(rare);
    },
  );

  it.each(early)('replays without a difference with $what before its first action', ({ seed, more }) => {
    const events = [...new SimulatedLog(seed, everything, more).events(seed === 1 ? 120 : 250)].map(exported);
    expect(replayed(events, { whole: true }).difference).toBeNull();
  });

  it('finds an end whose text does not use the latest detail', () => {
    const [{ seed, more }] = early;
    const events = [...new SimulatedLog(seed, everything, more).events(120)];
    const place = events.findLastIndex(
      ({ type, data }) => type === 'AlertResolved' && !('superseded' in data),
    );
    const otherwise = { ...events[place]!, data: { ...events[place]!.data, detail: 'it is over: 1 of 2' } };
    expect(replayed(events.with(place, otherwise), { whole: true }).difference).toMatchObject({
      id: events[place]!.id,
    });
  });

  it('has decisions of every kind', () => {
    expect(Object.keys(replayed(log(5, 250)).checked).sort()).toEqual([
      'action',
      'alert',
      'auto_approval',
      'budget',
      'budget_answer',
      'budget_day',
      'bundle',
      'change',
      'device',
      'estimate',
      'evaluated_context',
      'evaluation',
      'execution',
      'gate',
      'handler_answer',
      'incident',
      'intent',
      'kill_switch',
      'lease',
      'lease_held',
      'level',
      'limit',
      'look',
      'mode',
      'plan',
      'policy',
      'posture',
      'posture_run',
      'prediction',
      'reference',
      'refusal',
      'right',
      'rollout',
      'setting',
      'signal',
      'stop',
      'switches',
      'trace',
      'transaction',
      'validation',
    ]);
  });

  it('replays without a difference from any position', () => {
    const events = log(46, 60);
    for (let from = 1; from < events.length; from += isLong ? 83 : 249)
      expect([from, replayed(events.slice(from)).difference]).toEqual([from, null]);
  });

  it('replays without a difference up to any position', () => {
    const events = log(46, 30);
    for (let to = 1; to < events.length; to += isLong ? 41 : 123)
      expect([to, replayed(events.slice(0, to), { whole: true }).difference]).toEqual([to, null]);
  });
});

describe('canonical text', () => {
  it('is canonical JSON for any value from JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const read: unknown = JSON.parse(JSON.stringify(value));
        expect(canonicalText(read)).toBe(canonicalJson(read));
      }),
      { numRuns: 500 },
    );
    expect(canonicalText(Array.from({ length: 2 }))).toBe('[null,null]');
    expect(canonicalText({ b: 1, a: undefined, '10': -0, '9': ['\u0007"\\é', null, true] })).toBe(
      canonicalJson({ b: 1, '10': -0, '9': ['\u0007"\\é', null, true] }),
    );
  });
});

describe('the text of a content', () => {
  it('is canonical JSON, in whatever order the members are', () => {
    const [there, back] = [
      { a: 1, b: [{ d: 'x', c: null }] },
      { b: [{ c: null, d: 'x' }], a: 1 },
    ];
    for (const value of [there, back, { ...there, c: undefined }])
      expect(contentText(value)).toBe(canonicalJson(there));
    expect(contentText('\\ud800 \u{1F600}')).toBe(canonicalJson('\\ud800 \u{1F600}'));
  });

  it.each([NaN, Infinity, '\ud800', { '\udfff': 1 }])('is refused where canonical JSON is: %j', (value) => {
    expect(() => canonicalJson([value])).toThrow();
    expect(() => contentText([value])).toThrow();
    expect(() => canonicalText([value])).not.toThrow();
  });
});

describe('two values', () => {
  it('are equal exactly if their canonical JSON is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2 }), fc.jsonValue({ maxDepth: 2 }), (a, b) => {
        expect(sameJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
        expect(firstDifference(a, b) === null).toBe(sameJson(a, b));
        expect(sameJson(a, JSON.parse(JSON.stringify(a)))).toBe(true);
      }),
      { numRuns: 500 },
    );
    expect(firstDifference({ a: [1, { b: 2 }], c: 3 }, { c: 3, a: [1, { b: 4 }] })).toEqual({
      path: '/a/1/b',
      a: 2,
      b: 4,
    });
  });
});

describe('the derived states', () => {
  it('have the same digest for the same log, however it was read, and differ for another log', () => {
    const events = log(6, 40);
    const digest = (of: readonly RecordedEvent[]): string | undefined => replayed(of).states?.digest;
    expect(digest(events)).toMatch(/^[0-9a-f]{64}$/);
    expect(digest(events.map(exported))).toBe(digest(events));
    expect(
      digest(
        events.map((event) => ({
          ...event,
          data: Object.fromEntries(Object.entries(event.data).toReversed()),
        })),
      ),
    ).toBe(digest(events));
    const last = events.findLastIndex(({ stream }) => stream.startsWith('action-'));
    expect(digest(events.toSpliced(last))).not.toBe(digest(events));
  });

  it('are reported once each, with their sources', () => {
    const events = log(6, 40);
    const told = new Map<string, string>();
    const { states } = replayed(events, {
      onState: ({ stream, revision }) => told.set(stream, revision),
    });
    expect(told.size).toBe(states?.count);
    for (const event of events.filter(({ stream }) => stream.startsWith('action-')))
      expect(Number(told.get(event.stream))).toBeGreaterThanOrEqual(Number(event.revision));
  });
});

describe('memory', () => {
  it('keeps only the name and a hash of an ended action', () => {
    let open = 0;
    let most = 0;
    const seen = new Set<string>();
    const replay = new Replay({
      onState: ({ category }) => {
        if (category === 'action') open -= 1;
      },
    });
    for (const event of new SimulatedLog(7).events(300)) {
      if (event.stream.startsWith('action-') && !seen.has(event.stream)) {
        seen.add(event.stream);
        open += 1;
      }
      most = Math.max(most, open);
      replay.take(event);
    }
    expect([replay.end().difference, seen.size]).toEqual([null, 300]);
    expect(most).toBeLessThan(60);
  });
});

describe('an event that this release does not know', () => {
  const at = (events: readonly RecordedEvent[], over: Partial<RecordedEvent>): RecordedEvent => ({
    ...events.at(-1)!,
    metadata: { ...events.at(-1)!.metadata, schema_version: 1 },
    id: 'x',
    revision: 0n,
    position: { commit: 10_000_000n, prepare: 10_000_000n },
    ...over,
  });
  const events = log(8, 10);

  it('is reported and does not end the replay', () => {
    const future = at(events, {
      stream: 'action-sim:future',
      type: 'ActionTeleported',
      data: { anything: 1 },
    });
    const shape = at(events, {
      stream: 'budget-sim:x:2026-01-01',
      type: 'BudgetConsumed',
      metadata: { ...future.metadata, schema_version: 9 },
    });
    const report = replayed([
      ...events,
      future,
      shape,
      at(events, { ...shape, revision: 1n, metadata: future.metadata }),
      at(events, { stream: 'nobody knows' }),
    ]);
    expect(report.difference).toBeNull();
    expect(report.unknown).toEqual({
      'action/ActionTeleported@1': 1,
      'budget/BudgetConsumed@9': 1,
      'nobody knows': 1,
    });
    expect(report.unchecked).toEqual({ ...replayed(events).unchecked, budget: 1 });
  });

  it('is a difference if its type is known and its data has no valid shape', () => {
    const gate = events.findIndex(({ type }) => type === 'GatesJudged');
    for (const data of [
      {},
      { gate: 'confidence', saw: 1 },
      { gate: 'nope', verdict: 'pass', hold: null, reasons: [], saw: {} },
    ]) {
      expect(replayed(events.with(gate, { ...events[gate]!, data })).difference).toMatchObject({
        id: events[gate]!.id,
      });
    }
  });
});
