import type { ApplyAnswer, ImpactEstimate, PlanAnswer, TxStatus } from '@interlock/contracts';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { AgentGateway } from './gateway.js';
import { EnvelopeDto, ImpactDto, PlanDto } from './handler.dto.js';

/** The commands that every handler answers (docs/agents.md, Requests to a handler). */
@Controller()
export class HandlerRpc {
  constructor(private readonly gateway: AgentGateway) {}

  @MessagePattern({ rpc: 'agent-gateway.estimate_impact' })
  estimateImpact(@Payload() request: ImpactDto): Promise<ImpactEstimate> {
    return this.gateway.estimateImpact(request);
  }

  @MessagePattern({ rpc: 'agent-gateway.plan' })
  plan(@Payload() request: PlanDto): Promise<PlanAnswer> {
    return this.gateway.plan(request);
  }

  @MessagePattern({ rpc: 'agent-gateway.take_turn' })
  takeTurn(@Payload() envelope: EnvelopeDto): Promise<TxStatus> {
    return this.gateway.takeTurn(envelope);
  }

  @MessagePattern({ rpc: 'agent-gateway.apply' })
  apply(@Payload() envelope: EnvelopeDto): Promise<ApplyAnswer> {
    return this.gateway.apply(envelope);
  }

  @MessagePattern({ rpc: 'agent-gateway.observe' })
  observe(@Payload() envelope: EnvelopeDto): Promise<TxStatus> {
    return this.gateway.observe(envelope);
  }

  @MessagePattern({ rpc: 'agent-gateway.confirm' })
  confirm(@Payload() envelope: EnvelopeDto): Promise<TxStatus> {
    return this.gateway.confirm(envelope);
  }

  @MessagePattern({ rpc: 'agent-gateway.undo' })
  undo(@Payload() envelope: EnvelopeDto): Promise<TxStatus> {
    return this.gateway.undo(envelope);
  }

  @MessagePattern({ rpc: 'agent-gateway.status' })
  status(@Payload() envelope: EnvelopeDto): Promise<TxStatus> {
    return this.gateway.status(envelope);
  }
}
