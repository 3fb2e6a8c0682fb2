import { parseStream } from '@interlock/contracts';
import type { OpenWorkFold, RecordedEvent } from '@interlock/kernel';
import type { InboxEntry } from '../inbox/inbox-item.js';
import { waitingAfter } from '../inbox/inbox.js';

/** Everything in some categories that waits for a person, by tenant and stream. */
export class WaitingFold implements OpenWorkFold {
  readonly #waiting = new Map<string, Map<string, InboxEntry>>();

  constructor(private readonly categories: readonly string[]) {}

  of(tenantId: string): readonly InboxEntry[] {
    return [...(this.#waiting.get(tenantId)?.values() ?? [])];
  }

  *streams(): Iterable<string> {
    for (const ofTenant of this.#waiting.values()) yield* ofTenant.keys();
  }

  take(event: RecordedEvent): void {
    const of = parseStream(event.stream);
    if (of === undefined || !this.categories.includes(of.category)) return;
    const ofTenant = this.#waiting.get(of.tenant) ?? new Map<string, InboxEntry>();
    this.#waiting.set(of.tenant, ofTenant);
    const after = waitingAfter(ofTenant.get(event.stream), event);
    if (after === undefined) ofTenant.delete(event.stream);
    else ofTenant.set(event.stream, after);
  }
}
