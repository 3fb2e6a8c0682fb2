import { namePattern, severities, type Severity } from '@interlock/contracts';
import { criticalTargets, type CriticalTo } from '@interlock/notify';
import {
  IfGiven,
  nullable,
  PageQuery,
  type Time,
  type StreamRevision,
  type LogPosition,
  type PageOf,
} from '@interlock/platform';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  IsString,
  IsUUID,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';

export class QuietHoursDto {
  @ApiProperty() @IsString() @MaxLength(64) time_zone!: string;
  @ApiProperty() @IsString() @MaxLength(5) from!: string;
  @ApiProperty() @IsString() @MaxLength(5) to!: string;
}

export class EscalationDto {
  @ApiProperty() @IsInt() @Min(30) @Max(604_800) after_s!: number;
  @ApiProperty() @Matches(namePattern) route!: string;
}

export class AlertRouteDto {
  @ApiProperty() @Matches(namePattern) name!: string;
  @ApiProperty(nullable({ type: [String] }))
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(100)
  @Matches(/^[a-z][a-z0-9_]{0,62}$/, { each: true })
  alerts?: string[] | null;
  @ApiProperty(nullable({ enum: severities, isArray: true }))
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(severities.length)
  @IsIn(severities, { each: true })
  severities?: Severity[] | null;
  @ApiProperty({ type: [String] })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @Matches(/^(?:\*|@?[a-z0-9][a-z0-9_.-]{0,62})$/, { each: true })
  channels!: string[];
  @ApiProperty(nullable({ type: QuietHoursDto }))
  @IsOptional()
  @ValidateNested()
  @Type(() => QuietHoursDto)
  quiet_hours?: QuietHoursDto | null;
  @ApiProperty(nullable({ type: EscalationDto }))
  @IsOptional()
  @ValidateNested()
  @Type(() => EscalationDto)
  escalation?: EscalationDto | null;
}

export class PutRoutesDto {
  @IsArray()
  @ArrayMaxSize(200)
  @ValidateNested({ each: true })
  @Type(() => AlertRouteDto)
  routes!: AlertRouteDto[];
  /** The additional receivers of critical alerts. Absent: `everyone`. */
  @IfGiven() @IsIn(criticalTargets) critical_to?: CriticalTo;
}

/**
 * The routes of a tenant. `is_default`: the tenant has set none. `missing`: channels that routes
 * name but nobody has configured.
 */
export type RoutesDto = {
  readonly tenant_id: string;
  readonly is_default: boolean;
  readonly critical_to: CriticalTo;
  readonly routes: readonly AlertRouteDto[];
  readonly missing: readonly string[];
  readonly updated_at: Time | null;
  readonly revision: StreamRevision;
};
export type WrittenRoutesDto = RoutesDto & {
  readonly position: LogPosition | null;
};

export const deliveryStates = ['pending', 'delivered', 'failed', 'dropped'] as const;

/** A notice for one channel, and its state or result. */
export type DeliveryDto = {
  readonly tenant_id: string;
  readonly channel_id: string;
  readonly dedup_key: string;
  readonly alert_id: string;
  readonly episode: number;
  readonly what: 'trigger' | 'acknowledge' | 'resolve' | 'test' | 'report';
  readonly name: string;
  readonly severity: Severity;
  readonly route: string;
  readonly state: (typeof deliveryStates)[number];
  readonly attempts: number;
  readonly detail: string | null;
  readonly reference: string | null;
  readonly created_at: Time;
  readonly next_at: Time | null;
  readonly ended_at: Time | null;
};
export type DeliveryPageDto = PageOf<DeliveryDto>;

export class ListDeliveriesQuery extends PageQuery {
  @IfGiven() @IsIn(deliveryStates) state?: (typeof deliveryStates)[number];
  @IfGiven() @Matches(namePattern) channel_id?: string;
  @IfGiven() @IsUUID() alert_id?: string;
}
