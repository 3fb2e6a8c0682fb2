import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { defaults } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  isChangeRequested,
  MayLoosen,
  requirePerson,
  RequireScope,
  Tenant,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { confirmedTool, McpImport, shownServer, type AskedTool } from './import.js';
import { McpServerSettings } from './server-settings.js';
import {
  ConfirmToolDto,
  type McpServerDto,
  type McpServersDto,
  type McpToolDto,
  RegisterServerDto,
  ServerPath,
  ToolPath,
} from './servers.dto.js';
import { McpServers } from './servers.js';

/**
 * Returns the terms that a person states for a tool. An omitted member gets its most cautious
 * value.
 */
const confirmationOf = (body: ConfirmToolDto): Omit<AskedTool, 'tool'> => ({
  digest: body.digest,
  terms: {
    read_only: body.read_only ?? false,
    external_contact: body.external_contact ?? true,
    confidence_score: body.confidence_score ?? defaults.mcp_tool_confidence,
    keep_results: body.keep_results ?? false,
  },
});

@ApiTags('mcp')
@Controller('api/v1/mcp/servers')
export class McpServersController {
  constructor(
    private readonly servers: McpServers,
    private readonly imports: McpImport,
    private readonly settings: McpServerSettings,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the registered MCP servers of a tenant' })
  @RequireScope('POLICY_READ', 'AUTONOMOUS_READ')
  async list(@Tenant() tenantId: string): Promise<McpServersDto> {
    const states = await this.servers.list(tenantId);
    return {
      items: states.flatMap((state) => (state.content === null ? [] : [shownServer(state.content, state)])),
      next: null,
    };
  }

  @Get(':server')
  @ApiOperation({ summary: 'Get an MCP server with its tools' })
  @RequireScope('POLICY_READ', 'AUTONOMOUS_READ')
  async one(@Param() { server }: ServerPath, @Tenant() tenantId: string): Promise<McpServerDto> {
    const state = await this.servers.load(tenantId, server);
    if (state.content === null) throw new ProblemError('not-found', `there is no MCP server \`${server}\``);
    return shownServer(state.content, state);
  }

  @Post()
  @ApiOperation({
    summary: 'Register an MCP server, or change its registration',
    description:
      'A new or changed address is a change request, and requires each tool to be confirmed again. `tools` confirms tools in the same change request. Only a person may confirm tools, and use or replace a secret.',
  })
  @MayLoosen('approval-stale', 'handler-unreachable', 'secret-not-for-host', 'wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  async register(
    @Body() body: RegisterServerDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<McpServerDto | ChangeRequestedDto> {
    const { tools = [], ...registration } = body;
    if (body.address.secret_ref !== undefined || tools.length > 0) requirePerson(principal);
    await this.#requirePersonForSecret(tenantId, body.server, principal);
    const content = this.imports.contentOf(tenantId, registration);
    const asked = tools.map(({ tool, ...confirmed }) => ({ tool, ...confirmationOf(confirmed) }));
    const command = await this.imports.registration(tenantId, content, asked);
    const written = await this.settings.write(principal, body.server, command);
    return isChangeRequested(written) ? written : shownServer(content, written.state);
  }

  @Post('look')
  @ApiOperation({
    summary: 'Read the tools of a program that is not registered yet',
    description:
      'Starts a program that the operator allows the tenant to run, and lists its tools. Nothing is written.',
  })
  @AnswersProblems('handler-unreachable')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  lookAt(@Body() body: RegisterServerDto, @Tenant() tenantId: string): Promise<McpServerDto> {
    return this.imports.lookAt(tenantId, this.imports.contentOf(tenantId, body));
  }

  // Auditors use it to compare the log with the server (`interlock audit reconcile`). A look
  // reaches only servers that people registered, and only tightens: it holds a tool that differs
  // from its confirmation.
  @Post(':server/look')
  @ApiOperation({
    summary: 'Read the tools that an MCP server offers now',
    description: 'The answer shows each offered tool beside the version that was confirmed.',
  })
  @AnswersProblems('handler-unreachable')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN', 'AUDIT_READ')
  look(@Param() { server }: ServerPath, @Tenant() tenantId: string): Promise<McpServerDto> {
    return this.imports.look(tenantId, server);
  }

  @Post(':server/tools/:tool/confirm')
  @ApiOperation({
    summary: 'Confirm a tool of an MCP server as an action type',
    description:
      'A change request. The digest binds the confirmation to the definition that the person read. The person states what the tool does; the claims of the server are ignored.',
  })
  @MayLoosen('approval-stale', 'wrong-state', 'handler-unreachable')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
  async confirm(
    @Param() { server, tool }: ToolPath,
    @Body() body: ConfirmToolDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<McpToolDto | ChangeRequestedDto> {
    requirePerson(principal);
    const command = await this.imports.confirmation(tenantId, server, { tool, ...confirmationOf(body) });
    const written = await this.settings.write(principal, server, command);
    if (isChangeRequested(written)) return written;
    const confirmed = written.state.tools.get(tool);
    if (confirmed === undefined) throw new ProblemError('wrong-state', 'the address changed meanwhile');
    return confirmedTool(confirmed);
  }

  @Post(':server/retire')
  @ApiOperation({
    summary: 'Retire an MCP server',
    description: 'Only a person may retire a server that uses a secret.',
  })
  @AnswersProblems('person-required', 'wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN')
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
