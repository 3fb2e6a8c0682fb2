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
  /**
   * True if it has ended but must still return a lease or a consumption, or its temporary change is
   * still in place.
   */
  readonly ended: boolean;
  /** True if it holds nothing and waits. Only its due time or a person moves it. */
  readonly resting: boolean;
};
type IndexedAction = ListedAction & {
  readonly reserved: boolean;
  readonly giving_back: boolean;
  /** True if its change is temporary and was not undone yet. */
  readonly temporary: boolean;
};

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

const endsRollback: ReadonlySet<string> = new Set(['RollbackRefused', 'TemporaryChangeUndone']);

/** True if a temporary change is still in place, or may come. */
const isTemporary = ({ temporary }: IndexedAction, { type, data }: RecordedEvent): boolean => {
  if (!temporary || type === 'TemporaryChangeUndone') return false;
  if (type !== 'RollbackRefused') return !endEventTypes.has(type) || type === 'ActionCompleted';
  const refused = data as { readonly temporary?: boolean; readonly again_at?: string };
  return refused.temporary !== true || refused.again_at !== undefined;
};

/** The resources that an action holds after an event. */
const heldAfter = (
  { reserved, giving_back }: IndexedAction,
  type: string,
): Pick<IndexedAction, 'reserved' | 'giving_back'> => ({
  reserved: type === 'ReservationRequested' || (reserved && type !== 'ReservationReleased'),
  giving_back: type === 'BudgetGiveBackRequested' || (giving_back && type !== 'BudgetGivenBack'),
});

const stepped = (known: IndexedAction, event: RecordedEvent): IndexedAction => {
  const { type } = event;
  const held = heldAfter(known, type);
  const temporary = isTemporary(known, event);
  const ended =
    (known.ended || endEventTypes.has(type) || endsRollback.has(type)) && type !== 'RollbackApproved';
  const waits = ended ? temporary : rests.has(type) || type === 'ReservationReleased';
  return { ...known, ...held, temporary, ended, resting: waits && !held.reserved && !held.giving_back };
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
    const accepted = event.type === 'IntentAccepted' ? (event.data as Partial<IntentAcceptedData>) : null;
    const intent: { readonly action_type?: string; readonly account_id?: string; readonly agent?: string } =
      accepted !== null ? (accepted.intent ?? {}) : event.type === 'RollbackApproved' ? event.data : {};
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
      temporary: accepted?.action_type?.duration_parameter !== undefined && accepted.intent?.dry_run !== true,
    };
    const kept = stepped(known, event);
    if (kept.ended && !kept.reserved && !kept.giving_back && !kept.temporary) this.#open.delete(event.stream);
    else this.#open.set(event.stream, kept);
  }
}
