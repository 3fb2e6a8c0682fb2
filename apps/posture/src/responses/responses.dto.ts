import { postureLevels, type PostureLevel } from '@interlock/contracts';
import {
  IfGiven,
  TenantScoped,
  PageQuery,
  type Time,
  type PageOf,
  type LogPosition,
} from '@interlock/platform';
import type {
  ResponseAction,
  ResponseGate,
  ResponseMode,
  ResponseStatus,
  ResponseTrigger,
} from '@interlock/posture';
import { IsBoolean, IsIn, Matches } from 'class-validator';

export class RunResponsesDto extends TenantScoped {
  /** The level to respond to; if absent, the tenant's current level by its signals. */
  @IfGiven() @IsIn(postureLevels) policy?: PostureLevel;
  /** `true` applies the responses; otherwise the answer is only the plan. */
  @IfGiven() @IsBoolean() apply?: boolean;
}

export class ListResponsesQuery extends PageQuery {
  /** The `next` of the previous page. */
  @IfGiven()
  @Matches(/^[0-9a-f-]{1,64}$/, { message: 'cursor must be the `next` of a page' })
  override cursor?: string;
}

type PlannedResponseDto = {
  readonly action: ResponseAction;
  readonly reversible: boolean;
};

type ResponseResultDto = {
  readonly action: ResponseAction;
  readonly action_id: string | null;
  /** `DRY_RUN`, `NOT_RUN`, or the state of the action; `PENDING` before the action has one. */
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
  /** Null if the level plans nothing, because such a run is not recorded. */
  readonly response_id: string | null;
  readonly tenant_id: string;
  readonly status: ResponseStatus;
  readonly policy: PostureLevel;
  readonly mode: ResponseMode;
  readonly trigger: ResponseTrigger;
  readonly safety_gates_passed: boolean;
  /** The gates that block the run. */
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
