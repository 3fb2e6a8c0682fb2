import {
  handlerSteps,
  subject,
  type ActionIntentV1,
  type HandlerStep,
  type IntentCloudEvent,
  type JsonObject,
  type JsonValue,
} from '@interlock/contracts';
import { Webhook } from 'standardwebhooks';

/** What Interlock asks a handler. */
export type HandlerRequest = {
  readonly step: HandlerStep;
  /** The same for every attempt: what was done under it is not done again. */
  readonly request_id: string;
  readonly deadline: string;
  readonly tenant_id: string;
  readonly action_id: string;
  readonly action_type: string;
  readonly entity_id: string;
  readonly parameters: JsonObject;
  /** At `undo`: whatever `apply` answered that it needs. */
  readonly undo?: JsonValue;
};
/** The steps of a handler: `apply` and `status` at least. */
export type HandlerTable = {
  readonly [step in HandlerStep]?: (request: HandlerRequest) => object | Promise<object>;
};

/** Asks a handler's table. Throws where it has no such step. */
export const answerStep = async (table: HandlerTable, request: HandlerRequest): Promise<object> => {
  const step = handlerSteps.includes(request.step) ? table[request.step] : undefined;
  if (step === undefined) throw new Error(`the handler has no step \`${String(request.step)}\``);
  return step(request);
};

/**
 * Reads a webhook's body once its signature is verified. Throws where it is not Interlock's, or too
 * old.
 */
export const readWebhook = (
  secret: string,
  headers: { readonly [name: string]: string | readonly string[] | undefined },
  body: string,
): HandlerRequest => {
  const one = (name: string): string => String(headers[name] ?? '');
  new Webhook(secret).verify(body, {
    'webhook-id': one('webhook-id'),
    'webhook-timestamp': one('webhook-timestamp'),
    'webhook-signature': one('webhook-signature'),
  });
  return JSON.parse(body) as HandlerRequest;
};

type BusMessage = {
  readonly data: Uint8Array;
  readonly respond: (data: Uint8Array) => boolean;
};
/** What is needed of a connection of the package `nats`. */
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
 * Serves a handler on the bus: it needs no open port. Answers what the table answers; a step that
 * throws is not answered, which leaves its outcome to `status`. `onFault` is told what a step
 * threw, that a message could not be read, and that the bus lets this user not listen.
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
    stop: () => {
      subscription.unsubscribe();
    },
  };
};

/**
 * Publishes an intent on the bus as its user (`<tenant>.<name>`), and says whether it was there
 * already. `msgId` should change with the content.
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
