import {
  mcpServerDecider,
  mcpServerStream,
  type McpServerCommand,
  type McpServerEvent,
  type McpServerState,
} from '@interlock/agents';
import { parseStream } from '@interlock/contracts';
import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import {
  CommandHandler,
  type CommandContext,
  type CommandResult,
  type EventStore,
  type Recorded,
} from '@interlock/kernel';
import { backoff, serviceCommandContext } from '@interlock/platform';

/** The MCP servers that tenants have registered, and the tools that people have confirmed. */
export class McpServers {
  readonly follower: LogFollower;
  readonly handler: CommandHandler<McpServerCommand, McpServerEvent, McpServerState>;
  readonly #known = new Map<string, Map<string, McpServerState>>();

  constructor(store: EventStore, logger: AdapterLogger) {
    this.handler = new CommandHandler(store, mcpServerDecider, { backoff, cacheSize: 1000 });
    this.follower = createFollower(store, {
      name: 'agent-gateway-mcp-servers',
      prefixes: ['mcp_server-'],
      logger,
      onEvent: (event) => {
        const at = parseStream(event.stream);
        if (at === undefined || !mcpServerDecider.types.some((type) => type === event.type)) return;
        const servers = this.#known.get(at.tenant) ?? new Map<string, McpServerState>();
        const before = servers.get(at.id) ?? mcpServerDecider.initial;
        servers.set(at.id, mcpServerDecider.evolve(before, event as unknown as Recorded<McpServerEvent>));
        this.#known.set(at.tenant, servers);
      },
    });
  }

  /** Returns every server that the tenant has ever registered. Throws `not-current`. */
  async list(tenantId: string): Promise<readonly McpServerState[]> {
    await this.follower.ensureCurrent(true);
    return [...(this.#known.get(tenantId) ?? new Map<string, McpServerState>()).values()];
  }

  /** Returns the server's current state in the log. */
  async load(tenantId: string, server: string): Promise<McpServerState> {
    return (await this.handler.load(mcpServerStream(tenantId, server))).state;
  }

  handle(
    tenantId: string,
    server: string,
    command: McpServerCommand,
    context: CommandContext,
  ): Promise<CommandResult<McpServerEvent, McpServerState>> {
    return this.handler.handle(mcpServerStream(tenantId, server), command, context);
  }

  /** Records the gateway's own finding that a tool differs from its confirmation. */
  async hold(
    tenantId: string,
    server: string,
    found: Omit<Extract<McpServerCommand, { kind: 'HoldTool' }>, 'kind'>,
  ): Promise<void> {
    await this.handle(
      tenantId,
      server,
      { kind: 'HoldTool', ...found },
      serviceCommandContext('agent-gateway', tenantId),
    );
  }
}
