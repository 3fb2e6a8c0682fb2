import { namePattern } from '@interlock/contracts';
import { rotaSources, type ReachFinding, type RotaSource } from '@interlock/notify';
import {
  IfGiven,
  IsTime,
  nullable,
  TenantScoped,
  type LogPosition,
  type StreamRevision,
  type Time,
  type WholeListOf,
} from '@interlock/platform';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';

export class RotaMemberDto {
  @ApiProperty() @Matches(namePattern) name!: string;
  /** The channels that reach this person. */
  @ApiProperty({ type: [String] })
  @IsArray()
  @ArrayMaxSize(20)
  @Matches(namePattern, { each: true })
  channels!: string[];
  /** The person at PagerDuty (`PABC123`) or Opsgenie (`ann@example.org`). */
  @ApiProperty(nullable({ type: String })) @IsOptional() @IsString() @MaxLength(320) external_id?:
    string | null;
}

export class RotaSourceDto {
  @ApiProperty({ enum: rotaSources }) @IsIn(rotaSources) kind!: RotaSource['kind'];
  @ApiProperty() @IsString() @MaxLength(64) schedule_id!: string;
  @ApiProperty() @IfGiven() @IsString() @MaxLength(2048) api_url?: string;
  /** The reference to the token: `env:NAME` or `file:PATH`. */
  @ApiProperty() @IsString() @MaxLength(512) token_ref!: string;
}

export class PutRotaDto {
  @IsString() @MaxLength(64) time_zone!: string;
  /** The day of the first handover, `YYYY-MM-DD`. */
  @IsString() @MaxLength(10) starts_on!: string;
  /** The time of the handover, `HH:MM` in the time zone. */
  @IsString() @MaxLength(5) handover!: string;
  /** The length of one turn in weeks. Absent: 1. */
  @IfGiven() @IsInt() @Min(1) @Max(52) weeks?: number;
  @IsArray()
  @ArrayMaxSize(100)
  @ValidateNested({ each: true })
  @Type(() => RotaMemberDto)
  members!: RotaMemberDto[];
  @IsOptional() @ValidateNested() @Type(() => RotaSourceDto) source?: RotaSourceDto | null;
}

export class PutOverrideDto {
  @Matches(namePattern) member!: string;
  @IsTime() @MaxLength(40) from!: string;
  @IsTime() @MaxLength(40) until!: string;
}

type RotaOverrideDto = {
  readonly override_id: string;
  readonly member: string;
  readonly from: Time;
  readonly until: Time;
};

/** A rota, and the people who are on call now. */
export type RotaDto = {
  readonly rota_id: string;
  readonly time_zone: string;
  readonly starts_on: string;
  readonly handover: string;
  readonly weeks: number;
  readonly members: readonly RotaMemberDto[];
  readonly source: RotaSourceDto | null;
  /** The overrides that have not ended. */
  readonly overrides: readonly RotaOverrideDto[];
  readonly on_call: readonly string[];
  /** Why it is unknown who is on call, so that everyone is notified. Null if it is known. */
  readonly unknown: string | null;
  /** The time to which `on_call` applies. */
  readonly at: Time;
  readonly updated_at: Time;
  readonly revision: StreamRevision;
};
export type RotaListDto = WholeListOf<RotaDto>;

export type WrittenRotaDto = {
  readonly rota_id: string;
  /** The id of the new override. Null if none was made. */
  readonly override_id: string | null;
  readonly revision: StreamRevision;
  readonly position: LogPosition | null;
};

export class RotaAtQuery extends TenantScoped {
  /** The time to ask about. Absent: now. */
  @IfGiven() @IsTime() @MaxLength(40) at?: string;
}

type ReachFindingDto = {
  readonly code: ReachFinding['code'];
  readonly rota_id: string | null;
  readonly detail: string;
  readonly remedy: string;
};

/** Whether alerts reach people, and the cases in which they do not. */
export type ReachDto = {
  readonly tenant_id: string;
  /** False if no channel would notify anybody. */
  readonly reached: boolean;
  readonly findings: readonly ReachFindingDto[];
  readonly at: Time;
};
