import {
  matchedPolicies,
  parseStream,
  usualMembers,
  wholeContext,
  type ContextInRecord,
  type EvaluatedInput,
  type EvaluationV1,
  type JsonObject,
  type Reason,
  type SeenEvaluation,
  type ShadowEvaluation,
} from '@interlock/contracts';
import { canonicalJson, isObject, localTime, sameJson, type RecordedEvent } from '@interlock/kernel';
import { evaluableBundle, evaluate, shadowOf, type EvaluableBundle } from './evaluate.js';
import { explain } from './explanation.js';
import { policyHash, type PolicyV1 } from '../policy/content.js';
import { compilePolicies, type CompiledPolicies } from '../policy/evaluation.js';
import type { BundleVariant, RolloutFloor } from './routing.js';
import { bundleHash, type BundleContent } from '../rules/rule.js';

/**
 * The whole input of an evaluation, except the bundle and the policies, which are named by hash.
 */
export type RecordedInput = EvaluatedInput & {
  readonly tenant_id: string;
  readonly agent: string;
  readonly action_type: string;
  readonly action_id: string | null;
  readonly request_id: string | null;
  readonly dry_run: boolean;
};

/**
 * The thresholds for later gates. They are left out of the record of an action that the policies
 * deny.
 */
type Thresholds = Pick<EvaluationV1, 'limits' | 'confidence_thresholds'>;
/**
 * An evaluation in the log. `shadow`: while a canary runs, the decision of the other bundle; else
 * absent.
 */
export type RecordedEvaluation = Omit<EvaluationV1, keyof Thresholds | 'bundle'> &
  Partial<Thresholds> & {
    /**
     * The rule's reason is omitted for an action's evaluation, because the gate's reasons contain
     * it.
     */
    readonly bundle: Omit<EvaluationV1['bundle'], 'reason'> & Partial<Pick<EvaluationV1['bundle'], 'reason'>>;
    readonly input: RecordedInput;
    readonly shadow?: ShadowEvaluation;
  };

/**
 * The parts of a recorded evaluation that are read in bulk: the decision, its rule, and its input.
 */
export type RecordedDecision = Pick<RecordedEvaluation, 'evaluation_id' | 'decision' | 'input'> & {
  readonly bundle: Pick<RecordedEvaluation['bundle'], 'rule_id' | 'bundle_version'>;
};

/**
 * An evaluation outside an action, in `evaluation-<tenant>:<day>`. Readers drop a repeated
 * `evaluation_id`. Evaluations of an action are in the action's own events.
 */
export type EvaluationRecorded = { readonly type: 'EvaluationRecorded'; readonly data: RecordedEvaluation };

/** The events of an evaluation stream. */
export const evaluationEvents = { types: ['EvaluationRecorded'] } as const;

/** A gate in an action's event. In an altered log it may have any shape. */
type SeenRecord = {
  readonly gate?: unknown;
  readonly verdict?: unknown;
  readonly reasons?: readonly Reason[];
  readonly saw?: { readonly evaluation?: SeenEvaluation; readonly answer?: unknown };
};

/**
 * Returns the posture and prediction that an event contains beside its evaluation; undefined if it
 * lacks them.
 */
const besideIn = (
  tenant_id: string,
  gates: readonly SeenRecord[],
  { input: { at }, versions: { time_zone: zone } }: SeenEvaluation,
): ContextInRecord | undefined => {
  const answerOf = (name: string): unknown =>
    gates.findLast(({ gate, verdict }) => gate === name && verdict !== 'error')?.saw?.answer;
  const [prediction, posture] = [answerOf('prediction'), answerOf('posture')];
  if (!isObject(prediction) || !isObject(posture) || typeof zone !== 'string') return undefined;
  try {
    return { tenant_id, prediction, posture, time: localTime(at, zone) } as unknown as ContextInRecord;
  } catch {
    // An altered log may contain an invalid time or zone.
    return undefined;
  }
};

/**
 * Restores the whole evaluation of an action. `event` is the one that contains it; its gates may
 * have any shape.
 */
export const evaluationOf = (
  seen: SeenEvaluation,
  reasons: readonly Reason[],
  { stream, data }: RecordedEvent,
): RecordedEvaluation => {
  const of = parseStream(stream);
  const { gates } = data as { readonly gates?: readonly SeenRecord[] };
  const context = wholeContext(
    seen.input.context,
    Array.isArray(gates) ? besideIn(of?.tenant ?? '', gates, seen) : undefined,
  );
  return {
    ...seen,
    ...usualMembers(seen),
    reasons,
    explanation: explain(seen.decision, reasons),
    policies: { decision: seen.policies.decision, matched: matchedPolicies(seen) },
    versions: { ...seen.versions, bundle_hash: seen.bundle.bundle_hash },
    input: {
      ...seen.input,
      context,
      tenant_id: of?.tenant ?? '',
      agent: textOf(context['agent']),
      action_type: textOf(context['action_type']),
      action_id: of?.id ?? null,
      request_id: null,
      dry_run: context['dry_run'] === true,
    },
  };
};

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Returns the evaluations in an event: one outside an action, or those of an action's gates. */
export const evaluationsIn = (event: RecordedEvent): readonly RecordedEvaluation[] => {
  if (event.type === 'EvaluationRecorded') return [event.data as RecordedEvaluation];
  const { gates } = event.data as { readonly gates?: readonly SeenRecord[] };
  if (event.type !== 'GatesJudged' || !Array.isArray(gates)) return [];
  return (gates as readonly SeenRecord[]).flatMap(({ gate, verdict, reasons, saw }) =>
    gate === 'policy' && verdict !== 'error' && isObject(saw?.evaluation?.input?.context)
      ? [evaluationOf(saw!.evaluation!, reasons ?? [], event)]
      : [],
  );
};

export type RecordedBundle = BundleContent & { readonly bundle_id: string };
export type Replay = {
  /**
   * The replayed evaluation; null if its bundle or a policy is missing, so that no comparison is
   * possible.
   */
  readonly evaluation: EvaluationV1 | null;
  /**
   * Each difference in words, including changed content; empty if the recorded decision is
   * confirmed. If there is no evaluation, the missing parts.
   */
  readonly differences: readonly string[];
};

type PolicyVersion = { readonly policy_id: string; readonly version: number; readonly content_hash: string };

const most = 1000;

/**
 * A cache of hashes and compiled content for many evaluations, keyed by object identity. Those
 * objects must not change.
 */
export class RecordedCache {
  readonly #hashes = new WeakMap<object, string>();
  readonly #bundles = new WeakMap<object, Map<string, EvaluableBundle>>();
  readonly #policies = new Map<
    string,
    { readonly of: readonly PolicyV1[]; readonly compiled: CompiledPolicies }
  >();

  hash<T extends object>(of: T, make: (of: T) => string): string {
    const known = this.#hashes.get(of) ?? make(of);
    this.#hashes.set(of, known);
    return known;
  }

  bundle(of: RecordedBundle, hash: string, variant: BundleVariant): EvaluableBundle {
    const variants = this.#bundles.get(of) ?? new Map<string, EvaluableBundle>();
    const known =
      variants.get(`${variant} ${hash}`) ?? evaluableBundle({ ...of, bundle_hash: hash }, variant);
    this.#bundles.set(of, variants.set(`${variant} ${hash}`, known));
    return known;
  }

  policies(of: readonly PolicyV1[]): CompiledPolicies {
    const key = of.map(({ policy_id, version }) => `${policy_id}@${version}`).join(' ');
    const known = this.#policies.get(key);
    if (known !== undefined && known.of.every((policy, i) => policy === of[i])) return known.compiled;
    if (this.#policies.size >= most) this.#policies.clear();
    const compiled = compilePolicies(of);
    this.#policies.set(key, { of, compiled });
    return compiled;
  }
}

const named = (versions: JsonObject): readonly PolicyVersion[] =>
  Array.isArray(versions['policies']) ? (versions['policies'] as readonly PolicyVersion[]) : [];

/** Returns a name in the log, which may have been altered to any value. */
const nameOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? `${value}` : 'without a name';

const found = (
  data: RecordedEvaluation,
  bundle: RecordedBundle | null,
  shadow: RecordedBundle | null,
  policies: readonly PolicyV1[],
  cache: RecordedCache,
) => {
  const missing: string[] = [];
  const altered: string[] = [];
  const used = named(data.versions).flatMap((wanted): PolicyV1[] => {
    const policy = policies.find(
      ({ policy_id, version }) => policy_id === wanted.policy_id && version === wanted.version,
    );
    if (policy === undefined)
      missing.push(`policy \`${nameOf(wanted.policy_id)}\` version ${nameOf(wanted.version)} is not there`);
    else if (cache.hash(policy, (of) => policyHash(of.policy_id, of)) !== wanted.content_hash)
      altered.push(
        `policy \`${wanted.policy_id}\` version ${wanted.version} has other content than was evaluated`,
      );
    return policy === undefined ? [] : [policy];
  });
  for (const [named, content] of [
    [data.bundle, bundle],
    [data.shadow, shadow],
  ] as const) {
    const hash = named?.bundle_hash ?? null;
    if (hash === null) continue;
    if (content === null) missing.push(`bundle ${nameOf(named?.bundle_version)} is not there`);
    else if (cache.hash(content, bundleHash) !== hash)
      altered.push(`bundle ${nameOf(named?.bundle_version)} has other content than was evaluated`);
  }
  return { used, missing, altered };
};

/** True for a member that is left out of the record of a denied action. */
const isLeftOut = (of: RecordedEvaluation, field: keyof EvaluationV1): boolean =>
  of.decision === 'DENY' &&
  of.input.action_id !== null &&
  ((field === 'near_misses' && of.near_misses.length === 0) ||
    (of[field] === undefined && (field === 'limits' || field === 'confidence_thresholds')));

const differencesOf = (recorded: RecordedEvaluation, after: EvaluationV1): string[] => {
  const before =
    recorded.input.action_id === null
      ? recorded
      : { ...recorded, bundle: { ...recorded.bundle, reason: after.bundle.reason } };
  return (Object.keys(after) as (keyof EvaluationV1)[])
    .filter((field) => !isLeftOut(before, field))
    .filter((field) => !sameJson(before[field] ?? null, after[field]))
    .map(
      (field) =>
        `\`${field}\` was ${canonicalJson(before[field] ?? null)}, is ${canonicalJson(after[field])}`,
    );
};

const floorOf = ({ floor }: JsonObject): RolloutFloor | null =>
  floor === 'bypassed' || floor === 'withdrawn' ? floor : null;

/**
 * Replays a recorded evaluation from its own input and compares the results, including the shadow.
 * `policies` may contain all versions. `bundle` is the one that the event names, null if it names
 * none; `shadow` likewise.
 */
export const evaluateRecorded = (
  data: RecordedEvaluation,
  bundle: RecordedBundle | null,
  policies: readonly PolicyV1[],
  cache: RecordedCache = new RecordedCache(),
  shadow: RecordedBundle | null = null,
): Replay => {
  const { used, missing, altered } = found(data, bundle, shadow, policies, cache);
  if (missing.length > 0 && altered.length === 0) return { evaluation: null, differences: missing };
  const { input } = data;
  const { bundle_hash: _hash, policies: _policies, floor: _floor, ...versions } = data.versions;
  const { variant } = data.bundle;
  const asked = {
    agent: input.agent,
    action_type: input.action_type,
    context: input.context,
    policies: cache.policies(used),
  };
  const evaluation = evaluate({
    ...asked,
    evaluation_id: data.evaluation_id,
    trace_id: data.trace_id,
    floor: floorOf(data.versions),
    bundle:
      data.bundle.bundle_hash === null || bundle === null || variant === 'none'
        ? null
        : cache.bundle(bundle, data.bundle.bundle_hash, variant),
    // No decision depends on them, and the record of a denial lacks them.
    confidence_thresholds: data.confidence_thresholds ?? { LOW: 1, MEDIUM: 1, HIGH: 1 },
    ...(data.threshold_shift === undefined ? {} : { threshold_shift: data.threshold_shift }),
    versions,
    position: data.position,
  });
  const again =
    data.shadow === undefined || shadow === null
      ? undefined
      : shadowOf(asked, cache.bundle(shadow, data.shadow.bundle_hash, data.shadow.variant));
  const ofShadow =
    again === undefined || sameJson(data.shadow, again)
      ? []
      : [`\`shadow\` was ${canonicalJson(data.shadow)}, is ${canonicalJson(again)}`];
  return {
    evaluation,
    differences: [...altered, ...missing, ...differencesOf(data, evaluation), ...ofShadow],
  };
};
