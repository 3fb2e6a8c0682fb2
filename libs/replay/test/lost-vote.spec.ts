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
const recorded = (data: TraceV1) => ({ type: 'TraceRecorded', data }) as const;
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
  for (let i = of.from; i < of.to; i += 1) replay.add('sim', recorded(wrong(i)), at(i + 1));
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

  it('is not checked in a part of a log that lacks outcomes of another trigger', () => {
    const of = (i: number): TraceV1 => ({ ...wrong(i), trigger_type: i < 31 ? 'storm' : 'cell_failover' });
    const memory = new DecisionMemory();
    const replay = new MemoryReplay(false);
    for (let i = 0; i < 40; i += 1) {
      memory.add(of(i), text(i + 1));
      if (i >= 31) replay.add('sim', recorded(of(i)), at(i + 1));
    }
    const seen = seenPrediction(predict(memory, predictionQuestion(intent, false, now)));
    expect(seen.lost_vote).toBeDefined();
    expect(replay.check('sim', seen, at(1000), accepted, (again) => again)).toEqual({
      kind: 'prediction',
      missing: 'an outcome behind the vote of the twin is not in the file',
    });
  });
});

describe('the intervals of the twin in a replay', () => {
  const right = (i: number): TraceV1 => ({
    ...wrong(i),
    trigger_type: i < 20 ? 'storm' : 'cell_failover',
    impact_delta: i % 7,
    predicted: {
      risk_score: 10,
      impact_delta: 3,
      impact_by_kpi: {},
      confidence_interval: i < 20 ? [8, 9] : [0, 7],
    },
  });
  const check = (
    from: number,
    whole: boolean,
    alter: (seen: SeenPrediction) => SeenPrediction = (s) => s,
  ) => {
    const memory = new DecisionMemory();
    const replay = new MemoryReplay(whole);
    for (let i = 0; i < 120; i += 1) {
      memory.add(right(i), text(i + 1));
      if (i >= from) replay.add('sim', recorded(right(i)), at(i + 1));
    }
    const seen = alter(seenPrediction(predict(memory, predictionQuestion(intent, false, now))));
    const finding = replay.check('sim', seen, at(1000), accepted, (again) => again);
    return 'missing' in finding ? finding.missing : firstDifference(finding.recorded, finding.replayed);
  };

  it('are made again, and not accused in a part of a log that lacks outcomes of another trigger', () => {
    expect(check(0, true)).toBeNull();
    expect(check(20, false)).toBeNull();
  });

  it('are found in a whole log if they are not those of the outcomes', () => {
    const wider = (seen: SeenPrediction): SeenPrediction => ({ ...seen, confidence_interval: [-90, 90] });
    expect(check(0, true, wider)).toMatchObject({ path: expect.stringContaining('confidence_interval') });
    expect(check(20, false, wider)).toMatchObject({ path: expect.stringContaining('confidence_interval') });
  });
});
