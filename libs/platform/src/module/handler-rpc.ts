import type {
  ApplyAnswer,
  EstimateImpactRequest,
  HandlerEnvelope,
  HandlerService,
  ImpactEstimate,
  JsonObject,
  PlanAnswer,
  PlanRequest,
  TxStatus,
} from '@interlock/contracts';
import { Controller, Inject, type Type } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import {
  IsIn,
  IsInt,
  IsISO8601,
  IsObject,
  IsOptional,
  IsString,
  MaxLength,
  Min,
  MinLength,
} from 'class-validator';

import { IsEntity, IsName, IsTenant } from '../base/names.js';

class ImpactDto {
  @IsTenant() tenant_id!: string;
  @IsName() action_type!: string;
  @IsEntity() entity_id!: string;
  @IsObject() parameters!: JsonObject;
  @IsOptional() @IsInt() @Min(1) action_type_version?: number;
}

class PlanDto extends ImpactDto {
  @IsString() @MinLength(1) @MaxLength(128) action_id!: string;
  @IsOptional() @IsIn([true]) undo?: true;
  @IsOptional() @IsIn([true]) device_diff?: true;
}

class EnvelopeDto {
  @IsString() @MinLength(1) @MaxLength(128) request_id!: string;
  @IsISO8601() deadline!: string;
  @IsString() @MinLength(1) @MaxLength(256) epoch!: string;
  @IsTenant() tenant_id!: string;
  @IsString() @MinLength(1) @MaxLength(128) action_id!: string;
}

/** The commands that every handler answers (docs/agents.md, Requests to a handler). */
export interface CommandedHandler {
  estimateImpact(request: EstimateImpactRequest): Promise<ImpactEstimate>;
  plan(request: PlanRequest): Promise<PlanAnswer>;
  takeTurn(envelope: HandlerEnvelope): Promise<TxStatus>;
  apply(envelope: HandlerEnvelope): Promise<ApplyAnswer>;
  observe(envelope: HandlerEnvelope): Promise<TxStatus>;
  confirm(envelope: HandlerEnvelope): Promise<TxStatus>;
  undo(envelope: HandlerEnvelope): Promise<TxStatus>;
  status(envelope: HandlerEnvelope): Promise<TxStatus>;
}

/**
 * Returns the controller with which a service answers the commands of a handler over the bus.
 * `handler` is the provider that carries them out.
 */
export const handlerRpc = (service: HandlerService, handler: Type<CommandedHandler>): Type => {
  @Controller()
  class HandlerRpc {
    readonly #handler: CommandedHandler;

    constructor(@Inject(handler) commands: CommandedHandler) {
      this.#handler = commands;
    }

    @MessagePattern({ rpc: `${service}.estimate_impact` })
    estimateImpact(@Payload() request: ImpactDto): Promise<ImpactEstimate> {
      return this.#handler.estimateImpact(request);
    }

    @MessagePattern({ rpc: `${service}.plan` })
    plan(@Payload() request: PlanDto): Promise<PlanAnswer> {
      return this.#handler.plan(request);
    }

    @MessagePattern({ rpc: `${service}.take_turn` })
    takeTurn(@Payload() envelope: EnvelopeDto): Promise<TxStatus> {
      return this.#handler.takeTurn(envelope);
    }

    @MessagePattern({ rpc: `${service}.apply` })
    apply(@Payload() envelope: EnvelopeDto): Promise<ApplyAnswer> {
      return this.#handler.apply(envelope);
    }

    @MessagePattern({ rpc: `${service}.observe` })
    observe(@Payload() envelope: EnvelopeDto): Promise<TxStatus> {
      return this.#handler.observe(envelope);
    }

    @MessagePattern({ rpc: `${service}.confirm` })
    confirm(@Payload() envelope: EnvelopeDto): Promise<TxStatus> {
      return this.#handler.confirm(envelope);
    }

    @MessagePattern({ rpc: `${service}.undo` })
    undo(@Payload() envelope: EnvelopeDto): Promise<TxStatus> {
      return this.#handler.undo(envelope);
    }

    @MessagePattern({ rpc: `${service}.status` })
    status(@Payload() envelope: EnvelopeDto): Promise<TxStatus> {
      return this.#handler.status(envelope);
    }
  }
  return HandlerRpc;
};
