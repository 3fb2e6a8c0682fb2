import { IsBoolean, IsInt, IsOptional, IsString, MaxLength, Min, MinLength } from 'class-validator';
import { IsDay, IsName, IsTenant } from '../fields.js';

export class ModeDto {
  @IsTenant() tenant_id!: string;
  @IsName() account_id!: string;
  @IsName() action_type!: string;
  @IsOptional() @IsInt() @Min(0) affected_entity_count?: number;
  @IsOptional() @IsBoolean() fresh?: boolean;
}

export class GiveBackDto {
  @IsString() @MinLength(1) @MaxLength(128) request_id!: string;
  @IsTenant() tenant_id!: string;
  @IsName() account_id!: string;
  @IsString() @MinLength(1) @MaxLength(128) action_id!: string;
  @IsDay() day!: string;
}

export class ConsumeDto extends GiveBackDto {
  @IsName() action_type!: string;
}
