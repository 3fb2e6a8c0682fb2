import type { ApplyAnswer, ImpactEstimate, PlanAnswer, TxStatus } from '@interlock/contracts';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { Gateway } from './gateway.js';
import { EnvelopeDto, ImpactDto, PlanDto } from './handler.dto.js';

/** The commands that every handler answers (docs/agents.md, Requests to a handler). */
@Controller()
export class HandlerRpc {
  constructor(private readonly gateway: Gateway) {}

  @MessagePattern({ rpc: 'netconf-gateway.estimate_impact' })
  estimateImpact(@Payload() request: ImpactDto): Promise<ImpactEstimate> {
    return this.gateway.estimateImpact(request);
  }

  @MessagePattern({ rpc: 'netconf-gateway.plan' })
  plan(@Payload() request: PlanDto): Promise<PlanAnswer> {
    return this.gateway.plan(request);
  }

  @MessagePattern({ rpc: 'netconf-gateway.take_turn' })
  takeTurn(@Payload() envelope: EnvelopeDto): Promise<TxStatus> {
    return this.gateway.takeTurn(envelope);
  }

  @MessagePattern({ rpc: 'netconf-gateway.apply' })
  apply(@Payload() envelope: EnvelopeDto): Promise<ApplyAnswer> {
    return this.gateway.apply(envelope);
  }

  @MessagePattern({ rpc: 'netconf-gateway.observe' })
  observe(@Payload() envelope: EnvelopeDto): Promise<TxStatus> {
    return this.gateway.observe(envelope);
  }

  @MessagePattern({ rpc: 'netconf-gateway.confirm' })
  confirm(@Payload() envelope: EnvelopeDto): Promise<TxStatus> {
    return this.gateway.confirm(envelope);
  }

  @MessagePattern({ rpc: 'netconf-gateway.undo' })
  undo(@Payload() envelope: EnvelopeDto): Promise<TxStatus> {
    return this.gateway.undo(envelope);
  }

  @MessagePattern({ rpc: 'netconf-gateway.status' })
  status(@Payload() envelope: EnvelopeDto): Promise<TxStatus> {
    return this.gateway.status(envelope);
  }
}
