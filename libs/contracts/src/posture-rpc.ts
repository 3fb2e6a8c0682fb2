import type { JsonValue, PostureLevel, Reason, Timestamp } from './names.js';

/* ---- posture.posture ------------------------------------------------------------------------------------------- */
export type PostureRequest = { readonly tenant_id: string; readonly fresh?: boolean };
export type PostureInputs = {
  readonly trust_locked: boolean;
  readonly integrity_score: number;
  readonly consensus_pct: number;
  readonly reputation_score: number;
  readonly forecast_risk: 'low' | 'medium' | 'high';
  readonly recent_responses: number;
};
export type PostureSignalName = keyof PostureInputs;
export type PostureThresholds = {
  readonly red_integrity: number;
  readonly red_consensus: number;
  readonly red_responses: number;
  readonly yellow_integrity: number;
  readonly yellow_consensus: number;
  readonly yellow_reputation: number;
  readonly yellow_responses: number;
};
export type PostureSignalView = {
  readonly value: JsonValue;
  readonly at: Timestamp | null;
  readonly source: string;
  readonly status: 'fresh' | 'stale' | 'defaulted';
  readonly max_age_s: number | null;
  readonly age_s: number | null;
  /** It is one voter's word about itself: nobody else was there to contradict it. */
  readonly unwitnessed?: true;
};
/** What the posture gate does at each effective level. */
export type PostureGateTable = { readonly [level in PostureLevel]: 'pass' | 'approval' | 'deny' };
/** `policy` is the level as seed 001 computes it, `effective` what the gates act on. */
export type PostureAnswer = {
  readonly tenant_id: string;
  readonly policy: PostureLevel;
  readonly effective: PostureLevel;
  readonly effective_reasons: readonly Reason[];
  readonly red_triggers: readonly PostureSignalName[];
  readonly yellow_triggers: readonly PostureSignalName[];
  readonly inputs: PostureInputs;
  readonly thresholds: PostureThresholds;
  readonly signals: { readonly [name in PostureSignalName]: PostureSignalView };
  readonly on_missing: 'yellow' | 'seed';
  readonly clears: readonly string[];
  readonly evaluated_at: Timestamp;
  /** The position of the log up to which this answer is current (decimal string). */
  readonly version: string;
  /** The tenant's own table of the posture gate; absent where it has none. */
  readonly gate?: PostureGateTable;
};

/** A posture as an action's record keeps it. The signals, thresholds and levels that it came from stand in the log, up to `version`. */
export type SeenPosture = Pick<
  PostureAnswer,
  'policy' | 'effective' | 'evaluated_at' | 'version' | 'gate'
> & {
  /** Absent where a later gate refused and there are none. */
  readonly effective_reasons?: readonly Reason[];
  /** Absent where a later gate refused. */
  readonly inputs?: PostureInputs;
};

/* ---- audit.vote / policy-evaluator.vote ------------------------------------------------------------------------- */
/**
 * What a witness, a mirror or an instance of a service says of what it holds. Votes of one `subject` can be held against each other: roots over one size of the log's
 * tree, active bundles as of one event. `contradicts`: it was shown to hold something else than was signed. `at`: when it was last heard.
 */
export type ConsensusVote = {
  readonly voter: string;
  readonly kind: 'instance' | 'mirror' | 'witness';
  readonly about: 'checkpoint' | 'bundles';
  readonly subject: string;
  readonly says: string;
  readonly contradicts: boolean;
  readonly at: Timestamp;
};
export type VoteRequest = { readonly request_id: string };
export type VoteAnswer = { readonly instance: string; readonly votes: readonly ConsensusVote[] };
