// The types of the messages on the bus, from which `asyncapi.mjs` derives their schemas.
import type { HandlerRequest } from '@interlock/client';
import type {
  ActionOutcomeV1,
  CloudEvent,
  IntentAcceptedV1,
  IntentCloudEvent,
  IntentRejectedV1,
  JsonObject,
  JsonValue,
  ProblemDetails,
  RpcAnswer,
  RpcName,
  RpcRequest,
  Timestamp,
} from '@interlock/contracts';
import type { DeadLetter, RelayedEvent } from '@interlock/jetstream';

/** The message of each kind of subject, except commands. */
export type Messages = {
  readonly intents: IntentCloudEvent;
  readonly accepted: CloudEvent<'interlock.intent_accepted.v1', IntentAcceptedV1>;
  readonly rejected: CloudEvent<'interlock.intent_rejected.v1', IntentRejectedV1> & {
    /** The intent as it came, without `requested_by`; null if it could not be read or kept. */
    readonly intent: JsonValue;
  };
  readonly outcomes: CloudEvent<'interlock.action_outcome.v1', ActionOutcomeV1>;
  readonly events: RelayedEvent;
  readonly signals: { readonly value: JsonValue; readonly at?: Timestamp; readonly source?: string };
  readonly dead: DeadLetter;
  readonly handlers: HandlerRequest;
  readonly handled: JsonObject;
};

/** The request and the answer of each command. */
export type Commands = {
  readonly [N in RpcName]: { readonly request: RpcRequest<N>; readonly answer: RpcAnswer<N> };
};

/** The answer to a command that was refused. */
export type Refused = { readonly problem: ProblemDetails };
