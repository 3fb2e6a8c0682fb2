import {
  handlerSteps,
  subject,
  type ActionIntentV1,
  type ActionOutcomeV1,
  type HandlerStep,
  type IntentAcceptedV1,
  type IntentCloudEvent,
  type IntentRejectedV1,
  type JsonObject,
  type JsonValue,
  type WebhookTestV1,
} from '@interlock/contracts';
import { Webhook } from 'standardwebhooks';

/** A request from Interlock to a handler. */
export type HandlerRequest = {
  readonly step: HandlerStep;
  /** The same for every attempt: a request that was carried out is not carried out again. */
  readonly request_id: string;
  readonly deadline: string;
  readonly tenant_id: string;
  readonly action_id: string;
  readonly action_type: string;
  readonly entity_id: string;
  readonly parameters: JsonObject;
  /** For `undo`: the value that `apply` returned for it. */
  readonly undo?: JsonValue;
};
/** The steps of a handler; at least `apply` and `status`. */
export type HandlerTable = {
  readonly [step in HandlerStep]?: (request: HandlerRequest) => object | Promise<object>;
};

/** Thrown by a step or a governed tool: it did nothing, and nothing will follow. */
export class NotApplied extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'NotApplied';
  }
}

/** Calls the step's function of a handler. Throws if there is none. */
export const answerStep = async (table: HandlerTable, request: HandlerRequest): Promise<object> => {
  const step = handlerSteps.includes(request.step) ? table[request.step] : undefined;
  if (step === undefined) throw new Error(`the handler has no step \`${String(request.step)}\``);
  return step(request);
};

type WebhookHeaders = { readonly [name: string]: string | readonly string[] | undefined };

/** A CloudEvent that Interlock sends to an outcome webhook. Its `id` is that of every attempt. */
export type OutcomeEvent = {
  readonly specversion: '1.0';
  readonly source: string;
  readonly id: string;
  readonly time: string;
} & (
  | { readonly type: 'interlock.intent_accepted.v1'; readonly data: IntentAcceptedV1 }
  | { readonly type: 'interlock.intent_rejected.v1'; readonly data: IntentRejectedV1 }
  | { readonly type: 'interlock.action_outcome.v1'; readonly data: ActionOutcomeV1 }
  | { readonly type: 'interlock.webhook_test.v1'; readonly data: WebhookTestV1 }
);

/**
 * Verifies the signature and the age of a request to an outcome webhook, and parses its body, which
 * must be the text as it came. Throws if it is not from Interlock, or older than five minutes.
 */
export const verifyWebhook = (secret: string, headers: WebhookHeaders, body: string): OutcomeEvent =>
  verified(secret, headers, body) as OutcomeEvent;

/** Verifies a request to a handler in the same way. */
export const readWebhook = (secret: string, headers: WebhookHeaders, body: string): HandlerRequest =>
  verified(secret, headers, body) as HandlerRequest;

/** Reads a signed body. Throws if its signature or its time is wrong. */
type Verifier = { readonly verify: (body: string, headers: { readonly [name: string]: string }) => unknown };

/** The verifier of a signing secret. Throws TypeError if the text is none, or is absent. */
export const verifierOf = (secret: string): Verifier => {
  try {
    return new Webhook(secret);
  } catch (cause) {
    throw new TypeError(
      'there is no signing secret (`whsec_…`): give that of the handler (`interlock secrets put handler …`) or of the outcome webhook (`interlock webhooks add …`)',
      { cause },
    );
  }
};

const verified = (secret: string, headers: WebhookHeaders, body: string): unknown => {
  const one = (name: string): string => String(headers[name] ?? '');
  verifierOf(secret).verify(body, {
    'webhook-id': one('webhook-id'),
    'webhook-timestamp': one('webhook-timestamp'),
    'webhook-signature': one('webhook-signature'),
  });
  return JSON.parse(body) as unknown;
};

type BusMessage = {
  readonly data: Uint8Array;
  readonly respond: (data: Uint8Array) => boolean;
};
/** The parts of a connection of the package `nats` that are used. */
export type BusConnection = {
  readonly subscribe: (
    subject: string,
    options: { readonly callback: (error: unknown, message: BusMessage) => void },
  ) => { readonly unsubscribe: () => void };
  readonly jetstream: () => {
    readonly publish: (
      subject: string,
      data: Uint8Array,
      options: { readonly msgID: string },
    ) => Promise<{ readonly duplicate: boolean }>;
  };
};

/**
 * Serves a handler on the bus, without an open port. A step that throws gets no answer, so its
 * outcome is left to `status`. `onFault` receives such errors, unreadable messages, and a refused
 * subscription.
 */
export const serveOnBus = (
  connection: BusConnection,
  { tenant, actionType }: { readonly tenant: string; readonly actionType: string },
  table: HandlerTable,
  onFault: (error: unknown) => void = () => undefined,
): { readonly stop: () => void } => {
  const subscription = connection.subscribe(subject({ kind: 'handlers', tenant, actionType, step: '*' }), {
    callback: (error, message) => {
      if (error !== null) {
        onFault(error);
        return;
      }
      const answering = async (): Promise<void> => {
        const request = JSON.parse(new TextDecoder().decode(message.data)) as HandlerRequest;
        message.respond(new TextEncoder().encode(JSON.stringify(await answerStep(table, request))));
      };
      answering().catch(onFault);
    },
  });
  return {
    stop: () => subscription.unsubscribe(),
  };
};

/**
 * Publishes an intent on the bus as its user (`<tenant>.<name>`), and returns whether it was
 * already there. `msgId` should change with the content.
 */
export const publishIntent = async (
  connection: BusConnection,
  user: string,
  intent: ActionIntentV1,
  msgId?: string,
): Promise<{ readonly duplicate: boolean }> => {
  const msgID = msgId ?? `${intent.tenant_id}:${intent.intent_id}:${await hashOf(intent)}`;
  const event: IntentCloudEvent = {
    specversion: '1.0',
    type: 'interlock.action_intent.v1',
    source: 'interlock-client',
    id: intent.intent_id,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    data: intent,
  };
  return connection
    .jetstream()
    .publish(
      subject({ kind: 'intents', tenant: intent.tenant_id, user }),
      new TextEncoder().encode(JSON.stringify(event)),
      { msgID },
    );
};

const hashOf = async (value: object): Promise<string> => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(JSON.stringify(value)));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
};
