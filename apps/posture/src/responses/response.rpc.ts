import {
  anyTenantPattern,
  type ApplyAnswer,
  type ImpactEstimate,
  type JsonObject,
  type PlanAnswer,
  type TxStatus,
} from '@interlock/contracts';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  IsIn,
  IsISO8601,
  IsObject,
  IsOptional,
  IsString,
  Matches,
  MaxLength,
  MinLength,
} from 'class-validator';
import { ResponseWork } from './response-work.js';

export class ResponseImpactDto {
  @Matches(anyTenantPattern, { message: "tenant_id must be a tenant's name" }) tenant_id!: string;
  @IsString() @MinLength(1) @MaxLength(64) action_type!: string;
  @IsString() @MinLength(1) @MaxLength(256) entity_id!: string;
  @IsObject() parameters!: JsonObject;
}

export class ResponsePlanDto extends ResponseImpactDto {
  @IsString() @MinLength(1) @MaxLength(128) action_id!: string;
  @IsOptional() @IsIn([true]) undo?: true;
}

export class ResponseEnvelopeDto {
  @IsString() @MinLength(1) @MaxLength(128) request_id!: string;
  @IsISO8601() deadline!: string;
  @IsString() @MinLength(1) @MaxLength(256) epoch!: string;
  @Matches(anyTenantPattern, { message: "tenant_id must be a tenant's name" }) tenant_id!: string;
  @IsString() @MinLength(1) @MaxLength(128) action_id!: string;
}

/**
 * The commands that every handler answers, for the responses (docs/agents.md, Requests to a
 * handler).
 */
@Controller()
export class ResponseRpc {
  constructor(private readonly work: ResponseWork) {}

  @MessagePattern({ rpc: 'posture.estimate_impact' })
  estimateImpact(@Payload() _request: ResponseImpactDto): ImpactEstimate {
    return this.work.estimate();
  }

  @MessagePattern({ rpc: 'posture.plan' })
  plan(@Payload() { tenant_id, action_type, undo }: ResponsePlanDto): Promise<PlanAnswer> {
    return this.work.plan(tenant_id, action_type, undo === true);
  }

  @MessagePattern({ rpc: 'posture.take_turn' })
  takeTurn(@Payload() envelope: ResponseEnvelopeDto): Promise<TxStatus> {
    return this.work.commands.takeTurn(envelope);
  }

  @MessagePattern({ rpc: 'posture.apply' })
  apply(@Payload() envelope: ResponseEnvelopeDto): Promise<ApplyAnswer> {
    return this.work.commands.apply(envelope);
  }

  @MessagePattern({ rpc: 'posture.observe' })
  observe(@Payload() envelope: ResponseEnvelopeDto): Promise<TxStatus> {
    return this.work.commands.observe(envelope);
  }

  @MessagePattern({ rpc: 'posture.confirm' })
  confirm(@Payload() envelope: ResponseEnvelopeDto): Promise<TxStatus> {
    return this.work.commands.confirm(envelope);
  }

  @MessagePattern({ rpc: 'posture.undo' })
  undo(@Payload() envelope: ResponseEnvelopeDto): Promise<TxStatus> {
    return this.work.commands.undo(envelope);
  }

  /** Whoever asks has this instance go on with work that another one left. */
  @MessagePattern({ rpc: 'posture.status' })
  status(@Payload() envelope: ResponseEnvelopeDto): Promise<TxStatus> {
    return this.work.commands.observe(envelope);
  }
}
