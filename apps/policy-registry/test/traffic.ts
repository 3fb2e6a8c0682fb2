import { seenEvaluation, type EvaluationV1 } from '@interlock/contracts';
import {
  CommandHandler,
  positionText,
  testMetadata,
  type EventStore,
  type EventToAppend,
} from '@interlock/kernel';
import {
  bundleDecider,
  bundleStream,
  defaultRolloutSettings,
  emptyCounts,
  evaluableBundle,
  evaluate,
  judgeStage,
  noPolicies,
  rolloutDecider,
  rolloutStream,
  routeRequest,
  shadowOf,
  type ActiveBundle,
  type BundleVariant,
  type EvaluableBundle,
  type RecordedEvaluation,
} from '@interlock/policy';

const backoff = (): Promise<void> => Promise.resolve();
const at = '2026-03-01T10:00:00.000Z';
/** An evaluation by the evaluator, with its request. */
type Evaluated = EvaluationV1 & Pick<RecordedEvaluation, 'input' | 'shadow'>;
export type Traffic = {
  /** How many requests, each of its own entity from `from` on. */
  readonly requests: number;
  readonly from?: number;
  readonly dryRun?: boolean;
  /** The ends of the actions that the canary decides, in turn; without any, nothing is executed. */
  readonly ends?: readonly ('ActionCompleted' | 'ActionRolledBack' | 'ActionRollbackFailed')[];
};
/** The events written to the log. */
export type MadeTraffic = {
  readonly evaluations: readonly Evaluated[];
  readonly actions: readonly string[];
};

/**
 * Requests as the evaluator decides and records them, and actions as the rails end them, by the
 * rollout in the log.
 */
export const makeTraffic = async (
  store: EventStore,
  tenant: string,
  { requests, from = 0, dryRun = false, ends = [] }: Traffic,
): Promise<MadeTraffic> => {
  const { state } = await new CommandHandler(store, rolloutDecider, { backoff }).load(rolloutStream(tenant));
  const bundles = new CommandHandler(store, bundleDecider, { backoff });
  const compiled = async ({
    bundle,
    variant,
  }: {
    readonly bundle: ActiveBundle;
    readonly variant: BundleVariant;
  }): Promise<EvaluableBundle> => {
    const { state: known } = await bundles.load(bundleStream(tenant, bundle.bundle_id));
    if (known.status === 'none') throw new Error('no bundle');
    return evaluableBundle(
      {
        bundle_id: bundle.bundle_id,
        version: bundle.bundle_version,
        bundle_hash: bundle.bundle_hash,
        rules: known.content.rules,
      },
      variant,
    );
  };
  const variants = new Map<string, EvaluableBundle>();
  const of = async (routed: Parameters<typeof compiled>[0] | null): Promise<EvaluableBundle | null> => {
    if (routed === null) return null;
    const key = `${routed.variant} ${routed.bundle.bundle_id}`;
    const found = variants.get(key) ?? (await compiled(routed));
    variants.set(key, found);
    return found;
  };
  const evaluations: Evaluated[] = [];
  const actions: string[] = [];
  for (let i = from; i < from + requests; i += 1) {
    const entity = `cell-${i}`;
    const routing = routeRequest(state, tenant, entity);
    const [bundle, other] = [await of(routing.deciding), await of(routing.shadow)];
    const [agent, action_type] = ['ran-optimizer', 'cell_failover'];
    const context = { agent, action_type, entity_id: entity, risk_score: 10, dry_run: dryRun };
    const asked = { agent, action_type, context, policies: noPolicies };
    const evaluation = evaluate({
      ...asked,
      evaluation_id: crypto.randomUUID(),
      trace_id: 't',
      bundle,
      floor: routing.floor,
      confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
      versions: state.canary === null ? {} : { canary_stage: state.canary.stage },
      position: '0',
    });
    const action = `a-${crypto.randomUUID()}`;
    const data = {
      ...evaluation,
      input: {
        tenant_id: tenant,
        agent: asked.agent,
        action_type: asked.action_type,
        context,
        at,
        action_id: action,
        request_id: null,
        dry_run: dryRun,
      },
      ...(other === null ? {} : { shadow: shadowOf(asked, other) }),
    };
    evaluations.push(data);
    const runs = bundle?.variant === 'canary' && ends.length > 0;
    await store.append(
      `action-${tenant}:${action}`,
      [
        judgedBy(data),
        ...(runs ? [event(ends[actions.length % ends.length]!, { reasons: [], dry_run: false })] : []),
      ],
      'no_stream',
    );
    if (runs) actions.push(action);
  }
  return { evaluations, actions };
};

const event = (type: string, data: object, id: string = crypto.randomUUID()): EventToAppend => ({
  id,
  type,
  data,
  metadata: testMetadata({ occurred_at: at }),
});

/** Records that an action's gates saw this evaluation. */
export const judgedBy = ({ input: { context, at: asked }, ...evaluation }: Evaluated): EventToAppend =>
  event('GatesJudged', {
    occasion: 'first',
    gates: [
      {
        gate: 'policy',
        verdict: 'pass',
        reasons: evaluation.reasons,
        saw: { evaluation: seenEvaluation({ ...evaluation, input: { context, at: asked } }) },
      },
    ],
  });

/** An event to append now. */
export const eventNow = (type: string, data: object): EventToAppend => ({
  id: crypto.randomUUID(),
  type,
  data,
  metadata: testMetadata({ occurred_at: new Date().toISOString() }),
});
const saw = (bundle: { readonly id: string; readonly version: string } | null) => ({
  gate: 'policy',
  verdict: 'pass',
  saw: {
    evaluation: {
      bundle: {
        bundle_id: bundle?.id ?? null,
        bundle_version: bundle?.version ?? null,
        variant: bundle === null ? 'none' : 'active',
      },
      policies: { decision: 'ABSTAIN', matched: [] },
      matched_rules: [],
      budget: { cost: 0, compute: 0 },
      evaluation_id: crypto.randomUUID(),
      trace_id: 't',
      decision: 'ALLOW',
      confidence: 1,
      versions: { canary_stage: '1' },
      input: { context: { agent: 'ran-optimizer', action_type: 'cell_failover', dry_run: true }, at },
    },
  },
});
/** Writes an ended action as the rails do; returns the ids of its events by type. */
export const endAction = async (
  store: EventStore,
  tenant: string,
  about: { readonly agent: string; readonly action_type: string; readonly risk?: number },
  ends: readonly (readonly [string, object])[],
  bundle: { readonly id: string; readonly version: string } | null = null,
): Promise<Record<string, string>> => {
  const { risk = 10, ...intent } = about;
  const id = crypto.randomUUID();
  const events = [
    eventNow('IntentAccepted', { action_id: id, intent: { ...intent, affected_entity_count: 3 } }),
    eventNow('GatesJudged', {
      occasion: 'first',
      gates: [
        {
          gate: 'prediction',
          verdict: 'pass',
          saw: { answer: { risk_score: risk } },
        },
        saw(bundle),
      ],
    }),
    ...ends.map(([type, data]) => eventNow(type, data)),
  ];
  await store.append(`action-${tenant}:${id}`, events, 'no_stream');
  return Object.fromEntries(events.map((one) => [one.type, one.id]));
};
/** Writes an incident as alerting does. */
export const openIncident = async (
  store: EventStore,
  tenant: string,
  data: { readonly action_id: string | null; readonly cause?: string },
): Promise<string> => {
  const id = crypto.randomUUID();
  await store.append(
    `incident-${tenant}:${id}`,
    [
      {
        ...event('IncidentOpened', {
          incident_id: id,
          severity: 'high',
          title: 't',
          detail: 'd',
          cause: { event_id: crypto.randomUUID(), type: data.cause ?? 'ActionRolledBack', stream: 's' },
          action_id: data.action_id,
          entity_id: null,
        }),
        metadata: testMetadata({ occurred_at: new Date().toISOString() }),
      },
    ],
    'no_stream',
  );
  return id;
};

/**
 * Promotes the canary of a tenant through all stages, as a person would on good figures and with a
 * reason.
 */
export const promoteAll = async (store: EventStore, tenant: string): Promise<string> => {
  const rollouts = new CommandHandler(store, rolloutDecider, { backoff });
  for (;;) {
    const {
      state: { canary },
      position,
    } = await rollouts.load(rolloutStream(tenant));
    if (canary === null) return position === null ? '0' : positionText(position);
    const { canary_pct: pct, bundle_id } = canary;
    const verdicts = judgeStage(
      {
        ...emptyCounts,
        decisions: 1000,
        requests: (1000 * 100) / pct,
        executions: 1000,
        split: { ...emptyCounts.split, units: 1000, canary: pct * 10 },
      },
      pct,
      defaultRolloutSettings,
    );
    const id = crypto.randomUUID();
    await rollouts.handle(
      rolloutStream(tenant),
      {
        kind: 'PromoteCanary',
        bundle_id,
        from_pct: pct,
        trigger: 'person',
        reason: 'a test',
        verdicts,
        now: new Date().toISOString(),
      },
      {
        commandId: id,
        tenantId: tenant,
        actor: { kind: 'person', person_id: 'ann' },
        now: new Date().toISOString(),
        correlationId: id,
        causationId: id,
      },
    );
  }
};
