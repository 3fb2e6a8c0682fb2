import { streamName, type JsonObject } from '@interlock/contracts';
import { collect, isObject } from '@interlock/kernel';
import { openNotes } from '../notes-key.js';
import { ActionWatch } from './agents/action-watch.js';
import { AgentNames } from './agents/agent-names.js';
import { AgentEndpoint } from './agents/agent-endpoint.js';
import { McpImport } from './servers/import.js';
import type { McpParts } from './mcp-parts.js';
import { Programs } from './sessions/programs.js';
import { Results } from './agents/results.js';
import { McpServers } from './servers/servers.js';
import { McpSessions } from './sessions/sessions.js';
import { ToolCalls } from './agents/tool-calls.js';
import { ToolHandler } from './tool-handler.js';

/**
 * Both sides of MCP: registered servers whose tools run behind the safety rails, and agents that
 * call them.
 */
export class Mcp {
  readonly servers: McpServers;
  readonly imports: McpImport;
  readonly handler: ToolHandler;
  readonly calls: ToolCalls;
  readonly agentEndpoint: AgentEndpoint;
  readonly #parts: McpParts;
  readonly #sessions: McpSessions;
  readonly #results = new Results();
  readonly #watch: ActionWatch;
  readonly #names: AgentNames;

  constructor(parts: McpParts) {
    const { store, logger, config, rpc, outbound, secrets, notesKeys } = parts;
    this.#parts = parts;
    const programs = new Programs(config);
    this.servers = new McpServers(store, logger);
    this.#sessions = new McpSessions(outbound, secrets, programs, config);
    this.#watch = new ActionWatch(store, logger);
    this.#names = new AgentNames(store, logger, parts.may_name);
    this.imports = new McpImport(this.servers, this.#sessions, programs, secrets, rpc);
    this.handler = new ToolHandler(this.servers, this.#sessions, this.#results, notesKeys);
    this.calls = new ToolCalls({
      store,
      rpc,
      servers: this.servers,
      watch: this.#watch,
      resultOf: (tenantId, actionId) => this.#resultOf(tenantId, actionId),
      wake: parts.wake,
    });
    this.agentEndpoint = new AgentEndpoint({
      servers: this.servers,
      names: this.#names,
      calls: this.calls,
      rpc,
      logger,
      wait_ms: config.MCP_WAIT_MS,
      onToolCall: parts.onToolCall,
    });
  }

  /** The number of sessions with MCP servers that are open now. */
  get openSessions(): number {
    return this.#sessions.size;
  }

  async start(): Promise<void> {
    await Promise.all(this.#followers.map((follower) => follower.start()));
  }

  /** Answers all waiting callers that their calls are pending. */
  halt(): void {
    this.agentEndpoint.stop();
  }

  async stop(): Promise<void> {
    this.halt();
    await this.#sessions.stop();
    await Promise.all(this.#followers.map((follower) => follower.stop()));
  }

  get #followers(): readonly McpServers['follower'][] {
    return [this.servers.follower, this.#watch.follower, this.#names.follower];
  }

  /**
   * Returns what the tool answered. It looks in this process first, and then in the log if the type
   * keeps results. Null if the answer is not found.
   */
  async #resultOf(tenantId: string, actionId: string): Promise<JsonObject | null> {
    const here = this.#results.get(tenantId, actionId);
    if (here !== undefined) return here;
    const events = await collect(this.#parts.store.read(streamName('call', tenantId, actionId)));
    const applied: unknown = events.find(({ type }) => type === 'CallApplied')?.data;
    const answer = isObject(applied) ? applied['answer'] : undefined;
    const content = isObject(answer) ? answer['content'] : undefined;
    if (!isObject(content)) return null;
    const sealed = content['sealed'];
    const kept: unknown =
      typeof sealed === 'string'
        ? openNotes(this.#parts.notesKeys, tenantId, actionId, { sealed })
        : content['plain'];
    const result = isObject(kept) ? kept['result'] : undefined;
    return isObject(result) ? (JSON.parse(JSON.stringify(result)) as JsonObject) : null;
  }
}
