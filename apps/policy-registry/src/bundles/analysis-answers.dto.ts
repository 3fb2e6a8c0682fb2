import { policyDecisions, type JsonValue, type PolicyDecision } from '@interlock/contracts';
import type { Answer, ChangedDecision, FieldChange, SemanticDiff, Shown } from '@interlock/policy';
import { RuleDto } from './bundles-answers.dto.js';
import { anyJson, mapOf, nullable } from '@interlock/platform';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class ChangedDecisionDto implements ChangedDecision {
  @ApiProperty() readonly agent!: string;
  @ApiProperty() readonly action!: string;
  @ApiProperty(mapOf({ type: ['string', 'number', 'boolean'] })) readonly context!: {
    readonly [name: string]: string | number | boolean;
  };
  @ApiProperty({ enum: [...policyDecisions, 'ABSTAIN'] }) readonly from!: PolicyDecision | 'ABSTAIN';
  @ApiProperty({ enum: [...policyDecisions, 'ABSTAIN'] }) readonly to!: PolicyDecision | 'ABSTAIN';
  @ApiProperty(nullable({ type: String })) readonly before!: string | null;
  @ApiProperty(nullable({ type: String })) readonly after!: string | null;
}

export class SemanticDiffDto implements SemanticDiff {
  @ApiProperty({ enum: ['yes', 'no', 'undecided'] }) readonly changed!: SemanticDiff['changed'];
  @ApiProperty({ enum: ['yes', 'no', 'undecided'] })
  readonly more_permissive!: SemanticDiff['more_permissive'];
  @ApiProperty({ enum: ['yes', 'no', 'undecided'] })
  readonly more_restrictive!: SemanticDiff['more_restrictive'];
  @ApiProperty({ type: [ChangedDecisionDto] }) readonly examples!: readonly ChangedDecisionDto[];
  @ApiProperty() readonly truncated!: boolean;
}

export class FieldChangeDto implements FieldChange {
  @ApiProperty() readonly field!: string;
  @ApiProperty(anyJson) readonly from!: JsonValue;
  @ApiProperty(anyJson) readonly to!: JsonValue;
}

export class RuleChangeDto {
  @ApiProperty() readonly rule_id!: string;
  @ApiProperty({ type: [FieldChangeDto] }) readonly fields!: readonly FieldChangeDto[];
}

export class NamedBundleDto {
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly version!: string;
  @ApiProperty() readonly bundle_hash!: string;
  @ApiProperty(nullable({ type: String })) readonly team!: string | null;
}

export class BundleDiffDto {
  @ApiProperty({ type: SemanticDiffDto }) readonly semantic!: SemanticDiffDto;
  @ApiProperty({ type: [String] }) readonly added!: readonly string[];
  @ApiProperty({ type: [String] }) readonly removed!: readonly string[];
  @ApiProperty({ type: [String] }) readonly modified!: readonly string[];
  @ApiProperty({ type: [String] }) readonly unchanged!: readonly string[];
  @ApiProperty({ type: [RuleChangeDto] }) readonly changes!: readonly RuleChangeDto[];
  @ApiProperty({ type: [RuleDto] }) readonly added_rules!: readonly RuleDto[];
  @ApiProperty({ type: [RuleDto] }) readonly removed_rules!: readonly RuleDto[];
  @ApiProperty({ type: [FieldChangeDto] }) readonly fields!: readonly FieldChangeDto[];
  @ApiProperty({ type: NamedBundleDto }) readonly from!: NamedBundleDto;
  @ApiProperty({ type: NamedBundleDto }) readonly to!: NamedBundleDto;
}

export class OtherDecisionDto {
  @ApiProperty({ enum: [...policyDecisions, 'ABSTAIN'] })
  readonly decision!: Shown['decision'];
  @ApiProperty(nullable({ type: String })) readonly rule_id!: string | null;
}

export class ShownRequestDto implements Shown {
  @ApiProperty() readonly agent!: string;
  @ApiProperty() readonly action!: string;
  @ApiProperty(mapOf({ type: ['string', 'number', 'boolean'] })) readonly context!: {
    readonly [name: string]: string | number | boolean;
  };
  @ApiProperty({ enum: [...policyDecisions, 'ABSTAIN'] })
  readonly decision!: Shown['decision'];
  @ApiProperty(nullable({ type: String })) readonly rule_id!: string | null;
  @ApiPropertyOptional({ type: OtherDecisionDto }) readonly other?: OtherDecisionDto;
}

export class QuestionAnswerDto implements Answer {
  @ApiProperty({
    enum: [
      'implies',
      'equivalent',
      'disjoint',
      'never_matches',
      'reachable',
      'gaps',
      'invariant',
      'bundle_implies',
      'bundle_disjoint',
      'bundle_equivalent',
      'more_permissive',
    ],
  })
  readonly kind!: Answer['kind'];
  @ApiProperty({ enum: ['yes', 'no', 'undecided'] }) readonly answer!: 'yes' | 'no' | 'undecided';
  @ApiProperty(nullable({ type: ShownRequestDto })) readonly counter_example!: ShownRequestDto | null;
  @ApiProperty(nullable({ type: ShownRequestDto })) readonly witness!: ShownRequestDto | null;
  @ApiPropertyOptional({ type: [ShownRequestDto] }) readonly examples?: readonly ShownRequestDto[];
}

/** Which bundle was asked; null where it is no kept one. */
export class SubjectNameDto {
  @ApiProperty(nullable({ type: String })) readonly id!: string | null;
  @ApiProperty(nullable({ type: String })) readonly version!: string | null;
}

export class AnalysisDto {
  @ApiProperty({ type: SubjectNameDto }) readonly bundle!: SubjectNameDto;
  @ApiProperty(nullable({ type: SubjectNameDto })) readonly other!: SubjectNameDto | null;
  @ApiProperty({ type: [QuestionAnswerDto] }) readonly answers!: readonly QuestionAnswerDto[];
}
