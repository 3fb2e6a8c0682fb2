import { severities, type Severity } from '@interlock/contracts';
import { nullable, time } from '@interlock/platform';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsIn,
  IsInt,
  IsISO8601,
  IsOptional,
  IsString,
  Length,
  Max,
  MaxLength,
  Min,
  ValidateIf,
} from 'class-validator';

export class ListNoticesQuery {
  @IsOptional() @IsIn(['firing', 'open', 'acknowledged', 'resolved']) status?: string;
  @IsOptional() @IsIn(severities) severity?: Severity;
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(200) limit?: number;
  @IsOptional() @IsString() @MaxLength(512) cursor?: string;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

export class ListAlertsQuery extends ListNoticesQuery {
  @IsOptional() @IsString() @Length(1, 64) name?: string;
  /** `true`: only what is silenced now; `false`: only what is not. */
  @IsOptional() @IsIn(['true', 'false']) silenced?: string;
}

export class NoteDto {
  @IsOptional() @IsString() @MaxLength(2000) note?: string;
}

export class AcknowledgeDto extends NoteDto {
  /** The episode that was seen; another one is not acknowledged. */
  @IsOptional() @IsInt() @Min(1) episode?: number;
}

export class WrittenNoteDto {
  @IsString() @Length(1, 2000) note!: string;
}

export class SilenceDto extends NoteDto {
  /** When the silence ends, at most 30 days ahead; null ends it now. */
  @ApiProperty(nullable(time))
  @ValidateIf((_, value) => value !== null)
  @IsISO8601({ strict: true })
  until!: string | null;
}

export class TenantQuery {
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}
