import type { JsonObject } from '@interlock/contracts';
import { IsIn, IsISO8601, IsObject, IsOptional, IsString, MaxLength, MinLength } from 'class-validator';
import { IsEntity, IsName, IsTenant } from './fields.js';

export class ImpactDto {
  @IsTenant() tenant_id!: string;
  @IsName() action_type!: string;
  @IsEntity() entity_id!: string;
  @IsObject() parameters!: JsonObject;
}

export class PlanDto extends ImpactDto {
  @IsString() @MinLength(1) @MaxLength(128) action_id!: string;
  @IsOptional() @IsIn([true]) undo?: true;
}

export class EnvelopeDto {
  @IsString() @MinLength(1) @MaxLength(128) request_id!: string;
  @IsISO8601() deadline!: string;
  @IsString() @MinLength(1) @MaxLength(256) epoch!: string;
  @IsTenant() tenant_id!: string;
  @IsString() @MinLength(1) @MaxLength(128) action_id!: string;
}
