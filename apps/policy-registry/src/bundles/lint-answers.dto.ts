import { ConditionDto } from '../condition-answers.dto.js';
import { type JsonValue, policyDecisions, type PolicyDecision } from '@interlock/contracts';
import {
  lintChecks,
  type Invariant,
  type LintFinding,
  type LintReport,
  type LintSeverity,
  type Witness,
} from '@interlock/policy';
import type { LintHint, LintSettingsView } from './lint.service.js';
import { anyJson, listOf, logPosition, mapOf, nullable, oneOf, streamRevision } from '@interlock/platform';
import { ApiExtraModels, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class LintCountsDto {
  @ApiProperty() readonly error!: number;
  @ApiProperty() readonly warning!: number;
  @ApiProperty() readonly info!: number;
}

export class SetStepDto {
  @ApiProperty({ enum: ['replace', 'add'] }) readonly op!: 'replace' | 'add';
  @ApiProperty() readonly path!: string;
  @ApiProperty(anyJson) readonly value!: JsonValue;
}

export class RemoveStepDto {
  @ApiProperty({ enum: ['remove'] }) readonly op!: 'remove';
  @ApiProperty() readonly path!: string;
}

@ApiExtraModels(SetStepDto, RemoveStepDto)
export class LintSuggestionDto {
  @ApiProperty() readonly text!: string;
  @ApiProperty(listOf(oneOf(SetStepDto, RemoveStepDto) as never)) readonly patch!: readonly (
    SetStepDto | RemoveStepDto
  )[];
}

export class WitnessDto implements Witness {
  @ApiProperty() readonly agent!: string;
  @ApiProperty() readonly action!: string;
  @ApiProperty(mapOf({ type: ['string', 'number', 'boolean'] })) readonly context!: {
    readonly [name: string]: string | number | boolean;
  };
}

export class LintFindingDto implements LintFinding {
  @ApiProperty() readonly line!: number;
  @ApiProperty() readonly column!: number;
  @ApiProperty({ enum: lintChecks }) readonly check!: LintFinding['check'];
  @ApiProperty({ enum: ['error', 'warning', 'info'] }) readonly severity!: LintSeverity;
  @ApiProperty({ type: [String] }) readonly rule_ids!: readonly string[];
  @ApiProperty() readonly message!: string;
  @ApiProperty() readonly pointer!: string;
  @ApiProperty({ type: LintSuggestionDto }) readonly suggestion!: LintSuggestionDto;
  @ApiProperty(nullable({ type: WitnessDto })) readonly witness!: WitnessDto | null;
}

export class LintReportDto implements LintReport {
  @ApiProperty() readonly passed!: boolean;
  @ApiProperty({ type: LintCountsDto }) readonly counts!: LintCountsDto;
  @ApiProperty({ type: [LintFindingDto] }) readonly findings!: readonly LintFindingDto[];
}

export class LintHintDto implements LintHint {
  @ApiProperty() readonly passed!: boolean;
  @ApiProperty({ type: LintCountsDto }) readonly counts!: LintCountsDto;
  @ApiProperty({ type: [LintFindingDto] }) readonly findings!: readonly LintFindingDto[];
  @ApiProperty() readonly truncated!: boolean;
}

export class InvariantDto implements Invariant {
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly description!: string;
  @ApiProperty({ enum: policyDecisions }) readonly never!: PolicyDecision;
  @ApiProperty() readonly agent!: string;
  @ApiProperty() readonly action!: string;
  @ApiProperty({ type: [ConditionDto] }) readonly conditions!: readonly ConditionDto[];
}

export class LintSeveritiesDto {
  @ApiPropertyOptional({ enum: ['error', 'warning', 'info'] }) readonly never_matches?:
    'error' | 'warning' | 'info';
  @ApiPropertyOptional({ enum: ['error', 'warning', 'info'] }) readonly more_permissive?:
    'error' | 'warning' | 'info';
  @ApiPropertyOptional({ enum: ['error', 'warning', 'info'] }) readonly missing_reasons?:
    'error' | 'warning' | 'info';
  @ApiPropertyOptional({ enum: ['error', 'warning', 'info'] }) readonly unreachable_rules?:
    'error' | 'warning' | 'info';
  @ApiPropertyOptional({ enum: ['error', 'warning', 'info'] }) readonly budget_sanity?:
    'error' | 'warning' | 'info';
  @ApiPropertyOptional({ enum: ['error', 'warning', 'info'] }) readonly disabled_rules?:
    'error' | 'warning' | 'info';
  @ApiPropertyOptional({ enum: ['error', 'warning', 'info'] }) readonly overridden?:
    'error' | 'warning' | 'info';
}

export class LintSettingsDto implements LintSettingsView {
  @ApiProperty({ type: [InvariantDto] }) readonly invariants!: readonly InvariantDto[];
  @ApiProperty({ type: LintSeveritiesDto }) readonly severities!: LintSeveritiesDto;
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}
