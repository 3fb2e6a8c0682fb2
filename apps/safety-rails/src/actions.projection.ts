import { parseStream } from '@interlock/contracts';
import { positionText, type Recorded, type RecordedEvent } from '@interlock/kernel';
import { defineProjection } from '@interlock/postgres';
import { actionDecider, actionEventTypes, dueAt, type ActionEvent, type ActionState } from '@interlock/rails';
import type { Transaction } from 'kysely';
import { actionsTable } from './migrations/0001-actions.js';

export type ActionsTable = {
  tenant_id: string; action_id: string; intent_id: string; account_id: string; agent: string; action_type: string; entity_id: string; state: string; ended: boolean;
  waiting_for: string | null; due_at: string | Date | null; dry_run: boolean; accepted_at: string | Date; updated_at: string | Date; revision: string; position: string; detail: string | ActionState;
};
export type ActionsDatabase = { actions: ActionsTable };

/** True once nothing is left to do for an action, a give-back or a release included. */
const isEnded = (state: ActionState): boolean => state.ended_at !== null && state.budget?.status !== 'giving-back' && state.reservation === null;

const onEvent = async (event: RecordedEvent, db: Transaction<ActionsDatabase>): Promise<void> => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return;
  const row = await db.selectFrom('actions').select(['detail', 'revision']).where('tenant_id', '=', stream.tenant).where('action_id', '=', stream.id).executeTakeFirst();
  if (row !== undefined && BigInt(row.revision) >= event.revision) return;
  const before = row === undefined ? actionDecider.initial : row.detail as ActionState;
  const state = actionDecider.evolve(before, event as unknown as Recorded<ActionEvent>);
  if (state.accepted === null) return;
  const { intent } = state.accepted;
  const changing = {
    state: state.status, ended: isEnded(state), waiting_for: state.waiting_for?.service ?? null, due_at: dueAt(state), updated_at: event.metadata.occurred_at,
    revision: `${event.revision}`, position: positionText(event.position), detail: JSON.stringify(state),
  };
  await db.insertInto('actions').values({
    tenant_id: stream.tenant, action_id: stream.id, intent_id: intent.intent_id, account_id: intent.account_id, agent: intent.agent, action_type: intent.action_type, entity_id: intent.entity_id,
    dry_run: intent.dry_run === true, accepted_at: state.accepted_at!, ...changing,
  }).onConflict((conflict) => conflict.columns(['tenant_id', 'action_id']).doUpdateSet(changing)).execute();
};

/** Actions as they stand, folded by the decider's own `evolve`. */
export const actionsProjection = defineProjection<ActionsDatabase>({
  name: 'actions', version: 1, prefixes: ['action-'], migrations: [actionsTable],
  handlers: Object.fromEntries(actionEventTypes.map((type) => [type, onEvent])),
});
