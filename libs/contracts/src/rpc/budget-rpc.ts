import type { AutonomyMode, Timestamp } from '../values/names.js';
import type { TenantLimits } from '../values/tenant-limits.js';

// budget-ledger.mode / consume / give_back

export type ModeRequest = {
  readonly tenant_id: string;
  readonly account_id: string;
  readonly action_type: string;
  /**
   * The number of entities that the action affects. An earned step up covers a limited number of
   * them. Absent: no step up applies.
   */
  readonly affected_entity_count?: number;
  readonly fresh?: boolean;
};
/**
 * How the account's record with actions of this type changed a configured mode. `up_to`: the
 * largest blast radius that a step up covers.
 */
type EarnedModeStep = {
  readonly standing: 'up' | 'down';
  readonly configured: AutonomyMode;
  readonly since: Timestamp;
  readonly up_to: number | null;
  readonly explanation: string;
};
/**
 * The answer about a mode. `matched_level` is 1–5, the precedence of the entry that decided. It is
 * null if nothing is configured (then the mode is APPROVAL_REQUIRED).
 */
export type ModeAnswer = {
  readonly mode: AutonomyMode;
  readonly matched_level: 1 | 2 | 3 | 4 | 5 | null;
  readonly reason: string | null;
  readonly explanation: string;
  readonly policy_clause: string;
  /** The IANA zone whose calendar days the tenant's budgets use. */
  readonly time_zone: string;
  readonly version: string;
  /** The limits that the tenant has set. Absent if there are none. */
  readonly limits?: TenantLimits;
  /** The earned step. Absent if the mode is the configured one. */
  readonly earned?: EarnedModeStep;
};
/** A mode in the form of an action's record. The gate's reasons say why it asks or refuses. */
export type SeenMode = Omit<ModeAnswer, 'reason' | 'explanation' | 'policy_clause'>;
export type ConsumeRequest = {
  readonly request_id: string;
  readonly tenant_id: string;
  readonly account_id: string;
  readonly action_type: string;
  readonly action_id: string;
  /** The day as `YYYY-MM-DD`, which the orchestrator fixes once. */
  readonly day: string;
};
export type ConsumeAnswer = {
  readonly consumed: boolean;
  readonly reason: 'BUDGET_EXHAUSTED' | null;
  readonly explanation: string;
  readonly day: string;
  readonly limit: number;
  readonly count: number;
  readonly type_limit: number | null;
  readonly type_count: number;
  readonly revision: string;
};
export type GiveBackRequest = Omit<ConsumeRequest, 'action_type'>;
export type GiveBackAnswer = { readonly given_back: boolean };
