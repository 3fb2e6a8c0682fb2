import {
  killSwitchScopes,
  type AskedExecutor,
  type Completeness,
  type KillSwitchHead,
  type StoppedAction,
} from '@interlock/rails';
import { logPosition, mapOf, nullable, streamRevision, time } from '@interlock/platform';
import { ApiProperty, type ApiPropertyOptions } from '@nestjs/swagger';
import type { FollowedAction, FollowedReceipt, UseSummary } from './kill-switch-receipts.js';
import type { AskedRelease, Receipt } from './kill-switch.service.js';

/** True, false, or `unconfirmed`. */
const completeness = {
  type: () => Object,
  oneOf: [{ type: 'boolean' }, { type: 'string', enum: ['unconfirmed'] }],
} as const satisfies ApiPropertyOptions;

export class StoppedActionDto implements StoppedAction {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly action_id!: string;
  @ApiProperty() readonly state!: string;
}

export class UntoldActionDto {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly action_id!: string;
  @ApiProperty() readonly code!: string;
}

export class AskedExecutorDto implements AskedExecutor {
  @ApiProperty() readonly service!: string;
  @ApiProperty() readonly instance!: string;
  @ApiProperty() readonly answered!: boolean;
}

export class AskedReleaseDto implements AskedRelease {
  @ApiProperty() readonly by!: string;
  @ApiProperty(time) readonly expires_at!: string;
}

/** What a switch stops: a member is null where its scope does not name it. */
class SwitchedDto {
  @ApiProperty({ enum: killSwitchScopes }) readonly scope!: (typeof killSwitchScopes)[number];
  @ApiProperty(nullable({ type: String })) readonly tenant_id!: string | null;
  @ApiProperty(nullable({ type: String })) readonly action_type!: string | null;
  @ApiProperty(nullable({ type: String })) readonly account_id!: string | null;
  @ApiProperty(nullable({ type: String })) readonly agent!: string | null;
  @ApiProperty(nullable({ type: String })) readonly site_id!: string | null;
  @ApiProperty() readonly engaged!: boolean;
  @ApiProperty(time) readonly engaged_at!: string;
  @ApiProperty() readonly drill!: boolean;
  @ApiProperty() readonly rollback_in_flight!: boolean;
  @ApiProperty(nullable({ type: String })) readonly acknowledged_by!: 'executors' | 'time' | null;
}

export class KillSwitchReceiptDto extends SwitchedDto implements Receipt {
  @ApiProperty(nullable({ type: String })) readonly use_id!: string | null;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
  @ApiProperty({ type: [AskedExecutorDto] }) readonly executors!: readonly AskedExecutorDto[];
  @ApiProperty({ type: [StoppedActionDto] }) readonly cancelled!: readonly StoppedActionDto[];
  @ApiProperty() readonly cancelled_count!: number;
  @ApiProperty({ type: [StoppedActionDto] }) readonly in_flight!: readonly StoppedActionDto[];
  @ApiProperty() readonly in_flight_count!: number;
  @ApiProperty({ type: [UntoldActionDto] }) readonly not_told!: readonly UntoldActionDto[];
  @ApiProperty(completeness) readonly complete!: Completeness;
  @ApiProperty() readonly time_to_stop_ms!: number;
  /**
   * Whether what it stops was ever seen: false where the log has nothing of it, null where that
   * cannot be said. It is engaged all the same.
   */
  @ApiProperty(nullable({ type: Boolean })) readonly known!: boolean | null;
  /** Names of the same kind that look like one that was never seen, the most similar first. */
  @ApiProperty({ type: [String] }) readonly near!: readonly string[];
  @ApiProperty(nullable({ type: AskedReleaseDto })) readonly release_requested!: AskedReleaseDto | null;
}

export class RequestedReleaseDto extends AskedReleaseDto {
  @ApiProperty(time) readonly at!: string;
  @ApiProperty() readonly reason!: string;
}

export class ReleasedDto {
  @ApiProperty() readonly by!: string;
  @ApiProperty(time) readonly at!: string;
  @ApiProperty(nullable({ type: String })) readonly requested_by!: string | null;
  @ApiProperty() readonly reason!: string;
}

export class KillSwitchUseDto extends SwitchedDto implements UseSummary {
  @ApiProperty() readonly use_id!: string;
  @ApiProperty() readonly reason!: string;
  @ApiProperty() readonly engaged_by!: string;
  @ApiProperty(logPosition) readonly position!: string;
  @ApiProperty(nullable(time)) readonly acknowledged_at!: string | null;
  @ApiProperty(nullable({ type: Number })) readonly time_to_stop_ms!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly cancelled_count!: number | null;
  @ApiProperty(nullable({ type: Number })) readonly in_flight_count!: number | null;
  @ApiProperty(nullable({ type: RequestedReleaseDto }))
  readonly release_requested!: RequestedReleaseDto | null;
  @ApiProperty(nullable({ type: ReleasedDto })) readonly released!: ReleasedDto | null;
}

export class KillSwitchUsesDto {
  @ApiProperty({ type: [KillSwitchUseDto] }) readonly items!: readonly KillSwitchUseDto[];
}

export class FollowedActionDto implements FollowedAction {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly action_id!: string;
  @ApiProperty() readonly state_at_receipt!: string;
  @ApiProperty() readonly state!: string;
  @ApiProperty() readonly ended!: boolean;
}

export class FollowedReceiptDto extends KillSwitchUseDto implements FollowedReceipt {
  @ApiProperty({ type: [AskedExecutorDto] }) readonly executors!: readonly AskedExecutorDto[];
  @ApiProperty({ type: [StoppedActionDto] }) readonly cancelled!: readonly StoppedActionDto[];
  @ApiProperty({ type: [FollowedActionDto] }) readonly in_flight!: readonly FollowedActionDto[];
  @ApiProperty() readonly still_in_flight!: number;
  @ApiProperty({ type: [UntoldActionDto] }) readonly not_told!: readonly UntoldActionDto[];
  @ApiProperty(completeness) readonly complete!: Completeness;
  @ApiProperty(time) readonly read_at!: string;
}

export class ExecutorLoadDto {
  @ApiProperty() readonly workers!: number;
  @ApiProperty() readonly busy!: number;
  @ApiProperty() readonly depth!: number;
  @ApiProperty() readonly running!: number;
}

export class KillSwitchHeadDto implements KillSwitchHead {
  @ApiProperty() readonly stream!: string;
  @ApiProperty(streamRevision) readonly revision!: string;
  @ApiProperty() readonly engaged!: boolean;
}

export class KillSwitchStatusDto {
  @ApiProperty() readonly engaged!: boolean;
  @ApiProperty({ type: [KillSwitchHeadDto] }) readonly switches!: readonly KillSwitchHeadDto[];
  /** The uses that go on. */
  @ApiProperty({ type: [KillSwitchUseDto] }) readonly uses!: readonly KillSwitchUseDto[];
  @ApiProperty() readonly current!: boolean;
}

export class RailsStatusDto {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty({ type: ExecutorLoadDto }) readonly executor!: ExecutorLoadDto;
  /** Actions by state, without dry runs. */
  @ApiProperty(mapOf({ type: 'number' })) readonly actions!: { readonly [name: string]: number };
  /** Dry runs by state. */
  @ApiProperty(mapOf({ type: 'number' })) readonly dry_runs!: { readonly [name: string]: number };
  @ApiProperty({ type: KillSwitchStatusDto }) readonly kill_switch!: KillSwitchStatusDto;
  @ApiProperty(time) readonly server_time!: string;
}
