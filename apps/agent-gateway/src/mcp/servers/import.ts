import {
  toolActionType,
  toolDifference,
  toolDigest,
  toolFaults,
  toolType,
  type ConfirmedTool,
  type McpServerCommand,
  type McpServerContent,
  type McpServerState,
  type ToolConfirmation,
  type ToolDefinition,
  type ToolTerms,
} from '@interlock/agents';
import type { JsonObject, Violation } from '@interlock/contracts';
import type { RpcClient } from '@interlock/jetstream';
import { ProblemError, refuseViolations, uuidV5, type CommandContext } from '@interlock/kernel';
import { OutboundError } from '@interlock/outbound';
import { destinationOf, nowText, type TenantSecrets } from '@interlock/platform';
import { addressFault, toolSchemaFaults } from '@interlock/rails';
import type { Programs } from '../sessions/programs.js';
import type { McpServerDto, McpToolDto, RegisterServerDto } from './servers.dto.js';
import type { McpServers } from './servers.js';
import { ServerRefused } from '../sessions/session.js';
import type { McpSessions } from '../sessions/sessions.js';

const jsonOf = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

/** The steps against a server that lists no tools, by the kind of its address. */
const remedies: { readonly [kind in McpServerContent['address']['kind']]: string } = {
  http: 'look at the server, and at the address that it is registered with',
  stdio:
    'run the program in a shell, which shows its errors; if it first downloads a package, try again until it is there',
};

/** A confirmed tool as the API shows it. */
export const confirmedTool = (tool: ConfirmedTool): McpToolDto => ({
  tool: tool.tool,
  action_type: tool.action_type,
  state: tool.held === null ? 'confirmed' : tool.held.seen_digest === null ? 'missing' : 'changed',
  digest: tool.digest,
  definition: jsonOf(tool.definition),
  terms: jsonOf(tool.terms),
  difference: tool.held?.difference ?? [],
  reverted: false,
  violations: [],
});

/** A server as the API shows it. */
export const shownServer = (
  content: McpServerContent,
  state: McpServerState,
  tools: readonly McpToolDto[] = [...state.tools.values()].map(confirmedTool),
): McpServerDto => ({
  server: content.server,
  title: content.title,
  address: content.address,
  timeout_ms: content.timeout_ms,
  max_calls: content.max_calls,
  retired: state.retired,
  tools,
});

/** Returns a tool as the server lists it, compared with its confirmation. */
const listedTool = (
  server: string,
  definition: ToolDefinition,
  others: readonly string[],
  known: ConfirmedTool | undefined,
): McpToolDto => {
  const violations: readonly Violation[] = [
    ...toolFaults(server, definition, others),
    ...toolSchemaFaults(definition.input_schema, '/input_schema'),
  ];
  const digest = toolDigest(definition);
  const held = known?.digest === digest ? known.held : null;
  const state =
    known?.digest === digest && held === null
      ? 'confirmed'
      : violations.length > 0
        ? 'refused'
        : known === undefined
          ? 'new'
          : 'changed';
  return {
    tool: definition.name,
    action_type: toolActionType(server, definition.name),
    state,
    digest,
    definition: jsonOf(definition),
    terms: known === undefined ? null : jsonOf(known.terms),
    difference: held?.difference ?? (known === undefined ? [] : toolDifference(known.definition, definition)),
    reverted: held !== null,
    violations,
  };
};

/** Returns all tools as the server lists them, compared with their confirmations. */
const listedTools = (
  { server }: McpServerContent,
  listed: ReadonlyMap<string, ToolDefinition>,
  { tools }: McpServerState,
): readonly McpToolDto[] =>
  [...listed.values()].map((definition) =>
    listedTool(
      server,
      definition,
      [...listed.keys()].filter((name) => name !== definition.name),
      tools.get(definition.name),
    ),
  );

/**
 * A tool that a person confirms: the digest of the definition that they saw, and the terms that
 * they state.
 */
export type AskedTool = { readonly tool: string; readonly digest: string; readonly terms: ToolTerms };

/**
 * Returns the confirmation of a listed tool. Throws if the tool differs from what the person saw,
 * or cannot be imported.
 */
const confirmedAs = (
  server: string,
  { tool, digest, terms }: AskedTool,
  listed: ReadonlyMap<string, ToolDefinition>,
  { tools }: McpServerState,
): ToolConfirmation => {
  const definition = listed.get(tool);
  if (definition === undefined)
    throw new ProblemError('not-found', `the server has no tool \`${tool.slice(0, 64)}\``);
  const others = [...new Set([...listed.keys(), ...tools.keys()])].filter((name) => name !== tool);
  const shown = listedTool(server, definition, others, tools.get(tool));
  if (shown.digest !== digest)
    throw new ProblemError('approval-stale', 'the tool has changed since it was shown', {
      remedy: 'look at the server again, and confirm what it says now',
    });
  refuseViolations(shown.violations, `the tool \`${tool.slice(0, 64)}\``);
  return { tool, action_type: shown.action_type, definition, terms };
};

/** Registers MCP servers, and imports the tools that a person confirms. */
export class McpImport {
  constructor(
    private readonly servers: McpServers,
    private readonly sessions: McpSessions,
    private readonly programs: Programs,
    private readonly secrets: TenantSecrets,
    private readonly rpc: Pick<RpcClient, 'call'>,
  ) {}

  /** Returns the registration that a body asks for. Throws `validation-failed`. */
  contentOf(tenantId: string, body: RegisterServerDto): McpServerContent {
    const { server, address } = body;
    const { url, secret_ref: secret, command } = address;
    const isHttp = address.kind === 'http';
    const fault = (pointer: string, detail: string): Violation => ({
      pointer: `/address/${pointer}`,
      detail,
    });
    const wrong = url === undefined ? 'is required for an address' : addressFault(url);
    const secretFault = secret === undefined ? null : this.secrets.fault(tenantId, secret);
    const programFault = isHttp || command === undefined ? null : this.programs.fault(tenantId, command);
    refuseViolations(
      [
        ...(isHttp && wrong !== null ? [fault('url', wrong)] : []),
        ...(isHttp && command !== undefined
          ? [fault('command', 'must not be combined with an address')]
          : []),
        ...(!isHttp && command === undefined ? [fault('command', 'is required for a program')] : []),
        ...(!isHttp && url !== undefined ? [fault('url', 'must not be combined with a program')] : []),
        ...(!isHttp && secret !== undefined
          ? [fault('secret_ref', 'must not be combined with a program')]
          : []),
        ...(secretFault === null ? [] : [fault('secret_ref', secretFault)]),
        ...(programFault === null ? [] : [fault('command', programFault)]),
      ],
      `the MCP server \`${server}\``,
    );
    return {
      server,
      title: body.title ?? server,
      address: isHttp
        ? { kind: 'http', url: url ?? '', secret_ref: secret ?? null }
        : { kind: 'stdio', command: command ?? '' },
      timeout_ms: body.timeout_ms ?? 10_000,
      max_calls: body.max_calls ?? 8,
    };
  }

  /** Refuses an address whose secret is not bound to it. Throws `secret-not-for-host`. */
  checkAddress(tenantId: string, { address }: McpServerContent): void {
    if (address.kind === 'http' && address.secret_ref !== null)
      this.secrets.refuseElsewhere(tenantId, address.secret_ref, destinationOf(address.url));
  }

  async retire(tenantId: string, server: string, context: CommandContext): Promise<McpServerDto> {
    const { content } = await this.#known(tenantId, server);
    const { state } = await this.servers.handle(tenantId, server, { kind: 'RetireServer' }, context);
    this.sessions.drop(tenantId, content);
    return shownServer(content, state);
  }

  /**
   * Lists the server's tools now. It holds the tools that differ from their confirmation. Throws
   * `not-found`, `mcp-server-unreachable`.
   */
  async look(tenantId: string, server: string): Promise<McpServerDto> {
    const { content, state } = await this.#known(tenantId, server);
    const listed = await this.#listed(tenantId, content);
    const tools = listedTools(content, listed, state);
    const gone = [...state.tools.values()].filter(({ tool }) => !listed.has(tool));
    for (const { tool, digest } of state.tools.values()) {
      const now = tools.find((one) => one.tool === tool);
      if (now?.state === 'confirmed') continue;
      await this.servers.hold(tenantId, server, {
        tool,
        confirmed_digest: digest,
        seen_digest: now?.digest ?? null,
        difference: now?.difference ?? [],
      });
    }
    return shownServer(content, await this.servers.load(tenantId, server), [
      ...tools,
      ...gone.map((tool): McpToolDto => ({ ...confirmedTool(tool), state: 'missing', difference: [] })),
    ]);
  }

  /**
   * Returns the confirmation of a tool as the person saw it. Throws `not-found`, `approval-stale`,
   * `validation-failed`, `mcp-server-unreachable`.
   */
  async confirmation(tenantId: string, server: string, asked: AskedTool): Promise<McpServerCommand> {
    const { content, state } = await this.#known(tenantId, server);
    return {
      kind: 'ConfirmTool',
      ...confirmedAs(content.server, asked, await this.#listed(tenantId, content), state),
    };
  }

  /**
   * Returns the registration of a server with the tools that a person confirmed. Throws what
   * `confirmation` throws.
   */
  async registration(
    tenantId: string,
    content: McpServerContent,
    asked: readonly AskedTool[],
  ): Promise<McpServerCommand> {
    if (asked.length === 0) return { kind: 'RegisterServer', content };
    const state = await this.servers.load(tenantId, content.server);
    const listed = await this.#listed(tenantId, content);
    const tools = asked.map((one) => confirmedAs(content.server, one, listed, state));
    return { kind: 'RegisterServer', content, tools };
  }

  /**
   * Lists the tools of a program that the operator allows, before it is registered. Throws
   * `validation-failed` for an address, because nobody has approved a request to it.
   */
  async lookAt(tenantId: string, content: McpServerContent): Promise<McpServerDto> {
    if (content.address.kind !== 'stdio')
      refuseViolations(
        [{ pointer: '/address/kind', detail: 'is an address: register it before you look at its tools' }],
        `the MCP server \`${content.server}\``,
      );
    const state = await this.servers.load(tenantId, content.server);
    return shownServer(content, state, listedTools(content, await this.#listed(tenantId, content), state));
  }

  /** Defines an action type for each confirmed tool. Repeating it changes nothing. */
  async define(command: McpServerCommand, context: CommandContext, state: McpServerState): Promise<void> {
    const { content } = state;
    if (content === null) return;
    const tools =
      command.kind === 'ConfirmTool'
        ? [command]
        : command.kind === 'RegisterServer'
          ? (command.tools ?? [])
          : [];
    for (const { tool, definition, terms } of tools)
      await this.rpc.call('policy-registry.define_tool', {
        request_id: command.kind === 'ConfirmTool' ? context.commandId : uuidV5(context.commandId, tool),
        tenant_id: context.tenantId,
        actor: context.actor,
        at: nowText(),
        type: toolType(content, definition, terms),
      });
  }

  async #known(
    tenantId: string,
    server: string,
  ): Promise<{ readonly content: McpServerContent; readonly state: McpServerState }> {
    const state = await this.servers.load(tenantId, server);
    if (state.content === null)
      throw new ProblemError('not-found', `there is no MCP server \`${server.slice(0, 64)}\``);
    return { content: state.content, state };
  }

  async #listed(tenantId: string, content: McpServerContent): Promise<ReadonlyMap<string, ToolDefinition>> {
    this.sessions.drop(tenantId, content);
    try {
      return await this.sessions.use(tenantId, content, (session) => session.tools(true));
    } catch (error) {
      if (!(error instanceof OutboundError) && !(error instanceof ServerRefused)) throw error;
      throw new ProblemError(
        'handler-unreachable',
        `the MCP server \`${content.server}\` gave no list of its tools: ${error.message}`,
        { remedy: remedies[content.address.kind] },
      );
    }
  }
}
