import { budgetStateRows, type BudgetDayState } from '@interlock/autonomy';
import { evolveRecorded, positionText, type RecordedEvent } from '@interlock/kernel';
import { actionDecider, actionView, type ActionState } from '@interlock/rails';
import type { DerivedState } from './derived-states.js';

/**
 * What a query on a read model must answer, as follows from the log; without `server_time`, which
 * is the answer's own.
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
 * Removes from an API's view of an action what belongs to the single answer: its time, and the
 * texts of comments, which are opened for whoever asks.
 */
export const comparableAction = (shown: object): object => {
  const { server_time: _own, comments, ...view } = shown as View;
  return { ...view, comments: comments?.map(({ comment: _text, ...said }) => said) ?? [] };
};

const viewOf = (state: ActionState, position: string): object =>
  comparableAction(actionView(state, position, ''));

/** The answer that a derived state gives; null for a state that no read model shows by itself. */
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
  const { count, by_type, updated_at } = state as BudgetDayState;
  return {
    kind: 'budget',
    account,
    day,
    updated_at,
    answer: {
      count,
      by_action_type: by_type,
      items: budgetStateRows(tenant, account, day, state as BudgetDayState),
    },
  };
};

/** An action as the API must show it after these events, which are all of its stream's. */
export const viewOfAction = (events: readonly RecordedEvent[]): object | null => {
  const last = events.at(-1);
  return last === undefined
    ? null
    : viewOf(
        events.reduce((state, event) => evolveRecorded(actionDecider, state, event), actionDecider.initial),
        positionText(last.position),
      );
};
