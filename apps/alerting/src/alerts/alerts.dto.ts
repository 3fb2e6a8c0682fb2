import { raisedAlerts, type RaiseAlertRequest } from '@interlock/contracts';
import { IsTime } from '@interlock/platform';
import { Type } from 'class-transformer';
import {
  IsIn,
  IsOptional,
  IsString,
  IsUUID,
  Length,
  Matches,
  MaxLength,
  ValidateNested,
} from 'class-validator';

class CauseDto {
  @IsString() @Length(1, 128) event_id!: string;
  @IsString() @Length(1, 128) type!: string;
  @IsString() @Length(1, 512) stream!: string;
}

export class ResolveAlertDto {
  @IsUUID() request_id!: string;
  @IsIn(raisedAlerts) name!: RaiseAlertRequest['name'];
  @IsOptional() @Matches(/^(?:_system|[a-z0-9][a-z0-9_-]{0,62})$/) tenant_id?: string;
  @IsString() @Length(1, 128) subject!: string;
  @IsString() @MaxLength(500) detail!: string;
  @IsTime() at!: string;
}

export class RaiseAlertDto extends ResolveAlertDto {
  @IsOptional() @ValidateNested() @Type(() => CauseDto) cause!: CauseDto | null;
}
