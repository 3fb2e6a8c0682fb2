import type { PredictionV1, PredictRequest } from '@interlock/contracts';
import { calibrationErrorOf } from '../calibration.js';
import { DecisionMemory } from '../memory.js';
import { conformalQuantile, predict } from '../predict.js';
import { affectedOf, stateOf, type TraceV1 } from '../trace.js';
import { Ridge } from './ridge.js';

/**
 * The methods that are compared. Each predicts a trace from earlier ones. `twin_raw` is the twin
 * without the calibration of its risk scores, and `twin_stateless` the one without the network's
 * state.
 */
export const evaluatedMethods = [
  'twin',
  'twin_raw',
  'twin_stateless',
  'persistence',
  'ridge',
  'base_rate',
] as const;
export type EvaluatedMethod = (typeof evaluatedMethods)[number];

/** The accuracy of a method over the predicted traces. */
type MethodAccuracy = {
  readonly method: EvaluatedMethod;
  /** The mean absolute error of the impact, in per cent of impact. */
  readonly error: number;
  /** The share of impacts within the interval, which should be `nominalCoverage`. */
  readonly coverage: number;
  /** The mean width of the intervals, in per cent of impact. */
  readonly width: number;
  /** The mean squared error of the probability of harm; 0 is perfect. */
  readonly brier: number;
  /** The mean distance of predicted from observed harm, over the classes of the calibration. */
  readonly calibration_error: number;
};

export type Evaluation = {
  readonly traces: number;
  /** The traces with enough earlier ones of their action type. */
  readonly predicted: number;
  readonly harmed: number;
  /** Empty if nothing could be predicted. */
  readonly methods: readonly MethodAccuracy[];
};

/** A trace is predicted if this many earlier ones have its action type. */
export const leastEarlier = 20;
/** The past errors from which the baselines' intervals are made, like the twin's own. */
const pastErrors = 100;
/** Numeric parameters that the regression uses, by name. */
const mostParameters = 8;

type Said = { readonly impact: number; readonly interval: readonly [number, number]; readonly harm: number };
type Point = Omit<Said, 'interval'>;

/** A baseline of one action type. */
interface Baseline {
  say(trace: TraceV1): Point;
  learn(trace: TraceV1): void;
}

const harmOf = ({ harmed }: TraceV1): number => (harmed ? 1 : 0);
const share = (value: number): number => Math.min(1, Math.max(0, value));

/** The mean of everything earlier. */
const baseRate = (): Baseline => {
  let [count, impact, harm] = [0, 0, 0];
  return {
    say: () => ({ impact: impact / count, harm: harm / count }),
    learn: (trace) => {
      count += 1;
      impact += trace.impact_delta;
      harm += harmOf(trace);
    },
  };
};

/** The last outcome on the same entity, or else the last one at all. */
const persistence = (): Baseline => {
  const byEntity = new Map<string, Point>();
  let last: Point = { impact: 0, harm: 0 };
  return {
    say: ({ entity_id: entity }) => byEntity.get(entity) ?? last,
    learn: (trace) => {
      last = { impact: trace.impact_delta, harm: harmOf(trace) };
      byEntity.set(trace.entity_id, last);
    },
  };
};

/** A number of any size, so that a linear model can use it; 0 if it is unknown. */
const scaled = (value: unknown): number =>
  typeof value === 'number' ? Math.sign(value) * Math.log1p(Math.abs(value)) : 0;

/**
 * A linear model of the entities' own means, the number of affected entities, the numeric
 * parameters and the KPIs before the action.
 */
const ridge = (names: readonly string[], kpis: readonly string[]): Baseline => {
  const features = 3 + names.length + kpis.length;
  const [impacts, harms] = [new Ridge(features), new Ridge(features)];
  const means = new Map<string, { count: number; impact: number }>();
  const x = (trace: TraceV1): readonly number[] => {
    const own = means.get(trace.entity_id);
    return [
      1,
      own === undefined ? 0 : own.impact / own.count / 10,
      Math.log1p(Math.max(0, affectedOf(trace) ?? 0)),
      ...names.map((name) => scaled(trace.parameters[name])),
      ...kpis.map((kpi) => scaled(stateOf(trace)?.[kpi])),
    ];
  };
  return {
    say: (trace) => ({ impact: impacts.predict(x(trace)), harm: share(harms.predict(x(trace))) }),
    learn: (trace) => {
      impacts.add(x(trace), trace.impact_delta);
      harms.add(x(trace), harmOf(trace));
      const own = means.get(trace.entity_id) ?? { count: 0, impact: 0 };
      means.set(trace.entity_id, { count: own.count + 1, impact: own.impact + trace.impact_delta });
    },
  };
};

/**
 * Gives a baseline intervals from its own past errors. The function says what the baseline expects
 * of a trace, and then lets it learn the trace.
 */
const withIntervals = (baseline: Baseline): ((trace: TraceV1) => Said) => {
  const errors: number[] = [];
  let seen = 0;
  return (trace) => {
    const { impact, harm } = baseline.say(trace);
    const half = conformalQuantile(errors.slice(-pastErrors).sort((a, b) => a - b));
    if (seen > 0) errors.push(Math.abs(impact - trace.impact_delta));
    seen += 1;
    baseline.learn(trace);
    return { impact, harm, interval: [impact - half, impact + half] };
  };
};

const questionOf = (trace: TraceV1): PredictRequest => {
  const affected = affectedOf(trace);
  const state = stateOf(trace);
  return {
    tenant_id: 'evaluation',
    action_type: trace.action_type,
    entity_id: trace.entity_id,
    parameters: trace.parameters,
    trigger_type: trace.trigger_type,
    ...(affected === null ? {} : { affected_entity_count: affected }),
    ...(trace.incident_id === null ? {} : { incident_id: trace.incident_id }),
    ...(state === null ? {} : { state }),
    at: trace.finished_at,
  };
};

const saidBy = ({ impact_delta, confidence_interval }: PredictionV1, risk: number): Said => ({
  impact: impact_delta,
  interval: confidence_interval,
  harm: risk / 100,
});

/** The trace as the memory would hold it if the action had run after this prediction. */
const ranAfter = (trace: TraceV1, prediction: PredictionV1): TraceV1 => {
  const { risk_score, raw_risk, impact_delta, impact_by_kpi, confidence_interval } = prediction;
  const said = { risk_score, impact_delta, impact_by_kpi, confidence_interval };
  return { ...trace, predicted: raw_risk === undefined ? said : { ...said, raw_risk } };
};

/** The names that most often have a number. */
const numeric = (of: readonly { readonly [name: string]: unknown }[]): readonly string[] => {
  const counts = new Map<string, number>();
  for (const members of of)
    for (const [name, value] of Object.entries(members))
      if (typeof value === 'number') counts.set(name, (counts.get(name) ?? 0) + 1);
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, mostParameters)
    .map(([name]) => name);
};

type Learner = ReturnType<typeof withIntervals>;

/** The baselines of one action type with these traces. */
const learnersOf = (traces: readonly TraceV1[]): ReadonlyMap<EvaluatedMethod, Learner> =>
  new Map<EvaluatedMethod, Learner>([
    ['persistence', withIntervals(persistence())],
    [
      'ridge',
      withIntervals(
        ridge(
          numeric(traces.map(({ parameters }) => parameters)),
          numeric(traces.map((trace) => stateOf(trace) ?? {})),
        ),
      ),
    ],
    ['base_rate', withIntervals(baseRate())],
  ]);

const mean = (values: readonly number[]): number =>
  Math.round((values.reduce((sum, value) => sum + value, 0) / values.length) * 10_000) / 10_000;

/**
 * Predicts each trace from the earlier ones alone, and compares the twin with three baselines over
 * the same traces. A repeated trace counts once. Pure; the order of the input does not matter.
 */
export const evaluate = (traces: readonly TraceV1[]): Evaluation => {
  const once = [...new Map(traces.map((trace) => [trace.trace_id, trace])).values()];
  const inOrder = once.toSorted(
    (a, b) => Date.parse(a.finished_at) - Date.parse(b.finished_at) || (a.trace_id < b.trace_id ? -1 : 1),
  );
  const hasState = once.some((trace) => stateOf(trace) !== null);
  const [memory, stateless] = [new DecisionMemory(), new DecisionMemory()];
  const learners = new Map<string, { count: number; readonly by: ReadonlyMap<EvaluatedMethod, Learner> }>();
  const said = new Map<EvaluatedMethod, Said[]>(evaluatedMethods.map((method) => [method, []]));
  const predicted: TraceV1[] = [];
  for (const [place, trace] of inOrder.entries()) {
    const known = learners.get(trace.action_type) ?? {
      count: 0,
      by: learnersOf(inOrder.filter((each) => each.action_type === trace.action_type)),
    };
    learners.set(trace.action_type, known);
    const question = questionOf(trace);
    const prediction = predict(memory, question);
    const blind = hasState ? predict(stateless, question, false) : prediction;
    const all: readonly (readonly [EvaluatedMethod, Said])[] = [
      ['twin', saidBy(prediction, prediction.risk_score)],
      ['twin_raw', saidBy(prediction, prediction.raw_risk ?? prediction.risk_score)],
      ['twin_stateless', saidBy(blind, blind.risk_score)],
      ...[...known.by].map(([method, take]) => [method, take(trace)] as const),
    ];
    if (known.count >= leastEarlier) {
      predicted.push(trace);
      for (const [method, one] of all) said.get(method)!.push(one);
    }
    known.count += 1;
    memory.add(ranAfter(trace, prediction), `${place + 1}`);
    if (hasState) stateless.add(ranAfter(trace, blind), `${place + 1}`);
  }
  return {
    traces: once.length,
    predicted: predicted.length,
    harmed: predicted.filter(({ harmed }) => harmed).length,
    methods:
      predicted.length === 0
        ? []
        : evaluatedMethods.map((method) => accuracyOf(method, predicted, said.get(method)!)),
  };
};

const accuracyOf = (
  method: EvaluatedMethod,
  traces: readonly TraceV1[],
  said: readonly Said[],
): MethodAccuracy => {
  const pairs = said.map((one, i) => ({ ...one, trace: traces[i]! }));
  return {
    method,
    error: mean(pairs.map(({ impact, trace }) => Math.abs(impact - trace.impact_delta))),
    coverage: mean(
      pairs.map(({ interval: [low, high], trace: { impact_delta: impact } }) =>
        impact >= low && impact <= high ? 1 : 0,
      ),
    ),
    width: mean(pairs.map(({ interval: [low, high] }) => high - low)),
    brier: mean(pairs.map(({ harm, trace }) => (harm - harmOf(trace)) ** 2)),
    calibration_error:
      calibrationErrorOf(pairs.map(({ harm, trace }) => ({ said: harm, harmed: trace.harmed }))) ?? 0,
  };
};
