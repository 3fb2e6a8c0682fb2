import type {
  ExpectedChange,
  JsonObject,
  PredictionV1,
  PredictRequest,
  Timestamp,
  TraceWeight,
} from '@interlock/contracts';
import { isObject, riskLevelOf } from '@interlock/kernel';
import { isNetworkState, type NetworkState } from './embedding.js';
import { valuesByKpi } from './by-kpi.js';
import { natureOf, rounded, totalImpact } from './kpis.js';
import type { DecisionMemory } from './memory.js';
import type { TwinMethod } from './method.js';
import type { Errors } from './past-errors.js';
import { calibratedRisk, calibrationAt, type RiskCalibration } from './risk-calibration.js';
import { lostVote, noRecord, nominalCoverage } from './vote.js';

/**
 * The weight and value of the belief without any trace: one twentieth of a fresh identical trace,
 * undecided.
 */
const prior = { weight: 0.05, harm: 0.5 } as const;

type Interval = readonly [number, number];

/** Half widths of the intervals, from past errors; null without a large enough memory. */
type HalfWidths = { readonly impact: number; readonly by_kpi: { readonly [kpi: string]: number } } | null;

/**
 * The network's state in the similarity. `risk` and `weight` are the raw risk and the weight of the
 * traces that are the nearest without it.
 */
type CountedState = {
  readonly embedding: string;
  readonly kpis: NetworkState;
  readonly risk: number;
  readonly weight: number;
};

/** The inputs of the numbers, besides the traces with their weights; stored as `input`. */
type Basis = {
  readonly version: 1;
  readonly request: {
    readonly action_type: string;
    readonly entity_id: string;
    readonly parameters: JsonObject;
    readonly affected_entity_count: number | null;
    readonly trigger_type: string;
    readonly incident_id: string | null;
    readonly at: Timestamp;
  };
  readonly eligible: number;
  /** Absent for the method `nearest`. */
  readonly method?: TwinMethod;
  readonly half_widths: HalfWidths;
  /** The network's state, by which the traces are the nearest; absent if it does not count. */
  readonly state?: CountedState;
  /** The calibration of the risk score; absent if the score is not calibrated. */
  readonly risk?: RiskCalibration;
  /** The change that a network model expects; only for a prediction by that model. */
  readonly expected?: ExpectedChange;
};

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

/**
 * The value that a share of past errors does not exceed, with the correction for a finite sample;
 * the largest error if there are too few.
 */
export const conformalQuantile = (ascending: readonly number[], level = nominalCoverage): number => {
  const place = Math.min(Math.ceil((ascending.length + 1) * level), ascending.length);
  return ascending[place - 1] ?? 0;
};

const halfWidthsOf = (errors: Errors | null, level: number): HalfWidths =>
  errors === null || errors.impact.length === 0
    ? null
    : {
        impact: rounded(conformalQuantile(errors.impact, level)),
        by_kpi: Object.fromEntries(
          Object.entries(errors.by_kpi).map(([kpi, values]) => [kpi, rounded(conformalQuantile(values))]),
        ),
      };

/**
 * The harm of a trace: its whole weight if it was harmed, otherwise up to half of it, by its
 * negative impact.
 */
const severity = ({ harmed, impact_delta }: TraceWeight): number =>
  harmed ? 1 : 0.5 * clamp(-impact_delta / 100, 0, 1);

type Weighted = readonly { readonly value: number; readonly weight: number }[];

const total = (items: Weighted): number => items.reduce((sum, { weight }) => sum + weight, 0);
const mean = (items: Weighted): number =>
  items.length === 0 ? 0 : items.reduce((sum, { value, weight }) => sum + value * weight, 0) / total(items);

/**
 * The half width for too few past errors: the interval that a few values allow (Student's t for
 * three), and at least half of the effect plus the noise. Three equal values do not show that the
 * usual variation is smaller. `centre` is their mean.
 */
const smallHalfWidth = (items: Weighted, centre: number, noise: number): number => {
  const spread = Math.sqrt(
    mean(items.map(({ value, weight }) => ({ value: (value - centre) ** 2, weight }))) *
      (items.length / Math.max(1, items.length - 1)),
  );
  return 3.4 * spread + 0.5 * Math.abs(centre) + noise;
};

const around = (centre: number, half: number): Interval => [rounded(centre - half), rounded(centre + half)];

/** The noise of an unknown KPI: a tenth of the largest observed change. */
const noiseOf = (kpi: string, items: Weighted): number =>
  natureOf(kpi)?.noise ?? Math.max(0.01, 0.1 * Math.max(...items.map(({ value }) => Math.abs(value))));

const impactNoise = 2;

type Numbers = Pick<
  PredictionV1,
  | 'risk_score'
  | 'raw_risk'
  | 'risk_level'
  | 'impact_delta'
  | 'impact_by_kpi'
  | 'confidence_interval'
  | 'interval_by_kpi'
  | 'confidence'
  | 'basis'
  | 'explanation'
>;

/** Returns a confidence, 0–1, from the one that the evidence gives without risk. */
const underRisk = (confidence: number, risk: number): number =>
  rounded(clamp(confidence * (1 - 0.8 * (risk / 100)), 0, 1));

/**
 * Confidence falls as the risk rises, and grows with the weight of the evidence. One fresh
 * identical trace gives two thirds of full confidence.
 */
const confidenceOf = (risk: number, weight: number): number => underRisk(1 - 0.5 ** (1.6 * weight), risk);

const weightOf = (traces: readonly TraceWeight[]): number =>
  traces.reduce((sum, { weight }) => sum + weight, 0);

/** The raw risk by traces alone. */
const riskOf = (traces: readonly TraceWeight[]): number => {
  const harm =
    (traces.reduce((sum, trace) => sum + trace.weight * severity(trace), 0) + prior.weight * prior.harm) /
    (weightOf(traces) + prior.weight);
  return clamp(Math.round(harm * 100), 1, 99);
};

/**
 * The risk score before its calibration. INVARIANT: the network's state never lowers it. Otherwise
 * a device that reports too little load could lower the risk.
 */
const rawRisk = (traces: readonly TraceWeight[], state: CountedState | undefined): number =>
  Math.max(riskOf(traces), state?.risk ?? 0);

/** The impacts on each KPI in the order of the KPIs' names, with their mean. */
const impactsByKpi = (
  traces: readonly TraceWeight[],
): readonly { readonly kpi: string; readonly items: Weighted; readonly centre: number }[] =>
  valuesByKpi(
    traces,
    ({ impact_by_kpi }) => impact_by_kpi,
    (value, { weight }) => ({ value, weight }),
  ).map(([kpi, items]) => ({ kpi, items, centre: mean(items) }));

const fromTraces = (basis: Basis, traces: readonly TraceWeight[]): Numbers => {
  const { risk, state } = basis;
  const weight = Math.min(weightOf(traces), state?.weight ?? Infinity);
  const raw = rawRisk(traces, state);
  const risk_score = risk === undefined ? raw : calibratedRisk(risk, raw);
  const impacts = traces.map((trace) => ({ value: trace.impact_delta, weight: trace.weight }));
  const impact = mean(impacts);
  const byKpi = impactsByKpi(traces);
  const half = basis.half_widths;
  const harmed = traces.filter((trace) => trace.harmed).length;
  return {
    risk_score,
    ...(risk === undefined ? {} : { raw_risk: raw }),
    risk_level: riskLevelOf(risk_score),
    impact_delta: rounded(impact),
    impact_by_kpi: Object.fromEntries(byKpi.map(({ kpi, centre }) => [kpi, rounded(centre)])),
    confidence_interval: around(
      impact,
      half === null ? smallHalfWidth(impacts, impact, impactNoise) : Math.max(half.impact, impactNoise),
    ),
    interval_by_kpi: Object.fromEntries(
      byKpi.map(({ kpi, items, centre }) => {
        const noise = noiseOf(kpi, items);
        const learnt = half?.by_kpi[kpi];
        return [
          kpi,
          around(
            centre,
            learnt === undefined ? smallHalfWidth(items, centre, noise) : Math.max(learnt, noise),
          ),
        ];
      }),
    ),
    confidence: confidenceOf(risk_score, weight),
    basis: 'memory',
    explanation: `${harmed} of the ${traces.length} nearest of ${basis.eligible} traces did harm, which makes a risk of ${raw}${risk === undefined ? '' : `, and ${risk_score} by the last ${risk.outcomes} outcomes`}${half === null ? '' : `; intervals hold ${nominalCoverage * 100} % of past errors`}${state === undefined ? '' : "; the network's state counts, because it has made past errors smaller"}`,
  };
};

/**
 * The confidence in a network model without risk. It is below every threshold that adaptive
 * thresholds can reach, so only thresholds that people have lowered let a model act alone.
 */
const modelConfidence = 0.55;

/**
 * The risk of an expected change: 5 if it uses no limit, 50 at the limit, and up to 95 above it. A
 * model is never sure.
 */
const modelRisk = (limitUse: number): number => Math.round(5 + 90 / (1 + Math.exp(-6 * (limitUse - 1))));

/** A prediction by a network model, where no trace exists yet. */
const fromModel = ({ before, after, limit_use }: ExpectedChange): Numbers => {
  const delta = Object.fromEntries(
    Object.entries(after).flatMap(([kpi, value]) =>
      before[kpi] === undefined ? [] : [[kpi, rounded(value - before[kpi])] as const],
    ),
  );
  const impact = totalImpact(before, delta);
  const single = (value: number): Weighted => [{ value, weight: 1 }];
  const interval = (value: number, noise: number): Interval =>
    around(value, smallHalfWidth(single(value), value, noise));
  const risk_score = modelRisk(limit_use);
  return {
    risk_score,
    risk_level: riskLevelOf(risk_score),
    impact_delta: impact,
    impact_by_kpi: delta,
    confidence_interval: interval(impact, impactNoise),
    interval_by_kpi: Object.fromEntries(
      Object.entries(delta).map(([kpi, value]) => [kpi, interval(value, noiseOf(kpi, single(value)))]),
    ),
    confidence: underRisk(modelConfidence, risk_score),
    basis: 'model',
    explanation: `no trace yet: a network model expects the change to use ${Math.round(limit_use * 100)} % of its limits, which makes a risk of ${risk_score}`,
  };
};

/**
 * Without memory, a larger number of affected entities means a higher risk. It never counts as
 * evidence.
 */
const heuristic = ({ request }: Basis): Numbers => {
  const touched = request.affected_entity_count ?? 1;
  const risk_score = clamp(Math.round(40 + 5 * Math.max(0, touched - 1)), 40, 95);
  return {
    risk_score,
    risk_level: riskLevelOf(risk_score),
    impact_delta: rounded(-risk_score / 10),
    impact_by_kpi: {},
    confidence_interval: [-50, 50],
    interval_by_kpi: {},
    confidence: underRisk(0.5, risk_score),
    basis: 'heuristic',
    explanation: `no trace of \`${request.action_type}\` to go by: ${touched} touched ${touched === 1 ? 'entity makes' : 'entities make'} a risk of ${risk_score}`,
  };
};

/** A read-only action changes nothing, so there is nothing to predict. */
const noEffect = ({ request }: Basis): Numbers => ({
  risk_score: 1,
  risk_level: 'LOW',
  impact_delta: 0,
  impact_by_kpi: {},
  confidence_interval: [0, 0],
  interval_by_kpi: {},
  confidence: 1,
  basis: 'no_effect',
  explanation: `\`${request.action_type}\` only reads: it has no effect`,
});

const numbersOf = (basis: Basis, traces: readonly TraceWeight[]): Numbers => {
  if (traces.length > 0) return fromTraces(basis, traces);
  return basis.expected === undefined ? heuristic(basis) : fromModel(basis.expected);
};

/** The question of a prediction, as the answer repeats it. */
const questionOf = (request: PredictRequest): Basis['request'] => ({
  action_type: request.action_type,
  entity_id: request.entity_id,
  parameters: request.parameters,
  affected_entity_count: request.affected_entity_count ?? null,
  trigger_type: request.trigger_type ?? request.action_type,
  incident_id: request.incident_id ?? null,
  at: request.at,
});

type Recalled = ReturnType<DecisionMemory['recall']>;
const nothing: Recalled = { eligible: 0, traces: [], errors: null, state: 'none' };

const countedOf = ({ state }: Recalled, request: PredictRequest): CountedState | undefined =>
  typeof state === 'string' || request.state === undefined
    ? undefined
    : {
        embedding: state.embedding,
        kpis: request.state,
        risk: riskOf(state.without),
        // Rounded down, because it bounds the confidence.
        weight: Math.floor(weightOf(state.without) * 1000) / 1000,
      };

/**
 * The twin's answer for a request. Pure: the same request and the same memory version give the same
 * answer. With fewer than 50 traces that count, it uses the three nearest by similarity × recency.
 * From 50 on, it uses the nearest 25 with split conformal intervals. Without any trace of the
 * action type, it uses the change that a network model expects. Without that, or without traces of
 * the trigger, it uses a heuristic. `lost_vote` is there while the twin has no vote, and
 * `lacks_state` while the network's state counts and the request states none. `stateCounts` is for
 * a replay whose part of the log cannot show whether the state counts. By the method `top_three`
 * the three nearest make every prediction from traces.
 */
export const predict = (
  memory: DecisionMemory | undefined,
  request: PredictRequest,
  stateCounts?: boolean,
  method: TwinMethod = 'nearest',
): PredictionV1 => {
  const isReadOnly = request.read_only === true;
  const asked = isReadOnly ? undefined : memory;
  const recalled = asked?.recall(request, stateCounts, method) ?? nothing;
  const { eligible, traces, errors } = recalled;
  const state = countedOf(recalled, request);
  const record = asked?.recordOf(request.action_type) ?? noRecord;
  const basis: Basis = {
    version: 1,
    request: questionOf(request),
    eligible,
    ...(method === 'nearest' ? {} : { method }),
    half_widths: halfWidthsOf(errors, record.level),
    ...(state === undefined ? {} : { state }),
    // Three traces make a coarser score. Past outcomes do not show how accurate it is.
    ...(errors === null || record.risk === null
      ? {}
      : { risk: calibrationAt(record.risk, rawRisk(traces, state)) }),
    // INVARIANT: where anything is known of the action type, its evidence counts. Otherwise a
    // caller could choose a trigger without traces, and so replace bad evidence by a model.
    ...(isReadOnly || request.expected === undefined || memory?.knows(request.action_type) === true
      ? {}
      : { expected: request.expected }),
  };
  const lost = lostVote(record);
  return {
    ...(isReadOnly ? noEffect(basis) : numbersOf(basis, traces)),
    ...(lost === null ? {} : { lost_vote: lost }),
    ...(recalled.state === 'lacking' ? { lacks_state: true } : {}),
    traces,
    memory_version: memory?.version ?? '0',
    made_at: request.at,
    input: basis,
  };
};

const isBasis = (input: JsonObject): boolean =>
  input['version'] === 1 && typeof input['request'] === 'object' && typeof input['eligible'] === 'number';

/** The KPIs of the network's state that a prediction names; undefined if it names none. */
export const statedIn = ({ input }: { readonly input: JsonObject }): NetworkState | undefined => {
  const { state } = input;
  return isObject(state) && isNetworkState(state['kpis']) ? state['kpis'] : undefined;
};

/**
 * Recomputes a recorded prediction from its stated basis (`traces`, `input`), for comparison in an
 * auditor's replay. `undefined` if the input has a shape that this version does not know.
 */
export const recompute = (prediction: PredictionV1): PredictionV1 | undefined => {
  if (!isBasis(prediction.input)) return undefined;
  const basis = prediction.input as unknown as Basis;
  const { raw_risk: _, ...rest } = prediction;
  return prediction.basis === 'no_effect'
    ? { ...rest, traces: [], ...noEffect(basis) }
    : { ...rest, ...numbersOf(basis, prediction.traces) };
};
