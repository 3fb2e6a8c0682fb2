import type {
  ActionIntentV1,
  ActionOutcomeV1,
  IntentAcceptedV1,
  IntentRefused,
  IntentRejectedV1,
} from '@interlock/contracts';
import { positionText, type RecordedEvent } from '@interlock/kernel';
import { effectOf, endStatusOf, type ActionEndEvent } from './end-types.js';
import type { IntentAcceptedData } from './events.js';

/**
 * A CloudEvent that informs the upstream system about an action. Its id is that of the event in the
 * log.
 */
export type UpstreamEvent<Data> = {
  readonly specversion: '1.0';
  readonly type: string;
  readonly source: string;
  readonly id: string;
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly traceparent?: string;
  readonly data: Data;
};
/** The members of an intent that its outcome repeats. */
export type OutcomeIntent = Pick<
  ActionIntentV1,
  'intent_id' | 'tenant_id' | 'action_type' | 'entity_id' | 'dry_run'
>;

const envelope = <Data>(
  type: string,
  { id, metadata }: Pick<RecordedEvent, 'id' | 'metadata'>,
  data: Data,
): UpstreamEvent<Data> => ({
  specversion: '1.0',
  type,
  source: 'interlock/safety-rails',
  id,
  time: metadata.occurred_at,
  datacontenttype: 'application/json',
  ...(metadata.traceparent === undefined ? {} : { traceparent: metadata.traceparent }),
  data,
});

/** Returns the message that an intent has become an action; `event` is its `IntentAccepted`. */
export const acceptedMessage = (event: RecordedEvent): UpstreamEvent<IntentAcceptedV1> => {
  const { intent, action_id } = event.data as IntentAcceptedData;
  return envelope('interlock.intent_accepted.v1', event, {
    intent_id: intent.intent_id,
    action_id,
    tenant_id: intent.tenant_id,
    position: positionText(event.position),
  });
};

/**
 * Returns the message that an intent was refused; `event` is the record of it. Refusals beyond the
 * limit of a minute share one record and one message.
 */
export const refusedMessage = (
  tenant_id: string,
  event: Pick<RecordedEvent, 'id' | 'metadata'> & IntentRefused,
): UpstreamEvent<IntentRejectedV1> => {
  const { intent_id, codes, detail, violations, count } = event.data;
  return envelope('interlock.intent_rejected.v1', event, {
    intent_id,
    tenant_id,
    code: codes[0] ?? 'internal-error',
    detail: detail ?? `${count} further intents were refused within a minute`,
    violations,
    ...(count > 1 ? { count } : {}),
  });
};

/** Returns the message how an action ended; `event` is the end. */
export const outcomeMessage = (
  intent: OutcomeIntent,
  action_id: string,
  event: RecordedEvent & ActionEndEvent,
): UpstreamEvent<ActionOutcomeV1> =>
  envelope('interlock.action_outcome.v1', event, {
    intent_id: intent.intent_id,
    action_id,
    tenant_id: intent.tenant_id,
    action_type: intent.action_type,
    entity_id: intent.entity_id,
    // A completed action may have been taken back since, so each outcome is computed from its own
    // event.
    state: endStatusOf(event),
    reasons: event.data.reasons,
    sequence: 'sequence' in event.data && event.data.sequence === 2 ? 2 : 1,
    effect: effectOf(event),
    dry_run: intent.dry_run === true,
    position: positionText(event.position),
  });
