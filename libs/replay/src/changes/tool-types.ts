import {
  callableTool,
  mcpServerStream,
  toolType,
  type McpServerEvent,
  type McpServerState,
} from '@interlock/agents';
import type { ActionTypeV1, Actor } from '@interlock/contracts';
import { contentHash, type RecordedEvent } from '@interlock/kernel';
import { actionTypeStream, type ActionTypeState } from '@interlock/policy';

/** The hashes of the types of a server's tools. */
type ServerTypes = {
  /** The types of the tools that may be called now. */
  callable: ReadonlySet<string>;
  /** The types of confirmations whose registration has not been seen yet. */
  readonly pending: Set<string>;
};

/**
 * The action types of tools that people have confirmed. The type of a tool that is held, or whose
 * server is retired, no longer counts. One exception: the registry writes a type after the
 * confirmation, so that a withdrawal may come between them. Such a type counts once.
 */
export class ToolTypes {
  readonly #servers = new Map<string, ServerTypes>();
  /** By stream, the content hash of the registered type; null if it is retired. */
  readonly #registered = new Map<string, string | null>();

  /** Takes an event of a server, and the state after it. */
  server({ stream, type, data }: RecordedEvent, tenant: string, state: McpServerState): void {
    const known = this.#servers.get(stream) ?? { callable: new Set(), pending: new Set() };
    this.#servers.set(stream, known);
    const { content, tools } = state;
    if (content === null) return;
    const hashes = new Map(
      [...tools.values()]
        .filter(({ tool }) => callableTool(state, tool) !== null)
        .map(({ tool, definition, terms }) => [tool, contentHash(toolType(content, definition, terms))]),
    );
    known.callable = new Set(hashes.values());
    if (type !== 'McpToolConfirmed') return;
    const confirmed = data as Extract<McpServerEvent, { type: 'McpToolConfirmed' }>['data'];
    const hash = hashes.get(confirmed.tool);
    const registered = this.#registered.get(actionTypeStream(confirmed.action_type, tenant));
    // Registering the same content again writes nothing, so no event follows.
    if (hash !== undefined && registered !== hash) known.pending.add(hash);
  }

  /** Takes an event of an action type, and the state after it. */
  type(stream: string, tenant: string, { entry, content_hash: hash, retired }: ActionTypeState): void {
    this.#registered.set(stream, retired ? null : hash);
    const endpoint = entry?.handler?.endpoint;
    if (!retired && hash !== null && endpoint?.kind === 'mcp')
      this.#servers.get(mcpServerStream(tenant, endpoint.server))?.pending.delete(hash);
  }

  /** True if the type is that of a confirmed tool, and a person had it registered. */
  makes(
    tenant: string,
    { handler }: ActionTypeV1,
    hash: string,
    actor: Actor,
  ): boolean | { readonly missing: string } {
    const endpoint = handler?.endpoint;
    if (endpoint?.kind !== 'mcp' || actor.kind !== 'person') return false;
    const known = this.#servers.get(mcpServerStream(tenant, endpoint.server));
    if (known === undefined) return { missing: 'the MCP server of the tool is not in the file' };
    return known.callable.has(hash) || known.pending.has(hash);
  }
}
