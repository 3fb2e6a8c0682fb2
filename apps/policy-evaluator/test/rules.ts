import {
  autoApprovalDecider,
  autoApprovalStream,
  modeDecider,
  modeStream,
  type AutoApprovalConfig,
} from '@interlock/autonomy';
import type { ActionIntentV1, ActionTypeV1, Actor, PredictionV1 } from '@interlock/contracts';
import { CommandHandler, type CommandContext, type EventStore } from '@interlock/kernel';
import {
  actionTypeDecider,
  actionTypeStream,
  bundleDecider,
  bundleHash,
  bundleIdOf,
  bundleStream,
  emptyCounts,
  judgeStage,
  normalBundle,
  policyDecider,
  policyStream,
  defaultRolloutSettings,
  rolloutDecider,
  rolloutStream,
  type PolicyChange,
  type PolicyContent,
  type RolloutCommand,
  type RuleInput,
} from '@interlock/policy';

const person = (id: string): Actor => ({ kind: 'person', person_id: id });
const backoff = (): Promise<void> => Promise.resolve();
const contextOf = (tenantId: string, actor: Actor = person('ann')): CommandContext => {
  const id = crypto.randomUUID();
  return {
    commandId: id,
    tenantId,
    actor,
    now: new Date().toISOString(),
    correlationId: id,
    causationId: id,
  };
};

/** Gates of a stage that are passed, by the plain figures and by evidence. */
export const goodGates = (pct: number) =>
  judgeStage(
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

/** Writes what the evaluator follows, by the deciders of those who own it. */
export const rulesOf = (store: EventStore, tenant: string) => {
  const policies = new CommandHandler(store, policyDecider, { backoff });
  const bundles = new CommandHandler(store, bundleDecider, { backoff });
  const rollouts = new CommandHandler(store, rolloutDecider, { backoff });
  const rollout = (command: RolloutCommand) =>
    rollouts.handle(rolloutStream(tenant), command, contextOf(tenant));
  const begin = async (version: string, rules: readonly RuleInput[]) => {
    const content = normalBundle({ version, rules });
    const bundleId = bundleIdOf(tenant, version);
    const stream = bundleStream(tenant, bundleId);
    await bundles.handle(
      stream,
      { kind: 'CreateBundle', bundle_id: bundleId, content, source: 'api' },
      contextOf(tenant),
    );
    await bundles.handle(
      stream,
      {
        kind: 'ApproveBundle',
        actor: person('bob'),
        approval_id: 'a',
        bundle_hash: bundleHash(content),
        note: '',
      },
      contextOf(tenant, person('bob')),
    );
    const { state } = await bundles.handle(
      stream,
      { kind: 'ReleaseBundle', approval_id: 'a' },
      contextOf(tenant),
    );
    if (state.status === 'none') throw new Error('no bundle');
    await rollout({
      kind: 'ActivateBundle',
      bundle_id: bundleId,
      bundle_version: version,
      bundle_hash: state.bundle_hash,
      approval_id: 'a',
    });
    return { ...content, bundle_id: bundleId };
  };
  return {
    policy: (policyId: string, over: Partial<PolicyContent> = {}) =>
      policies.handle(
        policyStream(tenant, policyId),
        {
          kind: 'CreatePolicy',
          policy_id: policyId,
          status: 'active',
          content: {
            name: policyId,
            action_types: ['*'],
            conditions: [],
            decision: 'ALLOW',
            max_affected_entities: null,
            min_confidence: null,
            confirmation_window_s: null,
            confirm_above_entities: null,
            on_elapse: 'proceed',
            ...over,
          },
        },
        contextOf(tenant),
      ),
    change: (policyId: string, change: PolicyChange) =>
      policies.handle(policyStream(tenant, policyId), { kind: 'ChangePolicy', change }, contextOf(tenant)),
    /** A bundle that decides alone: the first at once, another by the way of a canary. */
    activate: async (version: string, ...rules: readonly RuleInput[]) => {
      const bundle = await begin(version, rules);
      for (const pct of [10, 50])
        await rollout({
          kind: 'PromoteCanary',
          bundle_id: bundle.bundle_id,
          from_pct: pct,
          trigger: 'person',
          reason: 'a test',
          verdicts: goodGates(pct),
          now: new Date().toISOString(),
        });
      return bundle;
    },
    /** A bundle that begins: at 10 % beside another. */
    begin: (version: string, ...rules: readonly RuleInput[]) => begin(version, rules),
    rollout,
    autoApproval: (config: AutoApprovalConfig) =>
      new CommandHandler(store, autoApprovalDecider, { backoff }).handle(
        autoApprovalStream(tenant),
        { kind: 'ConfigureAutoApproval', config },
        contextOf(tenant),
      ),
    timeZone: (time_zone: string) =>
      new CommandHandler(store, modeDecider, { backoff }).handle(
        modeStream(tenant),
        { kind: 'SetTimeZone', time_zone },
        contextOf(tenant),
      ),
    actionType: (entry: ActionTypeV1) =>
      new CommandHandler(store, actionTypeDecider, { backoff }).handle(
        actionTypeStream(entry.action_type, tenant),
        { kind: 'RegisterActionType', entry },
        contextOf(tenant),
      ),
  };
};

export const intent = (tenant: string, over: Partial<ActionIntentV1> = {}): ActionIntentV1 => ({
  intent_id: 'i-1',
  tenant_id: tenant,
  account_id: 'acc',
  agent: 'ran-optimizer',
  action_type: 'cell_failover',
  entity_id: 'cell-1',
  parameters: { power_raise_db: 2 },
  affected_entity_count: 3,
  confidence_score: 0.9,
  ...over,
});
export const prediction: PredictionV1 = {
  risk_score: 30,
  risk_level: 'LOW',
  impact_delta: -0.5,
  impact_by_kpi: { drops: -2 },
  confidence_interval: [-1, 0.5],
  interval_by_kpi: { drops: [-3, -1] },
  confidence: 0.8,
  basis: 'memory',
  traces: [
    { trace_id: 't', weight: 1, similarity: 1, age_h: 2, impact_delta: 0, impact_by_kpi: {}, harmed: false },
  ],
  explanation: 'three alike',
  memory_version: '1',
  made_at: '2026-03-01T10:00:00.000Z',
  input: { seed: 1 },
};
