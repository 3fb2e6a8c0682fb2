import { severities, type Severity } from '@interlock/contracts';
import { IfGiven, IsTime, nullable, time, PageQuery } from '@interlock/platform';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsInt, IsString, Length, MaxLength, Min, ValidateIf } from 'class-validator';

export class ListNoticesQuery extends PageQuery {
  @IfGiven() @IsIn(['firing', 'open', 'acknowledged', 'resolved']) status?: string;
  @IfGiven() @IsIn(severities) severity?: Severity;
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
