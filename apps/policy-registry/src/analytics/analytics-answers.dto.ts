import type { Measured, SuggestionKind, SuggestionThresholds } from '@interlock/policy';
import type { IdentifiedSuggestion } from './analytics.service.js';
import { RuleDto } from '../bundles/bundles-answers.dto.js';
import { listOf, mapOf, nullable, time } from '@interlock/platform';
import { ApiProperty } from '@nestjs/swagger';

export class MeasuredDto implements Measured {
  @ApiProperty(nullable({ type: Number })) readonly value!: number | null;
  @ApiProperty() readonly target!: string;
  @ApiProperty(nullable({ type: Boolean })) readonly on_target!: boolean | null;
}

export class TargetsDto {
  @ApiProperty({ type: MeasuredDto }) readonly rolled_back_pct!: MeasuredDto;
  @ApiProperty({ type: MeasuredDto }) readonly canaries_passing_pct!: MeasuredDto;
  @ApiProperty({ type: MeasuredDto }) readonly coverage_pct!: MeasuredDto;
  @ApiProperty({ type: MeasuredDto }) readonly mttr_min!: MeasuredDto;
}

export class RollbackMinutesDto {
  @ApiProperty() readonly timed!: number;
  @ApiProperty(nullable({ type: Number })) readonly median!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly longest!: number | null;
}

export class RollbacksDto {
  @ApiProperty() readonly activated!: number;
  @ApiProperty() readonly rolled_back!: number;
  @ApiProperty(nullable({ type: Number })) readonly share_pct!: number | null;
  @ApiProperty(mapOf({ type: 'number' })) readonly by_trigger!: { readonly [name: string]: number };
  @ApiProperty({ type: RollbackMinutesDto }) readonly minutes!: RollbackMinutesDto;
}

export class CanariesDto {
  @ApiProperty() readonly passed!: number;
  @ApiProperty() readonly rolled_back!: number;
  @ApiProperty() readonly running!: number;
}

export class HoursDto {
  @ApiProperty() readonly count!: number;
  @ApiProperty(nullable({ type: Number })) readonly median_h!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly p90_h!: number | null;
}

export class TurnaroundDto {
  @ApiProperty({ type: HoursDto }) readonly draft_to_approval!: HoursDto;
  @ApiProperty({ type: HoursDto }) readonly approval_to_activation!: HoursDto;
  @ApiProperty({ type: HoursDto }) readonly draft_to_activation!: HoursDto;
}

export class UngovernedDto {
  @ApiProperty() readonly agent!: string;
  @ApiProperty() readonly action_type!: string;
  @ApiProperty() readonly evaluations!: number;
  @ApiProperty() readonly ungoverned!: number;
}

export class CoverageDto {
  @ApiProperty() readonly evaluations!: number;
  @ApiProperty() readonly governed!: number;
  @ApiProperty({ type: [UngovernedDto] }) readonly ungoverned!: readonly UngovernedDto[];
}

/** How many were decided on a day, by decision. */
type DecisionsOfDay = { readonly day: string } & { readonly [decision: string]: number | string };
const decisionsOfDay = {
  type: 'object',
  properties: { day: { type: 'string', format: 'date' } },
  required: ['day'],
  additionalProperties: { type: 'number' },
};

export class RuleDayDto {
  @ApiProperty() readonly day!: string;
  @ApiProperty() readonly hits!: number;
}

export class RuleHitsDto {
  @ApiProperty() readonly bundle_version!: string;
  @ApiProperty() readonly rule_id!: string;
  @ApiProperty() readonly hits!: number;
  @ApiProperty(mapOf({ type: 'number' })) readonly decisions!: { readonly [name: string]: number };
  @ApiProperty({ type: [RuleDayDto] }) readonly by_day!: readonly RuleDayDto[];
}

export class ActiveRulesDto {
  @ApiProperty() readonly bundle_id!: string;
  @ApiProperty() readonly version!: string;
  @ApiProperty({ type: [String] }) readonly never_hit!: readonly string[];
}

export class AnalyticsDto {
  @ApiProperty({ type: TargetsDto }) readonly targets!: TargetsDto;
  @ApiProperty({ type: RollbacksDto }) readonly rollbacks!: RollbacksDto;
  @ApiProperty({ type: CanariesDto }) readonly canaries!: CanariesDto;
  @ApiProperty({ type: TurnaroundDto }) readonly approval_turnaround!: TurnaroundDto;
  @ApiProperty({ type: CoverageDto }) readonly coverage!: CoverageDto;
  @ApiProperty(listOf(decisionsOfDay)) readonly decisions!: readonly DecisionsOfDay[];
  @ApiProperty({ type: [RuleHitsDto] }) readonly rules!: readonly RuleHitsDto[];
  @ApiProperty(nullable({ type: ActiveRulesDto })) readonly active!: ActiveRulesDto | null;
  @ApiProperty(time) readonly from!: string;
  @ApiProperty(time) readonly to!: string;
}

export class SuggestionThresholdsDto implements SuggestionThresholds {
  @ApiProperty() readonly approvals!: number;
  @ApiProperty() readonly rejections!: number;
  @ApiProperty() readonly rejected_pct!: number;
  @ApiProperty() readonly incidents!: number;
  @ApiProperty() readonly incidents_pct!: number;
}

export class SuggestionEvidenceDto {
  @ApiProperty() readonly approved!: number;
  @ApiProperty() readonly rejected!: number;
  @ApiProperty() readonly denied_by_policy!: number;
  @ApiProperty() readonly executed!: number;
  @ApiProperty() readonly failed!: number;
  @ApiProperty() readonly incidents!: number;
  @ApiProperty({ type: [String] }) readonly event_ids!: readonly string[];
}

export class SuggestionDto implements IdentifiedSuggestion {
  @ApiProperty({ enum: ['approvals', 'denials', 'incidents'] }) readonly kind!: SuggestionKind;
  @ApiProperty() readonly agent!: string;
  @ApiProperty() readonly action_type!: string;
  @ApiProperty({ type: RuleDto }) readonly rule!: RuleDto;
  @ApiProperty() readonly because!: string;
  @ApiProperty({ type: SuggestionEvidenceDto }) readonly evidence!: SuggestionEvidenceDto;
  @ApiProperty() readonly id!: string;
  @ApiProperty(nullable({ type: String })) readonly drafted_version!: string | null;
}

export class SuggestionsDto {
  @ApiProperty({ type: SuggestionThresholdsDto }) readonly thresholds!: SuggestionThresholdsDto;
  @ApiProperty({ type: [SuggestionDto] }) readonly items!: readonly SuggestionDto[];
  @ApiProperty({ type: 'null' as never }) readonly next!: null;
  @ApiProperty(time) readonly from!: string;
  @ApiProperty(time) readonly to!: string;
}
