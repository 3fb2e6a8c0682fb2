import { namePattern, severities, type Severity } from '@interlock/contracts';
import { IfGiven, logPosition, nullable, pageOf, streamRevision, time } from '@interlock/platform';
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
  @Matches(/^(?:\*|[a-z0-9][a-z0-9_.-]{0,62})$/, { each: true })
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
}

/**
 * The routes of a tenant; `is_default` where it has set none. `missing`: channels that routes name
 * and nobody has configured.
 */
export class RoutesDto {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly is_default!: boolean;
  @ApiProperty({ type: [AlertRouteDto] }) readonly routes!: readonly AlertRouteDto[];
  @ApiProperty({ type: [String] }) readonly missing!: readonly string[];
  @ApiProperty(nullable(time)) readonly updated_at!: string | null;
  @ApiProperty(streamRevision) readonly revision!: string;
}
export class WrittenRoutesDto extends RoutesDto {
  @ApiProperty(nullable(logPosition)) readonly position!: string | null;
}

export const deliveryStates = ['pending', 'delivered', 'failed', 'dropped'] as const;

/** A notice on its way to one channel, or what came of it. */
export class DeliveryDto {
  @ApiProperty() readonly tenant_id!: string;
  @ApiProperty() readonly channel_id!: string;
  @ApiProperty() readonly dedup_key!: string;
  @ApiProperty() readonly alert_id!: string;
  @ApiProperty() readonly episode!: number;
  @ApiProperty({ enum: ['trigger', 'acknowledge', 'resolve', 'test'] }) readonly what!: string;
  @ApiProperty() readonly name!: string;
  @ApiProperty({ enum: severities }) readonly severity!: string;
  @ApiProperty() readonly route!: string;
  @ApiProperty({ enum: deliveryStates }) readonly state!: string;
  @ApiProperty() readonly attempts!: number;
  @ApiProperty(nullable({ type: String })) readonly detail!: string | null;
  @ApiProperty(nullable({ type: String })) readonly reference!: string | null;
  @ApiProperty(time) readonly created_at!: string;
  @ApiProperty(nullable(time)) readonly next_at!: string | null;
  @ApiProperty(nullable(time)) readonly ended_at!: string | null;
}
export class DeliveryPageDto extends pageOf(DeliveryDto) {}

export class ListDeliveriesQuery {
  @IfGiven() @IsIn(deliveryStates) state?: (typeof deliveryStates)[number];
  @IfGiven() @Matches(namePattern) channel_id?: string;
  @IfGiven() @IsUUID() alert_id?: string;
  @IfGiven() @Type(() => Number) @IsInt() @Min(1) @Max(200) limit?: number;
  @IfGiven() @IsString() @MaxLength(1024) cursor?: string;
  @IfGiven() @IsString() @MaxLength(64) tenant_id?: string;
}
