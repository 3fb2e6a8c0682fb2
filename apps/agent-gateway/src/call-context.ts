import type { CallCommand, CallEvent, CallState } from '@interlock/agents';
import type { ActionIntentV1, ActionTypeTerms, JsonObject, TxState } from '@interlock/contracts';
import type { ExecutorPresence } from '@interlock/executor';
import type { CommandContext, CommandHandler, EventStore } from '@interlock/kernel';
import type { AgentGatewayConfig } from './config.js';
import type { HandlerClient } from './handler-client.js';
import type { Places } from './places.js';

export type CallLogger = {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
};

/** Between which steps of a call tests may stop the gateway, beside its events. */
export const callProbes = ['turn-taken', 'requested', 'answered', 'undo-requested'] as const;
/** Called between the steps of a call; tests stop the gateway there. */
export type Probe = (point: (typeof callProbes)[number], actionId: string) => Promise<void> | void;

/** What the steps of a call work with. */
export type CallTools = {
  readonly store: EventStore;
  readonly executor?: ExecutorPresence | undefined;
  readonly config: AgentGatewayConfig;
  readonly logger: CallLogger;
  readonly calls: CommandHandler<CallCommand, CallEvent, CallState>;
  readonly client: HandlerClient;
  readonly places: Places;
  readonly key: Buffer;
  /** False where a person said yes to a tool's call and nobody has come for its result yet. */
  readonly mayRun: (tenantId: string, intentId: string, actionId: string) => Promise<boolean>;
  readonly instance: string;
  readonly probe: Probe;
  readonly onEnd: (state: TxState) => void;
};

/** A call's state and the revision of its last event. */
export type CallAt = { readonly state: CallState; readonly revision: bigint };

/** A turn as the process that took it holds it. Nobody else can go on with it. */
export type HeldPlace = {
  readonly turn: number;
  readonly release: () => void;
  /** On the monotonic clock, from before the append of `TurnTaken` was sent. */
  readonly taken_at: number;
  /** On the same clock, no later than when the `ApplyAccepted` of the turn was committed, whoever wrote it. */
  apply_sent_at: number;
  /** This process wrote the `ApplyAccepted` itself: `apply_sent_at` is when it sent it. */
  apply_sent_here: boolean;
  /** `apply` was handed to the transport. */
  written: boolean;
};

/** One call as its steps see it. */
export type Call = {
  readonly tenant_id: string;
  readonly action_id: string;
  readonly intent: ActionIntentV1;
  /** As it was when the action was accepted. */
  readonly type: ActionTypeTerms;
  readonly signal: AbortSignal;
  /** Waits; with `wakeable` it ends early when something was asked of the call. */
  readonly wait: (ms: number, wakeable?: boolean) => Promise<void>;
  /** Read from the log now. */
  readonly now: () => Promise<CallAt>;
  /** Appends what the command makes. Throws `wrong-state` where another step came first, `stale-revision` where the stream is not at `at`. */
  readonly record: (command: CallCommand, at?: bigint) => Promise<CallAt>;
};

export type CommandContextOf = () => CommandContext;

/** What every step tells the handler. */
export const bodyOf = (
  call: Pick<Call, 'tenant_id' | 'action_id' | 'intent' | 'type'>,
  more: JsonObject = {},
): JsonObject => ({
  tenant_id: call.tenant_id,
  account_id: call.intent.account_id,
  agent: call.intent.agent,
  action_id: call.action_id,
  action_type: call.type.action_type,
  ...(call.type.version === undefined ? {} : { version: call.type.version }),
  entity_id: call.intent.entity_id,
  parameters: call.intent.parameters,
  affected_entity_count: call.intent.affected_entity_count,
  ...more,
});

/** True where the handler answers a step. */
export const hasStep = ({ type }: Pick<Call, 'type'>, step: string): boolean =>
  (type.handler?.endpoint?.steps ?? []).some((one) => one === step);

/** Milliseconds from now to so many seconds after a time of the log. */
export const msUntil = (at: string | null, seconds: number): number =>
  at === null ? 0 : Date.parse(at) + seconds * 1000 - Date.now();
