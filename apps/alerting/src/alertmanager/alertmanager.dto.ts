import { ApiProperty } from '@nestjs/swagger';
import { mapOf } from '@interlock/platform';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsIn,
  IsISO8601,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  ValidateNested,
} from 'class-validator';

class ManagedAlertDto {
  @IsIn(['firing', 'resolved']) status!: 'firing' | 'resolved';
  @ApiProperty(mapOf({ type: 'string' })) @IsObject() labels!: { [name: string]: string };
  @ApiProperty(mapOf({ type: 'string' })) @IsObject() annotations!: { [name: string]: string };
  @IsISO8601() startsAt!: string;
  @IsISO8601() endsAt!: string;
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

/** What was taken of the alerts. */
export type ManagedDto = {
  /** Fired or ended here. */
  readonly taken: number;
  /** On the list already: alerting judges them by the log itself. */
  readonly known: number;
  /** Without a name that can be. */
  readonly unnamed: number;
};
