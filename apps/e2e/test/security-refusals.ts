import { ask, leakIn } from './security-doors.js';
import { tenant } from './names.js';
import type { World } from './world.js';

/** Why an answer is no proper refusal, or null. */
export const faultOf = (
  { status, type, text }: Awaited<ReturnType<typeof ask>>,
  allowed: readonly number[],
): string | null => {
  if (!allowed.includes(status)) return `answers ${status} ${text.slice(0, 120)}`;
  if (!type.startsWith('application/problem+json')) return `answers ${status} as ${type}`;
  const problem = JSON.parse(text) as { readonly status: number; readonly code?: string };
  if (problem.status !== status || problem.code === undefined)
    return `is not a problem document: ${text.slice(0, 120)}`;
  const leak = leakIn(text);
  return leak === undefined ? null : `says \`${leak}\``;
};

/** Requests whose bodies name a foreign tenant, by route. */
export const foreignBodies = (world: Pick<World, 'intent'>): { readonly [route: string]: object } => ({
  'POST /api/v1/autonomous/actions': world.intent('cell-s01-1'),
  'POST /api/v1/adapters/netconf/execute': world.intent('cell-s01-1'),
  'POST /api/v1/adapters/netconf/connect': { device_id: 'gnb-s01' },
  'POST /api/v1/adapters/netconf/validate': {
    action_type: 'cell_failover',
    entity_id: 'cell-s01-1',
    parameters: { power_raise_db: 3 },
  },
  'POST /api/v1/autonomous/kill-switch': { scope: 'tenant', tenant_id: tenant, engaged: true, reason: 'x' },
  'POST /api/v1/autonomous/digital-twin/predict': {
    tenant_id: tenant,
    action_type: 'cell_failover',
    entity_id: 'cell-s01-1',
    parameters: {},
  },
  'PUT /api/v1/autonomy/auto-approval': { tenant_id: tenant, kill_switch: true },
  'PUT /api/v1/autonomy/budget': { tenant_id: tenant, account_id: 'ran-north', max_autonomous_per_day: 0 },
  'PUT /api/v1/autonomy/limits': { tenant_id: tenant, soak_s: 1, reason: 'a test' },
  'PUT /api/v1/autonomy/config': { tenant_id: tenant, mode: 'DISABLED', reason: 'a test' },
  'POST /api/v1/devices/{id}/release': { reason: 'x' },
  'POST /api/v1/policies/{tenantId}': {
    policy_id: 'theirs',
    name: 'x',
    action_types: ['cell_failover'],
    decision: 'DENY',
    conditions: [],
  },
  'PATCH /api/v1/policies/{tenantId}/{policyId}': { status: 'retired' },
  'POST /api/v1/policies/{tenantId}/evaluate': { intent: { agent: 'x', action_type: 'cell_failover' } },
  'PUT /api/v1/posture/signals/{name}': { value: true },
  'PUT /api/v1/posture/config': { dwell_s: 9 },
  'POST /api/v1/policy/bundles': { version: '9.0.0', rules: [] },
  'POST /api/v1/autonomous/actions/{id}/extend': { seconds: 60 },
});

/**
 * The routes by which a person may write for the tenant: method, path, body, and the stream of the
 * resulting event.
 */
export const writesByNomad = [
  [
    'PUT',
    '/api/v1/autonomy/config',
    { account_id: 'nomads', mode: 'DISABLED', reason: 'a test', force: true },
    `autonomy-${tenant}:config`,
  ],
  [
    'PUT',
    '/api/v1/autonomy/budget',
    { account_id: 'nomads', max_autonomous_per_day: 1 },
    `autonomy-${tenant}:budget=nomads`,
  ],
  [
    'PUT',
    '/api/v1/autonomy/auto-approval',
    { blocked_action_types: ['nomads'] },
    `autonomy-${tenant}:auto_approval`,
  ],
  ['PUT', '/api/v1/posture/config', { dwell_s: 1 }, null],
  ['PUT', '/api/v1/posture/signals/recent_responses', { value: 1 }, `signal-${tenant}:recent_responses`],
  [
    'POST',
    `/api/v1/policies/${tenant}`,
    {
      policy_id: 'nomads',
      name: 'n',
      action_types: ['cell_failover'],
      decision: 'DENY',
      conditions: [{ field: 'account_id', op: '==', value: 'nomads' }],
    },
    `policy-${tenant}:nomads`,
  ],
  ['POST', '/api/v1/policy/bundles', { version: '3.0.0', rules: [] }, null],
] as const;
