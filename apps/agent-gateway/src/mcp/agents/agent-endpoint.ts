import type { IncomingMessage, ServerResponse } from 'node:http';
import { callableTool, continueTool, type ConfirmedTool } from '@interlock/agents';
import type { JsonObject } from '@interlock/contracts';
import { isObject, isProblem, ProblemError } from '@interlock/kernel';
import type { Principal } from '@interlock/platform';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import {
  CallToolRequestSchema,
  ListToolsRequestSchema,
  type CallToolResult,
  type Tool,
} from '@modelcontextprotocol/sdk/types.js';
import type { AgentNames } from './agent-names.js';
import type { McpParts } from '../mcp-parts.js';
import type { McpServers } from '../servers/servers.js';
import { PlainTransport } from '../sessions/transport.js';
import { refusedAnswer } from './tool-answers.js';
import type { ToolAsker, ToolCalls, ToolWait } from './tool-calls.js';

/** The headers in which a caller describes itself beside its token. */
export type CallerHeaders = {
  readonly agent: string | undefined;
  readonly account: string | undefined;
  readonly waitMs: string | undefined;
};
export type Serve = (request: IncomingMessage, response: ServerResponse, body: unknown) => Promise<void>;

const longestWaitMs = 55_000;

const continuing: Tool = {
  name: continueTool,
  description:
    'Asks again for a call that Interlock answered with "pending". Give the continuation that came with it. Once a person has approved the call, this runs it and returns the result.',
  inputSchema: {
    type: 'object',
    properties: { continuation: { type: 'string' } },
    required: ['continuation'],
    additionalProperties: false,
  },
};

/**
 * Returns a tool as it was shown to the person who confirmed it. The output schema is left out,
 * because an answer may also be `pending`.
 */
const shownTool = ({ definition, terms }: ConfirmedTool): Tool => ({
  name: definition.name,
  ...(definition.title === null ? {} : { title: definition.title }),
  ...(definition.description === null ? {} : { description: definition.description }),
  inputSchema: { ...definition.input_schema, type: 'object' },
  annotations: { readOnlyHint: terms.read_only, openWorldHint: terms.external_contact },
});

/**
 * Returns how a tool's call ended, for metrics. Only Interlock's own answers count as `pending`,
 * because a tool's result may contain anything.
 */
const outcomeOf = ({ isError, structuredContent, _meta: meta }: CallToolResult): string => {
  if (isError === true) return 'error';
  const own = isObject(meta) && isObject(meta['interlock']) && meta['interlock']['by'] === 'interlock';
  return own && structuredContent?.['status'] === 'pending' ? 'pending' : 'done';
};

export type AgentEndpointParts = Pick<McpParts, 'rpc' | 'logger' | 'onToolCall'> & {
  readonly servers: McpServers;
  readonly names: AgentNames;
  readonly calls: ToolCalls;
  readonly wait_ms: number;
};

/** Serves MCP to agents. It serves only tools, and each call becomes an intent. */
export class AgentEndpoint {
  readonly #stopping = new AbortController();

  constructor(private readonly parts: AgentEndpointParts) {}

  /** Answers every waiting caller that its call is pending. */
  stop(): void {
    this.#stopping.abort();
  }

  /**
   * Authenticates a caller's agent, account and headers, and returns the function that serves it.
   * Throws `not-found`, `wrong-agent`, `validation-failed`.
   */
  async open(tenantId: string, principal: Principal, server: string, said: CallerHeaders): Promise<Serve> {
    const waitMs = said.waitMs === undefined ? this.parts.wait_ms : Number(said.waitMs);
    if (!Number.isInteger(waitMs) || waitMs < 0 || waitMs > longestWaitMs)
      throw new ProblemError('validation-failed', 'the headers have 1 fault', {
        violations: [
          {
            pointer: '/headers/interlock-wait-ms',
            detail: `must be a whole number of milliseconds, ${longestWaitMs} at most`,
          },
        ],
      });
    const { content, retired } = await this.parts.servers.load(tenantId, server);
    if (content === null || retired)
      throw new ProblemError('not-found', `there is no MCP server \`${server}\``);
    const name = await this.parts.names.of(tenantId, principal.requester, said);
    const asker: ToolAsker = {
      ...name,
      tenant_id: tenantId,
      requester: principal.requester,
      actor: principal.actor,
    };
    return async (request, response, body) => {
      const mcp = this.#serverFor(asker, server, waitMs);
      const transport = new StreamableHTTPServerTransport({});
      response.once('close', () => {
        void mcp.close();
      });
      await mcp.connect(new PlainTransport(transport));
      await transport.handleRequest(request, response, body);
    };
  }

  #serverFor(asker: ToolAsker, server: string, waitMs: number): Server {
    const mcp = new Server(
      { name: `interlock/${server}`, version: '1.0.0' },
      { capabilities: { tools: {} } },
    );
    mcp.setRequestHandler(ListToolsRequestSchema, async () => ({ tools: await this.#tools(asker, server) }));
    mcp.setRequestHandler(CallToolRequestSchema, async ({ params }, extra): Promise<CallToolResult> => {
      const token = extra._meta?.progressToken;
      let progress = 0;
      const wait: ToolWait = {
        wait_ms: waitMs,
        signal: AbortSignal.any([extra.signal, this.#stopping.signal]),
        progress: (message) => {
          if (token === undefined) return;
          progress += 1;
          const params = { progressToken: token, progress, message };
          extra.sendNotification({ method: 'notifications/progress', params }).catch(() => undefined);
        },
      };
      const began = performance.now();
      const result = await this.#call(asker, server, params, wait);
      this.parts.onToolCall(outcomeOf(result), (performance.now() - began) / 1000);
      return result;
    });
    return mcp;
  }

  async #call(
    asker: ToolAsker,
    server: string,
    {
      name,
      arguments: args = {},
      _meta: meta = {},
    }: { name: string; arguments?: object | undefined; _meta?: object | undefined },
    wait: ToolWait,
  ): Promise<CallToolResult> {
    try {
      const given = JSON.parse(JSON.stringify(args)) as JsonObject;
      if (name === continueTool) {
        const { continuation } = given;
        if (typeof continuation !== 'string')
          return refusedAnswer('validation-failed', 'the arguments have 1 fault', [
            { pointer: '/continuation', detail: 'must be the continuation that came with a pending call' },
          ]);
        return await this.parts.calls.continue(asker, server, continuation, wait);
      }
      const said: unknown = isObject(meta) ? meta['interlock/confidence_score'] : undefined;
      const confidence = typeof said === 'number' ? said : undefined;
      return await this.parts.calls.call(asker, server, name, given, { ...wait, confidence });
    } catch (error) {
      if (!isProblem(error)) {
        this.parts.logger.error({ err: error, server }, 'a call of a tool failed');
        return refusedAnswer('internal-error', 'something went wrong inside of Interlock; call again', []);
      }
      return refusedAnswer(error.code, `${error.detail}; call again`, error.violations ?? []);
    }
  }

  /**
   * Returns the tools that the caller's agent may at least propose, which are those whose mode is
   * not DISABLED. Throws if the mode cannot be read.
   */
  async #tools(asker: ToolAsker, server: string): Promise<Tool[]> {
    const state = await this.parts.servers.load(asker.tenant_id, server);
    const tools = [...state.tools.keys()].flatMap((name) => callableTool(state, name) ?? []);
    const modes = await Promise.all(
      tools.map(({ action_type }) =>
        this.parts.rpc.call('budget-ledger.mode', {
          tenant_id: asker.tenant_id,
          account_id: asker.account_id,
          action_type,
        }),
      ),
    );
    return [
      ...tools.filter((_, i) => modes[i] !== undefined && modes[i].mode !== 'DISABLED').map(shownTool),
      continuing,
    ];
  }
}
