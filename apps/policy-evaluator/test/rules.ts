import { autoApprovalDecider, autoApprovalStream, modeDecider, modeStream, type AutoApprovalConfig } from '@interlock/autonomy';
import type { ActionIntentV1, ActionTypeV1, Actor, PredictionV1 } from '@interlock/contracts';
import { CommandHandler, type CommandContext, type EventStore } from '@interlock/kernel';
import {
  actionTypeDecider, actionTypeStream, bundleDecider, bundleIdOf, bundleStream, normalBundle, policyDecider, policyStream, rolloutDecider, rolloutStream,
  type PolicyChange, type PolicyContent, type RuleInput,
} from '@interlock/policy';

const person = (id: string): Actor => ({ kind: 'person', person_id: id });
const backoff = (): Promise<void> => Promise.resolve();
const contextOf = (tenantId: string, actor: Actor = person('ann')): CommandContext => {
  const id = crypto.randomUUID();
  return { commandId: id, tenantId, actor, now: new Date().toISOString(), correlationId: id, causationId: id };
};

/** Writes what the evaluator follows, by the deciders of those who own it. */
export const rulesOf = (store: EventStore, tenant: string) => {
  const policies = new CommandHandler(store, policyDecider, { backoff });
  const bundles = new CommandHandler(store, bundleDecider, { backoff });
  const rollouts = new CommandHandler(store, rolloutDecider, { backoff });
  return {
    policy: (policyId: string, over: Partial<PolicyContent> = {}) => policies.handle(policyStream(tenant, policyId), {
      type: 'CreatePolicy', policy_id: policyId, status: 'active',
      content: { name: policyId, action_types: ['*'], conditions: [], decision: 'ALLOW', max_affected_entities: null, min_confidence: null, confirmation_window_s: null, confirm_above_entities: null, on_elapse: 'proceed', ...over },
    }, contextOf(tenant)),
    change: (policyId: string, change: PolicyChange) => policies.handle(policyStream(tenant, policyId), { type: 'ChangePolicy', change }, contextOf(tenant)),
    activate: async (version: string, ...rules: readonly RuleInput[]) => {
      const content = normalBundle({ version, rules });
      const bundleId = bundleIdOf(tenant, version);
      const stream = bundleStream(tenant, bundleId);
      await bundles.handle(stream, { type: 'CreateBundle', bundle_id: bundleId, content, source: 'api' }, contextOf(tenant));
      await bundles.handle(stream, { type: 'ApproveBundle', actor: person('bob'), approval_id: 'a', note: '' }, contextOf(tenant, person('bob')));
      const { state } = await bundles.handle(stream, { type: 'ReleaseBundle', approval_id: 'a' }, contextOf(tenant));
      if (state.status === 'none') throw new Error('no bundle');
      await rollouts.handle(rolloutStream(tenant), { type: 'ActivateBundle', bundle_id: bundleId, bundle_version: version, bundle_hash: state.bundle_hash, approval_id: 'a', canary_pct: 100 }, contextOf(tenant));
      return { ...content, bundle_id: bundleId };
    },
    autoApproval: (config: AutoApprovalConfig) => new CommandHandler(store, autoApprovalDecider, { backoff }).handle(autoApprovalStream(tenant), { kind: 'ConfigureAutoApproval', config }, contextOf(tenant)),
    timeZone: (time_zone: string) => new CommandHandler(store, modeDecider, { backoff }).handle(modeStream(tenant), { kind: 'SetTimeZone', time_zone }, contextOf(tenant)),
    actionType: (entry: ActionTypeV1) => new CommandHandler(store, actionTypeDecider, { backoff }).handle(actionTypeStream(entry.action_type, tenant), { type: 'RegisterActionType', entry }, contextOf(tenant)),
  };
};

export const intent = (tenant: string, over: Partial<ActionIntentV1> = {}): ActionIntentV1 => ({
  intent_id: 'i-1', tenant_id: tenant, account_id: 'acc', agent: 'ran-optimizer', action_type: 'cell_failover', entity_id: 'cell-1', parameters: { power_raise_db: 2 },
  affected_entity_count: 3, confidence_score: 0.9, ...over,
});
export const prediction: PredictionV1 = {
  risk_score: 30, risk_level: 'LOW', impact_delta: -0.5, impact_by_kpi: { drops: -2 }, confidence_interval: [-1, 0.5], interval_by_kpi: { drops: [-3, -1] }, confidence: 0.8, basis: 'memory',
  traces: [{ trace_id: 't', weight: 1, similarity: 1, age_h: 2, impact_delta: 0, impact_by_kpi: {}, harmed: false }], explanation: 'three alike', memory_version: '1', made_at: '2026-03-01T10:00:00.000Z', input: { seed: 1 },
};
