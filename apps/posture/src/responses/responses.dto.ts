import { anyTenantPattern, postureLevels, type PostureLevel } from '@interlock/contracts';
import { IfGiven, logPosition, nullable, pageOf, time } from '@interlock/platform';
import {
  responseActions,
  responseGates,
  responseStatuses,
  type Response,
  type ResponseAction,
  type ResponseGate,
  type ResponseMode,
  type ResponseStatus,
  type ResponseTrigger,
} from '@interlock/posture';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsBoolean, IsIn, IsInt, Matches, Max, Min } from 'class-validator';
import { TenantQuery } from '../posture.dto.js';

export class RunResponsesDto {
  /** Absent: the level of the tenant as its signals are now. */
  @IfGiven() @IsIn(postureLevels) policy?: PostureLevel;
  /** `true` does it; else the plan is told and nothing is done. */
  @IfGiven() @IsBoolean() apply?: boolean;
  /** Names the tenant as the header `X-Tenant-Id` does; both must be the same. */
  @IfGiven()
  @Matches(anyTenantPattern, { message: "tenant_id must be a tenant's name" })
  tenant_id?: string;
}

export class ListResponsesQuery extends TenantQuery {
  @IfGiven() @Type(() => Number) @IsInt() @Min(1) @Max(200) limit?: number;
  /** As the page before answered it in `next`. */
  @IfGiven()
  @Matches(/^[0-9a-f-]{1,64}$/, { message: 'cursor must be one that a page answered' })
  cursor?: string;
}

export class PlannedResponseDto {
  @ApiProperty({ enum: responseActions }) readonly action!: ResponseAction;
  @ApiProperty() readonly reversible!: boolean;
}

export class ResponseResultDto {
  @ApiProperty({ enum: responseActions }) readonly action!: ResponseAction;
  @ApiProperty(nullable({ type: String })) readonly action_id!: string | null;
  @ApiProperty({ description: 'DRY_RUN, NOT_RUN, or the state of its action; PENDING before that has one' })
  readonly state!: string;
  @ApiProperty(nullable({ type: Boolean })) readonly passed!: boolean | null;
  @ApiProperty() readonly stdout!: string;
  @ApiProperty() readonly reversible!: boolean;
  @ApiProperty(nullable({ type: String })) readonly undo_instruction!: string | null;
}

export class UndoneDto {
  @ApiProperty(time) readonly at!: string;
  @ApiProperty() readonly reason!: string;
  @ApiProperty() readonly restored!: string;
}

/** One run of the response runner. */
export class ResponseDto implements Pick<
  Response,
  'status' | 'policy' | 'mode' | 'gates' | 'actions' | 'undone'
> {
  /** Null where the level plans nothing: nothing was recorded. */
  @ApiProperty(nullable({ type: String })) readonly response_id!: string | null;
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty({ enum: responseStatuses }) readonly status!: ResponseStatus;
  @ApiProperty({ enum: postureLevels }) readonly policy!: PostureLevel;
  @ApiProperty({ enum: ['dry-run', 'apply'] }) readonly mode!: ResponseMode;
  @ApiProperty({ enum: ['person', 'level', 'schedule'] }) readonly trigger!: ResponseTrigger;
  @ApiProperty() readonly safety_gates_passed!: boolean;
  @ApiProperty({ enum: responseGates, isArray: true, description: 'the gates that block it' })
  readonly gates!: readonly ResponseGate[];
  @ApiProperty() readonly actions_planned!: number;
  @ApiProperty({ type: [PlannedResponseDto] }) readonly actions!: readonly PlannedResponseDto[];
  @ApiProperty({ type: [ResponseResultDto] }) readonly results!: readonly ResponseResultDto[];
  @ApiProperty(nullable({ type: String })) readonly detail!: string | null;
  @ApiProperty(nullable(time)) readonly began_at!: string | null;
  @ApiProperty(nullable(time)) readonly ended_at!: string | null;
  @ApiProperty(nullable({ type: UndoneDto })) readonly undone!: UndoneDto | null;
}

export class ResponsePageDto extends pageOf(ResponseDto) {}

export class UndoneResponseDto extends ResponseDto {
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}
