import { createFollower, type LogFollower } from '@interlock/eventstore';
import type { EventStore, Position } from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import {
  inboxCategories,
  inboxKey,
  railsWorkCategories,
  WaitingFold,
  whyNotTheirs,
  type GateName,
  type InboxItem,
  type InboxKind,
  type Looker,
} from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';
import { RailsWork } from '../rails-work.js';

/** A waiting item, and why the user may not decide on it; null if they may. */
export type ShownItem = InboxItem & { readonly why_not: string | null };

const isBefore = (a: readonly string[], b: readonly string[]): boolean => {
  const at = a.findIndex((part, i) => part !== b[i]);
  return at !== -1 && (a[at] ?? '') < (b[at] ?? '');
};

/** The categories that are not open work. They have few streams. */
const others = inboxCategories.filter((category) => !railsWorkCategories.some((work) => work === category));

/**
 * Everything of all tenants that waits for a person. It comes from the log and needs no database.
 */
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
      onEvent: (event) => this.#waiting.take(event),
    });
  }

  /**
   * Waits until the index includes a position. Rejects with `read-model-behind` if even the log's
   * end is before it.
   */
  async atLeast(position: Position | null): Promise<void> {
    await Promise.all([this.follower.confirmAtLeast(position), this.work.follower.confirmAtLeast(position)]);
  }

  /** Returns a tenant's inbox, with the earliest expiry first. */
  of(tenantId: string, looker: Looker): readonly ShownItem[] {
    return [...this.work.open.waiting.of(tenantId), ...this.#waiting.of(tenantId)]
      .flatMap((entry) =>
        entry.item === null ? [] : [{ ...entry.item, why_not: whyNotTheirs(entry.item.kind, entry, looker) }],
      )
      .sort((a, b) => (isBefore(inboxKey(a), inboxKey(b)) ? -1 : 1));
  }
}

/** What a list of waiting items is narrowed to; an absent member narrows nothing. */
export type InboxFilter = {
  readonly kind?: InboxKind;
  readonly action_type?: string;
  readonly entity_id?: string;
  readonly entity_prefix?: string;
  readonly agent?: string;
  readonly account_id?: string;
  readonly gate?: GateName;
  readonly since?: string;
  readonly until?: string;
};

/** The action type that an item names; undefined if it names none. */
const typeOf = ({ kind, title, subject }: InboxItem): string | null | undefined =>
  kind === 'window' || kind === 'approval' ? title : kind === 'step_up' ? subject : undefined;
const entityOf = ({ kind, subject }: InboxItem): string | null =>
  kind === 'window' || kind === 'approval' ? subject : null;

/** Whether an item meets every member of a filter. Pure. */
export const matchesInbox =
  ({ kind, action_type, entity_id, entity_prefix, agent, account_id, gate, since, until }: InboxFilter) =>
  (item: InboxItem): boolean =>
    (kind === undefined || item.kind === kind) &&
    (action_type === undefined || typeOf(item) === action_type) &&
    (entity_id === undefined || entityOf(item) === entity_id) &&
    (entity_prefix === undefined || entityOf(item)?.startsWith(entity_prefix) === true) &&
    (agent === undefined || item.agent === agent) &&
    (account_id === undefined || item.account_id === account_id) &&
    (gate === undefined || item.gates.includes(gate)) &&
    (since === undefined || Date.parse(item.requested_at) >= Date.parse(since)) &&
    (until === undefined || Date.parse(item.requested_at) < Date.parse(until));

/** Returns the items after a place in the order, or all of them if there is no place. */
export const itemsAfter = (
  items: readonly ShownItem[],
  place: readonly string[] | null,
): readonly ShownItem[] => (place === null ? items : items.filter((item) => isBefore(place, inboxKey(item))));
