import { describe, expect, it } from '@jest/globals';
import type { SeenPrediction } from '@interlock/contracts';
import { predictionQuestion, seenPrediction, type IntentAcceptedData } from '@interlock/rails';
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
const count = 120;
const kpis = (load: number) => ({ users: 200, latency_ms: 10 + load / 10, load_pct: load });
const loadOf = (i: number): number => (i * 37) % 97;
/** A failover whose impact follows from the load before it. */
const outcome = (i: number): TraceV1 => ({
  trace_id: `t${i}`,
  action_id: `a${i}`,
  action_type: 'cell_failover',
  trigger_type: 'cell_failover',
  entity_id: 'gnb-001-cell-1',
  parameters: {},
  context: { affected_entity_count: 3, before: kpis(loadOf(i)) },
  incident_id: null,
  outcome: 'COMPLETED',
  harmed: loadOf(i) > 80,
  impact_delta: -loadOf(i) / 3,
  impact_by_kpi: {},
  finished_at: new Date(Date.UTC(2026, 4, 1) + i * 3_600_000).toISOString(),
  predicted: { risk_score: 20, impact_delta: -15, impact_by_kpi: {}, confidence_interval: [-40, 10] },
  imported: false,
});
const memory = new DecisionMemory();
for (let i = 0; i < count; i += 1) memory.add(outcome(i), `${i + 1}`);
const question = predictionQuestion(intent, false, '2026-06-01T12:00:00.000Z');
const honest = seenPrediction(predict(memory, { ...question, state: kpis(90) }));
const blind = seenPrediction(predict(memory, question));

/** The path of the first difference that a replay finds, and what no other event confirms. */
const checked = (seen: SeenPrediction, whole = true): readonly [string | null, string | undefined] => {
  const replay = new MemoryReplay(whole);
  for (let i = 0; i < count; i += 1)
    replay.add(
      'sim',
      { type: 'TraceRecorded', data: outcome(i) },
      { commit: BigInt(i + 1), prepare: BigInt(i + 1) },
    );
  const finding = replay.check('sim', seen, { commit: 1000n, prepare: 1000n }, accepted, (again) => again);
  if ('missing' in finding) throw new Error(finding.missing);
  return [firstDifference(finding.recorded, finding.replayed)?.path ?? null, finding.itself];
};
const unconfirmed = 'the KPIs that the prediction rests on are in no log';

describe("a prediction by the network's state in a replay", () => {
  it('is made again from the KPIs that it names, which no other event confirms', () => {
    expect(honest.input['state']).toMatchObject({ embedding: 'kpis-1', kpis: kpis(90) });
    expect(checked(honest)).toEqual([null, unconfirmed]);
    expect(checked(honest, false)).toEqual([null, unconfirmed]);
  });

  it('is made again where the state was lacking', () => {
    expect(blind.lacks_state).toBe(true);
    expect(checked(blind)).toEqual([null, undefined]);
  });

  it('is found if the record hides that the state was lacking', () => {
    const { lacks_state: _, ...hiding } = blind;
    expect(checked(hiding)[0]).toContain('lacks_state');
  });

  it('is not checked, and not excused, if it names an embedding that is not known', () => {
    const state = { ...(honest.input['state'] as object), embedding: 'kpis-9' } as never;
    const finding = new MemoryReplay(true).check(
      'sim',
      { ...honest, input: { ...honest.input, state } },
      { commit: 1000n, prepare: 1000n },
      accepted,
      (again) => again,
    );
    expect(finding).toEqual({
      kind: 'prediction',
      missing: "the embedding of the network's state is not known to this version",
    });
  });

  it('is found if it names other KPIs, or another risk without the state', () => {
    const { state, ...input } = honest.input;
    const forged = (over: object): SeenPrediction => ({
      ...honest,
      input: { ...input, state: { ...(state as object), ...over } as never },
    });
    expect(checked(forged({ kpis: kpis(5) }))[0]).not.toBeNull();
    expect(checked(forged({ risk: 1 }))[0]).toContain('risk');
    expect(checked(forged({ kpis: 'all is well' }))[0]).not.toBeNull();
  });

  it('is found if it names a state that does not count', () => {
    const plain = new DecisionMemory();
    for (let i = 0; i < 10; i += 1) plain.add(outcome(i), `${i + 1}`);
    const seen = { ...seenPrediction(predict(plain, question)), memory_version: '10' };
    const forged = { ...seen, input: { ...seen.input, state: honest.input['state']! } };
    expect(checked(seen)[0]).toBeNull();
    expect(checked(forged)[0]).not.toBeNull();
  });
});

describe('a prediction by another method in a replay', () => {
  const three = seenPrediction(predict(memory, question, undefined, 'top_three'));

  it('is made again by the method that it names, which no other event confirms', () => {
    const itself = 'the method that the prediction names is in no log';
    expect(checked(three)).toEqual([null, itself]);
    expect(checked(three, false)).toEqual([null, itself]);
  });

  it('is found if it names none, or was calibrated', () => {
    const { method: _, ...input } = three.input;
    expect(checked({ ...three, input })[0]).not.toBeNull();
    const calibrated = { ...three, input: { ...three.input, risk: { outcomes: 200, score: 1 } } };
    expect(checked(calibrated, false)[0]).toContain('risk');
  });
});
