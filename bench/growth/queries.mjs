import { join } from 'node:path';

import { createDevIssuer } from '@interlock/platform';
import { scopes } from '@interlock/contracts';

import { account, tenant } from '../pipeline/tenant.mjs';

/** The usual queries of people and consoles, by name; `action` is a decided one. */
const queries = {
  'the newest actions': '/api/v1/autonomous/actions?limit=50',
  'the newest denied actions': '/api/v1/autonomous/actions?state=DENIED&limit=50',
  'one action': '/api/v1/autonomous/actions/{action}',
  'its timeline': '/api/v1/autonomous/actions/{action}/timeline',
  'the counts of actions': '/api/v1/autonomous/status',
  'a page of policies': `/api/v1/policies/${tenant}?limit=50`,
  'the bundles': '/api/v1/policy/bundles?limit=50',
  'the analytics of policies': '/api/v1/policy/analytics',
  'a page of devices': '/api/v1/devices?limit=50',
  "a device's transactions": '/api/v1/devices/gnb-001/transactions?limit=50',
  'the modes': '/api/v1/autonomy/config',
  'the budget': `/api/v1/autonomy/budget/state?account_id=${account}`,
  'the posture': '/api/v1/posture',
  'the open incidents': '/api/v1/incidents?limit=50',
  'the checkpoint': '/api/v1/audit/checkpoint',
  'the newest events': '/api/v1/audit/events?limit=50',
  'the stream of an action': `/api/v1/audit/streams/action-${tenant}:{action}`,
};
export const queryNames = Object.keys(queries);

/**
 * Queries as a person of the tenant; returns the milliseconds of an answer. Throws the text of a
 * refusal.
 */
export async function asker({ home, runtime }) {
  const issuer = await createDevIssuer(join(home, 'keys'));
  const token = await issuer.token({ tenant, scopes, sub: 'bench-reader', kind: 'person', ttlS: 36_000 });
  return async (name, action) => {
    const path = queries[name].replaceAll('{action}', action);
    const began = performance.now();
    const response = await fetch(`${runtime.http}${path}`, { headers: { authorization: `Bearer ${token}` } });
    const text = await response.text();
    if (!response.ok) throw new Error(`GET ${path} answered ${response.status}: ${text.slice(0, 300)}`);
    return performance.now() - began;
  };
}
