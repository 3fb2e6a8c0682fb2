import { parseStream } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import {
  addDecision,
  addExecution,
  bucketOf,
  emptyCounts,
  evaluationsIn,
  rolloutDecider,
  type RecordedEvaluation,
  type RolloutEvent,
  type StageCounts,
} from '@interlock/policy';
import {
  defineProjection,
  eventsOf,
  foldRow,
  handlersFor,
  heldRows,
  type ProjectedEvent,
} from '@interlock/postgres';
import { actionEventTypes, endEventTypes, type ActionEvent } from '@interlock/rails';
import { sql, type Transaction } from 'kysely';
import { rolloutsTables } from '../migrations/0001-rollouts.js';
import { rolloutsRows } from '../migrations/0002-rollouts-rows.js';
import { rolloutFold, type RolloutsTable } from './rollout-row.js';

type StagesTable = {
  tenant_id: string;
  bundle_id: string;
  stage: string;
  scope: string;
  bundle_version: string;
  pct: number;
  since: string | Date;
  ended: string | Date | null;
  counts: StageCounts;
};
type CountedTable = { tenant_id: string; action_id: string; bundle_id: string; stage: string };
type DecidedTable = {
  tenant_id: string;
  action_id: string;
  bundle_id: string;
  variant: string;
  stage: string | null;
  failed: boolean;
};
type IncidentsTable = {
  tenant_id: string;
  incident_id: string;
  severity: string;
  action_id: string | null;
  bundle_id: string | null;
  opened_at: string | Date;
};
export type RolloutsDatabase = {
  rollouts: RolloutsTable;
  stages: StagesTable;
  counted: CountedTable;
  decided: DecidedTable;
  incidents: IncidentsTable;
};
type Db = Transaction<RolloutsDatabase>;
/** The members of alerting events that this projection uses. Alerting is a context of its own. */
type IncidentEvent =
  | {
      readonly type: 'IncidentOpened';
      readonly data: {
        readonly severity: string;
        readonly action_id: string | null;
        readonly cause: { readonly type: string };
      };
    }
  | { readonly type: 'IncidentResolved'; readonly data: object };
type Followed = RolloutEvent | ActionEvent | IncidentEvent;
type Handler<Event extends Followed> = (event: ProjectedEvent<Event>, db: Db) => void;

const held = {
  rollouts: heldRows<RolloutsDatabase, RolloutsTable>('rollouts', ['tenant_id', 'scope']),
  stages: heldRows<RolloutsDatabase, StagesTable>('stages', ['tenant_id', 'bundle_id', 'stage']),
  counted: heldRows<RolloutsDatabase, CountedTable>('counted', ['tenant_id', 'action_id']),
  decided: heldRows<RolloutsDatabase, DecidedTable>('decided', ['tenant_id', 'action_id']),
  incidents: heldRows<RolloutsDatabase, IncidentsTable>('incidents', ['tenant_id', 'incident_id']),
};
const of = (event: RecordedEvent): NonNullable<ReturnType<typeof parseStream>> => parseStream(event.stream)!;

/**
 * Returns the stage that an evaluation counts for, which is the canary's stage at that time.
 * Returns undefined if no canary ran or the evaluation was only a question.
 * INVARIANT: an action counts once, however often its gates evaluate it. A denied action is
 * evaluated once and an allowed one several times.
 */
const countsFor = ({
  bundle,
  shadow,
  versions,
  input,
}: RecordedEvaluation):
  { readonly bundle_id: string; readonly stage: string; readonly action_id: string } | undefined => {
  const bundleId = bundle.variant === 'canary' ? bundle.bundle_id : shadow?.bundle_id;
  const { canary_stage: stage } = versions;
  return shadow === undefined ||
    typeof bundleId !== 'string' ||
    typeof stage !== 'string' ||
    input.action_id === null
    ? undefined
    : { bundle_id: bundleId, stage, action_id: input.action_id };
};

const countEvaluation = (data: RecordedEvaluation, tenant: string, db: Db): void => {
  const at = countsFor(data);
  if (at === undefined || data.shadow === undefined) return;
  const { action_id, ...named } = at;
  const stage = held.stages.get(db, { tenant_id: tenant, ...named });
  const key = { tenant_id: tenant, action_id };
  if (stage === undefined || stage.ended !== null || held.counted.get(db, key) !== undefined) return;
  held.counted.put(db, { ...key, ...named });
  const own = { decision: data.decision, cost: data.budget.cost };
  const other = { decision: data.shadow.decision, cost: data.shadow.budget.cost };
  const isCanary = data.bundle.variant === 'canary';
  const { entity_id: entity } = data.input.context;
  const counts = addDecision(stage.counts, {
    variant: isCanary ? 'canary' : 'active',
    bucket: typeof entity === 'string' ? bucketOf(tenant, entity) : null,
    candidate: isCanary ? own : other,
    active: isCanary ? other : own,
  });
  held.stages.put(db, { ...stage, counts });
};

/** Attributes an action to the bundle of the last evaluation before it began. */
const onGates: Handler<Extract<ActionEvent, { readonly type: 'GatesJudged' }>> = (event, db) => {
  const evaluations = evaluationsIn(event);
  const seen = evaluations.at(-1);
  if (seen === undefined) return;
  const { tenant, id } = of(event);
  for (const evaluation of evaluations) countEvaluation(evaluation, tenant, db);
  const { bundle_id, variant } = seen.bundle;
  if (bundle_id === null) held.decided.remove(db, { tenant_id: tenant, action_id: id });
  else {
    const { canary_stage: stage } = seen.versions;
    held.decided.put(db, {
      tenant_id: tenant,
      action_id: id,
      bundle_id,
      variant,
      stage: typeof stage === 'string' ? stage : null,
      failed: false,
    });
  }
};

/**
 * Counts an ended action for its stage. A failed one is kept for the incident that may be opened
 * for it.
 */
const onEnd: Handler<ActionEvent> = (event, db) => {
  const { tenant, id } = of(event);
  const key = { tenant_id: tenant, action_id: id };
  const decided = held.decided.get(db, key);
  if (decided === undefined) return;
  const error = event.type === 'ActionRolledBack' || event.type === 'ActionRollbackFailed';
  if (error) held.decided.put(db, { ...decided, failed: true });
  else held.decided.remove(db, key);
  if (!error && event.type !== 'ActionCompleted') return;
  const stage = held.stages
    .all(db)
    .find(
      (one) =>
        one.tenant_id === tenant &&
        one.bundle_id === decided.bundle_id &&
        one.ended === null &&
        (one.pct === 100 || one.stage === decided.stage),
    );
  if (stage !== undefined) held.stages.put(db, { ...stage, counts: addExecution(stage.counts, { error }) });
};

const onRollout: Handler<RolloutEvent> = (event, db) => {
  const { tenant, id: scope } = of(event);
  const before = held.rollouts.get(db, { tenant_id: tenant, scope });
  if (before !== undefined && BigInt(before.revision) >= event.revision) return;
  const row = foldRow(rolloutFold, before, event);
  if (row === undefined) return;
  held.rollouts.put(db, row);
  if (
    event.type !== 'BundleActivated' &&
    event.type !== 'CanaryPromoted' &&
    event.type !== 'BundleRolledBack'
  )
    return;
  // INVARIANT: exactly the deciding bundles have a running stage. A bundle that continues unchanged
  // keeps its stage.
  const running = [row.active, row.canary].flatMap((bundle) => (bundle === null ? [] : [bundle]));
  for (const stage of held.stages.all(db)) {
    if (stage.tenant_id !== tenant || stage.scope !== scope || stage.ended !== null) continue;
    if (!running.some((bundle) => bundle.bundle_id === stage.bundle_id && bundle.canary_pct === stage.pct))
      held.stages.put(db, { ...stage, ended: event.metadata.occurred_at });
  }
  for (const bundle of running) {
    if (
      held.stages
        .all(db)
        .some(
          (stage) =>
            stage.tenant_id === tenant && stage.bundle_id === bundle.bundle_id && stage.ended === null,
        )
    )
      continue;
    held.stages.put(db, {
      tenant_id: tenant,
      bundle_id: bundle.bundle_id,
      stage: `${event.revision}`,
      scope,
      bundle_version: bundle.bundle_version,
      pct: bundle.canary_pct,
      since: event.metadata.occurred_at,
      ended: null,
      counts: emptyCounts,
    });
  }
};

/**
 * Causes of incidents that say nothing about a bundle: the rollout's own events, and alerts. A
 * faulty action or bundle has an incident of its own.
 */
const ownCauses: ReadonlySet<string> = new Set<RolloutEvent['type'] | 'AlertFired'>([
  'BundleRolledBack',
  'PolicyBypassed',
  'RolloutPaged',
  'AlertFired',
]);

const onIncident: Handler<IncidentEvent> = (event, db) => {
  const { tenant, id } = of(event);
  const key = { tenant_id: tenant, incident_id: id };
  if (event.type === 'IncidentResolved') {
    held.incidents.remove(db, key);
    return;
  }
  const { severity, action_id, cause } = event.data;
  if (ownCauses.has(cause.type)) return;
  const decided = action_id === null ? undefined : held.decided.get(db, { tenant_id: tenant, action_id });
  // If no bundle decided the action, the incident is not about a bundle.
  if (action_id !== null && decided === undefined) return;
  held.incidents.put(db, {
    ...key,
    severity,
    action_id,
    bundle_id: decided?.bundle_id ?? null,
    opened_at: event.metadata.occurred_at,
  });
};

const bundleIds = (event: ProjectedEvent<RolloutEvent>): readonly string[] => {
  const data: { readonly [name: string]: unknown } = event.data;
  return [data['bundle_id'], data['restored_bundle_id'], data['previous_bundle_id']].filter(
    (id) => typeof id === 'string',
  );
};

const load = async (events: readonly ProjectedEvent<Followed>[], db: Db): Promise<void> => {
  const rollouts = eventsOf(events, rolloutDecider.types);
  const judged = eventsOf(events, ['GatesJudged']);
  const actions = eventsOf(events, actionEventTypes);
  const incidents = eventsOf(events, ['IncidentOpened', 'IncidentResolved']);
  await held.rollouts.load(
    db,
    rollouts.map((event) => ({ tenant_id: of(event).tenant, scope: of(event).id })),
  );
  const counting = judged.flatMap((event) =>
    evaluationsIn(event).flatMap((evaluation) => {
      const at = countsFor(evaluation);
      return at === undefined ? [] : [{ tenant_id: of(event).tenant, ...at }];
    }),
  );
  await held.counted.load(
    db,
    counting.map(({ tenant_id, action_id }) => ({ tenant_id, action_id })),
  );
  const opened = eventsOf(events, ['IncidentOpened']).flatMap((event) => {
    const { action_id: actionId } = event.data;
    return typeof actionId === 'string' ? [{ tenant_id: of(event).tenant, action_id: actionId }] : [];
  });
  await held.decided.load(db, [
    ...actions.map((event) => ({ tenant_id: of(event).tenant, action_id: of(event).id })),
    ...opened,
  ]);
  await held.incidents.load(
    db,
    incidents.map((event) => ({ tenant_id: of(event).tenant, incident_id: of(event).id })),
  );
  const stages = [
    ...counting.map(({ tenant_id, bundle_id, stage }) => ({ tenant_id, bundle_id, stage })),
    ...rollouts.flatMap((event) =>
      bundleIds(event).map((id) => ({
        tenant_id: of(event).tenant,
        bundle_id: id,
        stage: `${event.revision}`,
      })),
    ),
  ];
  const tenants = [...new Set([...rollouts, ...actions].map((event) => of(event).tenant))];
  await held.stages.load(
    db,
    stages,
    tenants.length === 0 ? undefined : sql`(ended is null and tenant_id = any (${tenants}::text[]))`,
  );
};

const flush = async (db: Db): Promise<void> => {
  const ended = held.stages
    .all(db)
    .filter((stage) => stage.ended !== null)
    .map(({ tenant_id, bundle_id, stage }) => ({ tenant_id, bundle_id, stage }));
  for (const rows of Object.values(held)) await rows.flush(db);
  if (ended.length === 0) return;
  await sql`delete from counted where (tenant_id, bundle_id, stage) in (select tenant_id, bundle_id, stage from json_populate_recordset(null::counted, ${JSON.stringify(ended)}::json))`.execute(
    db,
  );
};

/**
 * The current rollouts (`rollout-row.ts`) and the counts of each stage: the decisions of both
 * bundles on the same actions, and the ended executions. Dry runs count as decisions, not as
 * executions.
 */
export const rolloutsProjection = defineProjection<RolloutsDatabase, Followed>({
  name: 'rollouts',
  version: 2,
  prefixes: ['rollout-', 'action-', 'incident-'],
  migrations: [rolloutsTables, rolloutsRows],
  load,
  handlers: {
    ...handlersFor(rolloutDecider.types, onRollout),
    ...handlersFor(
      actionEventTypes.filter((type) => endEventTypes.has(type)),
      onEnd,
    ),
    GatesJudged: onGates,
    ...handlersFor(['IncidentOpened', 'IncidentResolved'], onIncident),
  },
  flush,
});
