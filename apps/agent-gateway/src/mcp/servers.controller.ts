import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ProblemError } from '@interlock/kernel';
import {
  commandContext,
  CurrentPrincipal,
  requirePerson,
  RequireScope,
  Tenant,
  type Principal,
} from '@interlock/platform';
import { McpImport, shownServer } from './import.js';
import {
  ConfirmToolDto,
  McpServerDto,
  McpServersDto,
  McpToolDto,
  RegisterServerDto,
  ServerPath,
  ToolPath,
} from './servers.dto.js';
import { McpServers } from './servers.js';

@ApiTags('mcp')
@Controller('api/v1/mcp/servers')
export class McpServersController {
  constructor(
    @Inject(McpServers) private readonly servers: McpServers,
    @Inject(McpImport) private readonly imports: McpImport,
  ) {}

  @Get()
  @RequireScope('POLICY_READ', 'AUTONOMOUS_READ')
  @ApiOkResponse({ type: McpServersDto })
  async list(@Tenant() tenantId: string): Promise<McpServersDto> {
    const states = await this.servers.list(tenantId);
    return {
      items: states.flatMap((state) => (state.content === null ? [] : [shownServer(state.content, state)])),
      next: null,
    };
  }

  @Get(':server')
  @RequireScope('POLICY_READ', 'AUTONOMOUS_READ')
  @ApiOkResponse({ type: McpServerDto })
  async one(@Param() { server }: ServerPath, @Tenant() tenantId: string): Promise<McpServerDto> {
    const state = await this.servers.load(tenantId, server);
    if (state.content === null) throw new ProblemError('not-found', `there is no MCP server \`${server}\``);
    return shownServer(state.content, state);
  }

  /** Registers a server, or changes it. At another address every tool has to be confirmed again. Throws `person-required` for a service where a secret is used, or was before. */
  @Post()
  @RequireScope('AUTONOMY_ADMIN')
  @ApiCreatedResponse({ type: McpServerDto })
  async register(
    @Body() body: RegisterServerDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<McpServerDto> {
    if (body.address.secret_ref !== undefined) requirePerson(principal);
    await this.#requirePersonForSecret(tenantId, body.server, principal);
    return this.imports.register(tenantId, body, commandContext(principal));
  }

  /** Asks the server for its tools now, and shows them beside what was confirmed. */
  @Post(':server/look')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  @ApiOkResponse({ type: McpServerDto })
  look(@Param() { server }: ServerPath, @Tenant() tenantId: string): Promise<McpServerDto> {
    return this.imports.look(tenantId, server);
  }

  /** Makes a tool an action type. A person says what the tool does; what the server says of itself is not believed. */
  @Post(':server/tools/:tool/confirm')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  @ApiOkResponse({ type: McpToolDto })
  confirm(
    @Param() { server, tool }: ToolPath,
    @Body() body: ConfirmToolDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<McpToolDto> {
    requirePerson(principal);
    const terms = {
      read_only: body.read_only ?? false,
      external_contact: body.external_contact ?? true,
      confidence_score: body.confidence_score ?? 0.5,
      keep_results: body.keep_results ?? false,
    };
    return this.imports.confirm(
      tenantId,
      server,
      tool,
      { digest: body.digest, terms },
      principal.actor,
      commandContext(principal),
    );
  }

  /** Throws `person-required` for a service where the server uses a secret. */
  @Post(':server/retire')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  @ApiOkResponse({ type: McpServerDto })
  async retire(
    @Param() { server }: ServerPath,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<McpServerDto> {
    await this.#requirePersonForSecret(tenantId, server, principal);
    return this.imports.retire(tenantId, server, commandContext(principal));
  }

  async #requirePersonForSecret(tenantId: string, server: string, principal: Principal): Promise<void> {
    const { content } = await this.servers.load(tenantId, server);
    if (content?.address.kind === 'http' && content.address.secret_ref !== null) requirePerson(principal);
  }
}
