import type { JsonObject } from '@interlock/contracts';
import { IsObject } from 'class-validator';
import { IfGiven } from '@interlock/platform';
import { IsEntity, IsName } from './fields.js';

export class ConnectDto {
  @IsName() device_id!: string;
}

export class ValidateDto {
  @IsName() action_type!: string;
  @IsEntity() entity_id!: string;
  @IfGiven() @IsObject() parameters?: JsonObject;
}
