import type { JsonObject } from '@interlock/contracts';
import {
  ruleEffects,
  signatureAlgorithms,
  type BundleApproval,
  type BundleOrigin,
  type BundleProvenance,
  type BundleSignature,
  type RuleV1,
  type SourceSignature,
} from '@interlock/policy';
import type { BundleRollback } from './bundle-row.js';
import { ConditionDto } from '../condition-answers.dto.js';
import { LintHintDto } from './lint-answers.dto.js';
import {
  anyObject,
  logPosition,
  nullable,
  oneOf,
  pageOf,
  streamRevision,
  time,
  PersonActorDto,
  ServiceActorDto,
} from '@interlock/platform';
import { ApiExtraModels, ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class RuleBudgetDto {
  @ApiProperty() readonly cost!: number;
  @ApiProperty() readonly compute!: number;
}

export class RuleDto implements RuleV1 {
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly agent!: string;
  @ApiProperty() readonly action!: string;
  @ApiProperty({ enum: ruleEffects }) readonly effect!: RuleV1['effect'];
  @ApiProperty() readonly priority!: number;
  @ApiProperty() readonly enabled!: boolean;
  @ApiProperty({ type: [ConditionDto] }) readonly conditions!: readonly ConditionDto[];
  @ApiProperty() readonly reason!: string;
  @ApiPropertyOptional({ type: RuleBudgetDto }) readonly budget?: RuleBudgetDto;
  @ApiPropertyOptional() readonly approvals_required?: number;
  @ApiPropertyOptional() readonly retry_after_s?: number;
}

export class BundleProvenanceDto implements BundleProvenance {
  @ApiProperty() readonly tenant!: string;
  @ApiProperty() readonly bundle_id!: string;
  @ApiProperty() readonly bundle_hash!: string;
  @ApiProperty(time) readonly exported_at!: string;
  @ApiProperty() readonly exported_by!: string;
}

export class SigningKeyDto {
  @ApiProperty({ enum: signatureAlgorithms }) readonly alg!: 'HMAC-SHA256' | 'Ed25519';
  @ApiProperty() readonly key_id!: string;
}

export class BundleSignatureDto implements BundleSignature {
  @ApiProperty({ enum: signatureAlgorithms }) readonly alg!: 'HMAC-SHA256' | 'Ed25519';
  @ApiProperty() readonly key_id!: string;
  @ApiProperty() readonly value!: string;
}

export class SourceSignatureDto implements SourceSignature {
  @ApiProperty({ enum: ['interlock-bundle/1'] }) readonly format!: 'interlock-bundle/1';
  @ApiProperty() readonly export_id!: string;
  @ApiProperty({ type: BundleProvenanceDto }) readonly provenance!: BundleProvenanceDto;
  @ApiProperty(time) readonly expires_at!: string;
  @ApiProperty({ type: [SigningKeyDto] }) readonly signed_by!: readonly SigningKeyDto[];
  @ApiProperty({ type: [BundleSignatureDto] }) readonly signatures!: readonly BundleSignatureDto[];
}

export class BundleApprovalDto implements BundleApproval {
  @ApiProperty() readonly approval_id!: string;
  @ApiProperty() readonly bundle_hash!: string;
  @ApiProperty(nullable({ type: String })) readonly flip_list_hash!: string | null;
  @ApiProperty(nullable({ type: String })) readonly against_hash!: string | null;
  @ApiProperty() readonly approved_by!: string;
  @ApiProperty(time) readonly approved_at!: string;
  @ApiProperty() readonly note!: string;
  @ApiPropertyOptional({ type: [String] }) readonly approved_as?: readonly string[];
}

export class BundleOriginDto implements BundleOrigin {
  @ApiProperty() readonly bundle_id!: string;
  @ApiProperty() readonly version!: string;
  @ApiProperty() readonly bundle_hash!: string;
  @ApiPropertyOptional({ type: [String] }) readonly authors?: readonly string[];
}

export class BundleRollbackDto implements BundleRollback {
  @ApiProperty(time) readonly at!: string;
  @ApiProperty() readonly by!: string;
  @ApiProperty() readonly reason!: string;
  @ApiProperty() readonly trigger!: string;
  @ApiProperty() readonly was!: string;
  @ApiProperty(nullable({ type: String })) readonly incident_id!: string | null;
}

/** A bundle with its rules, and how it stands. */
export class BundleDto {
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly version!: string;
  @ApiProperty() readonly status!: string;
  @ApiProperty() readonly active!: boolean;
  @ApiProperty({ type: [RuleDto] }) readonly rules!: readonly RuleDto[];
  @ApiProperty() readonly notes!: string;
  @ApiProperty(anyObject) readonly metadata!: JsonObject;
  @ApiProperty() readonly bundle_hash!: string;
  @ApiProperty() readonly created_by!: string;
  @ApiProperty(time) readonly created_at!: string;
  @ApiProperty() readonly source!: string;
  @ApiProperty(nullable({ type: SourceSignatureDto })) readonly source_signature!: SourceSignatureDto | null;
  @ApiProperty() readonly canary_pct!: number;
  @ApiProperty(nullable(time)) readonly activated_at!: string | null;
  @ApiProperty(nullable({ type: String })) readonly activated_by!: string | null;
  @ApiProperty(nullable({ type: String })) readonly approval_id!: string | null;
  @ApiProperty({ type: [BundleApprovalDto] }) readonly approvals!: readonly BundleApprovalDto[];
  @ApiProperty(nullable({ type: String })) readonly team!: string | null;
  @ApiProperty(nullable({ type: BundleOriginDto })) readonly cloned_from!: BundleOriginDto | null;
  @ApiProperty(nullable({ type: BundleRollbackDto })) readonly rollback!: BundleRollbackDto | null;
}

/** One event of a bundle or of its rollout. */
@ApiExtraModels(PersonActorDto, ServiceActorDto)
export class BundleEventDto {
  @ApiProperty() readonly type!: string;
  @ApiProperty(time) readonly at!: string;
  @ApiProperty(oneOf(PersonActorDto, ServiceActorDto)) readonly actor!: PersonActorDto | ServiceActorDto;
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty() readonly stream!: string;
  @ApiProperty(logPosition) readonly position!: string;
  @ApiProperty(anyObject) readonly data!: object;
}

export class DeletedBundleDto {
  @ApiProperty() readonly id!: string;
  @ApiProperty() readonly version!: string;
  @ApiProperty() readonly deleted!: boolean;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}

export class BundlePageDto extends pageOf(BundleDto) {}

export class BundleHistoryDto extends pageOf(BundleEventDto) {}

/** What decides now, and what is tried beside it. */
export class DecidingBundlesDto {
  @ApiProperty(nullable({ type: BundleDto })) readonly active!: BundleDto | null;
  @ApiProperty(nullable({ type: BundleDto })) readonly canary!: BundleDto | null;
}

/** A bundle as it was written, with what linting says of it. */
export class WrittenBundleDto extends BundleDto {
  @ApiProperty({ type: LintHintDto }) readonly lint!: LintHintDto;
}
