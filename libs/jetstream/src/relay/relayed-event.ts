import {
  isObject,
  parsePosition,
  positionText,
  ProblemError,
  type EventMetadata,
  type RecordedEvent,
} from '@interlock/kernel';
import type { Timestamp } from '@interlock/contracts';

/** An event of the log in the form for the bus; revision and position are decimal strings. */
export type RelayedEvent = {
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly revision: string;
  readonly position: string;
  readonly created: Timestamp;
  /**
   * null if the event is larger than a message may be: then `truncated` is true, and the log has
   * the data.
   */
  readonly data: object | null;
  readonly metadata: EventMetadata;
  readonly truncated?: true;
};

/** An event as the relay publishes it. */
export const relayedEvent = (event: RecordedEvent): RelayedEvent => ({
  id: event.id,
  type: event.type,
  stream: event.stream,
  revision: `${event.revision}`,
  position: positionText(event.position),
  created: event.created,
  data: event.data,
  metadata: event.metadata,
});

/**
 * Reads a relayed event. Throws `validation-failed` if the value is not one, and
 * `payload-too-large` if the event was too large for the bus and must be read from the log.
 */
export const parseRelayedEvent = (value: unknown): RecordedEvent => {
  const refuse = (what: string): never => {
    throw new ProblemError('validation-failed', `no relayed event: ${what}`);
  };
  if (!isObject(value)) return refuse('it is not an object');
  const { id, type, stream, created, data, metadata } = value;
  if (
    typeof id !== 'string' ||
    typeof type !== 'string' ||
    typeof stream !== 'string' ||
    typeof created !== 'string'
  )
    return refuse('`id`, `type`, `stream` or `created` is not text');
  const revision =
    typeof value['revision'] === 'string' && /^\d{1,20}$/.test(value['revision'])
      ? BigInt(value['revision'])
      : refuse('`revision` is not a decimal string');
  const position =
    (typeof value['position'] === 'string' ? parsePosition(value['position']) : undefined) ??
    refuse('`position` is not a position');
  if (!isObject(metadata)) return refuse('`metadata` is not an object');
  if (value['truncated'] === true)
    throw new ProblemError(
      'payload-too-large',
      `event ${revision} of \`${stream}\` is too large for the bus: read it from the log`,
    );
  if (!isObject(data)) return refuse('`data` is not an object');
  return {
    id,
    type,
    stream,
    revision,
    position,
    created,
    data,
    metadata: metadata as unknown as EventMetadata,
  };
};
