import type { ResolvedMode, Standing } from '@interlock/autonomy';
import type { AutonomyMode } from '@interlock/contracts';
import type { WrittenDto, Time, PageOf } from '@interlock/platform';
import { AmountLimitsDto } from './autonomy.dto.js';

export type AutonomyModeDto = {
  readonly account_id?: string;
  readonly action_type?: string;
  readonly pk: string;
  readonly sk: string;
  readonly tenant_id: string;
  readonly mode: AutonomyMode;
  readonly updated_at: Time;
  readonly updated_by: string;
  readonly policy_version: 'AutonomyModeConfigV1';
};

/**
 * The mode that applies to an action now, including earned steps. A step up only holds for a number
 * of entities, so it is left out.
 */
export type ResolvedModeDto = {
  readonly mode: AutonomyMode;
  readonly matched_level: ResolvedMode['matched_level'];
  readonly explanation: string;
};

/** An earned step up or down of an account's actions of one type. */
export type ModeStepDto = {
  readonly account_id: string;
  readonly action_type: string;
  readonly standing: Standing['kind'];
};

type AmountsDto = {
  readonly cost: number;
  readonly compute: number;
  readonly entities: number;
};

export type BudgetDto = {
  readonly max_autonomous_per_day: number;
  readonly max_per_action_type: { readonly [name: string]: number };
  readonly decay_if_unused: boolean;
  readonly max_amounts_per_day?: AmountLimitsDto;
  readonly pk: string;
  readonly sk: 'BUDGET#CONFIG';
  readonly tenant_id: string;
  readonly account_id: string;
  readonly updated_at: Time;
};

type BudgetDayRowDto = {
  readonly pk: string;
  readonly sk: string;
  readonly tenant_id: string;
  readonly account_id: string;
  readonly date_key: string;
  readonly action_type?: string;
  readonly count: number;
  readonly updated_at: Time | null;
};

export type BudgetDayDto = {
  readonly tenant_id: string;
  readonly account_id: string;
  readonly date_key: string;
  readonly time_zone: string;
  readonly count: number;
  readonly limit: number;
  readonly unused_days: number;
  /** The amounts that the day's actions have spent: cost, compute and affected entities. */
  readonly spent: AmountsDto;
  readonly max_amounts_per_day?: AmountLimitsDto;
  readonly by_action_type: { readonly [name: string]: number };
  readonly max_per_action_type: { readonly [name: string]: number };
  readonly updated_at: Time | null;
  readonly items: readonly BudgetDayRowDto[];
  readonly next: null;
  readonly server_time: Time;
};

export type ConfidenceThresholdsDto = {
  readonly LOW: number;
  readonly MEDIUM: number;
  readonly HIGH: number;
};

export type AutoApprovalDto = {
  readonly updated_at: Time | null;
  readonly updated_by: string | null;
  readonly policy_version: 'AutoApprovalPolicyV1';
  readonly kill_switch: boolean;
  readonly blocked_action_types: readonly string[];
  readonly confidence_thresholds: ConfidenceThresholdsDto;
  readonly automatic_lifecycle_states: readonly string[];
  readonly tenant_id: string;
};

/** The written setting, and when it is effective in every service. */
export type WrittenSettingDto = WrittenDto & {
  readonly effective_by: Time;
};

/**
 * A page of a tenant's modes. `effective` is present if the query names both an account and an
 * action type.
 */
export type ModePageDto = PageOf<AutonomyModeDto> & {
  readonly time_zone: string;
  readonly effective?: ResolvedModeDto;
};

/** The written mode, if the request sets one, and the tenant's time zone. */
export type WrittenModeDto = Partial<AutonomyModeDto> &
  WrittenSettingDto & {
    readonly time_zone: string;
    /** Earned steps that ended with this setting. */
    readonly ended_steps: readonly ModeStepDto[];
    /**
     * Steps down that still ask a person. A person can lift one, or set the mode of its account and
     * type.
     */
    readonly held_steps: readonly ModeStepDto[];
  };

export type RemovedSettingDto = WrittenSettingDto & {
  readonly removed: boolean;
};

export type BudgetPageDto = PageOf<BudgetDto>;

export type WrittenBudgetDto = Partial<BudgetDto> & WrittenSettingDto;

export type WrittenAutoApprovalDto = AutoApprovalDto & WrittenSettingDto;
