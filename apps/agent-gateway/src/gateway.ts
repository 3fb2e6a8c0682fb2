import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  callDecider,
  callStatus,
  impactOf,
  planOf,
  undoPlanOf,
  type CallCommand,
  type CallEvent,
  type CallState,
} from '@interlock/agents';
import {
  streamName,
  type ActionTypeV1,
  type ApplyAnswer,
  type EstimateImpactRequest,
  type HandlerEnvelope,
  type HandlerStep,
  type ImpactEstimate,
  type JsonObject,
  type PlanAnswer,
  type PlanRequest,
  type Reason,
  type TxState,
  type TxStatus,
} from '@interlock/contracts';
import type { ExecutorPresence } from '@interlock/executor';
import type { ConfirmedWork } from '@interlock/eventstore';
import { CommandHandler, ProblemError, type EventStore } from '@interlock/kernel';
import { createOutbound, networkFaults, type Resolve } from '@interlock/outbound';
import { backoff, newId, tenantSecrets, type AuthSettings } from '@interlock/platform';
import type { RpcClient } from '@interlock/jetstream';
import type { NatsConnection } from 'nats';
import type { HandlerAnswers } from '@interlock/agents';
import { ActionTypes } from './action-types.js';
import { BusHandlers } from './handlers/bus-handlers.js';
import type { CallLogger, CallTools, Probe } from './calls/call-context.js';
import { CallCommands } from './calls/call-commands.js';
import type { AgentGatewayConfig } from './config.js';
import { HandlerClient, type Called } from './handlers/handler-client.js';
import { handlerPlaces } from './handlers/handler-places.js';
import { Mcp } from './mcp/mcp.js';
import { notesKeys as readNotesKeys } from './notes-key.js';
import { OpenCalls } from './calls/open-calls.js';
import { Places } from './handlers/places.js';
import { CallRunner } from './calls/runner.js';
import { StatusQuestions } from './calls/status-questions.js';

export type GatewayOptions = {
  readonly store: EventStore;
  /** Registers this process as an executor that acknowledges kill switches. */
  readonly executor?: ExecutorPresence;
  readonly config: AgentGatewayConfig;
  readonly connection: NatsConnection;
  /** The variables that `env:` references resolve to. */
  readonly environment: { readonly [name: string]: string | undefined };
  readonly logger: CallLogger;
  readonly probe?: Probe;
  /** Sends requests to other services. */
  readonly rpc: Pick<RpcClient, 'call'>;
  /** What a token may name if its subject has no list of its own. */
  readonly may_name?: AuthSettings['may_name'];
  /** Replaces the system's DNS resolver. */
  readonly resolve?: Resolve;
  /**
   * Receives the comparison of the whole log with the snapshot of open calls that the start used.
   */
  readonly onConfirmed?: (found: ConfirmedWork) => void;
  /** Called when a call that this instance worked on has ended. */
  readonly onEnd?: (state: TxState) => void;
  /** Called after every call of a handler. */
  readonly onCalled?: (called: Called) => void;
  /** Called after every call of a tool by an agent. The outcome is `done`, `error` or `pending`. */
  readonly onToolCall?: (outcome: string, seconds: number) => void;
};

/**
 * A call of another process is looked at only after this time without an event, in milliseconds.
 */
const staleMs = 15_000;
/** The orchestrator's timeouts, reduced by the time that both ways over the network take. */
const estimateMs = 1500;
const planMs = 9000;

/**
 * The agent gateway without its HTTP and bus interfaces: handler commands, calls and their
 * recovery.
 */
export class AgentGateway {
  readonly places: Places;
  readonly runner: CallRunner;
  readonly questions: StatusQuestions;
  readonly mcp: Mcp;
  readonly #options: GatewayOptions;
  readonly #types: ActionTypes;
  readonly #open: OpenCalls;
  readonly #bus: BusHandlers;
  readonly #client: HandlerClient;
  readonly #commands: CallCommands;
  readonly #calls: CommandHandler<CallCommand, CallEvent, CallState>;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: GatewayOptions) {
    const { store, config, environment, logger, connection } = options;
    this.#options = options;
    const faults = networkFaults(config.AGENT_ALLOWED_NETWORKS);
    if (faults.length > 0)
      throw new ProblemError('validation-failed', 'the allowed networks cannot be read', {
        violations: faults.map((one) => ({
          pointer: '/AGENT_ALLOWED_NETWORKS',
          detail: `\`${one}\` is not a network such as \`10.20.0.0/16\``,
        })),
      });
    this.#types = new ActionTypes(store, logger);
    this.#bus = new BusHandlers(connection);
    this.places = new Places(config.AGENT_BREAKER_PAUSE_MS);
    const outbound = createOutbound({
      allowed: config.AGENT_ALLOWED_NETWORKS,
      own: config.AGENT_OWN_ADDRESSES,
      ...(options.resolve === undefined ? {} : { resolve: options.resolve }),
      ...(config.AGENT_TLS_CA_FILE === undefined
        ? {}
        : { ca: readFileSync(config.AGENT_TLS_CA_FILE, 'utf8') }),
    });
    const secrets = tenantSecrets(handlerPlaces(config, environment));
    const notesKeys = readNotesKeys(config);
    this.mcp = new Mcp({
      store,
      logger,
      config,
      rpc: options.rpc,
      outbound,
      secrets,
      notesKeys,
      may_name: options.may_name,
      onToolCall: options.onToolCall ?? (() => undefined),
      wake: (tenantId, actionId) => this.runner.wake(tenantId, actionId),
    });
    this.#client = new HandlerClient(
      outbound,
      this.#bus,
      secrets,
      this.places,
      this.mcp.handler,
      options.onCalled,
    );
    this.#calls = new CommandHandler(store, callDecider, { backoff, cacheSize: 1000 });
    const tools: CallTools = {
      store,
      executor: options.executor,
      config,
      logger,
      calls: this.#calls,
      client: this.#client,
      places: this.places,
      notesKeys,
      mayRun: (tenantId, intentId, actionId) => this.mcp.calls.mayRun(tenantId, intentId, actionId),
      instance: randomUUID(),
      probe: options.probe ?? (() => undefined),
      onEnd: options.onEnd ?? (() => undefined),
    };
    this.runner = new CallRunner(tools);
    this.questions = new StatusQuestions(tools);
    this.#open = new OpenCalls(
      store,
      logger,
      (tenantId, actionId) => this.runner.wake(tenantId, actionId),
      options.onConfirmed,
    );
    this.#commands = new CallCommands(tools, this.runner);
  }

  async start(): Promise<void> {
    this.#bus.start();
    await Promise.all([this.#types.follower.start(), this.#open.start(), this.mcp.start()]);
    this.sweep(true);
    this.#sweeper = setInterval(() => this.sweep(false), this.#options.config.AGENT_SWEEP_MS);
    this.#sweeper.unref();
  }

  /** Starts no new work, and releases the turns that it holds. */
  halt(): void {
    clearInterval(this.#sweeper);
    this.mcp.halt();
    this.runner.halt();
  }

  async stop(): Promise<void> {
    this.halt();
    await this.runner.stop();
    this.#bus.stop();
    await Promise.all([this.#types.follower.stop(), this.#open.stop(), this.mcp.stop()]);
  }

  /** Simulates a crash for tests: it finishes nothing and releases nothing. */
  kill(): void {
    clearInterval(this.#sweeper);
    this.runner.kill();
  }

  /** Throws `not-current` unless the action types were confirmed current a moment ago. */
  check(): Promise<void> {
    return this.#types.follower.confirmedWithin(5000)
      ? Promise.resolve()
      : Promise.reject(new ProblemError('not-current', 'the action types have not been confirmed current'));
  }

  /**
   * Continues unfinished calls that no process works on. `all` is set at the start and selects
   * every call. Later sweeps select only calls without a recent event.
   */
  sweep(all: boolean): void {
    for (const { tenant_id: tenantId, action_id: actionId, state } of this.#open.list()) {
      if (this.runner.isRunning(tenantId, actionId)) continue;
      const soakMs = state.phase === 'applied' ? (state.apply?.soak_s ?? 0) * 1000 : 0;
      const moved = Date.parse(state.changed_at ?? '') || 0;
      if (!all && Date.now() - moved < staleMs + soakMs) continue;
      void this.runner.run(tenantId, actionId);
    }
  }

  /**
   * Returns the impact, from the type's own parameter and from the handler if it implements the
   * step. Throws `unknown-action-type`, `handler-unreachable`.
   */
  async estimateImpact(request: EstimateImpactRequest): Promise<ImpactEstimate> {
    const type = await this.#typeOf(request);
    return impactOf(
      type,
      request.parameters,
      await this.#asked(type, 'estimate_impact', request, {}, estimateMs),
    );
  }

  /**
   * Returns the handler's plan of an action, or of its undo. Throws `unknown-action-type`,
   * `handler-unreachable`.
   */
  async plan(request: PlanRequest): Promise<PlanAnswer> {
    const type = await this.#typeOf(request);
    if (request.undo === true) return this.#planUndo(type, request);
    return planOf(
      type,
      request,
      await this.#asked(type, 'plan', request, { action_id: request.action_id }, planMs),
    );
  }

  /**
   * Returns what the undo of a confirmed call would send. The handler is asked whether its change
   * is still in place.
   */
  async #planUndo(type: ActionTypeV1, request: PlanRequest): Promise<PlanAnswer> {
    const { tenant_id: tenantId, action_id: actionId } = request;
    const { state } = await this.#calls.load(streamName('call', tenantId, actionId));
    const applied = state.apply?.request_id;
    if (applied === undefined || state.phase !== 'confirmed')
      throw new ProblemError('undo-impossible', 'the call is not one that was confirmed');
    if (!type.reversible || !(type.handler?.endpoint?.steps ?? []).includes('undo'))
      throw new ProblemError('undo-impossible', `the handler of \`${type.action_type}\` answers no \`undo\``);
    const more = { action_id: actionId, apply_request_id: applied };
    const said = (await this.#asked(type, 'status', request, more, planMs))?.status ?? 'applied';
    const standing: readonly Reason[] =
      said === 'applied'
        ? []
        : [{ code: 'leaves-changed', detail: `the handler says that the action is \`${said}\` now` }];
    return undoPlanOf(type, request, applied, state.diff, standing);
  }

  takeTurn(envelope: HandlerEnvelope): Promise<TxStatus> {
    return this.#commands.takeTurn(envelope);
  }

  apply(envelope: HandlerEnvelope): Promise<ApplyAnswer> {
    return this.#commands.apply(envelope);
  }

  confirm(envelope: HandlerEnvelope): Promise<TxStatus> {
    return this.#commands.confirm(envelope);
  }

  undo(envelope: HandlerEnvelope): Promise<TxStatus> {
    return this.#commands.undo(envelope);
  }

  observe(envelope: HandlerEnvelope): Promise<TxStatus> {
    return this.#commands.observe(envelope);
  }

  async status({ tenant_id: tenantId, action_id: actionId }: HandlerEnvelope): Promise<TxStatus> {
    const { state } = await this.#calls.load(streamName('call', tenantId, actionId));
    return callStatus(actionId, state);
  }

  async #typeOf({
    tenant_id: tenantId,
    action_type: name,
    action_type_version: version,
  }: EstimateImpactRequest): Promise<ActionTypeV1> {
    const type = version === undefined ? undefined : await this.#types.find(tenantId, name, version);
    if (type === undefined)
      throw new ProblemError('unknown-action-type', `no tenant's handler is registered for \`${name}\``);
    return type;
  }

  /**
   * Calls a step that only reads, and retries it within so many milliseconds if a retry may help.
   * Returns null if the handler does not implement the step.
   */
  async #asked<S extends Extract<HandlerStep, 'estimate_impact' | 'plan' | 'status'>>(
    type: ActionTypeV1,
    step: S,
    request: EstimateImpactRequest,
    more: JsonObject,
    withinMs: number,
  ): Promise<HandlerAnswers[S] | null> {
    if (!(type.handler?.endpoint?.steps ?? []).includes(step)) return null;
    const until = performance.now() + withinMs;
    for (let pause = 100; ; pause *= 2) {
      const result = await this.#client.call({
        step,
        tenant_id: request.tenant_id,
        type,
        request_id: newId(),
        body: {
          ...more,
          tenant_id: request.tenant_id,
          action_type: type.action_type,
          ...(type.version === undefined ? {} : { version: type.version }),
          entity_id: request.entity_id,
          parameters: request.parameters,
        },
        timeout_ms: Math.max(1, until - performance.now()),
      });
      if (result.kind === 'answered') return result.answer;
      const mayHelp = result.kind === 'unknown' || result.again;
      if (!mayHelp || performance.now() + pause >= until)
        throw new ProblemError(
          result.kind === 'refused' && !result.again ? 'handler-refused' : 'handler-unreachable',
          `the handler of \`${type.action_type}\` gave no answer to \`${step}\`: ${result.detail}`,
          { remedy: 'look at the handler and at the address that the action type names' },
        );
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}
