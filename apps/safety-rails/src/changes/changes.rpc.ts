import {
  anyTenantPattern,
  scopes,
  type Actor,
  type ChangeAnswer,
  type JsonObject,
  type Scope,
} from '@interlock/contracts';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsISO8601,
  IsObject,
  IsString,
  IsUUID,
  Matches,
  MaxLength,
  ValidateIf,
  ValidateNested,
} from 'class-validator';
import { IfGiven } from '@interlock/platform';
import { ChangeRequests } from './change-requests.js';

class LoosenedRequest {
  @IsString() @MaxLength(1024) pointer!: string;
  @IsString() @MaxLength(4096) detail!: string;
}

class RequestChangeDto {
  @IsUUID() change_id!: string;
  @Matches(anyTenantPattern, { message: 'tenant_id must be a tenant name' }) tenant_id!: string;
  @IsObject() actor!: Actor;
  @IsISO8601() at!: string;
  @IsString() @MaxLength(1024) setting!: string;
  @Matches(/^(?:-1|\d{1,19})$/, { message: 'revision must be a revision, or -1' }) revision!: string;
  @IsObject() command!: JsonObject;
  @IsArray()
  @ArrayMaxSize(10_000)
  @ValidateNested({ each: true })
  @Type(() => LoosenedRequest)
  loosened!: LoosenedRequest[];
  @IsIn(scopes) scope!: Scope;
  @ValidateIf((_, value) => value !== null) @IsString() @MaxLength(8192) why!: string | null;
  @IfGiven() @Matches(/^[0-9a-f]{64}$/, { message: 'flip_list_hash must be a hash' }) flip_list_hash?: string;
  @IsBoolean() can_break_glass!: boolean;
}

/** Records the change requests of services for the users who write to them. */
@Controller()
export class ChangesRpc {
  constructor(private readonly requests: ChangeRequests) {}

  @MessagePattern({ rpc: 'safety-rails.request_change' })
  request(@Payload() request: RequestChangeDto): Promise<ChangeAnswer> {
    return this.requests.request(request);
  }
}
