import { cutText } from '@interlock/kernel';
import { toolDigest, type ToolDefinition } from '@interlock/agents';
import type { JsonObject } from '@interlock/contracts';
import { activeTraceparent } from '@interlock/jetstream';
import { OutboundError } from '@interlock/outbound';
import { depthLimit, isDeeperThan } from '@interlock/platform';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CallToolResultSchema,
  ErrorCode,
  ListToolsResultSchema,
  McpError,
  SUPPORTED_PROTOCOL_VERSIONS,
  ToolListChangedNotificationSchema,
  type CallToolResult,
} from '@modelcontextprotocol/sdk/types.js';
import { callMark, type Outgoing, type OutgoingCall } from './outgoing.js';

/** Thrown if the server itself says that it did not do what it was asked. */
export class ServerRefused extends Error {
  constructor(detail: string) {
    super(detail);
    this.name = 'ServerRefused';
  }
}

/**
 * Thrown if the server does not know the session any more, so that it did nothing. A new session
 * may repeat the request.
 */
export class SessionGone extends ServerRefused {}

export type SessionParts = {
  readonly transport: Transport;
  readonly outgoing: Outgoing;
  readonly timeout_ms: number;
  /** Returns why the transport ended, if it knows. */
  readonly fault: () => OutboundError | undefined;
  readonly onClose: () => void;
};

const mostTools = 256;
const mostPages = 32;
/** How long a session's list of tools stays valid, in milliseconds. */
const listedForMs = 5000;
/** The JSON-RPC codes that mean that nothing was done. */
const refusals: ReadonlySet<number> = new Set([
  ErrorCode.InvalidParams,
  ErrorCode.MethodNotFound,
  ErrorCode.InvalidRequest,
]);

/** The beginning of the MCP client's error for a version that it does not know. */
const otherVersion = "Server's protocol version is not supported";

const plain = (value: unknown): JsonObject | null =>
  typeof value === 'object' && value !== null ? (JSON.parse(JSON.stringify(value)) as JsonObject) : null;

/**
 * Refuses a definition that cannot be hashed: text with half a surrogate pair, or too deep nesting.
 * Throws ServerRefused.
 */
const refuseUnreadable = (definition: ToolDefinition): void => {
  try {
    toolDigest(definition);
  } catch {
    const name = cutText(definition.name, 128).toWellFormed();
    throw new ServerRefused(
      `the server describes the tool \`${name}\` with text that is not Unicode, or nested too deep`,
    );
  }
};

/**
 * Returns where an answer violates the protocol, as at most three JSON Pointers. An operator with
 * fifty tools needs to know which one is wrong.
 */
const placesIn = (error: unknown): string => {
  if (!(error instanceof Error) || !('issues' in error) || !Array.isArray(error.issues)) return '';
  const paths = (error.issues as readonly { readonly path?: readonly PropertyKey[] }[]).flatMap(({ path }) =>
    path === undefined || path.length === 0 ? [] : [`\`/${cutText(path.map(String).join('/'), 200)}\``],
  );
  return [...new Set(paths)].slice(0, 3).join(', ');
};

/**
 * One conversation with an MCP server. It lists tools and calls them, and answers none of the
 * server's own requests.
 */
export class McpSession {
  readonly #client: Client;
  readonly #parts: SessionParts;
  #tools: ReadonlyMap<string, ToolDefinition> = new Map();
  #listedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  private constructor(client: Client, parts: SessionParts) {
    this.#client = client;
    this.#parts = parts;
  }

  /** Opens a session. Throws OutboundError and ServerRefused. */
  static async open(parts: SessionParts): Promise<McpSession> {
    const client = new Client(
      { name: 'interlock', version: '1.0.0' },
      {
        capabilities: {},
        // Foreign schemas are never compiled here.
        jsonSchemaValidator: {
          getValidator: () => () => ({
            valid: false,
            data: undefined,
            errorMessage: 'results are not checked here',
          }),
        },
      },
    );
    const session = new McpSession(client, parts);
    client.onclose = () => {
      session.#closed = true;
      parts.onClose();
    };
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
      session.#listedAt = Number.NEGATIVE_INFINITY;
    });
    try {
      await client.connect(parts.transport, { timeout: parts.timeout_ms });
      return session;
    } catch (error) {
      await session.close();
      throw session.#faultOf(error, undefined);
    }
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client.close().catch(() => undefined);
  }

  /**
   * Returns the server's tools. Unless `fresh`, a recent list may be reused. Throws OutboundError
   * and ServerRefused.
   */
  async tools(fresh: boolean): Promise<ReadonlyMap<string, ToolDefinition>> {
    if (!fresh && performance.now() - this.#listedAt < listedForMs) return this.#tools;
    const began = performance.now();
    /** Returns the time left. All pages together share the time of one request. */
    const left = (): number => {
      const ms = this.#parts.timeout_ms - (performance.now() - began);
      if (ms <= 0) throw new OutboundError('timeout', true, 'no whole list of tools within the deadline');
      return ms;
    };
    const tools = new Map<string, ToolDefinition>();
    const cursors = new Set<string>();
    let cursor: string | undefined;
    try {
      for (let page = 0; page < mostPages; page += 1) {
        const answer = await this.#client.request(
          { method: 'tools/list', params: cursor === undefined ? {} : { cursor } },
          ListToolsResultSchema,
          { timeout: left() },
        );
        for (const tool of answer.tools) {
          if (tools.has(tool.name)) throw new ServerRefused('the server lists two tools of the same name');
          const definition: ToolDefinition = {
            name: tool.name,
            title: tool.title ?? null,
            description: tool.description ?? null,
            input_schema: plain(tool.inputSchema) ?? {},
            output_schema: plain(tool.outputSchema),
            annotations: plain(tool.annotations),
          };
          refuseUnreadable(definition);
          tools.set(tool.name, definition);
        }
        if (tools.size > mostTools) throw new ServerRefused(`the server has more than ${mostTools} tools`);
        cursor = answer.nextCursor;
        // Some servers write an empty cursor on the last page.
        if (cursor === undefined || cursor === '') {
          this.#tools = tools;
          this.#listedAt = began;
          return tools;
        }
        if (cursors.has(cursor)) throw new ServerRefused('the list of tools begins again: a cursor repeats');
        cursors.add(cursor);
      }
    } catch (error) {
      throw this.#faultOf(error, undefined);
    }
    throw new ServerRefused('the list of tools does not end');
  }

  /**
   * Calls a tool once. Throws OutboundError, whose `sent` says whether the call was written,
   * ServerRefused, and what `beforeSend` throws.
   */
  async call(
    tool: string,
    args: JsonObject,
    options: {
      readonly request_id: string;
      readonly timeout_ms: number;
      readonly beforeSend?: () => void;
      readonly signal?: AbortSignal;
    },
  ): Promise<CallToolResult> {
    const call: OutgoingCall = {
      written: false,
      ...(options.beforeSend === undefined ? {} : { beforeSend: options.beforeSend }),
    };
    const traceparent = activeTraceparent();
    const done = this.#parts.outgoing.add(options.request_id, call);
    try {
      const result = await this.#client.request(
        {
          method: 'tools/call',
          params: {
            name: tool,
            arguments: args,
            _meta: {
              [callMark]: options.request_id,
              ...(traceparent === undefined ? {} : { traceparent }),
            },
          },
        },
        CallToolResultSchema,
        {
          timeout: options.timeout_ms,
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        },
      );
      if (isDeeperThan(result, depthLimit))
        throw new OutboundError(
          'reset',
          true,
          `the server answered what nests deeper than ${depthLimit} levels`,
        );
      return result;
    } catch (error) {
      throw this.#faultOf(error, call);
    } finally {
      done();
    }
  }

  /**
   * Returns the error for a failed request; `call` says whether it was written. Unless the call is
   * known not to have run, its outcome is unknown.
   */
  #faultOf(error: unknown, call: OutgoingCall | undefined): Error {
    const sent = call?.written === true;
    if (error instanceof OutboundError)
      return sent === error.sent ? error : new OutboundError(error.fault, sent, error.message);
    if (error instanceof ServerRefused) return error;
    if (error instanceof StreamableHTTPError) {
      const status = error.code ?? 0;
      if (status === 404) return new SessionGone('the server answered 404');
      return status >= 400 && status < 500 && status !== 408
        ? new ServerRefused(`the server answered ${status}`)
        : new OutboundError('reset', sent, `the server answered ${status}`);
    }
    if (error instanceof McpError) {
      if (refusals.has(error.code)) return new ServerRefused(`the server answered the error ${error.code}`);
      const fault = this.#parts.fault();
      if (fault !== undefined) return new OutboundError(fault.fault, sent, fault.message);
      if (error.code === ErrorCode.RequestTimeout.valueOf())
        return new OutboundError('timeout', sent, 'no answer within the deadline');
      return new OutboundError(
        'reset',
        sent,
        error.code === ErrorCode.ConnectionClosed.valueOf()
          ? 'the server ended in the middle'
          : `the server answered the error ${error.code}`,
      );
    }
    // Before a call is written, any other error can only come from its own check.
    if (call !== undefined && !sent && error instanceof Error) return error;
    if (error instanceof Error && error.message.startsWith(otherVersion))
      return new OutboundError(
        'reset',
        sent,
        `the server speaks none of these versions of the protocol: ${SUPPORTED_PROTOCOL_VERSIONS.join(', ')}`,
      );
    const at = placesIn(error);
    return new OutboundError(
      'reset',
      sent,
      `the server's answer does not follow the protocol${at === '' ? '' : `, at ${at}`}`,
    );
  }
}
