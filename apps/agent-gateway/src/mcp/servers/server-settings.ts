import {
  mcpServerDecider,
  mcpServerLoosens,
  mcpServerStream,
  type McpServerCommand,
  type McpServerEvent,
  type McpServerState,
} from '@interlock/agents';
import { parseStream } from '@interlock/contracts';
import type { CommandResult } from '@interlock/kernel';
import {
  commandContext,
  isChangeRequested,
  SettingChanges,
  type ChangeRequestedDto,
  type Principal,
  type Setting,
} from '@interlock/platform';
import { Injectable } from '@nestjs/common';
import { McpImport } from './import.js';
import { McpServers } from './servers.js';

/**
 * MCP servers as settings. Adding an address or a callable tool loosens the setting, so it needs an
 * approval.
 */
@Injectable()
export class McpServerSettings {
  readonly #setting: Setting<McpServerCommand, McpServerEvent, McpServerState>;

  constructor(
    private readonly changes: SettingChanges,
    servers: McpServers,
    private readonly imports: McpImport,
  ) {
    this.#setting = changes.add({
      holds: (stream) => parseStream(stream)?.category === 'mcp_server',
      decider: mcpServerDecider,
      handler: servers.handler,
      scope: 'AUTONOMY_ADMIN',
      loosens: () => mcpServerLoosens,
      check: (tenantId, command) =>
        new Promise((resolve) => {
          if (command.kind === 'RegisterServer') imports.checkAddress(tenantId, command.content);
          resolve();
        }),
      applied: (command, context, { state }) => imports.define(command, context, state),
    });
  }

  /**
   * Writes a command, or requests its approval. Throws the errors of the decider, of the check, and
   * of the registry of action types.
   */
  async write(
    principal: Principal,
    server: string,
    command: McpServerCommand,
  ): Promise<CommandResult<McpServerEvent, McpServerState> | ChangeRequestedDto> {
    const context = commandContext(principal);
    const written = await this.changes.write(this.#setting, {
      stream: mcpServerStream(principal.tenant_id, server),
      command,
      principal,
      context,
    });
    if (!isChangeRequested(written)) await this.imports.define(command, context, written.state);
    return written;
  }
}
