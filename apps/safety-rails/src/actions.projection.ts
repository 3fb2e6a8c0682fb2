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

type Folded = { readonly tenant: string; readonly id: string; readonly state: ActionState; readonly event: RecordedEvent };
/** What a batch has folded so far: each action is read once and written once, however many of its events the batch holds. */
const batches = new WeakMap<Transaction<ActionsDatabase>, Map<string, Folded>>();

const stored = async (db: Transaction<ActionsDatabase>, tenant: string, id: string): Promise<{ readonly state: ActionState; readonly revision: bigint }> => {
  const row = await db.selectFrom('actions').select(['detail', 'revision']).where('tenant_id', '=', tenant).where('action_id', '=', id).executeTakeFirst();
  return row === undefined ? { state: actionDecider.initial, revision: -1n } : { state: row.detail as ActionState, revision: BigInt(row.revision) };
};

const onEvent = async (event: RecordedEvent, db: Transaction<ActionsDatabase>): Promise<void> => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return;
  const batch = batches.get(db) ?? new Map<string, Folded>();
  batches.set(db, batch);
  const folded = batch.get(event.stream);
  const before = folded === undefined ? await stored(db, stream.tenant, stream.id) : { state: folded.state, revision: folded.event.revision };
  if (before.revision >= event.revision) return;
  batch.set(event.stream, { tenant: stream.tenant, id: stream.id, state: actionDecider.evolve(before.state, event as unknown as Recorded<ActionEvent>), event });
};

const write = async ({ tenant, id, state, event }: Folded, db: Transaction<ActionsDatabase>): Promise<void> => {
  if (state.accepted === null) return;
  const { intent } = state.accepted;
  const changing = {
    state: state.status, ended: isEnded(state), waiting_for: state.waiting_for?.service ?? null, due_at: dueAt(state), updated_at: event.metadata.occurred_at,
    revision: `${event.revision}`, position: positionText(event.position), detail: JSON.stringify(state),
  };
  await db.insertInto('actions').values({
    tenant_id: tenant, action_id: id, intent_id: intent.intent_id, account_id: intent.account_id, agent: intent.agent, action_type: intent.action_type, entity_id: intent.entity_id,
    dry_run: intent.dry_run === true, accepted_at: state.accepted_at!, ...changing,
  }).onConflict((conflict) => conflict.columns(['tenant_id', 'action_id']).doUpdateSet(changing)).execute();
};

/** Actions as they stand, folded by the decider's own `evolve`. */
export const actionsProjection = defineProjection<ActionsDatabase>({
  name: 'actions', version: 2, prefixes: ['action-'], migrations: [actionsTable],
  handlers: Object.fromEntries(actionEventTypes.map((type) => [type, onEvent])),
  flush: async (db) => {
    for (const folded of batches.get(db)?.values() ?? []) await write(folded, db);
    batches.delete(db);
  },
});
