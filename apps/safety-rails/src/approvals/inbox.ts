import { createFollower, type LogFollower } from '@interlock/eventstore';
import type { EventStore, Position } from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import {
  inboxCategories,
  inboxKey,
  railsWorkCategories,
  WaitingFold,
  whyNotTheirs,
  type InboxItem,
  type Looker,
} from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';
import { RailsWork } from '../rails-work.js';

/** What waits, and why the one who looks may not decide on it; null where they may. */
export type ShownItem = InboxItem & { readonly why_not: string | null };

const isBefore = (a: readonly string[], b: readonly string[]): boolean => {
  const at = a.findIndex((part, i) => part !== b[i]);
  return at !== -1 && (a[at] ?? '') < (b[at] ?? '');
};

/** The categories that are not open work: their streams are few. */
const others = inboxCategories.filter((category) => !railsWorkCategories.some((work) => work === category));

/** Everything of all tenants that waits for a person, from the log; it needs no database. */
@Injectable()
export class InboxIndex {
  /** Follows the categories that are not open work. */
  readonly follower: LogFollower;
  readonly #waiting = new WaitingFold(others);

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    private readonly work: RailsWork,
  ) {
    this.follower = createFollower(store, {
      name: 'safety-rails-inbox',
      prefixes: others.map((category) => `${category}-`),
      onEvent: (event) => {
        this.#waiting.take(event);
      },
    });
  }

  /** Rejects with `read-model-behind` if even the log's end is before the position. */
  async atLeast(position: Position | null): Promise<void> {
    await Promise.all([this.follower.confirmAtLeast(position), this.work.follower.confirmAtLeast(position)]);
  }

  /** A tenant's inbox, with the earliest expiry first. */
  of(tenantId: string, looker: Looker): readonly ShownItem[] {
    return [...this.work.open.waiting.of(tenantId), ...this.#waiting.of(tenantId)]
      .flatMap((entry) =>
        entry.item === null ? [] : [{ ...entry.item, why_not: whyNotTheirs(entry.item.kind, entry, looker) }],
      )
      .sort((a, b) => (isBefore(inboxKey(a), inboxKey(b)) ? -1 : 1));
  }
}

/** The items after a place in the order; all of them without one. */
export const itemsAfter = (
  items: readonly ShownItem[],
  place: readonly string[] | null,
): readonly ShownItem[] => (place === null ? items : items.filter((item) => isBefore(place, inboxKey(item))));
