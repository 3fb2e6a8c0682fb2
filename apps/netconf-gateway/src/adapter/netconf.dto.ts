import type { JsonObject } from '@interlock/contracts';
import { IsObject } from 'class-validator';
import { IfGiven, IsEntity, IsName } from '@interlock/platform';

export class ConnectDto {
  @IsName() device_id!: string;
}

export class ValidateDto {
  @IsName() action_type!: string;
  @IsEntity() entity_id!: string;
  @IfGiven() @IsObject() parameters?: JsonObject;
}
