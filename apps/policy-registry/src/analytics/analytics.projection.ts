import { parseStream } from '@interlock/contracts';
import { canonicalJson, type RecordedEvent } from '@interlock/kernel';
import {
  bundleDecider,
  evaluationsIn,
  rolloutDecider,
  type BundleEvent,
  type EvaluationRecorded,
  type RecordedEvaluation,
  type RolloutEvent,
} from '@interlock/policy';
import {
  defineProjection,
  eventsOf,
  handlersFor,
  heldRows,
  insertRows,
  perBatch,
  type ProjectedEvent,
} from '@interlock/postgres';
import type { ActionEvent } from '@interlock/rails';
import { sql, type Transaction } from 'kysely';
import { analyticsTables } from '../migrations/0001-analytics.js';

type DecisionsTable = {
  tenant_id: string;
  evaluation_id: string;
  at: string | Date;
  action_id: string | null;
  decision: string;
  bundle_version: string | null;
  cost: number;
  dry_run: boolean;
};
type DecisionDaysTable = {
  tenant_id: string;
  day: string;
  agent: string;
  action_type: string;
  decision: string;
  governed: boolean;
  evaluations: string;
};
type RuleDaysTable = {
  tenant_id: string;
  day: string;
  bundle_id: string;
  rule_id: string;
  decision: string;
  bundle_version: string;
  hits: string;
};
type ChangesTable = {
  tenant_id: string;
  event_id: string;
  position: string;
  at: string | Date;
  scope: string;
  type: string;
  bundle_id: string;
  bundle_version: string;
  data: { readonly [field: string]: unknown };
};
type ActionsTable = {
  tenant_id: string;
  action_id: string;
  at: string | Date;
  agent: string;
  action_type: string;
  bundle_id: string | null;
  bundle_version: string | null;
  risk_score: number | null;
  affected_entity_count: number | null;
  dry_run: boolean;
  approved: string | null;
  rejected: string | null;
  denied: string | null;
  completed: string | null;
  failed: string | null;
  incident: string | null;
  ended_at: string | Date | null;
};
export type AnalyticsDatabase = {
  decisions: DecisionsTable;
  decision_days: DecisionDaysTable;
  rule_days: RuleDaysTable;
  changes: ChangesTable;
  actions: ActionsTable;
};
type Db = Transaction<AnalyticsDatabase>;
/** The members of an alerting event that this projection uses. Alerting is a context of its own. */
type IncidentOpened = {
  readonly type: 'IncidentOpened';
  readonly data: { readonly action_id: string | null };
};
type ActionEventOf<Type extends ActionEvent['type']> = Extract<ActionEvent, { readonly type: Type }>;
type Followed = EvaluationRecorded | BundleEvent | RolloutEvent | ActionEvent | IncidentOpened;
type Handler<Event extends Followed> = (event: ProjectedEvent<Event>, db: Db) => void;
type Fields = { readonly [field: string]: unknown };

const changes = perBatch<AnalyticsDatabase, ChangesTable[]>(() => []);
const decisions = heldRows<AnalyticsDatabase, DecisionsTable>('decisions', ['tenant_id', 'evaluation_id']);
const decisionDays = perBatch<AnalyticsDatabase, Map<string, DecisionDaysTable>>(() => new Map());
const ruleDays = perBatch<AnalyticsDatabase, Map<string, RuleDaysTable>>(() => new Map());
const actions = heldRows<AnalyticsDatabase, ActionsTable>('actions', ['tenant_id', 'action_id']);
const of = (event: RecordedEvent): NonNullable<ReturnType<typeof parseStream>> => parseStream(event.stream)!;
const number = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;

const countEvaluation = (data: RecordedEvaluation, tenant_id: string, db: Db): void => {
  const { agent, action_type, at, action_id, dry_run } = data.input;
  const { bundle_id, bundle_version } = data.bundle;
  const { decision } = data;
  const key = { tenant_id, evaluation_id: data.evaluation_id };
  if (decisions.get(db, key) !== undefined) return;
  decisions.put(db, { ...key, at, action_id, decision, bundle_version, cost: data.budget.cost, dry_run });
  if (dry_run) return;
  const day = new Date(at).toISOString().slice(0, 10);
  const governed = data.bundle.decision !== 'ABSTAIN' || data.policies.decision !== 'ABSTAIN';
  const days = decisionDays(db);
  const name = canonicalJson([tenant_id, day, agent, action_type, decision, governed]);
  days.set(name, {
    tenant_id,
    day,
    agent,
    action_type,
    decision,
    governed,
    evaluations: `${Number(days.get(name)?.evaluations ?? 0) + 1}`,
  });
  if (bundle_id === null || bundle_version === null) return;
  const rules = ruleDays(db);
  for (const rule_id of new Set(data.matched_rules)) {
    const of = canonicalJson([tenant_id, day, bundle_id, rule_id, decision]);
    rules.set(of, {
      tenant_id,
      day,
      bundle_id,
      rule_id,
      decision,
      bundle_version,
      hits: `${Number(rules.get(of)?.hits ?? 0) + 1}`,
    });
  }
};

const onEvaluation: Handler<EvaluationRecorded> = (event, db) => {
  for (const data of evaluationsIn(event)) countEvaluation(data, of(event).tenant, db);
};

/**
 * Rules and people's texts are not copied. The queries need only the type, the time and the reason.
 */
const kept = ['canary_pct', 'to_pct', 'was', 'trigger', 'verdicts'] as const;
const suggestionOf = ({ metadata }: Fields): Fields => {
  const suggestion = (metadata as { readonly suggestion?: { readonly id?: unknown } } | null | undefined)
    ?.suggestion?.id;
  return typeof suggestion === 'string' ? { suggestion } : {};
};
const onChange: Handler<BundleEvent | RolloutEvent> = (event, db) => {
  const { tenant, category, id } = of(event);
  const data: Fields = event.data;
  const bundleId = category === 'bundle' ? id : data['bundle_id'];
  if (typeof bundleId !== 'string') return;
  changes(db).push({
    tenant_id: tenant,
    event_id: event.id,
    position: `${event.position.commit}`,
    at: event.metadata.occurred_at,
    scope: category === 'bundle' ? '' : id,
    type: event.type,
    bundle_id: bundleId,
    bundle_version: String(data['bundle_version'] ?? data['version'] ?? ''),
    data: {
      ...Object.fromEntries(
        kept.flatMap((field) => (data[field] === undefined ? [] : [[field, data[field]]])),
      ),
      ...suggestionOf(data),
    },
  });
};

const change = (
  event: RecordedEvent,
  db: Db,
  fields: Partial<ActionsTable>,
  actionId = of(event).id,
): void => {
  const row = actions.get(db, { tenant_id: of(event).tenant, action_id: actionId });
  if (row !== undefined) actions.put(db, { ...row, ...fields });
};

const onAccepted: Handler<ActionEventOf<'IntentAccepted'>> = (event, db) => {
  const { tenant, id } = of(event);
  if (actions.get(db, { tenant_id: tenant, action_id: id }) !== undefined) return;
  const { intent } = event.data;
  actions.put(db, {
    tenant_id: tenant,
    action_id: id,
    at: event.metadata.occurred_at,
    agent: intent.agent,
    action_type: intent.action_type,
    bundle_id: null,
    bundle_version: null,
    risk_score: null,
    affected_entity_count: number(intent.affected_entity_count),
    dry_run: intent.dry_run === true,
    approved: null,
    rejected: null,
    denied: null,
    completed: null,
    failed: null,
    incident: null,
    ended_at: null,
  });
};

/** An action counts by the last evaluation of its policy gate and by its first prediction. */
const onGates: Handler<ActionEventOf<'GatesJudged'>> = (event, db) => {
  const { gates, occasion } = event.data;
  const sawOf = (name: string): object | undefined =>
    gates.findLast(({ gate, verdict }) => gate === name && verdict !== 'error')?.saw;
  const evaluations = evaluationsIn(event);
  for (const data of evaluations) countEvaluation(data, of(event).tenant, db);
  const evaluation = evaluations.at(-1);
  const { answer } = (sawOf('prediction') ?? {}) as { readonly answer?: Fields };
  const risk = occasion === 'first' ? number(answer?.['risk_score']) : null;
  const changed = {
    ...(evaluation === undefined
      ? {}
      : { bundle_id: evaluation.bundle.bundle_id, bundle_version: evaluation.bundle.bundle_version }),
    ...(risk === null ? {} : { risk_score: risk }),
  };
  if (Object.keys(changed).length > 0) change(event, db, changed);
};

/** Policies deny only at the policy gate. */
const onDenied: Handler<ActionEventOf<'ActionDenied'>> = (event, db) => {
  if (event.data.gate === 'policy' && event.data.verdict === 'fail') change(event, db, { denied: event.id });
};

const onApproved: Handler<ActionEventOf<'ActionApproved'>> = (event, db) => {
  const { approvals, approvals_required: required }: Partial<typeof event.data> = event.data;
  if ((approvals ?? 1) >= (required ?? 1)) change(event, db, { approved: event.id });
};

const ended =
  (field: 'completed' | 'failed'): Handler<ActionEvent> =>
  (event, db) =>
    change(event, db, { [field]: event.id, ended_at: event.metadata.occurred_at });
const onRejected: Handler<ActionEventOf<'ActionRejected'>> = (event, db) =>
  change(event, db, { rejected: event.id });

const incidentAction = ({ data }: ProjectedEvent<IncidentOpened>): string | null =>
  typeof data.action_id === 'string' ? data.action_id : null;
const onIncident: Handler<IncidentOpened> = (event, db) => {
  const actionId = incidentAction(event);
  if (actionId !== null) change(event, db, { incident: event.id }, actionId);
};

const load = async (events: readonly ProjectedEvent<Followed>[], db: Db): Promise<void> => {
  const named = events.flatMap((event) => {
    const { category, tenant, id } = of(event);
    const actionId =
      category === 'action' ? id : event.type === 'IncidentOpened' ? incidentAction(event) : null;
    return actionId === null ? [] : [{ tenant_id: tenant, action_id: actionId }];
  });
  await actions.load(db, named);
  await decisions.load(
    db,
    eventsOf(events, ['EvaluationRecorded', 'GatesJudged']).flatMap((event) =>
      evaluationsIn(event).map(({ evaluation_id }) => ({ tenant_id: of(event).tenant, evaluation_id })),
    ),
  );
};

/** Adds the counts of the batch to the stored counts. */
const added = async (
  db: Db,
  table: 'decision_days' | 'rule_days',
  count: 'evaluations' | 'hits',
  key: readonly string[],
  rows: readonly object[],
): Promise<void> => {
  if (rows.length === 0) return;
  const columns = sql.join(Object.keys(rows[0]!).map((name) => sql.id(name)));
  await sql`insert into ${sql.id(table)} (${columns}) select ${columns} from json_populate_recordset(null::${sql.id(table)}, ${JSON.stringify(rows)}::json)
    on conflict (${sql.join(key.map((name) => sql.id(name)))}) do update set ${sql.id(count)} = ${sql.id(table, count)} + excluded.${sql.id(count)}`.execute(
    db,
  );
};

const flush = async (db: Db): Promise<void> => {
  await decisions.flush(db);
  await added(
    db,
    'decision_days',
    'evaluations',
    ['tenant_id', 'day', 'agent', 'action_type', 'decision', 'governed'],
    [...decisionDays(db).values()],
  );
  await added(
    db,
    'rule_days',
    'hits',
    ['tenant_id', 'day', 'bundle_id', 'rule_id', 'decision'],
    [...ruleDays(db).values()],
  );
  await insertRows(db, 'changes', changes(db));
  await actions.flush(db);
};

/**
 * The read model of analytics, suggestions and the figures of bundles. A repeated evaluation has
 * the id of the first, which stays; unknown events are skipped.
 */
export const analyticsProjection = defineProjection<AnalyticsDatabase, Followed>({
  name: 'analytics',
  version: 1,
  prefixes: ['evaluation-', 'bundle-', 'rollout-', 'action-', 'incident-'],
  migrations: [analyticsTables],
  load,
  handlers: {
    EvaluationRecorded: onEvaluation,
    ...handlersFor([...bundleDecider.types, ...rolloutDecider.types], onChange),
    IntentAccepted: onAccepted,
    GatesJudged: onGates,
    ActionApproved: onApproved,
    ActionRejected: onRejected,
    ActionDenied: onDenied,
    ActionCompleted: ended('completed'),
    ActionRolledBack: ended('failed'),
    ActionRollbackFailed: ended('failed'),
    IncidentOpened: onIncident,
  },
  flush,
});
