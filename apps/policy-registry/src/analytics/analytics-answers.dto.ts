import type { SuggestionKind } from '@interlock/policy';
import type { RuleDto } from '../bundles/bundles-answers.dto.js';
import type { Time } from '@interlock/platform';

export type MeasuredDto = {
  readonly value: number | null;
  readonly target: string;
  readonly on_target: boolean | null;
};

export type TargetsDto = {
  readonly rolled_back_pct: MeasuredDto;
  readonly canaries_passing_pct: MeasuredDto;
  readonly coverage_pct: MeasuredDto;
  readonly mttr_min: MeasuredDto;
};

export type RollbackMinutesDto = {
  readonly timed: number;
  readonly median: number | null;
  readonly longest: number | null;
};

export type RollbacksDto = {
  readonly activated: number;
  readonly rolled_back: number;
  readonly share_pct: number | null;
  readonly by_trigger: { readonly [name: string]: number };
  readonly minutes: RollbackMinutesDto;
};

export type CanariesDto = {
  readonly passed: number;
  readonly rolled_back: number;
  readonly running: number;
};

export type HoursDto = {
  readonly count: number;
  readonly median_h: number | null;
  readonly p90_h: number | null;
};

export type TurnaroundDto = {
  readonly draft_to_approval: HoursDto;
  readonly approval_to_activation: HoursDto;
  readonly draft_to_activation: HoursDto;
};

export type UngovernedDto = {
  readonly agent: string;
  readonly action_type: string;
  readonly evaluations: number;
  readonly ungoverned: number;
};

export type CoverageDto = {
  readonly evaluations: number;
  readonly governed: number;
  readonly ungoverned: readonly UngovernedDto[];
};

/** How many were decided on a day, by decision. */
type DecisionsOfDay = { readonly day: string } & { readonly [decision: string]: number | string };

export type RuleDayDto = {
  readonly day: string;
  readonly hits: number;
};

export type RuleHitsDto = {
  readonly bundle_version: string;
  readonly rule_id: string;
  readonly hits: number;
  readonly decisions: { readonly [name: string]: number };
  readonly by_day: readonly RuleDayDto[];
};

export type ActiveRulesDto = {
  readonly bundle_id: string;
  readonly version: string;
  readonly never_hit: readonly string[];
};

export type AnalyticsDto = {
  readonly targets: TargetsDto;
  readonly rollbacks: RollbacksDto;
  readonly canaries: CanariesDto;
  readonly approval_turnaround: TurnaroundDto;
  readonly coverage: CoverageDto;
  readonly decisions: readonly DecisionsOfDay[];
  readonly rules: readonly RuleHitsDto[];
  readonly active: ActiveRulesDto | null;
  readonly from: Time;
  readonly to: Time;
};

export type SuggestionThresholdsDto = {
  readonly approvals: number;
  readonly rejections: number;
  readonly rejected_pct: number;
  readonly incidents: number;
  readonly incidents_pct: number;
};

export type SuggestionEvidenceDto = {
  readonly approved: number;
  readonly rejected: number;
  readonly denied_by_policy: number;
  readonly executed: number;
  readonly failed: number;
  readonly incidents: number;
  readonly event_ids: readonly string[];
};

export type SuggestionDto = {
  readonly kind: SuggestionKind;
  readonly agent: string;
  readonly action_type: string;
  readonly rule: RuleDto;
  readonly because: string;
  readonly evidence: SuggestionEvidenceDto;
  readonly id: string;
  readonly drafted_version: string | null;
};

export type SuggestionsDto = {
  readonly thresholds: SuggestionThresholdsDto;
  readonly items: readonly SuggestionDto[];
  readonly next: null;
  readonly from: Time;
  readonly to: Time;
};
