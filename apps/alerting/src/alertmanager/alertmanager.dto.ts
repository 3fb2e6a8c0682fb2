import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { isObject, isTexts } from '@interlock/kernel';
import { IsTimestamp, mapOf } from '@interlock/platform';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsInt,
  IsOptional,
  Min,
  ValidateBy,
  ValidateNested,
} from 'class-validator';

const IsMapOfTexts = (): PropertyDecorator =>
  ValidateBy({
    name: 'isMapOfTexts',
    validator: {
      validate: (value: unknown) => isObject(value) && isTexts(Object.values(value)),
      defaultMessage: (about) => `${about?.property ?? ''} must be an object of texts`,
    },
  });

class ManagedAlertDto {
  @IsIn(['firing', 'resolved']) status!: 'firing' | 'resolved';
  @ApiProperty(mapOf({ type: 'string' })) @IsMapOfTexts() labels!: { [name: string]: string };
  @ApiPropertyOptional({ ...mapOf({ type: 'string' }), nullable: true })
  @IsOptional()
  @IsMapOfTexts()
  annotations?: { [name: string]: string } | null;
  @IsTimestamp() startsAt!: string;
  @IsTimestamp() endsAt!: string;
}

/**
 * The body of Alertmanager's webhook, version 4: the members that count. The others are ignored,
 * because each release of Alertmanager may add some, and never sends a refused message again.
 */
export class AlertmanagerDto {
  @IsIn(['4']) version!: '4';
  /** The number of alerts that Alertmanager left out. */
  @IsOptional() @IsInt() @Min(0) truncatedAlerts?: number;
  @IsArray()
  @ArrayMaxSize(5000)
  @ValidateNested({ each: true })
  @Type(() => ManagedAlertDto)
  alerts!: ManagedAlertDto[];
}

/** The number of alerts in the request by what became of them. */
export type ManagedDto = {
  /** Alerts that fired or ended in Interlock. */
  readonly taken: number;
  /**
   * Alerts that are already in the list: Interlock judges them from the log, or their service
   * reports them.
   */
  readonly known: number;
  /** Alerts that were ignored because they have no name. */
  readonly unnamed: number;
};
