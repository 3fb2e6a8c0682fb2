import { ApiProperty } from '@nestjs/swagger';
import { isObject, isTexts } from '@interlock/kernel';
import { IsTimestamp, mapOf } from '@interlock/platform';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
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
  @ApiProperty(mapOf({ type: 'string' })) @IsMapOfTexts() annotations!: { [name: string]: string };
  @IsTimestamp() startsAt!: string;
  @IsTimestamp() endsAt!: string;
  @IsOptional() @IsString() @MaxLength(4096) generatorURL?: string;
  @IsOptional() @IsString() @MaxLength(256) fingerprint?: string;
}

/** The body of Alertmanager's webhook, version 4. */
export class AlertmanagerDto {
  @IsIn(['4']) version!: '4';
  @IsOptional() @IsString() @MaxLength(4096) groupKey?: string;
  @IsOptional() truncatedAlerts?: number;
  @IsOptional() @IsIn(['firing', 'resolved']) status?: string;
  @IsOptional() @IsString() @MaxLength(256) receiver?: string;
  @IsOptional() @IsObject() groupLabels?: object;
  @IsOptional() @IsObject() commonLabels?: object;
  @IsOptional() @IsObject() commonAnnotations?: object;
  @IsOptional() @IsString() @MaxLength(4096) externalURL?: string;
  @IsArray()
  @ArrayMaxSize(1000)
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
  /** Alerts that were ignored because they have no valid name. */
  readonly unnamed: number;
};
