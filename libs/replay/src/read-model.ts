import type { BudgetDayState } from '@interlock/autonomy';
import { evolveRecorded, positionText, type RecordedEvent } from '@interlock/kernel';
import { actionDecider, actionView, type ActionState } from '@interlock/rails';
import type { DerivedState } from './derived-states.js';
import { budgetFigures } from './recorded-world.js';

/**
 * The answer that a query on a read model must give, according to the log. It lacks `server_time`,
 * which belongs to the answer itself.
 */
export type ExpectedAnswer =
  | { readonly kind: 'action'; readonly id: string; readonly answer: object }
  | {
      readonly kind: 'budget';
      readonly account: string;
      readonly day: string;
      readonly updated_at: string | null;
      readonly answer: object;
    };

type View = { readonly server_time: string; readonly comments?: readonly { readonly comment: string }[] };

/**
 * Removes from an API's view of an action the parts that depend on the request: its time, and the
 * opened texts of comments.
 */
export const comparableAction = (shown: object): object => {
  const { server_time: _own, comments, ...view } = shown as View;
  return { ...view, comments: comments?.map(({ comment: _text, ...said }) => said) ?? [] };
};

const viewOf = (state: ActionState, position: string): object =>
  comparableAction(actionView(state, position, ''));

/**
 * Returns the answer that follows from a derived state; null for a state that no read model shows
 * by itself.
 */
export const expectedAnswer = ({
  category,
  tenant,
  id,
  position,
  state,
}: DerivedState): ExpectedAnswer | null => {
  if (category === 'action') return { kind: 'action', id, answer: viewOf(state as ActionState, position) };
  if (category !== 'budget') return null;
  const place = id.lastIndexOf(':');
  const [account, day] = [id.slice(0, place), id.slice(place + 1)];
  const figures = state as BudgetDayState;
  return {
    kind: 'budget',
    account,
    day,
    updated_at: figures.updated_at,
    answer: budgetFigures(tenant, account, day, figures),
  };
};

/** Returns the API's view of an action after these events, which are all events of its stream. */
export const viewOfAction = (events: readonly RecordedEvent[]): object | null => {
  const last = events.at(-1);
  return last === undefined
    ? null
    : viewOf(
        events.reduce((state, event) => evolveRecorded(actionDecider, state, event), actionDecider.initial),
        positionText(last.position),
      );
};
