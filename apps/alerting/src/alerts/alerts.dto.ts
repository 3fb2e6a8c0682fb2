import { raisedAlerts, type RaiseAlertRequest } from '@interlock/contracts';
import { IsTime, TenantScoped } from '@interlock/platform';
import { Type } from 'class-transformer';
import { IsIn, IsOptional, IsString, IsUUID, Length, MaxLength, ValidateNested } from 'class-validator';

class CauseDto {
  @IsString() @Length(1, 128) event_id!: string;
  @IsString() @Length(1, 128) type!: string;
  @IsString() @Length(1, 512) stream!: string;
}

export class ResolveAlertDto extends TenantScoped {
  @IsUUID() request_id!: string;
  @IsIn(raisedAlerts) name!: RaiseAlertRequest['name'];
  @IsString() @Length(1, 128) subject!: string;
  @IsString() @MaxLength(500) detail!: string;
  @IsTime() at!: string;
}

export class RaiseAlertDto extends ResolveAlertDto {
  @IsOptional() @ValidateNested() @Type(() => CauseDto) cause!: CauseDto | null;
}
