import type { CheckKind, PostureLevel, Timestamp } from '@interlock/contracts';

/**
 * The responses, in the order of their execution. `integrity_anchor_mirror` changes something; the
 * others only read.
 */
const responseActions = [
  'integrity_check',
  'schema_validation',
  'full_integrity_check',
  'cold_storage_verification',
  'integrity_anchor_mirror',
] as const;
export type ResponseAction = (typeof responseActions)[number];
/** A response that only checks. */
export type CheckingResponse = Extract<ResponseAction, CheckKind>;

/** One response that a run would execute. */
export type PlannedResponse = { readonly action: ResponseAction; readonly reversible: boolean };

const planned = (...actions: readonly ResponseAction[]): readonly PlannedResponse[] =>
  actions.map((action) => ({ action, reversible: action === 'integrity_anchor_mirror' }));

const yellow = planned('integrity_check', 'schema_validation');
const plans: { readonly [level in PostureLevel]: readonly PlannedResponse[] } = {
  GREEN: [],
  YELLOW: yellow,
  ORANGE: yellow,
  RED: planned('full_integrity_check', 'cold_storage_verification', 'integrity_anchor_mirror'),
};

/** The responses of a level: none on GREEN; on ORANGE the same as on YELLOW. */
export const planResponses = (policy: PostureLevel): readonly PlannedResponse[] => plans[policy];

/** True for a response; `check` names its kind of check. */
export const isResponseAction = (name: string): name is ResponseAction =>
  (responseActions as readonly string[]).includes(name);
/** True for a response that only reads. */
export const isCheckingResponse = (action: ResponseAction): action is CheckingResponse =>
  action !== 'integrity_anchor_mirror';

/** The gates of a run, in their order. */
export const responseGates = [
  'trust_guard_unlocked',
  'safety_brake_off',
  'rate_limit',
  'manual_unlock_count',
] as const;
export type ResponseGate = (typeof responseGates)[number];

/** The number of applied runs allowed in 24 hours, and of manual unlocks on a UTC day. */
const responseLimits = { responses_24h: 10, manual_unlocks: 3 } as const;

/** The state that the gates check; `responses_24h` counts only applied runs. */
export type ResponseGateState = {
  readonly trust_locked: boolean;
  readonly brake_engaged: boolean;
  readonly responses_24h: number;
  readonly manual_unlocks_today: number;
};

/** Every gate that blocks a run, in order; a dry run meets the same gates. */
export const failingGates = (state: ResponseGateState): readonly ResponseGate[] => {
  const fails: { readonly [gate in ResponseGate]: boolean } = {
    trust_guard_unlocked: state.trust_locked,
    safety_brake_off: state.brake_engaged,
    rate_limit: state.responses_24h >= responseLimits.responses_24h,
    manual_unlock_count: state.manual_unlocks_today > responseLimits.manual_unlocks,
  };
  return responseGates.filter((gate) => fails[gate]);
};

const dayMs = 86_400_000;

/**
 * The number of times within the 24 hours before `now`. A time in the future, by a wrong clock,
 * counts as well.
 */
export const withinDay = (times: readonly Timestamp[], now: Timestamp): number =>
  times.filter((at) => Date.parse(now) - Date.parse(at) < dayMs).length;

export type ResponseMode = 'dry-run' | 'apply';

/**
 * `apply` if requested by hand, or if `POLICY_AUTO_APPLY` is exactly `true`; anything else is a dry
 * run.
 */
export const responseMode = (apply: boolean, autoApply: string | undefined): ResponseMode =>
  apply || autoApply === 'true' ? 'apply' : 'dry-run';

/** How to take back a response that changed something. */
export const undoInstruction = (responseId: string): string =>
  `Restore mirrors/anchor_chain.json from mirrors/anchor_chain.json.backup: interlock responses undo ${responseId} --reason TEXT`;
