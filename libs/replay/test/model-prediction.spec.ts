import { describe, expect, it } from '@jest/globals';
import type { ExpectedChange, SeenPrediction } from '@interlock/contracts';
import { failoverLimits, limitUse } from '@interlock/network';
import { predictionQuestion, seenPrediction, type IntentAcceptedData } from '@interlock/rails';
import { DecisionMemory, predict, type TraceV1 } from '@interlock/twin';
import { firstDifference } from '../src/checks/first-difference.js';
import { MemoryReplay } from '../src/twin/memory.js';

const now = '2026-06-01T12:00:00.000Z';
const at = (commit: number) => ({ commit: BigInt(commit), prepare: BigInt(commit) });
const [before, after] = [
  { users: 300, latency_ms: 20, load_pct: 40, drop_rate_pct: 2 },
  { users: 300, latency_ms: 23, load_pct: 55, drop_rate_pct: 1 },
];
const expected: ExpectedChange = { before, after, limit_use: limitUse(before, after, failoverLimits) };

const acceptedOf = (action_type: string): IntentAcceptedData =>
  ({
    intent: {
      tenant_id: 'sim',
      action_type,
      entity_id: 'gnb-001-cell-1',
      parameters: {},
      affected_entity_count: 3,
    },
    action_type: { read_only: false },
  }) as unknown as IntentAcceptedData;

const madeWith = (change: ExpectedChange, actionType = 'cell_failover'): SeenPrediction =>
  seenPrediction(
    predict(new DecisionMemory(), {
      ...predictionQuestion(acceptedOf(actionType).intent, false, now),
      expected: change,
    }),
  );

const checked = (seen: SeenPrediction, actionType = 'cell_failover', traces: readonly TraceV1[] = []) => {
  const replay = new MemoryReplay(true);
  for (const [i, data] of traces.entries()) replay.add('sim', { type: 'TraceRecorded', data }, at(i + 1));
  const finding = replay.check('sim', seen, at(1000), acceptedOf(actionType), (again) => again);
  if ('missing' in finding) throw new Error(finding.missing);
  return { itself: finding.itself, difference: firstDifference(finding.recorded, finding.replayed) };
};

describe('a prediction by the network model in a replay', () => {
  it('is made again from the change that it names, which no other event confirms', () => {
    expect(checked(madeWith(expected))).toEqual({
      itself: 'the KPIs that the prediction rests on are in no log',
      difference: null,
    });
  });

  it('is found if its numbers do not follow from that change', () => {
    const { difference } = checked({ ...madeWith(expected), risk_score: 5 });
    expect(difference).toMatchObject({ path: expect.stringContaining('risk_score') });
  });

  it("is found if it states another share of the limits than the handler's own limits give", () => {
    const { difference } = checked(madeWith({ ...expected, limit_use: 0 }));
    expect(difference).not.toBeNull();
  });

  it.each(['reboot', 'qos_tune', 'connection_throttle'])('is found for `%s`, which has no model', (type) => {
    expect(checked(madeWith(expected, type), type).difference).not.toBeNull();
  });

  it('is found if the memory had a trace', () => {
    const trace: TraceV1 = {
      trace_id: 't',
      action_id: 'a',
      action_type: 'cell_failover',
      trigger_type: 'cell_failover',
      entity_id: 'gnb-001-cell-1',
      parameters: {},
      context: { affected_entity_count: 3 },
      incident_id: null,
      outcome: 'COMPLETED',
      harmed: true,
      impact_delta: -40,
      impact_by_kpi: {},
      finished_at: '2026-06-01T10:00:00.000Z',
      predicted: null,
      imported: false,
    };
    const seen = { ...madeWith(expected), memory_version: '1' };
    expect(checked(seen, 'cell_failover', [trace]).difference).not.toBeNull();
  });

  it.each([
    ['nothing', undefined],
    ['text', 'all is well'],
    ['KPIs that are no numbers', { ...expected, after: { users: 'many' } }],
  ])('is found if it names %s as the change', (_name, change) => {
    const seen = madeWith(expected);
    const { expected: _, ...input } = seen.input;
    const forged = { ...seen, input: change === undefined ? input : { ...input, expected: change } };
    expect(checked(forged as SeenPrediction).difference).not.toBeNull();
  });
});
