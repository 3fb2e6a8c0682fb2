import type { FastifyReply } from 'fastify';
import { Body, Controller, Delete, Get, Headers, Param, Post, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { ProblemError } from '@interlock/kernel';
import { CurrentPrincipal, RequireScope, Tenant, type Principal } from '@interlock/platform';
import { AgentEndpoint } from './agent-endpoint.js';
import { ServerPath } from '../servers/servers.dto.js';

/**
 * Serves Interlock as an MCP server in front of each registered one, over Streamable HTTP without
 * sessions.
 */
@ApiExcludeController()
@Controller('mcp')
export class AgentEndpointController {
  constructor(private readonly agentEndpoint: AgentEndpoint) {}

  @Post(':server')
  @RequireScope('AUTONOMOUS_SUBMIT')
  async post(
    @Param() { server }: ServerPath,
    @Headers('interlock-agent') agent: string | undefined,
    @Headers('interlock-account') account: string | undefined,
    @Headers('interlock-wait-ms') waitMs: string | undefined,
    @Body() body: unknown,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const serve = await this.agentEndpoint.open(tenantId, principal, server, { agent, account, waitMs });
    reply.hijack();
    await serve(reply.request.raw, reply.raw, body);
  }

  @Get(':server')
  @RequireScope('AUTONOMOUS_SUBMIT')
  get(): never {
    throw this.#noStream();
  }

  @Delete(':server')
  @RequireScope('AUTONOMOUS_SUBMIT')
  end(): never {
    throw this.#noStream();
  }

  #noStream(): ProblemError {
    return new ProblemError('method-not-allowed', 'this endpoint has no sessions and no separate stream');
  }
}
