import type { JsonValue, PostureLevel, Reason, Timestamp } from '../values/names.js';

// ---- posture.posture
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
  /**
   * True if it is the statement of a single voter about itself, which no other voter can
   * contradict. Absent otherwise.
   */
  readonly unwitnessed?: true;
};
/** The decision of the posture gate at each effective level. */
export type PostureGateTable = { readonly [level in PostureLevel]: 'pass' | 'approval' | 'deny' };
/**
 * The posture of a tenant. `policy` is the computed level; `effective` is the level that the gates
 * use.
 */
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
  /** The log position up to which this answer is current (decimal string). */
  readonly version: string;
  /** The tenant's own table of the posture gate. Absent if it has none. */
  readonly gate?: PostureGateTable;
};

/**
 * A posture in the form of an action's record. The log up to `version` holds the signals,
 * thresholds and levels from which it was computed.
 */
export type SeenPosture = Pick<
  PostureAnswer,
  'policy' | 'effective' | 'evaluated_at' | 'version' | 'gate'
> & {
  /** Absent if a later gate refused and there are no reasons. */
  readonly effective_reasons?: readonly Reason[];
  /** Absent if a later gate refused. */
  readonly inputs?: PostureInputs;
};

// ---- audit.vote / policy-evaluator.vote
/**
 * The report of a witness, a mirror or an instance of a service about its state. Votes on one
 * `subject` can be compared: roots over one size of the log's tree, or active bundles as of one
 * event. `contradicts`: its state differs from what was signed. `at`: the time of the last report.
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
