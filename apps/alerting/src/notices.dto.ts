import { severities, type Severity } from '@interlock/contracts';
import { Type } from 'class-transformer';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';

export class ListNoticesQuery {
  @IsOptional() @IsIn(['firing', 'open', 'acknowledged', 'resolved']) status?: string;
  @IsOptional() @IsIn(severities) severity?: Severity;
  @IsOptional() @Type(() => Number) @IsInt() @Min(1) @Max(200) limit?: number;
  @IsOptional() @IsString() @MaxLength(512) cursor?: string;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

export class NoteDto {
  @IsOptional() @IsString() @MaxLength(2000) note?: string;
}
