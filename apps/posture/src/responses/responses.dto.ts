import { anyTenantPattern, postureLevels, type PostureLevel } from '@interlock/contracts';
import { IfGiven, type Time, type PageOf, type LogPosition } from '@interlock/platform';
import type {
  ResponseAction,
  ResponseGate,
  ResponseMode,
  ResponseStatus,
  ResponseTrigger,
} from '@interlock/posture';
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

type PlannedResponseDto = {
  readonly action: ResponseAction;
  readonly reversible: boolean;
};

type ResponseResultDto = {
  readonly action: ResponseAction;
  readonly action_id: string | null;
  /** DRY_RUN, NOT_RUN, or the state of its action; PENDING before that has one. */
  readonly state: string;
  readonly passed: boolean | null;
  readonly stdout: string;
  readonly reversible: boolean;
  readonly undo_instruction: string | null;
};

type UndoneDto = {
  readonly at: Time;
  readonly reason: string;
  readonly restored: string;
};

/** One run of the response runner. */
export type ResponseDto = {
  /** Null where the level plans nothing: nothing was recorded. */
  readonly response_id: string | null;
  readonly tenant_id: string;
  readonly status: ResponseStatus;
  readonly policy: PostureLevel;
  readonly mode: ResponseMode;
  readonly trigger: ResponseTrigger;
  readonly safety_gates_passed: boolean;
  /** The gates that block it. */
  readonly gates: readonly ResponseGate[];
  readonly actions_planned: number;
  readonly actions: readonly PlannedResponseDto[];
  readonly results: readonly ResponseResultDto[];
  readonly detail: string | null;
  readonly began_at: Time | null;
  readonly ended_at: Time | null;
  readonly undone: UndoneDto | null;
};

export type ResponsePageDto = PageOf<ResponseDto>;

export type UndoneResponseDto = ResponseDto & {
  readonly position: LogPosition | null;
};
