import { parseStream } from '@interlock/contracts';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import type { EventStore, RecordedEvent } from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import {
  inboxCategories,
  inboxKey,
  waitingAfter,
  whyNotTheirs,
  type InboxItem,
  type Looker,
  type InboxEntry,
} from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';

/** What waits, and why the one who looks may not decide on it; null where they may. */
export type ShownItem = InboxItem & { readonly why_not: string | null };

const isBefore = (a: readonly string[], b: readonly string[]): boolean => {
  const at = a.findIndex((part, i) => part !== b[i]);
  return at !== -1 && (a[at] ?? '') < (b[at] ?? '');
};

/** Everything that waits for a person, of all tenants, as the log has it; it needs no database. */
@Injectable()
export class InboxIndex {
  readonly follower: LogFollower;
  /** By tenant and stream. */
  readonly #waiting = new Map<string, Map<string, InboxEntry>>();

  constructor(@Inject(EVENT_STORE) store: EventStore) {
    this.follower = createFollower(store, {
      name: 'safety-rails-inbox',
      prefixes: inboxCategories.map((category) => `${category}-`),
      onEvent: (event) => {
        this.#fold(event);
      },
    });
  }

  /** A tenant's inbox, the soonest to expire first. */
  of(tenantId: string, looker: Looker): readonly ShownItem[] {
    return [...(this.#waiting.get(tenantId)?.values() ?? [])]
      .flatMap(({ item, refused }) =>
        item === null ? [] : [{ ...item, why_not: whyNotTheirs(item.kind, refused, looker) }],
      )
      .sort((a, b) => (isBefore(inboxKey(a), inboxKey(b)) ? -1 : 1));
  }

  #fold(event: RecordedEvent): void {
    const tenant = parseStream(event.stream)?.tenant;
    if (tenant === undefined) return;
    const ofTenant = this.#waiting.get(tenant) ?? new Map<string, InboxEntry>();
    this.#waiting.set(tenant, ofTenant);
    const after = waitingAfter(ofTenant.get(event.stream), event);
    if (after === undefined) ofTenant.delete(event.stream);
    else ofTenant.set(event.stream, after);
  }
}

/** The items that come after a place in the order; all of them without one. */
export const itemsAfter = (
  items: readonly ShownItem[],
  place: readonly string[] | null,
): readonly ShownItem[] => (place === null ? items : items.filter((item) => isBefore(place, inboxKey(item))));
