import type { CallCommand, CallEvent, CallState } from '@interlock/agents';
import type { ActionIntentV1, ActionTypeTerms, JsonObject, Timestamp, TxState } from '@interlock/contracts';
import type { ExecutorPresence, HeldTurn, Work, WorkAt } from '@interlock/executor';
import type { CommandHandler, EventStore } from '@interlock/kernel';
import { nowText } from '@interlock/platform';
import type { AgentGatewayConfig } from '../config.js';
import type { HandlerClient } from '../handlers/handler-client.js';
import type { NotesKeys } from '../notes-key.js';
import type { Places } from '../handlers/places.js';

export type CallLogger = {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
};

/**
 * The points between a call's steps at which tests may stop the gateway, in addition to its events.
 */
export const callProbes = ['turn-taken', 'requested', 'answered', 'undo-requested'] as const;
/** Called at each point; tests stop the gateway there. */
export type Probe = (point: (typeof callProbes)[number], actionId: string) => Promise<void> | void;

/** The services and settings that the steps of a call use. */
export type CallTools = {
  readonly store: EventStore;
  readonly executor?: ExecutorPresence | undefined;
  readonly config: AgentGatewayConfig;
  readonly logger: CallLogger;
  readonly calls: CommandHandler<CallCommand, CallEvent, CallState>;
  readonly client: HandlerClient;
  readonly places: Places;
  readonly notesKeys: NotesKeys;
  /** Returns false if a person approved a tool's call and no caller has come for its result yet. */
  readonly mayRun: (tenantId: string, intentId: string, actionId: string) => Promise<boolean>;
  readonly instance: string;
  readonly probe: Probe;
  readonly onEnd: (state: TxState) => void;
};

/** A call's state and the revision of its last event. */
export type CallAt = WorkAt<CallState>;

/** The turn of a call: one of the places within the limit of concurrent calls to its handler. */
export type HeldPlace = HeldTurn;

/** One call as its steps see it. */
export type Call = Work<CallCommand, CallState> & {
  readonly intent: ActionIntentV1;
  /** The action type as it was when the action was accepted. */
  readonly type: ActionTypeTerms;
};

/** Returns the part of a request's body that every step sends to the handler. */
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

/** Returns whether the handler implements a step. */
export const hasStep = ({ type }: Pick<Call, 'type'>, step: string): boolean =>
  (type.handler?.endpoint?.steps ?? []).some((one) => one === step);

/** Returns the milliseconds from now until `seconds` after a time of the log. */
export const msUntil = (at: string | null, seconds: number): number =>
  at === null ? 0 : Date.parse(at) + seconds * 1000 - Date.now();

/** Returns when a call that may be applied is taken back, unless it has ended by then. */
export const dueAt = ({ requested_at: at, apply }: CallState): Timestamp =>
  at === null ? nowText() : new Date(Date.parse(at) + (apply?.confirm_timeout_s ?? 0) * 1000).toISOString();
