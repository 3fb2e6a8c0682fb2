import { describe, expect, it } from '@jest/globals';
import type { SeenPrediction } from '@interlock/contracts';
import { predictionQuestion, seenPrediction, type IntentAcceptedData } from '@interlock/rails';
import { DecisionMemory, predict, type TraceV1 } from '@interlock/twin';
import { firstDifference } from '../src/checks/first-difference.js';
import { MemoryReplay } from '../src/twin/memory.js';

const now = '2026-06-01T12:00:00.000Z';
const intent = {
  tenant_id: 'sim',
  action_type: 'cell_failover',
  entity_id: 'gnb-001-cell-1',
  parameters: {},
  affected_entity_count: 3,
} as unknown as IntentAcceptedData['intent'];
const accepted = { intent, action_type: { read_only: false } } as unknown as IntentAcceptedData;
const wrong = (i: number): TraceV1 => ({
  trace_id: `t${i}`,
  action_id: `a${i}`,
  action_type: 'cell_failover',
  trigger_type: 'cell_failover',
  entity_id: 'gnb-001-cell-1',
  parameters: {},
  context: { affected_entity_count: 3 },
  incident_id: null,
  outcome: 'COMPLETED',
  harmed: false,
  impact_delta: 5,
  impact_by_kpi: {},
  finished_at: '2026-06-01T10:00:00.000Z',
  predicted: { risk_score: 10, impact_delta: -1, impact_by_kpi: {}, confidence_interval: [-2, 0] },
  imported: false,
});
const at = (commit: number) => ({ commit: BigInt(commit), prepare: BigInt(commit) });
const text = (commit: number) => `${commit}`;

/** A log in which the twin was wrong so often, and what it then predicted. */
const logOf = (misses: number) => {
  const memory = new DecisionMemory();
  for (let i = 0; i < misses; i += 1) memory.add(wrong(i), text(i + 1));
  return seenPrediction(predict(memory, predictionQuestion(intent, false, now)));
};
/** The path of the first difference that a replay finds, or what it lacks. */
const found = (seen: SeenPrediction, of: { readonly from: number; readonly to: number }, whole = true) => {
  const replay = new MemoryReplay(whole);
  for (let i = of.from; i < of.to; i += 1) replay.add('sim', wrong(i), at(i + 1));
  const finding = replay.check('sim', seen, at(1000), accepted, (again) => again);
  return 'missing' in finding ? finding.missing : firstDifference(finding.recorded, finding.replayed);
};

describe('the vote of the twin in a replay', () => {
  it('is lost again by the same outcomes', () => {
    const seen = logOf(31);
    expect(seen.lost_vote).toEqual({ outcomes: 31, misses: 31, most_misses: 30 });
    expect(found(seen, { from: 0, to: 31 })).toBeNull();
  });

  it('is found if a record claims it against the outcomes, or hides that it is lost', () => {
    const { lost_vote: _lost, ...claimed } = logOf(31);
    expect(found(claimed, { from: 0, to: 31 })).toMatchObject({ path: expect.stringContaining('lost_vote') });
    const hidden = { ...logOf(30), lost_vote: { outcomes: 31, misses: 31, most_misses: 30 } };
    expect(found(hidden, { from: 0, to: 30 })).toMatchObject({ path: expect.stringContaining('lost_vote') });
  });

  it('is not checked in a part of a log that lacks the outcomes', () => {
    expect(found(logOf(60), { from: 10, to: 60 }, false)).toMatch(/is not in the file$/);
  });
});
