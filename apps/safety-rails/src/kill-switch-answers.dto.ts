import type { KillSwitchHead } from '@interlock/rails';
import type { Receipt } from './kill-switch.service.js';
import { logPosition, mapOf, nullable, streamRevision, time } from '@interlock/platform';
import { ApiProperty } from '@nestjs/swagger';

type Stopped = Receipt['cancelled'][number];

export class StoppedActionDto implements Stopped {
  @ApiProperty() readonly action_id!: string;
  @ApiProperty() readonly state!: string;
}

export class UntoldActionDto {
  @ApiProperty() readonly action_id!: string;
  @ApiProperty() readonly code!: string;
}

export class KillSwitchReceiptDto implements Receipt {
  @ApiProperty() readonly scope!: string;
  @ApiProperty(nullable({ type: String })) readonly tenant_id!: string | null;
  @ApiProperty(nullable({ type: String })) readonly action_type!: string | null;
  @ApiProperty() readonly engaged!: boolean;
  @ApiProperty(time) readonly engaged_at!: string;
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
  @ApiProperty({ type: [StoppedActionDto] }) readonly cancelled!: readonly StoppedActionDto[];
  @ApiProperty({ type: [StoppedActionDto] }) readonly in_flight!: readonly StoppedActionDto[];
  @ApiProperty({ type: [UntoldActionDto] }) readonly not_told!: readonly UntoldActionDto[];
  @ApiProperty() readonly complete!: boolean;
  @ApiProperty() readonly rollback_in_flight!: boolean;
  @ApiProperty() readonly time_to_stop_ms!: number;
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
  @ApiProperty() readonly current!: boolean;
}

export class RailsStatusDto {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty({ type: ExecutorLoadDto }) readonly executor!: ExecutorLoadDto;
  @ApiProperty(mapOf({ type: 'number' })) readonly actions!: { readonly [name: string]: number };
  @ApiProperty({ type: KillSwitchStatusDto }) readonly kill_switch!: KillSwitchStatusDto;
  @ApiProperty(time) readonly server_time!: string;
}
