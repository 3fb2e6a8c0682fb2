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
type IndexedAction = OpenAction & { readonly reserved: boolean; readonly giving_back: boolean };

/** The unfinished actions of all tenants as the log has them: the sweep and the kill switch need no database. */
@Injectable()
export class OpenActions {
  readonly #open = new Map<string, IndexedAction>();
  readonly #tenants = new Set<string>();
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
    return this.#tenants.has(tenantId);
  }

  #fold(event: RecordedEvent): void {
    const at = parseStream(event.stream);
    if (at === undefined) return;
    this.#tenants.add(at.tenant);
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
