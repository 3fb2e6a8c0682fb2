import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Stack } from '../stack.js';
import { apiAs, must, type Api } from './api.js';

export const demoAgent = 'ran-optimizer';
export const demoAccount = 'ran-north';
const tracesFile = fileURLToPath(new URL('../../../../fixtures/demo/traces.ndjson', import.meta.url));

const signals: readonly (readonly [string, boolean | number | string])[] = [
  ['trust_locked', false], ['integrity_score', 98.2], ['consensus_pct', 96], ['reputation_score', 88], ['forecast_risk', 'low'], ['recent_responses', 0],
];

/** Reports all six posture signals as healthy. */
export const reportSignals = async (api: Api): Promise<void> => {
  for (const [name, value] of signals) await must(api.call('PUT', `/api/v1/posture/signals/${name}`, { value }), `signal ${name}`);
};

const policies: readonly object[] = [
  { policy_id: 'cell-failover', name: 'Cell failover within a site', action_types: ['cell_failover'], decision: 'ALLOW', max_affected_entities: 6, min_confidence: 0.75, conditions: [] },
  {
    policy_id: 'busy-neighbours', name: 'A person may stop a failover with a large offset', action_types: ['cell_failover'], decision: 'CONFIRM', confirmation_window_s: 30, on_elapse: 'proceed',
    conditions: [{ field: 'parameters.cell_individual_offset', op: '>=', value: 6 }],
  },
];

const bundle = {
  version: '1.0.0', notes: 'What the optimiser of the demo may do by itself',
  rules: [
    { id: 'cf-power', agent: '*', action: 'cell_failover', effect: 'deny', priority: 200, conditions: [{ field: 'parameters.power_raise_db', op: '>', value: 5 }], reason: 'Raising power by more than 5 dB needs a new radio plan' },
    { id: 'cf-optimizer', agent: demoAgent, action: 'cell_failover', effect: 'allow', priority: 100, conditions: [{ field: 'risk_score', op: '<=', value: 40 }], reason: 'A failover of low risk is routine', budget: { cost: 25, compute: 5 } },
    { id: 'cf-other', agent: '*', action: 'cell_failover', effect: 'needs_approval', priority: 10, conditions: [], reason: 'Everything else is for a person to decide', budget: { cost: 25, compute: 5 } },
  ],
};

/** The tenant `demo`: decision memory, policies, a bundle that another person approved, modes, budget, signals. Twice changes nothing. */
export const provisionDemo = async (stack: Stack): Promise<Api> => {
  const author = apiAs(stack.http, stack.issuer, { sub: 'demo-author', kind: 'person' });
  const approver = apiAs(stack.http, stack.issuer, { sub: 'demo-approver', kind: 'person' });
  // After a long stop the signals were stale: the demo does not wait a minute for GREEN.
  await must(author.call('PUT', '/api/v1/posture/config', { dwell_s: 2 }), 'the posture configuration');
  await reportSignals(author);
  const known = await must<{ items: readonly { policy_id: string }[] }>(author.call('GET', '/api/v1/policies/demo'), 'the list of policies');
  if (known.items.length > 0) return author;

  const traces = readFileSync(tracesFile, 'utf8').trim().split('\n').map((line) => JSON.parse(line) as object);
  await must(author.call('POST', '/api/v1/autonomous/digital-twin/traces/import', traces), 'the import of traces');
  for (const policy of policies) await must(author.call('POST', '/api/v1/policies/demo', policy), 'a policy');
  const made = await must<{ id: string }>(author.call('POST', '/api/v1/policy/bundles', bundle), 'the bundle');
  const { bundle_hash, flip_list_hash } = await must<{ bundle_hash: string; flip_list_hash: string }>(approver.call('POST', `/api/v1/policy/bundles/${made.id}/flip-list`, {}), 'the flip list of the bundle');
  const approval = await must<{ approval_id: string }>(approver.call('POST', `/api/v1/policy/bundles/${made.id}/approvals`, { bundle_hash, flip_list_hash, note: 'read and found fit for the demo' }), 'the approval of the bundle');
  await must(author.call('POST', `/api/v1/policy/bundles/${made.id}/activate`, { approval_id: approval.approval_id, bundle_hash }), 'the activation of the bundle');
  await must(author.call('PUT', '/api/v1/autonomy/config', { mode: 'APPROVAL_REQUIRED' }), 'the tenant\'s mode');
  await must(author.call('PUT', '/api/v1/autonomy/config', { account_id: demoAccount, action_type: 'cell_failover', mode: 'AUTO_EXECUTE' }), 'the mode of the account');
  await must(author.call('PUT', '/api/v1/autonomy/budget', { account_id: demoAccount, max_autonomous_per_day: 200, max_per_action_type: { cell_failover: 200 } }), 'the budget');
  return author;
};
