import type { JsonObject, Timestamp } from '@interlock/contracts';
import type { ActionCommand } from './commands.js';
import { after } from './ends.js';
import { approvedAs, preparedAs } from './rollback.js';
import { refusedBecause } from './rollback-stop.js';
import type { ActionEvent } from '../action-events/events.js';
import type { AcceptedAction } from '../action-events/stages.js';
import { isRollbackPending } from '../action-events/rollback-events.js';

type CommandOf<Kind extends ActionCommand['kind']> = Extract<ActionCommand, { kind: Kind }>;

/** The data that says how long a completed change stays. */
type Stay = {
  readonly accepted: {
    readonly action_type: { readonly duration_parameter?: string | undefined };
    readonly intent: { readonly parameters: JsonObject };
  };
  readonly ended_at: Timestamp | null;
};

/** Returns when the time of a completed temporary change is over; null if the change stays. */
export const timeOver = ({ accepted: { action_type, intent }, ended_at }: Stay): Timestamp | null => {
  const { duration_parameter: name } = action_type;
  const seconds = name === undefined ? undefined : intent.parameters[name];
  return typeof seconds === 'number' && ended_at !== null ? after(ended_at, seconds) : null;
};

/**
 * Returns when Interlock undoes a completed temporary change: at the end of its time, or later if
 * the undo was refused then. Null if the change stays, is undone, or cannot be undone because
 * others have changed it.
 */
export const temporaryUntil = (state: AcceptedAction): Timestamp | null => {
  const over = timeOver(state);
  const { rollback } = state;
  if (over === null || state.status !== 'COMPLETED' || state.execution === null) return null;
  if (rollback?.status === 'done') return null;
  return rollback?.status === 'refused' && rollback.temporary ? rollback.again_at : over;
};

/**
 * Requests the undo of a temporary change whose time is over. The approval of the action included
 * it, so nobody is asked again. If others have changed the leaves since, it is never undone. If
 * anything else is in the way, such as a quarantine, the undo is tried again.
 */
export const endTemporary = (
  { plan, by, now }: CommandOf<'end_temporary'>,
  state: AcceptedAction,
): readonly ActionEvent[] => {
  const until = temporaryUntil(state);
  if (until === null || now < until || isRollbackPending(state.rollback)) return [];
  const prepared = preparedAs(state, { plan, by, now });
  const { violations } = plan;
  if (violations.length === 0)
    return [prepared, approvedAs(state, prepared.data, { by, now }, { temporary: true })];
  if (violations.some(({ code }) => code === 'leaves-changed'))
    return [
      prepared,
      { type: 'RollbackRefused', data: { cause: 'changed', reasons: violations, temporary: true } },
    ];
  return [prepared, refusedBecause({ temporary: true }, 'handler', violations, now)];
};
