import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  defaults,
  seenEvaluation,
  type ActionIntentV1,
  type KpiSample,
  type Observation,
  type PredictRequest,
} from '@interlock/contracts';
import { evaluateAutoApproval } from '@interlock/autonomy';
import { failoverLimits, latestByCell, networkState, observe } from '@interlock/network';
import {
  addExecution,
  buildContext,
  compilePolicies,
  defaultRolloutSettings,
  emptyCounts,
  evaluableBundle,
  evaluate,
  incidentAnswer,
  normalBundle,
  policyHash,
  type PolicyContent,
  type StageCounts,
} from '@interlock/policy';
import { builtInActionTypes, effectiveRisk, judge, seeGate, validateOutcome } from '@interlock/rails';
import { DecisionMemory, importedTrace, predict, traceOf, type TraceFileEntry } from '@interlock/twin';
import {
  createRan,
  degrade,
  demoAccount,
  demoAgent,
  demoBudget,
  demoBundle,
  demoFleet,
  demoPolicies,
  demoScript,
  kpis,
  readersCell,
  seeded,
  step,
  worsen,
} from '../demo/parts.mjs';
import { root } from '../run/node.mjs';

// The demo's script for a week, on a virtual clock. The twin's memory, policies and bundle, gates,
// RAN, validation, budget and the rollout guard's table are the real ones.

type DemoStep = ReturnType<ReturnType<typeof demoScript>['next']>['value'];
type DeviceSpec = ReturnType<typeof demoFleet>[number];
type RanConfig = Parameters<typeof kpis>[1];

const ready = Date.parse('2026-11-20T08:00:00.000Z');
const weekMs = 7 * 86_400_000;
const at = (ms: number): string => new Date(ready + ms).toISOString();
const fleet = demoFleet();
const cells = fleet.map((device) => device.cells[0]!.cell_id).filter((cell) => cell !== readersCell);
const seed = 7;

const bundle = normalBundle(demoBundle as never);
const evaluable = evaluableBundle({
  bundle_id: 'demo',
  version: bundle.version,
  bundle_hash: 'demo',
  rules: bundle.rules,
});
const nothing: PolicyContent = {
  name: '',
  action_types: [],
  conditions: [],
  decision: 'ALLOW',
  max_affected_entities: null,
  min_confidence: null,
  confirmation_window_s: null,
  confirm_above_entities: null,
  on_elapse: 'proceed',
};
const policies = compilePolicies(
  (demoPolicies as readonly (Partial<PolicyContent> & { readonly policy_id: string })[]).map(
    ({ policy_id, ...over }) => {
      const content = { ...nothing, ...over };
      return {
        policy_id,
        version: 1,
        status: 'active' as const,
        ...content,
        content_hash: policyHash(policy_id, content),
      };
    },
  ),
);
const failover = builtInActionTypes.find(({ action_type }) => action_type === 'cell_failover')!;

const remembered = (): DecisionMemory => {
  const memory = new DecisionMemory();
  const entries = ['traces', 'traces-with-offset'].flatMap((name) =>
    readFileSync(join(root, 'fixtures/demo', `${name}.ndjson`), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as TraceFileEntry),
  );
  for (const [i, entry] of entries.entries()) memory.add(importedTrace('demo', entry, at(0)), `${i + 1}`);
  return memory;
};

const configOf = (device: DeviceSpec, failed: boolean, { parameters }: DemoStep): RanConfig =>
  Object.fromEntries(
    device.cells.map((cell, i) => [
      cell.cell_id,
      {
        locked: failed && i === 0,
        tx_power: cell.tx_power + (failed && i !== 0 ? parameters.power_raise_db * 10 : 0),
        admitted: 1,
        relations: Object.fromEntries(
          cell.neighbours.map((one) => [
            one.cell_id,
            {
              ho_allowed: one.coverage === 'FULL' || (failed && i === 0),
              offset_db: failed && i === 0 ? parameters.cell_individual_offset : 0,
            },
          ]),
        ),
      },
    ]),
  );

type Model = ReturnType<typeof step>;

/** The site of a cell, with its RAN at the time of the step. */
const siteOf = (taken: DemoStep): { readonly device: DeviceSpec; readonly model: Model } => {
  const device = fleet.find((one) => one.cells[0]!.cell_id === taken.cell)!;
  return { device, model: step(degrade(createRan(seed, device.cells), taken.cell), taken.at_ms / 1000) };
};

const samplesOf = (
  taken: DemoStep,
  model: Model,
  config: RanConfig,
  seconds: readonly number[],
): readonly KpiSample[] =>
  seconds.flatMap((s) =>
    Object.values(kpis(step(model, s), config)).map(({ cell_id, operational_state: _state, ...figures }) => ({
      at: at(taken.at_ms + s * 1000),
      entity_id: cell_id,
      kpis: figures,
    })),
  );

const neighboursIn = (device: DeviceSpec): readonly string[] =>
  device.cells.slice(1).map(({ cell_id }) => cell_id);

/** The network's state, as the gateway's estimate has it. */
const stateBefore = (taken: DemoStep): PredictRequest['state'] => {
  const { device, model } = siteOf(taken);
  const samples = samplesOf(taken, model, configOf(device, false, taken), [0]);
  return networkState(taken.cell, neighboursIn(device), latestByCell(samples));
};

/** The gateway's observation of the change. */
const observed = (taken: DemoStep): Observation => {
  const { device, model } = siteOf(taken);
  const after = taken.surprise
    ? device.cells.reduce((one, { cell_id }) => worsen(one, cell_id, true), model)
    : model;
  return observe(
    samplesOf(taken, model, configOf(device, false, taken), [0, 1, 2]),
    samplesOf(taken, after, configOf(device, true, taken), [4, 5, 6, 7, 8, 9]),
    neighboursIn(device),
    failoverLimits,
  );
};

type Predicted = { readonly risk_score: number; readonly raw_risk?: number; readonly harmed: boolean };
/** The risks of the executed actions, and what came of them. */
const predictions: Predicted[] = [];

type Outcome = 'completed' | 'denied' | 'rolled_back' | 'waits for a person';
type Run = {
  readonly day: number;
  readonly at_ms: number;
  readonly outcome: Outcome;
  readonly window: boolean;
  readonly why: string;
};

/** Takes one intent through the gates to the device and back; an executed one leaves its trace. */
const take = (taken: DemoStep, memory: DecisionMemory, count: number): Run => {
  const run = (outcome: Outcome, window: boolean, why: readonly { readonly detail: string }[] = []): Run => ({
    day: Math.floor(taken.at_ms / 86_400_000),
    at_ms: taken.at_ms,
    outcome,
    window,
    why: why.map(({ detail }) => detail).join('; '),
  });
  const intent: ActionIntentV1 = {
    intent_id: `demo-${count}`,
    tenant_id: 'demo',
    account_id: demoAccount,
    agent: demoAgent,
    action_type: 'cell_failover',
    entity_id: taken.cell,
    parameters: taken.parameters,
    affected_entity_count: 3,
    confidence_score: taken.confidence_score,
    risk_level: 'LOW',
    lifecycle_state: 'ACTIVE',
  };
  const asked: PredictRequest = { ...intent, trigger_type: intent.action_type, at: at(taken.at_ms) };
  const first = predict(memory, asked);
  const state = first.lacks_state === true ? stateBefore(taken) : undefined;
  const prediction = state === undefined ? first : predict(memory, { ...asked, state });
  const context = buildContext({ intent, prediction, posture: 'GREEN', at: asked.at }, 'UTC', {});
  const answer = evaluate({
    evaluation_id: `e-${count}`,
    trace_id: '',
    agent: demoAgent,
    action_type: 'cell_failover',
    policies,
    bundle: evaluable,
    confidence_thresholds: defaults.confidence_thresholds,
    versions: {},
    position: `${count}`,
    context,
  });
  const policy = { ...answer, input: { context, at: asked.at } };
  const evaluation = seenEvaluation(policy);
  const before = { intent, type: failover, mode: undefined, posture: undefined, prediction, evaluation };
  const { saw: look } = seeGate('confidence', null, before);
  const auto = evaluateAutoApproval({
    action_type: intent.action_type,
    tenant_id: 'demo',
    account_id: demoAccount,
    autonomy_mode: 'AUTO_EXECUTE',
    lifecycle_state: 'ACTIVE',
    confidence_score: Math.min(look.intent_confidence, look.prediction_confidence),
    risk_level: effectiveRisk(intent, prediction),
  });
  const gates = [
    judge(seeGate('prediction', prediction, before)),
    judge(seeGate('policy', policy, before)),
    judge(seeGate('blast_radius', null, before)),
    judge({ gate: 'confidence', saw: look }),
  ];
  const refused = gates.find(({ verdict }) => verdict === 'fail' || verdict === 'error');
  if (refused !== undefined) return run('denied', false, refused.reasons);
  const asking = gates.filter(({ hold }) => hold === 'approval');
  if (asking.length > 0 || auto.decision !== 'AUTO_EXECUTE')
    return run('waits for a person', false, [
      ...asking.flatMap(({ reasons }) => reasons),
      { detail: auto.explanation },
    ]);
  const observation = observed(taken);
  const { result, reasons } = validateOutcome(prediction, observation);
  const outcome = result.verdict === 'pass' ? 'COMPLETED' : 'ROLLED_BACK';
  const { risk_score, raw_risk, impact_delta, impact_by_kpi, confidence_interval } = prediction;
  const trace = traceOf(
    `t-${count}`,
    `a-${count}`,
    outcome,
    {
      action_type: intent.action_type,
      entity_id: intent.entity_id,
      parameters: intent.parameters,
      affected_entity_count: 3,
      trigger_type: intent.action_type,
      incident_id: null,
      dry_run: false,
      predicted: {
        risk_score,
        ...(raw_risk === undefined ? {} : { raw_risk }),
        impact_delta,
        impact_by_kpi,
        confidence_interval,
      },
      observation,
    },
    at(taken.at_ms + 10_000),
  )!;
  memory.add(trace, `${1000 + count}`);
  predictions.push({ ...trace.predicted!, harmed: trace.harmed });
  return run(
    outcome === 'COMPLETED' ? 'completed' : 'rolled_back',
    gates.some(({ hold }) => hold === 'window'),
    reasons,
  );
};

describe('the demo, over a week', () => {
  const memory = remembered();
  const runs: Run[] = [];
  /** The rollout guard's reaction if every incident were still open. */
  const guard: { readonly at_ms: number; readonly executions: number; readonly answer: string }[] = [];
  let counts: StageCounts = emptyCounts;
  for (const taken of demoScript(cells, seeded(seed))) {
    if (taken.at_ms > weekMs) break;
    const run = take(taken, memory, runs.length);
    runs.push(run);
    if (run.outcome === 'completed' || run.outcome === 'rolled_back')
      counts = addExecution(counts, { error: run.outcome === 'rolled_back' });
    const answer = incidentAnswer(defaultRolloutSettings, taken.at_ms, counts.executions, counts.errors);
    if (answer !== null) guard.push({ at_ms: taken.at_ms, executions: counts.executions, answer });
  }
  const of = (outcome: Outcome, day?: number): readonly Run[] =>
    runs.filter((run) => run.outcome === outcome && (day === undefined || run.day === day));

  it('begins with one that is completed, one held in a window, one denied and one rolled back', () => {
    expect(runs.slice(0, 4).map(({ outcome, window }) => [outcome, window])).toEqual([
      ['completed', false],
      ['completed', true],
      ['denied', false],
      ['rolled_back', false],
    ]);
  });

  it('waits for a person once, where its script shows that, and never after', () => {
    expect(of('waits for a person').map(({ at_ms, window }) => [at_ms, window])).toEqual([[25_000, false]]);
    expect(runs.length).toBeGreaterThan(13_000);
  });

  it('continues with each of the four outcomes on every day', () => {
    for (let day = 0; day < 7; day += 1) {
      const counted = [
        of('completed', day).length,
        of('completed', day).filter(({ window }) => window).length,
        of('denied', day).length,
        of('rolled_back', day).length,
      ];
      expect([day, counted, counted.every((count, i) => count >= [1000, 200, 200, 30][i]!)]).toEqual([
        day,
        counted,
        true,
      ]);
    }
  });

  it('fails so rarely that the guard never takes the bundle back, and pages only while its 20th execution is the last', () => {
    expect(guard.filter(({ answer }) => answer === 'rollback')).toEqual([]);
    expect(guard.filter(({ executions }) => executions !== 20)).toEqual([]);
    expect(counts.errors / counts.executions).toBeLessThan(0.03);
  });

  it('calibrates the risk of the rare failures, so that it is truer than the raw one', () => {
    const calibrated = predictions.filter(({ raw_risk: raw }) => raw !== undefined);
    expect(calibrated.length).toBeGreaterThan(5000);
    const brier = (scoreOf: (of: (typeof predictions)[number]) => number): number =>
      calibrated.reduce((sum, each) => sum + (scoreOf(each) / 100 - (each.harmed ? 1 : 0)) ** 2, 0);
    expect(brier(({ risk_score: score }) => score)).toBeLessThan(brier(({ raw_risk: raw }) => raw!));
  });

  it('stays within its daily budget', () => {
    for (let day = 0; day < 7; day += 1)
      expect(of('completed', day).length + of('rolled_back', day).length).toBeLessThan(
        demoBudget.max_autonomous_per_day,
      );
  });
});
