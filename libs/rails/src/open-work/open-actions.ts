import { parseStream } from '@interlock/contracts';
import type { OpenWorkFold, RecordedEvent } from '@interlock/kernel';
import { endEventTypes, type IntentAcceptedData } from '../action-events/events.js';

/** An action with work left: the data that is needed to wake or stop it, not its whole state. */
export type ListedAction = {
  readonly tenant_id: string;
  readonly action_id: string;
  readonly action_type: string;
  readonly account_id: string;
  readonly agent: string;
  /** True if it has ended but must still return a lease or a consumption. */
  readonly ended: boolean;
  /** True if it waits for a person and holds nothing. Only its due time or a person moves it. */
  readonly resting: boolean;
};
type IndexedAction = ListedAction & { readonly reserved: boolean; readonly giving_back: boolean };

/** Events after which an action has work left. */
const begins: ReadonlySet<string> = new Set([
  'IntentAccepted',
  'BudgetGiveBackRequested',
  'RollbackApproved',
]);

const rests: ReadonlySet<string> = new Set([
  'ApprovalRequested',
  'ApprovalEscalated',
  'ConfirmationWindowOpened',
  'ConfirmationWindowStarted',
  'ConfirmationWindowExtended',
]);

const stepped = (known: IndexedAction, type: string): IndexedAction => {
  const kept = {
    ...known,
    resting: rests.has(type) && !known.reserved,
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

/**
 * The unfinished actions of all tenants: those that wait or run, or hold a lease or a consumption
 * that must be returned.
 */
export class OpenActionsFold implements OpenWorkFold {
  readonly #open = new Map<string, IndexedAction>();

  list(): readonly ListedAction[] {
    return [...this.#open.values()];
  }

  streams(): Iterable<string> {
    return this.#open.keys();
  }

  take(event: RecordedEvent): void {
    const at = parseStream(event.stream);
    if (at?.category !== 'action') return;
    const before = this.#open.get(event.stream);
    // A refund is requested right after the end, and a rollback long after it. The action was then
    // already removed, so it is added again.
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
