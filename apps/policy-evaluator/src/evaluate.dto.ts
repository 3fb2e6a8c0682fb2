import {
  autonomyModes,
  entityPattern,
  intentIdPattern,
  modelPattern,
  namePattern,
  postureLevels,
  riskLevels,
  anyTenantPattern,
  type AutonomyMode,
  type JsonObject,
  type LostVote,
  type PostureLevel,
  type RiskLevel,
} from '@interlock/contracts';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsObject,
  IsOptional,
  IsRFC3339,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';

const finite = { allowNaN: false, allowInfinity: false };

/** The known part of an intent. The evaluation treats absent members as missing fields. */
class EvaluateIntentDto {
  @IsOptional()
  @Matches(intentIdPattern, { message: 'intent_id must be 1 to 128 printable characters' })
  intent_id?: string;
  @IsOptional() @Matches(anyTenantPattern, { message: 'tenant_id must be a tenant name' }) tenant_id?: string;
  @IsOptional() @Matches(namePattern, { message: 'account_id must be a name' }) account_id?: string;
  @Matches(namePattern, { message: 'agent must be a name' }) agent!: string;
  @Matches(namePattern, { message: 'action_type must be a name' }) action_type!: string;
  @IsOptional()
  @Matches(entityPattern, { message: 'entity_id must be 1 to 256 printable characters' })
  entity_id?: string;
  @IsOptional() @IsObject() parameters?: JsonObject;
  @IsOptional() @IsInt() @Min(0) @Max(1_000_000_000) affected_entity_count?: number;
  @IsOptional() @IsNumber(finite) @Min(0) @Max(1) confidence_score?: number;
  @IsOptional()
  @Matches(modelPattern, { message: 'agent_model must be 1 to 128 printable characters' })
  agent_model?: string;
  @IsOptional()
  @Matches(modelPattern, { message: 'agent_model_version must be 1 to 128 printable characters' })
  agent_model_version?: string;
  @IsOptional() @IsIn(riskLevels) risk_level?: RiskLevel;
  @IsOptional() @IsString() @MaxLength(64) lifecycle_state?: string;
  @IsOptional() @IsBoolean() external_contact?: boolean;
  @IsOptional() @IsString() @MaxLength(63) trigger_type?: string;
  @IsOptional() @IsString() @MaxLength(128) incident_id?: string;
  @IsOptional() @IsNumber(finite) @Min(0) estimated_cost?: number;
  @IsOptional() @IsNumber(finite) @Min(0) estimated_compute?: number;
  @IsOptional() @IsRFC3339() not_after?: string;
  @IsOptional() @IsString() @MaxLength(256) requested_by?: string;
  @IsOptional() @IsBoolean() dry_run?: boolean;
  @IsOptional() @IsString() @MaxLength(64) traceparent?: string;
}

/** The known part of a prediction. */
class EvaluatePredictionDto {
  @IsOptional() @IsNumber(finite) @Min(1) @Max(99) risk_score?: number;
  @IsOptional() @IsIn(riskLevels) risk_level?: RiskLevel;
  @IsOptional() @IsNumber(finite) impact_delta?: number;
  @IsOptional() @IsObject() impact_by_kpi?: { readonly [kpi: string]: number };
  @IsOptional()
  @IsArray()
  @ArrayMinSize(2)
  @ArrayMaxSize(2)
  @IsNumber(finite, { each: true })
  confidence_interval?: [number, number];
  @IsOptional() @IsObject() interval_by_kpi?: object;
  @IsOptional() @IsNumber(finite) @Min(0) @Max(1) confidence?: number;
  @IsOptional() @IsIn(['memory', 'model', 'heuristic', 'no_effect']) basis?:
    'memory' | 'model' | 'heuristic' | 'no_effect';
  @IsOptional() @IsObject() lost_vote?: LostVote;
  @IsOptional() @IsNumber(finite) @Min(1) @Max(99) raw_risk?: number;
  @IsOptional() @IsArray() traces?: object[];
  @IsOptional() @IsString() explanation?: string;
  @IsOptional() @IsString() memory_version?: string;
  @IsOptional() @IsRFC3339() made_at?: string;
  @IsOptional() @IsObject() input?: object;
}

class EvaluateDto {
  @IsObject() @ValidateNested() @Type(() => EvaluateIntentDto) intent!: EvaluateIntentDto;
  @IsOptional()
  @ValidateNested()
  @Type(() => EvaluatePredictionDto)
  prediction?: EvaluatePredictionDto | null;
  @IsOptional() @IsIn(postureLevels) posture?: PostureLevel | null;
  @IsOptional() @IsBoolean() fresh?: boolean;
  @IsOptional() @IsString() @MaxLength(128) action_id?: string;
  @IsOptional() @IsString() @MaxLength(256) request_id?: string;
  @IsOptional() @IsBoolean() dry_run?: boolean;
}

/**
 * The body of `POST /api/v1/policies/{tenant_id}/evaluate`. Without `at`, the current time applies.
 */
export class EvaluateBodyDto extends EvaluateDto {
  @IsOptional() @IsRFC3339() at?: string;
}

/** A request on the bus. */
export class EvaluateRequestDto extends EvaluateDto {
  @Matches(anyTenantPattern, { message: 'tenant_id must be a tenant name' }) tenant_id!: string;
  @IsRFC3339() at!: string;
}

export class AutoApproveRequestDto {
  @Matches(namePattern, { message: 'action_type must be a name' }) action_type!: string;
  @IsNumber(finite) @Min(0) @Max(1) confidence_score!: number;
  @IsIn(riskLevels) risk_level!: RiskLevel;
  @IsOptional() @IsString() @MaxLength(64) lifecycle_state?: string;
  @Matches(anyTenantPattern, { message: 'tenant_id must be a tenant name' }) tenant_id!: string;
  @Matches(namePattern, { message: 'account_id must be a name' }) account_id!: string;
  @IsIn(autonomyModes) autonomy_mode!: AutonomyMode;
  @IsBoolean() external_contact!: boolean;
  @IsOptional() @IsBoolean() fresh?: boolean;
}

export class VoteRequestDto {
  @IsUUID() request_id!: string;
}
