import { describe, expect, it } from '@jest/globals';
import { thresholdStream } from '@interlock/autonomy';
import type { LogFollower } from '@interlock/eventstore';
import { InMemoryEventStore, isProblem, testMetadata, type AppendResult } from '@interlock/kernel';
import { Evaluator, evaluatorActor, type EvaluationCall } from '../src/evaluator.js';
import { PolicyIndex } from '../src/policy-index.js';
import { Recorder } from '../src/recorder.js';
import { intent, prediction } from './rules.js';

const follower: LogFollower = {
  ensureCurrent: () => Promise.resolve(),
  confirmAtLeast: () => Promise.resolve(),
  start: () => Promise.resolve(),
  stop: () => Promise.resolve(),
  position: () => ({ commit: 7n, prepare: 7n }),
  confirmCurrent: () => Promise.resolve({ commit: 7n, prepare: 7n }),
  confirmedWithin: () => true,
};
const asked: EvaluationCall = {
  tenant_id: 'demo',
  intent: intent('demo'),
  prediction,
  posture: 'GREEN',
  at: '2026-03-01T10:00:00.000Z',
};
const indexOf = async (store: InMemoryEventStore): Promise<PolicyIndex> => {
  const index = new PolicyIndex();
  for await (const recorded of store.readAll()) index.fold(recorded);
  return index;
};
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('adaptive thresholds', () => {
  const stream = thresholdStream('demo', 'cell_failover');
  const append = (store: InMemoryEventStore, type: string, data: object): Promise<AppendResult> =>
    store.append(stream, [{ id: crypto.randomUUID(), type, data, metadata: testMetadata() }], 'any');
  const evaluatorOf = async (store: InMemoryEventStore): Promise<Evaluator> =>
    new Evaluator(await indexOf(store), follower, new Recorder(store));
  const question = {
    tenant_id: 'demo',
    account_id: 'ran',
    action_type: 'cell_failover',
    confidence_score: 0.71,
    risk_level: 'LOW',
    autonomy_mode: 'AUTO_EXECUTE',
    external_contact: false,
  } as const;
  const move = { from: 0, to: 0.02, target_share: 0.95, day: '2026-11-20', data: {} };

  it('move what both gates go by, for their action type, and are named with their revision', async () => {
    const store = new InMemoryEventStore();
    expect(await (await evaluatorOf(store)).autoApprove(question)).toMatchObject({
      decision: 'AUTO_EXECUTE',
    });
    await append(store, 'AdaptiveThresholdsEnabled', { target_share: 0.95 });
    await append(store, 'ThresholdAdapted', move);
    const evaluator = await evaluatorOf(store);
    const { evaluation } = await evaluator.evaluate(asked, evaluatorActor);
    expect(evaluation).toMatchObject({
      confidence_thresholds: { LOW: 0.72, MEDIUM: 0.87, HIGH: 0.97 },
      threshold_shift: { shift: 0.02, revision: '1' },
      versions: { auto_approval: 'default', thresholds: '1' },
    });
    expect(await evaluator.autoApprove(question)).toMatchObject({
      decision: 'REQUIRE_APPROVAL',
      reason: 'LOW_CONFIDENCE',
      config: { confidence_thresholds: { LOW: 0.72 } },
      threshold_shift: { shift: 0.02, revision: '1' },
    });
    const other = await evaluator.autoApprove({ ...question, action_type: 'qos_tune' });
    expect(other.decision).toBe('AUTO_EXECUTE');
    expect(other).not.toHaveProperty('threshold_shift');
  });

  it('end with the opt-out, and decide nothing by an event that this release does not know', async () => {
    const store = new InMemoryEventStore();
    await append(store, 'AdaptiveThresholdsEnabled', { target_share: 0.95 });
    await append(store, 'ThresholdAdapted', move);
    await append(store, 'AdaptiveThresholdsDisabled', { shift: 0.02 });
    const { evaluation } = await (await evaluatorOf(store)).evaluate(asked, evaluatorActor);
    expect(evaluation.confidence_thresholds).toEqual({ LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 });
    expect(evaluation).not.toHaveProperty('threshold_shift');
    await append(store, 'ThresholdOfLater', {});
    expect(isProblem(await failure(indexOf(store)), 'unknown-event-type')).toBe(true);
  });
});
