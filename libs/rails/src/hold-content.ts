import { postureLevels, riskLevels, type JsonObject, type JsonValue } from '@interlock/contracts';
import {
  blastRadiusOf,
  confidenceOf,
  type GateName,
  type GateRecord,
  type GateSaw,
  type Hold,
} from './gates.js';

/** What a hold is about: what a person reads before a yes, and what that yes covers. Its members are the gate's own. */
export type HoldContent = JsonObject;

/** `content` says what a hold of the gate is about, and `covers` whether a yes to one content is a yes to another. */
type Coverage<G extends GateName> = {
  readonly content: (saw: GateSaw[G]) => HoldContent;
  readonly covers: (said: HoldContent, now: HoldContent) => boolean;
};

/** INVARIANT: each comparison is false where a member is missing or of another type, so that what cannot be compared is asked again. */
const atMost = (now: JsonValue | undefined, said: JsonValue | undefined): boolean =>
  typeof now === 'number' && typeof said === 'number' && now <= said;
const noHigher = (
  order: readonly string[],
  now: JsonValue | undefined,
  said: JsonValue | undefined,
): boolean => {
  const [is, was] = [order.indexOf(String(now)), order.indexOf(String(said))];
  return is >= 0 && is <= was;
};
/** The same in each of these members, which stand in both. */
const same = (said: HoldContent, now: HoldContent, ...names: readonly string[]): boolean =>
  names.every((name) => said[name] !== undefined && JSON.stringify(said[name]) === JSON.stringify(now[name]));
/** Nothing is in the one list that is not in the other. */
const within = (now: JsonValue | undefined, said: JsonValue | undefined): boolean =>
  Array.isArray(now) && Array.isArray(said) && now.every((item) => said.includes(item));

/** A figure that should be high, against the least that goes on by itself: neither may be worse than it was. */
const coversConfidence = (said: HoldContent, now: HoldContent): boolean =>
  atMost(said['confidence'], now['confidence']) &&
  atMost(now['threshold'], said['threshold']) &&
  noHigher(riskLevels, now['risk_level'], said['risk_level']);

const sorted = (items: readonly string[]): readonly string[] => [...new Set(items)].sort();

const coverages: { readonly [G in GateName]: Coverage<G> } = {
  // The kill switch never asks a person.
  kill_switch: { content: () => ({}), covers: () => false },
  posture: {
    content: ({ answer }) => ({ level: answer.effective }),
    covers: (said, now) => noHigher(postureLevels, now['level'], said['level']),
  },
  autonomy_mode: {
    content: ({ answer }) => ({ mode: answer.mode }),
    covers: (said, now) => same(said, now, 'mode'),
  },
  prediction: {
    content: ({ answer }) => ({ basis: answer.basis, risk_score: answer.risk_score }),
    covers: (said, now) => same(said, now, 'basis') && atMost(now['risk_score'], said['risk_score']),
  },
  policy: {
    content: ({ evaluation: { decision, bundle, policies, limits, reasons, unknown_fields } }) => ({
      decision,
      rule_id: bundle.rule_id,
      bundle_version: bundle.bundle_version,
      bundle_hash: bundle.bundle_hash,
      policies: policies.matched.map(({ policy_id, version, content_hash }) => ({
        policy_id,
        version,
        content_hash,
      })),
      window_policy: limits.window_policy,
      causes: sorted(reasons.map(({ code }) => code)),
      unknown_fields: sorted(unknown_fields),
    }),
    covers: (said, now) =>
      same(said, now, 'rule_id', 'bundle_version', 'bundle_hash', 'policies', 'window_policy') &&
      (said['decision'] === 'NEEDS_APPROVAL' || same(said, now, 'decision')) &&
      within(now['causes'], said['causes']) &&
      within(now['unknown_fields'], said['unknown_fields']),
  },
  blast_radius: {
    content: (saw) => ({
      affected: blastRadiusOf(saw),
      limit: saw.confirm_above_entities,
      window_policy: saw.window_policy,
    }),
    covers: (said, now) =>
      same(said, now, 'window_policy') &&
      atMost(now['affected'], said['affected']) &&
      atMost(said['limit'], now['limit']),
  },
  confidence: {
    content: (saw) => ({ ...confidenceOf(saw), risk_level: saw.risk_level }),
    covers: coversConfidence,
  },
  auto_approval: {
    content: ({ input, answer }) => ({
      reason: answer.reason ?? null,
      policy_clause: answer.policy_clause ?? null,
      policy_version: answer.policy_version,
      ...(answer.reason === 'LOW_CONFIDENCE'
        ? {
            confidence: input.confidence_score,
            threshold: thresholdOf(answer.config, input.risk_level),
            risk_level: input.risk_level,
          }
        : {}),
      ...(answer.reason === 'LIFECYCLE_STATE' ? { lifecycle_state: input.lifecycle_state ?? null } : {}),
    }),
    covers: (said, now) =>
      same(said, now, 'reason', 'policy_clause', 'policy_version') &&
      (now['reason'] !== 'LOW_CONFIDENCE' || coversConfidence(said, now)) &&
      (now['reason'] !== 'LIFECYCLE_STATE' || same(said, now, 'lifecycle_state')),
  },
  budget: {
    content: (saw) =>
      'answer' in saw
        ? { day: saw.answer.day, reason: saw.answer.reason, limit: saw.answer.limit, count: saw.answer.count }
        : {},
    covers: (said, now) =>
      same(said, now, 'day', 'reason') &&
      atMost(now['count'], said['count']) &&
      atMost(said['limit'], now['limit']),
  },
};

/** The threshold of the configuration that decided; null where it does not say. */
const thresholdOf = (config: JsonObject, risk: string): JsonValue => {
  const thresholds = config['confidence_thresholds'];
  return typeof thresholds === 'object' && thresholds !== null && !Array.isArray(thresholds)
    ? ((thresholds as JsonObject)[risk] ?? null)
    : null;
};

/** What a judged gate that asks for a person asks about. */
export const holdContentOf = ({ gate, saw }: GateRecord): HoldContent =>
  (coverages[gate] as Coverage<GateName>).content(saw as never);

/** The content of the hold of an action that can neither be tried nor undone; it stands at the gate that says who decides. */
export const irreversibleContent = (actionType: string): HoldContent => ({ irreversible: actionType });

/** A hold as it is compared; `content` is absent where it is not known. */
type Held = { readonly gate: GateName; readonly hold: Hold; readonly content?: HoldContent };

const coversContent = (
  gate: GateName,
  said: HoldContent | undefined,
  now: HoldContent | undefined,
): boolean => {
  if (said === undefined || now === undefined) return false;
  if (said['irreversible'] !== undefined || now['irreversible'] !== undefined)
    return same(said, now, 'irreversible');
  return coverages[gate].covers(said, now);
};

/** True where a yes to one of the holds that were shown is a yes to what holds now: of the same gate, no stricter, and about the same or better. An unknown content is covered by nothing. */
export const isCovered = (now: Held, shown: readonly Held[]): boolean =>
  shown.some(
    (said) =>
      said.gate === now.gate &&
      (said.hold === 'approval' || now.hold === 'window') &&
      coversContent(now.gate, said.content, now.content),
  );
