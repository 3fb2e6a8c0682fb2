import { createHash } from 'node:crypto';
import { callableTool, toolDifference, toolDigest, type McpServerContent } from '@interlock/agents';
import type { HandlerEndpoint, HandlerStep, JsonObject, Reason } from '@interlock/contracts';
import { isObject, cutText } from '@interlock/kernel';
import type { HandlerCall, RawAnswer } from '../handlers/handler-client.js';
import { sealNotes, type NotesKeys } from '../notes-key.js';
import type { Results } from './agents/results.js';
import type { McpServers } from './servers/servers.js';
import { ServerRefused, SessionGone, type McpSession } from './sessions/session.js';
import type { McpSessions } from './sessions/sessions.js';

/** Thrown if a tool may not be called as it is now. Nothing was sent. */
export class ToolWithheld extends Error {
  constructor(
    readonly code: string,
    detail: string,
  ) {
    super(detail);
    this.name = 'ToolWithheld';
  }
}

type McpEndpoint = Extract<HandlerEndpoint, { kind: 'mcp' }>;
type Pinned = { readonly server: McpServerContent; readonly tool: string; readonly digest: string };

const bodyWith = (value: object): RawAnswer => ({
  status: 200,
  bytes: Buffer.from(JSON.stringify(value)),
});
const jsonOf = (value: object): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

/**
 * Runs actions whose handler is a tool of an MCP server. It calls a tool only if its definition
 * equals the confirmed one.
 */
export class ToolHandler {
  constructor(
    private readonly servers: Pick<McpServers, 'load' | 'hold'>,
    private readonly sessions: McpSessions,
    private readonly results: Results,
    private readonly notesKeys: NotesKeys,
  ) {}

  /**
   * Answers a step as a handler would. Throws OutboundError, ToolWithheld, and what `beforeSend`
   * throws.
   */
  async ask(call: HandlerCall, endpoint: McpEndpoint, timeoutMs: number): Promise<RawAnswer> {
    switch (call.step satisfies HandlerStep) {
      case 'plan':
        return this.#plan(call, endpoint);
      case 'apply':
        return this.#apply(call, endpoint, timeoutMs);
      default:
        throw new ToolWithheld('no-step', `a tool has no step \`${call.step}\``);
    }
  }

  /** Checks whether the tool still equals the confirmed one. */
  async #plan({ tenant_id: tenantId }: HandlerCall, endpoint: McpEndpoint): Promise<RawAnswer> {
    try {
      const pinned = await this.#pinned(tenantId, endpoint);
      await this.#verified(tenantId, pinned, true, () => Promise.resolve());
      return bodyWith({});
    } catch (error) {
      if (!(error instanceof ToolWithheld)) throw error;
      const violations: readonly Reason[] = [{ code: error.code, detail: cutText(error.message, 256) }];
      return bodyWith({ violations });
    }
  }

  async #apply(call: HandlerCall, endpoint: McpEndpoint, timeoutMs: number): Promise<RawAnswer> {
    const pinned = await this.#pinned(call.tenant_id, endpoint);
    const parameters = call.body['parameters'];
    try {
      const result = await this.#verified(call.tenant_id, pinned, false, (session) =>
        session.call(pinned.tool, isObject(parameters) ? jsonOf(parameters) : {}, {
          request_id: call.request_id,
          timeout_ms: timeoutMs,
          ...(call.beforeSend === undefined ? {} : { beforeSend: call.beforeSend }),
          ...(call.signal === undefined ? {} : { signal: call.signal }),
        }),
      );
      return this.#answered(call, endpoint, jsonOf(result));
    } catch (error) {
      if (error instanceof ServerRefused) return { status: 422, bytes: Buffer.alloc(0) };
      throw error;
    }
  }

  /**
   * Keeps a tool's answer for its caller. The log gets the hash and the size, and the sealed
   * contents only if the type keeps results.
   */
  #answered(
    { tenant_id: tenantId, body }: HandlerCall,
    endpoint: McpEndpoint,
    result: JsonObject,
  ): RawAnswer {
    const text = JSON.stringify(result);
    const bytes = Buffer.byteLength(text);
    const actionId = String(body['action_id']);
    this.results.put(tenantId, actionId, result, bytes);
    const mark = {
      sha256: createHash('sha256').update(text).digest('hex'),
      bytes,
      ...(endpoint.keep_results
        ? { content: sealNotes(this.notesKeys, tenantId, actionId, { result }) }
        : {}),
    };
    const reasons: readonly Reason[] = [{ code: 'tool-error', detail: 'the tool answered with an error' }];
    const said = result['isError'] === true ? { status: 'failed', reasons } : { status: 'applied' };
    return { ...bodyWith(said), mark };
  }

  async #pinned(tenantId: string, { server, tool, digest }: McpEndpoint): Promise<Pinned> {
    const state = await this.servers.load(tenantId, server);
    const known = callableTool(state, tool);
    if (state.content === null || state.retired)
      throw new ToolWithheld('mcp-server-retired', 'the MCP server is retired');
    if (known === null)
      throw new ToolWithheld('mcp-tool-held', 'the tool is held until a person confirms it again');
    if (known.digest !== digest)
      throw new ToolWithheld('mcp-tool-changed', 'the tool was confirmed anew since the action was accepted');
    return { server: state.content, tool, digest };
  }

  /**
   * Runs `work` with a session in which the tool equals the confirmed one. A tool that differs is
   * held from then on.
   */
  async #verified<T>(
    tenantId: string,
    pinned: Pinned,
    fresh: boolean,
    work: (session: McpSession) => Promise<T>,
  ): Promise<T> {
    for (const isLast of [false, true]) {
      const found = await this.sessions.use(tenantId, pinned.server, async (session, isNew) => {
        // A restarted server does not know the old session.
        const again = (error: unknown): null => {
          if (isNew || isLast) throw error;
          this.sessions.drop(tenantId, pinned.server);
          return null;
        };
        const tools = await session.tools(fresh).catch(again);
        if (tools === null) return null;
        const now = tools.get(pinned.tool);
        const seen = now === undefined ? null : toolDigest(now);
        if (seen === pinned.digest) {
          try {
            return { done: await work(session) };
          } catch (error) {
            if (!(error instanceof SessionGone)) throw error;
            return again(error);
          }
        }
        await this.#hold(tenantId, pinned, now ?? null, seen);
        throw new ToolWithheld(
          now === undefined ? 'mcp-tool-missing' : 'mcp-tool-changed',
          now === undefined
            ? 'the server no longer has the tool'
            : 'the server describes the tool otherwise than it was confirmed',
        );
      });
      if (found !== null) return found.done;
    }
    throw new ToolWithheld('mcp-server-unsteady', 'the session with the server did not hold');
  }

  async #hold(
    tenantId: string,
    { server, tool, digest }: Pinned,
    now: Parameters<typeof toolDifference>[1] | null,
    seen: string | null,
  ): Promise<void> {
    const before = (await this.servers.load(tenantId, server.server)).tools.get(tool);
    await this.servers.hold(tenantId, server.server, {
      tool,
      confirmed_digest: digest,
      seen_digest: seen,
      difference: now === null || before === undefined ? [] : toolDifference(before.definition, now),
    });
  }
}
