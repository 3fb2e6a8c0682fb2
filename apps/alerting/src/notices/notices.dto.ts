import { severities, type Severity } from '@interlock/contracts';
import { IfGiven, IsTime, nullable, time } from '@interlock/platform';
import { ApiProperty } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsString, Length, Max, MaxLength, Min, ValidateIf } from 'class-validator';

export class ListNoticesQuery {
  @IfGiven() @IsIn(['firing', 'open', 'acknowledged', 'resolved']) status?: string;
  @IfGiven() @IsIn(severities) severity?: Severity;
  @IfGiven() @Type(() => Number) @IsInt() @Min(1) @Max(200) limit?: number;
  @IfGiven() @IsString() @MaxLength(512) cursor?: string;
  @IfGiven() @IsString() @MaxLength(64) tenant_id?: string;
}

export class ListAlertsQuery extends ListNoticesQuery {
  @IfGiven() @IsString() @Length(1, 64) name?: string;
  /** `true`: only silenced notices. `false`: only notices that are not silenced. */
  @IfGiven() @IsIn(['true', 'false']) silenced?: string;
}

export class NoteDto {
  @IfGiven() @IsString() @MaxLength(2000) note?: string;
}

export class AcknowledgeDto extends NoteDto {
  /** The episode that the person saw. Another episode is not acknowledged. */
  @IfGiven() @IsInt() @Min(1) episode?: number;
}

export class WrittenNoteDto {
  @IsString() @Length(1, 2000) note!: string;
}

export class SilenceDto extends NoteDto {
  /** When the silence ends, at most 30 days ahead; null ends it now. */
  @ApiProperty(nullable(time))
  @ValidateIf((_, value) => value !== null)
  @IsTime()
  until!: string | null;
}

export class TenantQuery {
  @IfGiven() @IsString() @MaxLength(64) tenant_id?: string;
}
