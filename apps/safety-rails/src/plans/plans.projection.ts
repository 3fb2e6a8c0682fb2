import { parseStream } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { defineProjection, handlersFor, heldRows, type ProjectedEvent } from '@interlock/postgres';
import { isPlanEnd, planEnds, planEventTypes, type PlanEvent } from '@interlock/rails';
import type { Transaction } from 'kysely';
import { plansTable } from '../migrations/0003-plans.js';
import { plansRequester } from '../migrations/0006-plans-requester.js';
import type { PlansTable } from './plan-row.js';

export type PlansDatabase = { plans: PlansTable };

const rows = heldRows<PlansDatabase, PlansTable>('plans', ['tenant_id', 'plan_id']);
const keyOf = ({
  stream,
}: RecordedEvent): { readonly tenant_id: string; readonly plan_id: string } | undefined => {
  const parsed = parseStream(stream);
  return parsed === undefined ? undefined : { tenant_id: parsed.tenant, plan_id: parsed.id };
};

const stateAfter = (state: PlansTable['state'], event: PlanEvent): PlansTable['state'] => {
  if (isPlanEnd(event)) return planEnds[event.type];
  switch (event.type) {
    case 'PlanApprovalRequested':
      return 'AWAITING_APPROVAL';
    case 'PlanStarted':
      return 'RUNNING';
    case 'PlanHalted':
      return state === 'RUNNING' ? 'STOPPING' : state;
    case 'PlanCompensationRequested':
      return 'ROLLING_BACK';
    default:
      return state;
  }
};

/** Returns the row after an event; undefined if the plan's beginning was not read. */
const rowAfter = (
  before: PlansTable | undefined,
  event: ProjectedEvent<PlanEvent>,
): PlansTable | undefined => {
  const revision = `${event.revision}`;
  const at = event.metadata.occurred_at;
  if (before === undefined) {
    if (event.type !== 'PlanSubmitted') return undefined;
    const { tenant_id, plan_id, submission_id, requester, failure_rule, dry_run, nodes } = event.data;
    return {
      tenant_id,
      plan_id,
      submission_id,
      requester,
      failure_rule,
      dry_run,
      nodes: nodes.length,
      state: 'PREVIEWING',
      submitted_at: at,
      ended_at: null,
      revision,
    };
  }
  return {
    ...before,
    state: stateAfter(before.state, event),
    ended_at: isPlanEnd(event) ? at : before.ended_at,
    revision,
  };
};

const onEvent = (event: ProjectedEvent<PlanEvent>, db: Transaction<PlansDatabase>): void => {
  const key = keyOf(event);
  if (key === undefined) return;
  const before = rows.get(db, key);
  if (before !== undefined && BigInt(before.revision) >= event.revision) return;
  const row = rowAfter(before, event);
  if (row !== undefined) rows.put(db, { ...row, ...key });
};

/** Plans as lists show them; a single plan is read from its own stream. */
export const plansProjection = defineProjection<PlansDatabase, PlanEvent>({
  name: 'plans',
  version: 2,
  prefixes: ['plan-'],
  migrations: [plansTable, plansRequester],
  retained: [
    {
      kind: 'actions',
      table: 'plans',
      at: 'submitted_at',
      key: ['tenant_id', 'plan_id'],
      ended: 't.ended_at is not null',
    },
  ],
  load: (events, db) =>
    rows.load(
      db,
      events.flatMap((event) => keyOf(event) ?? []),
    ),
  handlers: handlersFor(planEventTypes, onEvent),
  flush: (db) => rows.flush(db),
});
