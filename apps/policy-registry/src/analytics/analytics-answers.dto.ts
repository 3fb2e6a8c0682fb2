import type { SuggestionKind } from '@interlock/policy';
import type { RuleDto } from '../bundles/bundles-answers.dto.js';
import type { Day, Time } from '@interlock/platform';

type MeasuredDto = {
  readonly value: number | null;
  readonly target: string;
  readonly on_target: boolean | null;
};

type TargetsDto = {
  readonly rolled_back_pct: MeasuredDto;
  readonly canaries_passing_pct: MeasuredDto;
  readonly coverage_pct: MeasuredDto;
  readonly mttr_min: MeasuredDto;
};

type RollbackMinutesDto = {
  readonly timed: number;
  readonly median: number | null;
  readonly longest: number | null;
};

type RollbacksDto = {
  readonly activated: number;
  readonly rolled_back: number;
  readonly share_pct: number | null;
  readonly by_trigger: { readonly [name: string]: number };
  readonly minutes: RollbackMinutesDto;
};

type CanariesDto = {
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

type CoverageDto = {
  readonly evaluations: number;
  readonly governed: number;
  readonly ungoverned: readonly UngovernedDto[];
};

/** The number of evaluations on a day, by decision. */
type DecisionsOfDay = { readonly day: Day } & { readonly [decision: string]: number };

type RuleDayDto = {
  readonly day: Day;
  readonly hits: number;
};

export type RuleHitsDto = {
  readonly bundle_version: string;
  readonly rule_id: string;
  readonly hits: number;
  readonly decisions: { readonly [name: string]: number };
  readonly by_day: readonly RuleDayDto[];
};

type ActiveRulesDto = {
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

type SuggestionThresholdsDto = {
  readonly approvals: number;
  readonly rejections: number;
  readonly rejected_pct: number;
  readonly incidents: number;
  readonly incidents_pct: number;
};

type SuggestionEvidenceDto = {
  readonly approved: number;
  readonly rejected: number;
  readonly denied_by_policy: number;
  readonly executed: number;
  readonly failed: number;
  readonly incidents: number;
  readonly event_ids: readonly string[];
};

type SuggestionDto = {
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
