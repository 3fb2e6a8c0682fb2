import { describe, expect, it } from '@jest/globals';
import type { SeenPrediction } from '@interlock/contracts';
import { predictionQuestion, seenPrediction, type IntentAcceptedData } from '@interlock/rails';
import { riskLevelOf } from '@interlock/kernel';
import { DecisionMemory, predict, type TraceV1 } from '@interlock/twin';
import { firstDifference } from '../src/checks/first-difference.js';
import { MemoryReplay } from '../src/twin/memory.js';

const intent = {
  tenant_id: 'sim',
  action_type: 'cell_failover',
  entity_id: 'gnb-001-cell-1',
  parameters: {},
  affected_entity_count: 3,
} as unknown as IntentAcceptedData['intent'];
const accepted = { intent, action_type: { read_only: false } } as unknown as IntentAcceptedData;
const count = 300;
/** Outcomes whose score was 1. The first did harm, and fifty of them are of another trigger. */
const outcome = (i: number): TraceV1 => ({
  trace_id: `t${i}`,
  action_id: `a${i}`,
  action_type: 'cell_failover',
  trigger_type: i < 50 ? 'storm' : 'cell_failover',
  entity_id: 'gnb-001-cell-1',
  parameters: {},
  context: { affected_entity_count: 3 },
  incident_id: null,
  outcome: 'COMPLETED',
  harmed: i < 60,
  impact_delta: i % 3,
  impact_by_kpi: {},
  finished_at: new Date(Date.UTC(2026, 4, 1) + i * 3_600_000).toISOString(),
  predicted: { risk_score: 1, impact_delta: 1, impact_by_kpi: {}, confidence_interval: [-1, 3] },
  imported: false,
});
const question = predictionQuestion(intent, false, '2026-06-01T12:00:00.000Z');
const honest = ((): SeenPrediction => {
  const memory = new DecisionMemory();
  for (let i = 0; i < count; i += 1) memory.add(outcome(i), `${i + 1}`);
  return seenPrediction(predict(memory, question));
})();
/** The path of the first difference that a replay finds; null for none. */
const found = (seen: SeenPrediction, from = 0, whole = true): string | null => {
  const replay = new MemoryReplay(whole);
  for (let i = from; i < count; i += 1) {
    const position = { commit: BigInt(i + 1), prepare: BigInt(i + 1) };
    replay.add('sim', { type: 'TraceRecorded', data: outcome(i) }, position);
  }
  const by = { commit: 1000n, prepare: 1000n };
  const finding = replay.check('sim', seen, by, accepted, (again) => again);
  if ('missing' in finding) return finding.missing;
  return firstDifference(finding.recorded, finding.replayed)?.path ?? null;
};

describe('the calibrated risk in a replay', () => {
  it('is made again from the same outcomes', () => {
    expect(honest.input['risk']).toMatchObject({ outcomes: 300, harmed: 60 });
    expect(honest.risk_score).not.toBe(honest.raw_risk);
    expect(found(honest)).toBeNull();
  });

  it('is found if a record has the raw score, or a calibration by other outcomes', () => {
    const { raw_risk: raw, input, ...answer } = honest;
    const { risk, ...basis } = input;
    expect(found({ ...answer, risk_score: raw!, input: basis })).not.toBeNull();
    const safer = { ...(risk as object), score: 2 } as never;
    expect(found({ ...honest, input: { ...input, risk: safer } })).toContain('risk');
  });

  it('is found if the score is not the one by its calibration, also in a part of a log', () => {
    expect(found({ ...honest, risk_score: 1 })).toContain('risk_score');
    expect(found({ ...honest, risk_score: 1 }, 50, false)).toContain('risk_score');
    expect(found({ ...honest, raw_risk: 9 }, 50, false)).toContain('raw_risk');
  });

  it('is found in a part of a log if no outcomes make such a calibration, or if it is left out', () => {
    const { risk, ...basis } = honest.input;
    const claims = (claim: object): string | null => {
      const { score } = { ...(risk as { readonly score: number }), ...claim };
      const input = { ...basis, risk: { ...(risk as object), ...claim } as never };
      return found({ ...honest, risk_score: score, risk_level: riskLevelOf(score), input }, 50, false);
    };
    expect(claims({})).toBeNull();
    expect(claims({ from: 1, to: 99, score: 1 })).toContain('risk');
    expect(claims({ outcomes: 199 })).toContain('risk');
    expect(claims({ outcomes: 249 })).toContain('risk');
    expect(claims({ score: 99 })).toContain('risk');
    const { raw_risk: raw, ...answer } = honest;
    expect(found({ ...answer, risk_score: raw!, input: basis }, 50, false)).not.toBeNull();
  });

  it('is not accused in a part of a log that lacks outcomes of another trigger', () =>
    expect(found(honest, 50, false)).toBeNull());
});
