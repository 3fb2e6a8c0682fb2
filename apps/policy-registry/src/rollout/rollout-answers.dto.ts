import type { GateReading, ThresholdVerdict } from '@interlock/policy';
import type { BundleDto } from '../bundles/bundles-answers.dto.js';
import type { Time, LogPosition } from '@interlock/platform';

type ThresholdVerdictDto = {
  readonly passed: boolean;
  readonly failing: readonly ('error_rate_pct' | 'deny_rate_pct' | 'cost_increase_pct' | 'decisions')[];
  readonly critical: readonly ('error_rate_pct' | 'deny_rate_pct' | 'cost_increase_pct')[];
  readonly outcome: ThresholdVerdict['outcome'];
};

type StageEvidenceDto = {
  readonly outcome: 'rollback' | 'hold' | 'promote';
  readonly waiting_for: readonly (
    'error_rate_pct' | 'deny_rate_pct' | 'cost_increase_pct' | 'decisions' | 'sample_ratio'
  )[];
  readonly broken: readonly ('error_rate_pct' | 'deny_rate_pct' | 'cost_increase_pct')[];
  readonly decisions_needed: number | null;
};

type GateReadingDto = {
  readonly value: number | null;
  readonly gate: number;
  readonly critical: number;
  readonly threshold: 'pass' | 'fail' | 'critical';
  readonly evidence: GateReading['evidence'];
  readonly interval: GateReading['interval'];
  readonly decisions_needed: number | null;
};

type StageGatesDto = {
  readonly error_rate_pct: GateReadingDto;
  readonly deny_rate_pct: GateReadingDto;
  readonly cost_increase_pct: GateReadingDto;
  readonly decisions: GateReadingDto;
};

type SampleRatioDto = {
  readonly expected_pct: number;
  readonly actual_pct: number | null;
  readonly units: number;
  readonly p_value: number;
  readonly verdict: 'error' | 'pass' | 'fail' | 'inconclusive';
};

export type GateReportDto = {
  readonly pct: number;
  readonly decisions: number;
  readonly threshold_verdict: ThresholdVerdictDto;
  readonly evidence: StageEvidenceDto;
  readonly gates: StageGatesDto;
  readonly sample_ratio: SampleRatioDto;
};

type RestoredBundleDto = {
  readonly bundle_id: string;
  readonly version: string;
  readonly canary_pct: number;
};

type CanaryHoldDto = {
  readonly reason: string;
  readonly until: Time | null;
  readonly by: string;
};

type ScheduledPromotionDto = {
  readonly to_pct: 10 | 50 | 100;
  readonly at: Time;
  readonly by: string;
};

type CanarySplitDto = {
  readonly units: number;
  readonly canary: number;
};

type CostSumsDto = {
  readonly candidate: number;
  readonly active: number;
  readonly candidate_sq: number;
  readonly active_sq: number;
  readonly product: number;
  readonly candidate_max: number;
  readonly active_max: number;
};

type StageCountsDto = {
  readonly split: CanarySplitDto | null;
  readonly decisions?: number;
  readonly requests?: number;
  readonly executions?: number;
  readonly errors?: number;
  readonly denied?: number;
  readonly active_denied?: number;
  readonly invalid?: number;
  readonly cost?: CostSumsDto;
};

type PolicyBypassDto = {
  readonly reason: string;
  readonly since: Time;
  readonly until: Time;
  readonly by: string;
};

export type CanaryStatusDto = {
  readonly bundle_id: string;
  readonly version: string;
  readonly bundle_hash: string;
  readonly status: string;
  readonly canary_pct: number;
  readonly activated_at: Time | null;
  readonly active_bundle_id: string | null;
  readonly stage_since: Time | null;
  readonly dwell_ends_at: Time | null;
  readonly dwell_remaining_s: number | null;
  readonly held: CanaryHoldDto | null;
  readonly scheduled: ScheduledPromotionDto | null;
  readonly counts: StageCountsDto | null;
  readonly gates: GateReportDto | null;
  readonly eta: Time | null;
  readonly bypass: PolicyBypassDto | null;
  readonly withdrawn: boolean;
  readonly auto_promote: boolean;
  readonly server_time: Time;
};

export type ChangedCanaryDto = {
  readonly bundle_id: string | null;
  readonly canary_pct: number | null;
  readonly held: CanaryHoldDto | null;
  readonly scheduled: ScheduledPromotionDto | null;
  readonly position: LogPosition | null;
};

type RolloutLimitsDto = {
  readonly error_rate_pct: number;
  readonly deny_rate_pct: number;
  readonly cost_increase_pct: number;
  readonly decisions: number;
};

type IncidentRowDto = {
  readonly max_age_h: number | null;
  readonly min_error_pct: number;
  readonly then: 'rollback' | 'hold' | 'page';
};

export type RolloutSettingsDto = {
  readonly gates: RolloutLimitsDto;
  readonly critical: RolloutLimitsDto;
  readonly error_budget_pct: number;
  readonly sample_ratio_budget_pct: number;
  readonly cost_bound: number;
  readonly dwell_h: number;
  readonly auto_promote: boolean;
  readonly incident_table: readonly IncidentRowDto[];
  readonly incident_min_executions: number;
};

export type BypassStateDto = {
  readonly bypass: PolicyBypassDto | null;
  readonly position: LogPosition | null;
};

export type WrittenRolloutSettingsDto = RolloutSettingsDto & {
  readonly position: LogPosition | null;
};

/** A bundle whose rollout changed, and the time by which the change is effective everywhere. */
export type RolledOutBundleDto = BundleDto & {
  readonly effective_by: Time;
};

export type RolledBackBundleDto = RolledOutBundleDto & {
  readonly restored: RestoredBundleDto | null;
};
