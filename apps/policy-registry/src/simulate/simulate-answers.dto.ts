import { policyDecisions, type JsonValue, type PolicyDecision } from '@interlock/contracts';
import {
  anyObject,
  listOf,
  logPosition,
  mapOf,
  nullable,
  oneOf,
  pageOf,
  time,
  wholeListOf,
} from '@interlock/platform';
import {
  caseEffects,
  ruleEffects,
  type ChangedCase,
  type ComparisonReport,
  type SimulatedCase,
  type SimulationCase,
  type SimulationReport,
} from '@interlock/policy';
import { ApiExtraModels, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { RunStatus, RunView } from './runs.js';

export class SimulationRunDto implements RunView {
  @ApiProperty({ enum: ['done', 'running', 'failed', 'cancelled'] }) readonly status!: RunStatus;
  @ApiProperty() readonly done!: number;
  @ApiProperty(nullable({ type: Number })) readonly total!: number | null;
  @ApiProperty(nullable(anyObject)) readonly problem!: object | null;
  @ApiProperty() readonly run_id!: string;
  @ApiProperty(time) readonly started_at!: string;
  @ApiProperty(nullable(time)) readonly finished_at!: string | null;
  @ApiProperty(nullable(time)) readonly expires_at!: string | null;
}

export class RecordedDecisionDto {
  @ApiProperty({ enum: policyDecisions }) readonly decision!: PolicyDecision;
  @ApiProperty(nullable({ type: String })) readonly rule_id!: string | null;
  @ApiProperty(nullable({ type: String })) readonly bundle_version!: string | null;
}

class SimulationCaseDto implements SimulationCase {
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly agent!: string;
  @ApiProperty() readonly action!: string;
  @ApiProperty(mapOf({ type: ['string', 'number', 'boolean'] })) readonly context!: {
    readonly [name: string]: string | number | boolean;
  };
  @ApiPropertyOptional() readonly name?: string;
  @ApiPropertyOptional() readonly group?: string;
  @ApiPropertyOptional({ type: RecordedDecisionDto }) readonly recorded?: RecordedDecisionDto;
}

export class FixturesDto extends wholeListOf(SimulationCaseDto) {
  @ApiProperty() readonly count!: number;
  @ApiProperty(mapOf({ type: 'number' })) readonly groups!: { readonly [name: string]: number };
}

const effects = {
  type: 'object',
  properties: Object.fromEntries(caseEffects.map((effect) => [effect, { type: 'number' }])),
  required: [...caseEffects],
};
const decisions = mapOf({ type: 'number' });

export class TriedBundleDto {
  @ApiProperty(nullable({ type: String })) readonly bundle_id!: string | null;
  @ApiProperty() readonly version!: string;
  @ApiProperty() readonly bundle_hash!: string;
}

export class RuleTallyDto {
  @ApiProperty() readonly rule_id!: string;
  @ApiProperty({ enum: ruleEffects })
  readonly effect!: SimulationReport['rules'][number]['effect'];
  @ApiProperty() readonly hits!: number;
  @ApiProperty() readonly cost!: number;
  @ApiProperty() readonly compute!: number;
}

export class SpendingDto {
  @ApiProperty() readonly cost!: number;
  @ApiProperty() readonly compute!: number;
}

/** What came of one bundle over the cases of a dataset. */
export class SimulationReportDto implements SimulationReport {
  @ApiProperty({ type: TriedBundleDto }) readonly bundle!: TriedBundleDto;
  @ApiProperty() readonly total!: number;
  @ApiProperty(effects as never) readonly counts!: SimulationReport['counts'];
  @ApiPropertyOptional(decisions) readonly decisions?: NonNullable<SimulationReport['decisions']>;
  @ApiPropertyOptional(decisions) readonly changes?: NonNullable<SimulationReport['changes']>;
  @ApiProperty() readonly unknown!: number;
  @ApiProperty({ type: [RuleTallyDto] }) readonly rules!: readonly RuleTallyDto[];
  @ApiProperty() readonly total_cost!: number;
  @ApiProperty() readonly total_compute!: number;
  @ApiProperty({ type: SpendingDto }) readonly limits!: SpendingDto;
  @ApiProperty() readonly cost_breach!: boolean;
  @ApiProperty() readonly compute_breach!: boolean;
}

/** The dataset as it was read. */
export class ReadDatasetDto {
  @ApiProperty() readonly kind!: string;
  @ApiPropertyOptional() readonly count?: number;
  @ApiPropertyOptional() readonly seed?: number;
  @ApiPropertyOptional(time) readonly from?: string;
  @ApiPropertyOptional(time) readonly to?: string;
  @ApiPropertyOptional(logPosition) readonly position?: string;
  @ApiPropertyOptional() readonly max_evaluations?: number;
  @ApiPropertyOptional() readonly evaluations?: number;
  @ApiPropertyOptional() readonly capped?: boolean;
}

class CaseDto {
  @ApiProperty() readonly id!: string;
  @ApiPropertyOptional() readonly name?: string;
  @ApiPropertyOptional() readonly group?: string;
  @ApiProperty() readonly agent!: string;
  @ApiProperty() readonly action!: string;
  @ApiPropertyOptional({ type: RecordedDecisionDto }) readonly recorded?: RecordedDecisionDto;
}

class SimulatedCaseDto extends CaseDto implements SimulatedCase {
  @ApiProperty({ enum: caseEffects }) readonly effect!: SimulatedCase['effect'];
  @ApiProperty(nullable({ type: String })) readonly rule_id!: string | null;
  @ApiProperty({ type: [String] }) readonly matched_rules!: readonly string[];
  @ApiProperty({ type: [String] }) readonly unknown_fields!: readonly string[];
  @ApiProperty() readonly explanation!: string;
  @ApiProperty({ type: SpendingDto }) readonly budget!: SpendingDto;
  @ApiPropertyOptional({ enum: policyDecisions }) readonly decision?: PolicyDecision;
  @ApiPropertyOptional(listOf({})) readonly near_misses?: readonly JsonValue[];
}

export class SimulatedCasePageDto extends pageOf(SimulatedCaseDto) {}

export class SimulationDto extends SimulationReportDto {
  @ApiProperty({ type: ReadDatasetDto }) readonly dataset!: ReadDatasetDto;
  @ApiProperty({ type: SimulatedCasePageDto }) readonly cases!: SimulatedCasePageDto;
}

export class CaseSideDto {
  @ApiProperty({ enum: caseEffects }) readonly effect!: SimulatedCase['effect'];
  @ApiProperty(nullable({ type: String })) readonly rule_id!: string | null;
  @ApiPropertyOptional({ enum: policyDecisions }) readonly decision?: PolicyDecision;
}

/** A case that two bundles decide otherwise. */
class ChangedCaseDto extends CaseDto implements ChangedCase {
  @ApiProperty({ type: CaseSideDto }) readonly from!: CaseSideDto;
  @ApiProperty({ type: CaseSideDto }) readonly to!: CaseSideDto;
  @ApiProperty() readonly explanation!: string;
}

export class ChangedCasePageDto extends pageOf(ChangedCaseDto) {}

/** The second's figures less the first's. */
export class FigureDeltasDto {
  @ApiProperty() readonly allow!: number;
  @ApiProperty() readonly deny!: number;
  @ApiProperty() readonly needs_approval!: number;
  @ApiProperty() readonly no_match!: number;
  @ApiProperty() readonly total_cost!: number;
  @ApiProperty() readonly total_compute!: number;
  @ApiPropertyOptional(decisions) readonly decisions?: NonNullable<ComparisonReport['deltas']['decisions']>;
}

export class ComparisonDto implements ComparisonReport {
  @ApiProperty({ type: SimulationReportDto }) readonly a!: SimulationReportDto;
  @ApiProperty({ type: SimulationReportDto }) readonly b!: SimulationReportDto;
  @ApiProperty({ type: FigureDeltasDto }) readonly deltas!: FigureDeltasDto;
  @ApiProperty() readonly changed!: number;
  @ApiProperty({ type: ReadDatasetDto }) readonly dataset!: ReadDatasetDto;
  @ApiProperty({ type: ChangedCasePageDto }) readonly cases!: ChangedCasePageDto;
}

/** A run, with what came of it once it is done. */
@ApiExtraModels(SimulationDto, ComparisonDto)
export class SimulationRunResultDto extends SimulationRunDto {
  @ApiPropertyOptional(oneOf(SimulationDto, ComparisonDto)) readonly result?: SimulationDto | ComparisonDto;
}
