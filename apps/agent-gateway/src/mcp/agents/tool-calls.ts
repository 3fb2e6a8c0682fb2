import {
  callableTool,
  whyNotCallable,
  toolCallDecider,
  toolCallKey,
  toolCallOf,
  toolCallStream,
  toolIntentId,
  type ConfirmedTool,
  type ToolCallCommand,
  type ToolCaller,
  type ToolCallEnd,
  type ToolCallEvent,
  type ToolCallState,
} from '@interlock/agents';
import {
  endStates,
  unreachableCodes,
  type ActionIntentV1,
  type Actor,
  type JsonObject,
} from '@interlock/contracts';
import {
  actionIdOf,
  CommandHandler,
  contentHash,
  isProblem,
  ProblemError,
  type CommandContext,
  cutText,
} from '@interlock/kernel';
import { backoff, newId, nowText } from '@interlock/platform';
import type { ActionState } from '@interlock/rails';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { ActionWatch } from './action-watch.js';
import type { AgentName } from './agent-names.js';
import type { McpParts } from '../mcp-parts.js';
import type { McpServers } from '../servers/servers.js';
import { endedAnswer, lostAnswer, pendingAnswer, refusedAnswer, resultAnswer } from './tool-answers.js';

/** The authenticated caller of a tool. */
export type ToolAsker = AgentName & {
  readonly tenant_id: string;
  readonly requester: string;
  readonly actor: Actor;
};
export type ToolWait = {
  readonly wait_ms: number;
  readonly signal: AbortSignal;
  /** Called at intervals while the caller waits. */
  readonly progress: (message: string) => void;
};

export type ToolCallsParts = Pick<McpParts, 'store' | 'rpc' | 'wake'> & {
  readonly servers: McpServers;
  readonly watch: ActionWatch;
  /** Returns the result of an action's tool, from this process or from the log. */
  readonly resultOf: (tenantId: string, actionId: string) => Promise<JsonObject | null>;
};

/** The error codes after which a submission may still have been accepted. */
const mayBeTaken: ReadonlySet<string> = new Set([...unreachableCodes, 'internal-error', 'overloaded']);

const ends: ReadonlySet<string> = new Set(endStates);
const lookEveryMs = 1000;

/**
 * Returns the digest that a person approved; null if no approval was needed. An approved call runs
 * only once a caller is there to take its result.
 */
const approvedDigest = (state: ActionState): string | null =>
  state.status !== 'NONE' && state.approval !== null && state.yes !== null ? state.approval.digest : null;
const isHeld = ({ status }: ActionState): boolean =>
  status === 'AWAITING_APPROVAL' || status === 'AWAITING_CONFIRMATION';

/**
 * Submits calls of tools as intents. Each call goes through every gate, and identical calls share
 * one action.
 */
export class ToolCalls {
  readonly #calls: CommandHandler<ToolCallCommand, ToolCallEvent, ToolCallState>;

  constructor(private readonly parts: ToolCallsParts) {
    this.#calls = new CommandHandler(parts.store, toolCallDecider, { backoff, cacheSize: 1000 });
  }

  /**
   * Returns whether the action may take its turn. An approved tool call must have been claimed
   * first; any other action may run.
   */
  async mayRun(tenantId: string, intentId: string, actionId: string): Promise<boolean> {
    const of = toolCallOf(intentId);
    if (of === undefined) return true;
    const digest = approvedDigest(await this.parts.watch.load(tenantId, actionId));
    if (digest === null) return true;
    const { state } = await this.#calls.load(toolCallStream(tenantId, of.key));
    return state.call?.action_id === actionId && state.claimed === digest;
  }

  /**
   * Calls a tool as a new action, or joins the open action of an identical call. It throws only for
   * faults of Interlock itself.
   */
  async call(
    asker: ToolAsker,
    server: string,
    tool: string,
    args: JsonObject,
    wait: ToolWait & { readonly confidence: number | undefined },
  ): Promise<CallToolResult> {
    const { tenant_id: tenantId } = asker;
    const registered = await this.parts.servers.load(tenantId, server);
    const known = callableTool(registered, tool);
    if (known === null) return refusedAnswer('not-found', whyNotCallable(registered, tool), []);
    const caller: ToolCaller = {
      server,
      tool,
      agent: asker.agent,
      account_id: asker.account_id,
      requester: asker.requester,
      arguments_digest: contentHash(args),
    };
    const key = toolCallKey(caller);
    const stream = toolCallStream(tenantId, key);
    const before = (await this.#calls.load(stream)).state;
    const next = (before.call?.n ?? 0) + 1;
    const intent_id = toolIntentId(key, next);
    const { state } = await this.#calls.handle(
      stream,
      { kind: 'OpenToolCall', caller, intent_id, action_id: actionIdOf(tenantId, intent_id) },
      this.#context(asker),
    );
    const { call } = state;
    if (call === null) throw new ProblemError('internal-error', 'a call of a tool that was opened is there');
    if ((await this.parts.watch.load(tenantId, call.action_id)).status === 'NONE') {
      const refused = await this.#submit(asker, known, call.intent_id, args, wait.confidence);
      if (refused !== null) {
        await this.#answered(asker, key, call.n, 'REFUSED');
        return refused;
      }
    }
    return this.#outcome(asker, key, call.n, call.action_id, wait);
  }

  /** Asks again for the result of a pending call. */
  async continue(
    asker: ToolAsker,
    server: string,
    continuation: string,
    wait: ToolWait,
  ): Promise<CallToolResult> {
    const of = toolCallOf(continuation);
    const { state } =
      of === undefined
        ? { state: toolCallDecider.initial }
        : await this.#calls.load(toolCallStream(asker.tenant_id, of.key));
    const { call } = state;
    const isOwn =
      call !== null &&
      call.server === server &&
      call.agent === asker.agent &&
      call.account_id === asker.account_id &&
      call.requester === asker.requester;
    if (of === undefined || !isOwn || of.n > call.n)
      return refusedAnswer('not-found', 'there is no such pending call of this agent', []);
    return this.#outcome(asker, of.key, of.n, actionIdOf(asker.tenant_id, continuation), wait);
  }

  /** Submits the intent. Returns the refusal, or null if the intent was accepted. */
  async #submit(
    asker: ToolAsker,
    { action_type, tool, terms }: ConfirmedTool,
    intentId: string,
    args: JsonObject,
    confidence: number | undefined,
  ): Promise<CallToolResult | null> {
    const intent: ActionIntentV1 = {
      intent_id: intentId,
      tenant_id: asker.tenant_id,
      account_id: asker.account_id,
      agent: asker.agent,
      action_type,
      entity_id: `${cutText(tool, 128)} ${contentHash(args).slice(0, 16)}`,
      parameters: args,
      affected_entity_count: 1,
      confidence_score: confidence ?? terms.confidence_score,
      external_contact: terms.external_contact,
      trigger_type: 'mcp_call',
    };
    try {
      await this.parts.rpc.call('safety-rails.submit', {
        intent,
        requester: asker.requester,
        time: nowText(),
      });
      return null;
    } catch (error) {
      // A submission that may have been accepted stays open, so that the same call asks for the
      // same action.
      if (!isProblem(error) || mayBeTaken.has(error.code)) throw error;
      return refusedAnswer(error.code, error.detail, error.violations ?? []);
    }
  }

  /**
   * Waits for the end of an action for as long as the caller wants. If the action waits for a
   * person, it returns at once.
   */
  async #outcome(
    asker: ToolAsker,
    key: string,
    n: number,
    actionId: string,
    { wait_ms, signal, progress }: ToolWait,
  ): Promise<CallToolResult> {
    const { tenant_id: tenantId } = asker;
    const until = performance.now() + wait_ms;
    const watching = this.parts.watch.watch(tenantId, actionId);
    let claimed: string | null = null;
    try {
      for (;;) {
        const state = await this.parts.watch.load(tenantId, actionId);
        if (state.status === 'NONE') throw new ProblemError('action-not-found', 'the call has no action');
        if (ends.has(state.status)) {
          const answer = await this.#ended(tenantId, actionId, state);
          await this.#answered(asker, key, n, state.status as ToolCallEnd);
          return answer;
        }
        if (isHeld(state)) return pendingAnswer(actionId, state, toolIntentId(key, n));
        const digest = approvedDigest(state);
        if (digest !== null && claimed !== digest) {
          await this.#calls.handle(
            toolCallStream(tenantId, key),
            { kind: 'ClaimToolCall', n, approval_digest: digest },
            this.#context(asker),
          );
          claimed = digest;
          this.parts.wake(tenantId, actionId);
        }
        const left = until - performance.now();
        if (left <= 0 || signal.aborted) return pendingAnswer(actionId, state, toolIntentId(key, n));
        progress(`the action is ${state.status}`);
        await watching.moved(Math.min(left, lookEveryMs), signal);
      }
    } finally {
      watching.end();
    }
  }

  async #ended(
    tenantId: string,
    actionId: string,
    state: Exclude<ActionState, { status: 'NONE' }>,
  ): Promise<CallToolResult> {
    const result = await this.parts.resultOf(tenantId, actionId);
    const isToolsOwn = result !== null && (state.status === 'COMPLETED' || result['isError'] === true);
    if (isToolsOwn) return resultAnswer(actionId, state.status, result);
    return state.status === 'COMPLETED' ? lostAnswer(actionId, state.status) : endedAnswer(actionId, state);
  }

  async #answered(asker: ToolAsker, key: string, n: number, state: ToolCallEnd): Promise<void> {
    await this.#calls.handle(
      toolCallStream(asker.tenant_id, key),
      { kind: 'AnswerToolCall', n, state },
      this.#context(asker),
    );
  }

  #context({ tenant_id: tenantId, actor }: ToolAsker): CommandContext {
    const commandId = newId();
    return {
      commandId,
      tenantId,
      actor,
      now: nowText(),
      correlationId: commandId,
      causationId: commandId,
    };
  }
}
