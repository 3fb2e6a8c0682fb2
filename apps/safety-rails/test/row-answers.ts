import { isDeepStrictEqual } from 'node:util';
import { evolveRecorded, positionText, type RecordedEvent } from '@interlock/kernel';
import { foldRow, type ProjectedEvent } from '@interlock/postgres';
import { actionDecider, actionView, type ActionEvent, type ActionState } from '@interlock/rails';
import { actionFold, shownAction, type ActionsTable } from '../src/actions/action-row.js';

const serverTime = '2026-01-01T00:00:00.000Z';

/** What is sent, or stored, of a value. */
const asJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
const shownOf = (row: ActionsTable): object =>
  actionView(
    shownAction({ ...row, accepted_at: new Date(row.accepted_at), detail: asJson(row.detail) }),
    row.position,
    serverTime,
  );

/**
 * Whether the row shows after each event of an action's stream what the decider's state shows;
 * names the events after which it does not.
 */
export const wrongAnswers = (events: readonly RecordedEvent[]): readonly string[] => {
  const wrong: string[] = [];
  let row: ActionsTable | undefined;
  let state: ActionState = actionDecider.initial;
  for (const event of events) {
    row = foldRow(actionFold, row, event as ProjectedEvent<ActionEvent>);
    state = evolveRecorded(actionDecider, state, event);
    const expected = asJson(actionView(state, positionText(event.position), serverTime));
    if (row === undefined || !isDeepStrictEqual(shownOf(row), expected))
      wrong.push(`${event.revision} ${event.type}`);
  }
  return wrong;
};
