import { IsNumberString, IsOptional, IsString, MaxLength } from 'class-validator';

export class RunPageQuery {
  @IsOptional() @IsNumberString({ no_symbols: true }) limit?: string;
  @IsOptional() @IsString() @MaxLength(2048) cursor?: string;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}
