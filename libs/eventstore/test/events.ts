import { randomUUID } from 'node:crypto';
import { testMetadata, type EventToAppend } from '@interlock/kernel';

/** An event to append with a fresh id. */
export const happened = (n: number, over: Partial<EventToAppend> = {}): EventToAppend => ({
  id: randomUUID(),
  type: 'Happened',
  data: { n },
  metadata: testMetadata({ tenant_id: 'demo' }),
  ...over,
});

/** A stream name nobody used yet. */
export const freshStream = (category = 'action'): string => `${category}-demo:${randomUUID()}`;

export const numberOf = (event: { readonly data: object }): number => (event.data as { n: number }).n;
