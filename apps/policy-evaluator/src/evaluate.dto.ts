import {
  autonomyModes,
  postureLevels,
  riskLevels,
  type AutonomyMode,
  type JsonObject,
  type LostVote,
  type PostureLevel,
  type RiskLevel,
} from '@interlock/contracts';
import { IfGiven, IntentMember, IsTenant, IsTimestamp } from '@interlock/platform';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsNumber,
  IsObject,
  IsOptional,
  IsString,
  IsUUID,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';

const finite = { allowNaN: false, allowInfinity: false };

/**
 * The known part of an intent. The evaluation treats absent members as missing fields.
 * @public A test compares its rules with the intake's.
 */
export class EvaluateIntentDto {
  @IfGiven() @IntentMember() intent_id?: string;
  @IfGiven() @IntentMember() tenant_id?: string;
  @IfGiven() @IntentMember() account_id?: string;
  @IntentMember() agent!: string;
  @IntentMember() action_type!: string;
  @IfGiven() @IntentMember() entity_id?: string;
  @IfGiven() @IntentMember() parameters?: JsonObject;
  @IfGiven() @IntentMember() affected_entity_count?: number;
  @IfGiven() @IntentMember() confidence_score?: number;
  @IfGiven() @IntentMember() agent_model?: string;
  @IfGiven() @IntentMember() agent_model_version?: string;
  @IfGiven() @IntentMember() risk_level?: RiskLevel;
  @IfGiven() @IntentMember() lifecycle_state?: string;
  @IfGiven() @IntentMember() external_contact?: boolean;
  @IfGiven() @IntentMember() trigger_type?: string;
  @IfGiven() @IntentMember() incident_id?: string;
  @IfGiven() @IntentMember() estimated_cost?: number;
  @IfGiven() @IntentMember() estimated_compute?: number;
  @IfGiven() @IntentMember() not_after?: string;
  @IfGiven() @IntentMember() requested_by?: string;
  @IfGiven() @IntentMember() dry_run?: boolean;
  @IfGiven() @IntentMember() traceparent?: string;
}

/** The known part of a prediction. */
class EvaluatePredictionDto {
  @IfGiven() @IsNumber(finite) @Min(1) @Max(99) risk_score?: number;
  @IfGiven() @IsIn(riskLevels) risk_level?: RiskLevel;
  @IfGiven() @IsNumber(finite) impact_delta?: number;
  @IfGiven() @IsObject() impact_by_kpi?: { readonly [kpi: string]: number };
  @IfGiven()
  @IsArray()
  @ArrayMinSize(2)
  @ArrayMaxSize(2)
  @IsNumber(finite, { each: true })
  confidence_interval?: [number, number];
  @IfGiven() @IsObject() interval_by_kpi?: object;
  @IfGiven() @IsNumber(finite) @Min(0) @Max(1) confidence?: number;
  @IfGiven() @IsIn(['memory', 'model', 'heuristic', 'no_effect']) basis?:
    'memory' | 'model' | 'heuristic' | 'no_effect';
  @IfGiven() @IsObject() lost_vote?: LostVote;
  @IfGiven() @IsIn([true]) lacks_state?: true;
  @IfGiven() @IsNumber(finite) @Min(1) @Max(99) raw_risk?: number;
  @IfGiven() @IsArray() traces?: object[];
  @IfGiven() @IsString() explanation?: string;
  @IfGiven() @IsString() memory_version?: string;
  @IfGiven() @IsTimestamp() made_at?: string;
  @IfGiven() @IsObject() input?: object;
}

class EvaluateDto {
  @IsObject() @ValidateNested() @Type(() => EvaluateIntentDto) intent!: EvaluateIntentDto;
  @IsOptional()
  @ValidateNested()
  @Type(() => EvaluatePredictionDto)
  prediction?: EvaluatePredictionDto | null;
  @IsOptional() @IsIn(postureLevels) posture?: PostureLevel | null;
  @IfGiven() @IsBoolean() fresh?: boolean;
  @IfGiven() @IsString() @MaxLength(128) action_id?: string;
  @IfGiven() @IsString() @MaxLength(256) request_id?: string;
  @IfGiven() @IsBoolean() dry_run?: boolean;
}

/**
 * The body of `POST /api/v1/policies/{tenant_id}/evaluate`. Without `at`, the current time applies.
 */
export class EvaluateBodyDto extends EvaluateDto {
  @IfGiven() @IsTimestamp() at?: string;
}

/** A request on the bus. */
export class EvaluateRequestDto extends EvaluateDto {
  @IsTenant() tenant_id!: string;
  @IsTimestamp() at!: string;
}

export class AutoApproveRequestDto {
  @IntentMember() action_type!: string;
  @IntentMember() confidence_score!: number;
  @IntentMember() risk_level!: RiskLevel;
  @IfGiven() @IntentMember() lifecycle_state?: string;
  @IntentMember() tenant_id!: string;
  @IntentMember() account_id!: string;
  @IsIn(autonomyModes) autonomy_mode!: AutonomyMode;
  @IntentMember() external_contact!: boolean;
  @IfGiven() @IsBoolean() fresh?: boolean;
}

export class VoteRequestDto {
  @IsUUID() request_id!: string;
}
