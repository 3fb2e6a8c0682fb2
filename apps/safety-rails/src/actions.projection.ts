import { parseStream } from '@interlock/contracts';
import { positionText, type RecordedEvent } from '@interlock/kernel';
import { defineProjection, handlersFor, heldRows, type ProjectedEvent } from '@interlock/postgres';
import { actionDecider, actionEventTypes, dueAt, type ActionEvent, type ActionState } from '@interlock/rails';
import type { Transaction } from 'kysely';
import { actionsTable } from './migrations/0001-actions.js';

export type ActionsTable = {
  tenant_id: string;
  action_id: string;
  intent_id: string;
  account_id: string;
  agent: string;
  action_type: string;
  entity_id: string;
  state: string;
  ended: boolean;
  waiting_for: string | null;
  due_at: string | Date | null;
  dry_run: boolean;
  accepted_at: string | Date;
  updated_at: string | Date;
  revision: string;
  position: string;
  detail: ActionState;
};
export type ActionsDatabase = { actions: ActionsTable };

/** True once nothing is left to do for an action, a give-back or a release included. */
const isEnded = (state: ActionState): boolean =>
  state.ended_at !== null && state.budget?.status !== 'giving-back' && state.reservation === null;

const rows = heldRows<ActionsDatabase, ActionsTable>('actions', ['tenant_id', 'action_id'], {
  large: 'detail',
});
const keyOf = ({
  stream,
}: RecordedEvent): { readonly tenant_id: string; readonly action_id: string } | undefined => {
  const parsed = parseStream(stream);
  return parsed === undefined ? undefined : { tenant_id: parsed.tenant, action_id: parsed.id };
};

const onEvent = (event: ProjectedEvent<ActionEvent>, db: Transaction<ActionsDatabase>): void => {
  const key = keyOf(event);
  if (key === undefined) return;
  const before = rows.get(db, key);
  if (before !== undefined && BigInt(before.revision) >= event.revision) return;
  const state = actionDecider.evolve(before?.detail ?? actionDecider.initial, event);
  if (state.status === 'NONE') return;
  const { intent } = state.accepted;
  rows.put(db, {
    ...key,
    intent_id: intent.intent_id,
    account_id: intent.account_id,
    agent: intent.agent,
    action_type: intent.action_type,
    entity_id: intent.entity_id,
    dry_run: intent.dry_run === true,
    accepted_at: state.accepted_at,
    state: state.status,
    ended: isEnded(state),
    waiting_for: state.waiting_for?.service ?? null,
    due_at: dueAt(state),
    updated_at: event.metadata.occurred_at,
    revision: `${event.revision}`,
    position: positionText(event.position),
    detail: state,
  });
};

/** Actions as they stand, folded by the decider's own `evolve`. */
export const actionsProjection = defineProjection<ActionsDatabase, ActionEvent>({
  name: 'actions',
  version: 3,
  prefixes: ['action-'],
  migrations: [actionsTable],
  load: (events, db) =>
    rows.load(
      db,
      events.flatMap((event) => keyOf(event) ?? []),
    ),
  handlers: handlersFor(actionEventTypes, onEvent),
  flush: (db) => rows.flush(db),
});
