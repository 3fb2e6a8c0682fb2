import { endStates, parseStream } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { defineProjection, foldRow, handlersFor, heldRows, type ProjectedEvent } from '@interlock/postgres';
import { actionEventTypes, type ActionEvent } from '@interlock/rails';
import type { Transaction } from 'kysely';
import { actionFold, type ActionsTable } from './action-row.js';
import { actionsTable } from '../migrations/0001-actions.js';
import { actionsRows } from '../migrations/0002-actions-rows.js';
import { actionsDryRun } from '../migrations/0004-actions-dry-run.js';
import { actionsRequester } from '../migrations/0005-actions-requester.js';
import { actionsFigures } from '../migrations/0007-actions-figures.js';

export type ActionsDatabase = { actions: ActionsTable };

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
  const row = foldRow(actionFold, before, event);
  if (row !== undefined) rows.put(db, { ...row, ...key });
};

/** Actions as the API shows them: each event changes the row of its action (`action-row.ts`). */
export const actionsProjection = defineProjection<ActionsDatabase, ActionEvent>({
  name: 'actions',
  version: 10,
  prefixes: ['action-'],
  migrations: [actionsTable, actionsRows, actionsDryRun, actionsRequester, actionsFigures],
  retained: [
    {
      kind: 'actions',
      table: 'actions',
      at: 'accepted_at',
      key: ['tenant_id', 'action_id'],
      // A completed action continues if people have approved its rollback.
      ended: `t.state in (${endStates.map((state) => `'${state}'`).join(', ')}) and t.detail ->> 'waiting' is null
        and coalesce(t.detail -> 'rollback' ->> 'status', '') not in ('approved', 'judged', 'started')`,
    },
  ],
  load: (events, db) =>
    rows.load(
      db,
      events.flatMap((event) => keyOf(event) ?? []),
    ),
  handlers: handlersFor(actionEventTypes, onEvent),
  flush: (db) => rows.flush(db),
});
