import { describe, expect, it } from '@jest/globals';
import type { Observation } from '@interlock/contracts';
import {
  importedTrace,
  outcomeOf,
  readTraceFile,
  totalImpact,
  traceOf,
  type FinishedAction,
} from '../src/index.js';
import { now } from './traces.js';

const observation: Observation = {
  before: { users: 100, latency_ms: 20 },
  after: { users: 90, latency_ms: 30 },
  delta: { users: -10, latency_ms: 10 },
  samples: 5,
  breaches: [],
};
const finished = (over: Partial<FinishedAction> = {}): FinishedAction => ({
  action_type: 'cell_failover',
  entity_id: 'cell-1',
  parameters: { power_raise_db: 3 },
  affected_entity_count: 3,
  trigger_type: 'overload',
  incident_id: 'i1',
  dry_run: false,
  predicted: null,
  observation,
  ...over,
});

describe('the trace of a finished action', () => {
  it('holds the action, its entity and its impact', () => {
    expect(traceOf('t1', 'a1', 'COMPLETED', finished(), now)).toEqual({
      trace_id: 't1',
      action_id: 'a1',
      action_type: 'cell_failover',
      trigger_type: 'overload',
      entity_id: 'cell-1',
      parameters: { power_raise_db: 3 },
      context: { affected_entity_count: 3, before: { users: 100, latency_ms: 20 } },
      incident_id: 'i1',
      outcome: 'COMPLETED',
      harmed: false,
      impact_delta: -30,
      impact_by_kpi: { users: -10, latency_ms: 10 },
      finished_at: now,
      predicted: null,
      imported: false,
    });
  });

  it.each([
    ['a dry run', { dry_run: true }],
    ['nothing observed', { observation: null }],
    ['no sample', { observation: { ...observation, samples: 0 } }],
  ])('is none for %s', (_what, over) =>
    expect(traceOf('t1', 'a1', 'COMPLETED', finished(over), now)).toBeUndefined(),
  );

  it('is harmful if it was rolled back or broke a limit', () => {
    const breached = finished({
      observation: { ...observation, breaches: [{ code: 'drops', detail: 'too many' }] },
    });
    expect([
      traceOf('t', 'a', 'ROLLED_BACK', finished(), now)?.harmed,
      traceOf('t', 'a', 'ROLLBACK_FAILED', finished(), now)?.harmed,
      traceOf('t', 'a', 'COMPLETED', breached, now)?.harmed,
    ]).toEqual([true, true, true]);
  });

  it('has its type as the trigger if none was named', () => {
    expect(traceOf('t', 'a', 'COMPLETED', finished({ trigger_type: '' }), now)?.trigger_type).toBe(
      'cell_failover',
    );
  });

  it.each([
    ['ActionCompleted', 'COMPLETED'],
    ['ActionRolledBack', 'ROLLED_BACK'],
    ['ActionRollbackFailed', 'ROLLBACK_FAILED'],
    ['DryRunCompleted', undefined],
    ['ActionDenied', undefined],
    ['constructor', undefined],
  ])('of %s is %s', (type, outcome) => expect(outcomeOf(type)).toBe(outcome));
});

describe('the total impact', () => {
  it.each<[string, Record<string, number>, Record<string, number>, number]>([
    ['nothing', {}, {}, 0],
    ['fewer users', { users: 100 }, { users: -25 }, -25],
    ['less latency', { latency_ms: 40 }, { latency_ms: -10 }, 25],
    ['a small base does not blow a change up', { drop_rate_pct: 0.1 }, { drop_rate_pct: 0.5 }, -10],
    ['bounded at both ends', { users: 20 }, { users: 5000 }, 100],
    ['an unknown KPI', { queue: 5 }, { queue: 500 }, 0],
    ['the mean of several', { users: 100, latency_ms: 20 }, { users: 10, latency_ms: 10 }, -20],
  ])('of %s', (_what, before, delta, impact) => expect(totalImpact(before, delta)).toBe(impact));
});

describe('a trace file', () => {
  const entry = { trigger_type: 'cell_failover', entity_id: 'cell-1', impact_delta: -2, age_h: 3 };

  it.each([
    ['lines of JSON', `${JSON.stringify(entry)}\n\n${JSON.stringify({ ...entry, age_h: 4 })}\r\n`],
    ['a JSON array', ` ${JSON.stringify([entry, { ...entry, age_h: 4 }])}`],
  ])('may be %s', (_what, text) =>
    expect(readTraceFile(text)).toEqual({ entries: [entry, { ...entry, age_h: 4 }], violations: [] }),
  );

  it('names every fault and gives nothing', () => {
    const text = [
      entry,
      { ...entry, impact_delta: 101, outcome: 'DONE', extra: 1 },
      { entity_id: 'x', age_h: 1, finished_at: now, impact_by_kpi: { a: 'b' } },
      7,
    ]
      .map((each) => JSON.stringify(each))
      .join('\n');
    const { entries, violations } = readTraceFile(text);
    expect(entries).toEqual([]);
    expect(violations.map(({ pointer }) => pointer)).toEqual([
      '/1/outcome',
      '/1/impact_delta',
      '/1/extra',
      '/2/impact_by_kpi',
      '/2/impact_delta',
      '/2/action_type',
      '/2/finished_at',
      '/3',
    ]);
  });

  it.each([
    ['finished_at', '2026-11-30T08:00:00'],
    ['finished_at', '2026-02-30T08:00:00Z'],
    ['finished_at', '2026-12-31T23:59:60Z'],
    ['impact_by_kpi', { users: 1e300 }],
  ])('has no %s of %j', (name, value) => {
    const { age_h: _age, ...rest } = entry;
    const line = { ...rest, ...(name === 'finished_at' ? {} : { age_h: 3 }), [name]: value };
    expect(readTraceFile(JSON.stringify(line)).violations.map(({ pointer }) => pointer)).toEqual([
      `/0/${name}`,
    ]);
  });

  it('names the line that is not JSON', () => {
    expect(readTraceFile(`${JSON.stringify(entry)}\n{oops`).violations).toEqual([
      { pointer: '', detail: 'line 2 is not JSON' },
    ]);
    expect(readTraceFile('[oops').violations).toEqual([{ pointer: '', detail: 'is not a JSON array' }]);
    expect(readTraceFile(' \n').violations).toEqual([{ pointer: '', detail: 'holds no trace' }]);
    expect(readTraceFile('[]').violations).toEqual([{ pointer: '', detail: 'holds no trace' }]);
  });

  it('makes the same traces at each import, marked as imported', () => {
    const made = importedTrace('demo', entry, now);
    expect(made).toMatchObject({
      action_type: 'cell_failover',
      outcome: 'COMPLETED',
      harmed: false,
      imported: true,
      finished_at: '2026-06-01T09:00:00.000Z',
      parameters: {},
      incident_id: null,
    });
    expect(importedTrace('demo', { ...entry }, '2026-06-02T12:00:00.000Z').trace_id).toBe(made.trace_id);
    expect(importedTrace('other', entry, now).trace_id).not.toBe(made.trace_id);
    expect(importedTrace('demo', { ...entry, trace_id: 'mine', outcome: 'ROLLED_BACK' }, now)).toMatchObject({
      trace_id: 'mine',
      harmed: true,
    });
  });
});
