import type { DefineToolAnswer, DefineToolRequest } from '@interlock/contracts';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ActionTypesService } from './action-types.service.js';

/**
 * Handles the requests of the agent gateway, which registers the tools of MCP servers as action
 * types.
 */
@Controller()
export class ActionTypesRpc {
  constructor(private readonly types: ActionTypesService) {}

  @MessagePattern({ rpc: 'policy-registry.define_tool' })
  async defineTool(@Payload() request: DefineToolRequest): Promise<DefineToolAnswer> {
    const { state } = await this.types.defineTool(request.tenant_id, request.type, {
      commandId: request.request_id,
      tenantId: request.tenant_id,
      actor: request.actor,
      now: request.at,
      correlationId: request.request_id,
      causationId: request.request_id,
    });
    return { action_type: request.type.action_type, version: state.entry?.version ?? 1 };
  }
}
