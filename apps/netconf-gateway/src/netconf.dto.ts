import type { JsonObject } from '@interlock/contracts';
import { IsObject, IsOptional } from 'class-validator';
import { IsEntity, IsName } from './fields.js';

export class ConnectDto {
  @IsName() device_id!: string;
}

export class ValidateDto {
  @IsName() action_type!: string;
  @IsEntity() entity_id!: string;
  @IsOptional() @IsObject() parameters?: JsonObject;
}
