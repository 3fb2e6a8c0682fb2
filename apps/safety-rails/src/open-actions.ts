import { Inject, Injectable } from '@nestjs/common';
import { parseStream } from '@interlock/contracts';
import { EVENT_STORE } from '@interlock/platform';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import type { EventStore, RecordedEvent } from '@interlock/kernel';
import { endEventTypes, type IntentAcceptedData } from '@interlock/rails';

/** An action with something left to do: what is needed to wake it or to stop it, not its whole state. */
export type OpenAction = {
  readonly tenant_id: string;
  readonly action_id: string;
  readonly action_type: string;
  readonly account_id: string;
  readonly agent: string;
  /** It has its end; a lease or a consumption is still to be returned. */
  readonly ended: boolean;
  /** It waits for a person and holds nothing: only its own due time or a person moves it. */
  readonly resting: boolean;
};
/** What is kept of the intents' names. */
export type NamedKind = 'account' | 'agent' | 'action_type';
type IndexedAction = OpenAction & { readonly reserved: boolean; readonly giving_back: boolean };

/** The unfinished actions of all tenants as the log has them: the sweep and the kill switch need no database. */
@Injectable()
export class OpenActions {
  readonly #open = new Map<string, IndexedAction>();
  /** The names that intents had, by tenant; a tenant is in it from its first event on. */
  readonly #named = new Map<string, { readonly [kind in NamedKind]: Set<string> }>();
  readonly follower: LogFollower;

  constructor(@Inject(EVENT_STORE) store: EventStore) {
    this.follower = createFollower(store, {
      name: 'safety-rails-open-actions',
      prefixes: ['action-'],
      onEvent: (event) => {
        this.#fold(event);
      },
    });
  }

  /** Afterwards the list holds everything that was in the log before this was called. Throws the store's errors. */
  async current(): Promise<void> {
    await this.follower.confirmCurrent();
  }

  list(): readonly OpenAction[] {
    return [...this.#open.values()];
  }

  /** Whether the tenant ever had an action, as far as the list goes. */
  hadAny(tenantId: string): boolean {
    return this.#named.has(tenantId);
  }

  /** The names of a kind that the tenant's intents ever had, as far as the list goes. */
  named(tenantId: string, kind: NamedKind): ReadonlySet<string> {
    return this.#named.get(tenantId)?.[kind] ?? new Set();
  }

  #name(tenantId: string, event: RecordedEvent): void {
    const names = this.#named.get(tenantId) ?? {
      account: new Set(),
      agent: new Set(),
      action_type: new Set(),
    };
    this.#named.set(tenantId, names);
    if (event.type !== 'IntentAccepted') return;
    const { intent } = event.data as Partial<IntentAcceptedData>;
    if (intent === undefined) return;
    names.account.add(intent.account_id);
    names.agent.add(intent.agent);
    names.action_type.add(intent.action_type);
  }

  #fold(event: RecordedEvent): void {
    const at = parseStream(event.stream);
    if (at === undefined) return;
    this.#name(at.tenant, event);
    const before = this.#open.get(event.stream);
    // A give-back is requested right after the end, and a rollback long after it, when the action was already removed, so it is added again.
    if (before === undefined && !begins.has(event.type)) return;
    const intent: { readonly action_type?: string; readonly account_id?: string; readonly agent?: string } =
      event.type === 'IntentAccepted'
        ? (event.data as IntentAcceptedData).intent
        : event.type === 'RollbackApproved'
          ? event.data
          : {};
    const known: IndexedAction = before ?? {
      tenant_id: at.tenant,
      action_id: at.id,
      action_type: intent.action_type ?? '',
      account_id: intent.account_id ?? '',
      agent: intent.agent ?? '',
      ended: event.type === 'BudgetGiveBackRequested',
      resting: false,
      reserved: false,
      giving_back: false,
    };
    const kept = stepped(known, event.type);
    if (kept.ended && !kept.reserved && !kept.giving_back) this.#open.delete(event.stream);
    else this.#open.set(event.stream, kept);
  }
}

/** Events with which an action has something left to do. */
const begins: ReadonlySet<string> = new Set([
  'IntentAccepted',
  'BudgetGiveBackRequested',
  'RollbackApproved',
]);

const stepped = (known: IndexedAction, type: string): IndexedAction => {
  const resting =
    type === 'ApprovalRequested' ||
    type === 'ApprovalEscalated' ||
    type === 'ConfirmationWindowOpened' ||
    type === 'ConfirmationWindowStarted' ||
    type === 'ConfirmationWindowExtended';
  const kept = {
    ...known,
    resting: resting && !known.reserved,
    ended:
      (known.ended || endEventTypes.has(type) || type === 'RollbackRefused') && type !== 'RollbackApproved',
  };
  switch (type) {
    case 'ReservationRequested':
      return { ...kept, reserved: true };
    case 'ReservationReleased':
      return { ...kept, reserved: false, resting: !kept.ended };
    case 'BudgetGiveBackRequested':
      return { ...kept, giving_back: true };
    case 'BudgetGivenBack':
      return { ...kept, giving_back: false };
    default:
      return kept;
  }
};
