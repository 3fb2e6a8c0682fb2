import { parseStream, systemTenant, type CheckRange } from '@interlock/contracts';
import { collect, isObject, positionText, type EventStore, type RecordedEvent } from '@interlock/kernel';
import { isKnown } from '@interlock/replay';
import type { Findings } from './findings.js';

const texts = ['$correlationId', 'tenant_id', 'command_id'] as const;

/**
 * Returns the fault in an event's form; null if there is none. Events of a newer release are
 * unknown, and therefore a fault.
 */
const faultOf = (event: RecordedEvent): string | null => {
  const of = parseStream(event.stream);
  if (of === undefined) return `\`${event.stream}\` is not a stream of Interlock`;
  const metadata: unknown = event.metadata;
  if (!isObject(event.data)) return `\`${event.type}\` has data that is not an object`;
  if (!isObject(metadata)) return `\`${event.type}\` has no metadata`;
  const missing = texts.filter((name) => typeof metadata[name] !== 'string');
  if (missing.length > 0) return `\`${event.type}\` lacks ${missing.join(', ')} in its metadata`;
  if (metadata['tenant_id'] !== of.tenant && metadata['tenant_id'] !== systemTenant)
    return `\`${event.type}\` names another tenant than its stream`;
  if (typeof metadata['occurred_at'] !== 'string' || Number.isNaN(Date.parse(metadata['occurred_at'])))
    return `\`${event.type}\` has no time`;
  if (!isObject(metadata['actor'])) return `\`${event.type}\` has no actor`;
  return isKnown(of, event.type, metadata['schema_version'])
    ? null
    : `\`${event.type}\` in version ${JSON.stringify(metadata['schema_version'])} is not known in \`${of.category}\``;
};

/**
 * Validates the last `count` events of the log against this release's schemas. Returns the range
 * that it checked.
 */
export const checkSchemas = async (
  log: Pick<EventStore, 'readAll'>,
  count: number,
  found: Findings,
): Promise<CheckRange | null> => {
  const events = await collect(log.readAll({ backwards: true, limit: count }));
  for (const event of events) {
    found.checked += 1;
    const fault = faultOf(event);
    if (fault !== null) found.add('event-invalid', fault, positionText(event.position));
  }
  const [newest, oldest] = [events[0], events.at(-1)];
  return newest === undefined || oldest === undefined
    ? null
    : { from: positionText(oldest.position), to: positionText(newest.position) };
};
