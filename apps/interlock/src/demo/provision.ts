import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Stack } from '../stack.js';
import { apiAs, must, type Api } from './api.js';
import { demoAccount, demoBudget, demoBundle, demoPolicies } from './content.js';

const tracesFiles = ['traces', 'traces-with-offset'].map((name) =>
  fileURLToPath(new URL(`../../../../fixtures/demo/${name}.ndjson`, import.meta.url)),
);

const signals: readonly (readonly [string, boolean | number | string])[] = [
  ['trust_locked', false],
  ['integrity_score', 98.2],
  ['consensus_pct', 96],
  ['reputation_score', 88],
  ['forecast_risk', 'low'],
  ['recent_responses', 0],
];

/** Reports all six posture signals as healthy. */
export const reportSignals = async (api: Api): Promise<void> => {
  for (const [name, value] of signals)
    await must(api.call('PUT', `/api/v1/posture/signals/${name}`, { value }), `signal ${name}`);
};

/** The field team has seen to its cells: what is open about them is resolved. An open incident would be a reason to take the bundle back as soon as failures were too many. */
export const closeIncidents = async (api: Api, cells: readonly string[]): Promise<void> => {
  const { items } = await must<{ items: readonly { incident_id: string; entity_id: string | null }[] }>(
    api.call('GET', '/api/v1/incidents?status=open&limit=50'),
    'the list of incidents',
  );
  for (const { incident_id, entity_id } of items) {
    if (entity_id !== null && cells.includes(entity_id))
      await must(
        api.call('POST', `/api/v1/incidents/${incident_id}/resolve`, {
          note: 'the field team has repaired the cell',
        }),
        `incident ${incident_id}`,
      );
  }
};

/** The tenant `demo`: decision memory, policies, a bundle that another person approved, modes, budget, signals; `first` comes before all of it. Twice changes nothing. */
export const provisionDemo = async (stack: Stack, first: (author: Api) => Promise<void>): Promise<Api> => {
  const author = apiAs(stack.http, stack.issuer, { sub: 'demo-author', kind: 'person' });
  const approver = apiAs(stack.http, stack.issuer, { sub: 'demo-approver', kind: 'person' });
  await first(author);
  // After a long stop the signals were stale: the demo does not wait a minute for GREEN.
  await must(author.call('PUT', '/api/v1/posture/config', { dwell_s: 2 }), 'the posture configuration');
  await reportSignals(author);
  const known = await must<{ items: readonly { policy_id: string }[] }>(
    author.call('GET', '/api/v1/policies/demo'),
    'the list of policies',
  );
  if (known.items.length > 0) return author;

  const traces = tracesFiles.flatMap((file) =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object),
  );
  await must(
    author.call('POST', '/api/v1/autonomous/digital-twin/traces/import', traces),
    'the import of traces',
  );
  for (const policy of demoPolicies)
    await must(author.call('POST', '/api/v1/policies/demo', policy), 'a policy');
  const made = await must<{ id: string }>(
    author.call('POST', '/api/v1/policy/bundles', demoBundle),
    'the bundle',
  );
  const { bundle_hash, flip_list_hash } = await must<{ bundle_hash: string; flip_list_hash: string }>(
    approver.call('POST', `/api/v1/policy/bundles/${made.id}/flip-list`, {}),
    'the flip list of the bundle',
  );
  const approval = await must<{ approval_id: string }>(
    approver.call('POST', `/api/v1/policy/bundles/${made.id}/approvals`, {
      bundle_hash,
      flip_list_hash,
      note: 'read and found fit for the demo',
    }),
    'the approval of the bundle',
  );
  await must(
    author.call('POST', `/api/v1/policy/bundles/${made.id}/activate`, {
      approval_id: approval.approval_id,
      bundle_hash,
    }),
    'the activation of the bundle',
  );
  await must(
    author.call('PUT', '/api/v1/autonomy/config', { mode: 'APPROVAL_REQUIRED' }),
    "the tenant's mode",
  );
  await must(
    author.call('PUT', '/api/v1/autonomy/config', {
      account_id: demoAccount,
      action_type: 'cell_failover',
      mode: 'AUTO_EXECUTE',
    }),
    'the mode of the account',
  );
  await must(
    author.call('PUT', '/api/v1/autonomy/budget', { account_id: demoAccount, ...demoBudget }),
    'the budget',
  );
  return author;
};
