import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { appsFolder } from '../parts.js';
import type { DemoParts } from '../stack.js';
import { simulatedTenant } from '../inventory.js';
import { apiAs, type Api } from './api.js';
import { demoAccount, demoAgent, demoBudget, demoBundle, demoPolicies } from './content.js';

const tracesFiles = ['traces', 'traces-with-offset'].map((name) =>
  join(appsFolder, '..', 'fixtures', 'demo', `${name}.ndjson`),
);

/** Interlock measures all six signals by itself. */
const sources = {
  trust_locked: 'internal',
  integrity_score: 'internal',
  consensus_pct: 'internal',
  reputation_score: 'internal',
  forecast_risk: 'internal',
  recent_responses: 'internal',
};
/**
 * The score at which the posture turns YELLOW. The default of 80 would spoil the demo. Its script
 * executes three actions and one is rolled back, so the handler and the optimiser get a reputation
 * of 66.67. With 80 the tenant would then be YELLOW, and the posture gate would ask a person about
 * every later action. That rollback is scripted, so it needs no attention; a reputation below 50
 * does.
 */
const yellowReputation = 50;

const greenMs = 30_000;
const lookEveryMs = 250;

/**
 * Waits until the signals have been measured. If the posture is still not GREEN, the gates report
 * the reason.
 */
const awaitGreen = async (api: Api): Promise<void> => {
  for (const until = performance.now() + greenMs; performance.now() < until;) {
    const { effective } = await api('get', '/api/v1/posture');
    if (effective === 'GREEN') return;
    await delay(lookEveryMs);
  }
};

/**
 * Resolves the open incidents of cells, as the field team would. Open incidents count towards
 * rolling back the bundle if there are too many failures.
 */
export const closeIncidents = async (api: Api, cells: readonly string[]): Promise<void> => {
  const { items } = await api('get', '/api/v1/incidents', { query: { status: 'open', limit: '50' } });
  for (const { id, entity_id } of items) {
    if (entity_id !== null && cells.includes(entity_id))
      await api('post', '/api/v1/incidents/{id}/resolve', {
        path: { id },
        body: { note: 'the field team has repaired the cell' },
      });
  }
};

/**
 * Provisions the tenant `demo`: decision memory, policies, a bundle that another person approved,
 * modes, budget, posture. `first` runs before all of it. A second call changes nothing.
 */
export const provisionDemo = async (
  stack: DemoParts,
  first: (author: Api) => Promise<void>,
  say: (text: string) => void,
): Promise<Api> => {
  const author = apiAs(stack.http, stack.issuer, { sub: 'demo-author', kind: 'person' });
  const approver = apiAs(stack.http, stack.issuer, { sub: 'demo-approver', kind: 'person' });
  await first(author);
  // After a long stop the signals are stale. The short dwell time saves the demo a minute of
  // waiting for GREEN.
  await author('put', '/api/v1/posture/config', {
    body: { dwell_s: 2, sources, thresholds: { yellow_reputation: yellowReputation } },
  });
  const green = awaitGreen(author);
  green.catch(() => undefined);
  const path = { tenantId: simulatedTenant };
  const known = await author('get', '/api/v1/policies/{tenantId}', { path });
  if (known.items.length > 0) {
    await green;
    return author;
  }

  const traces = tracesFiles.flatMap((file) =>
    readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object),
  );
  await author('post', '/api/v1/autonomous/digital-twin/traces/import', { body: traces });
  for (const policy of demoPolicies)
    await author('post', '/api/v1/policies/{tenantId}', { path, body: policy });
  const { id } = await author('post', '/api/v1/policy/bundles', { body: demoBundle });
  const { bundle_hash, flip_list_hash } = await approver('post', '/api/v1/policy/bundles/{id}/flip-list', {
    path: { id },
    body: {},
  });
  const { approval_id } = await approver('post', '/api/v1/policy/bundles/{id}/approvals', {
    path: { id },
    body: { bundle_hash, flip_list_hash, note: 'read and found fit for the demo' },
  });
  await author('post', '/api/v1/policy/bundles/{id}/activate', {
    path: { id },
    body: { approval_id, bundle_hash },
  });
  await author('put', '/api/v1/autonomy/limits', {
    body: {
      blast_radius_1h: 10_000,
      soak_s: 5,
      reason: 'the demo never rests, and shows an action in seconds',
    },
  });
  await author('put', '/api/v1/autonomy/config', {
    body: { mode: 'APPROVAL_REQUIRED', reason: 'the demo begins with a person for every action' },
  });
  await author('put', '/api/v1/autonomy/config', {
    body: {
      account_id: demoAccount,
      action_type: 'cell_failover',
      mode: 'AUTO_EXECUTE',
      reason: 'the demo shows failovers that run by themselves',
      // No action of this account exists yet.
      force: true,
    },
  });
  // The optimiser's own program asks for its budget, and a person approves that.
  const program = { sub: demoAgent, kind: 'service' } as const;
  await apiAs(stack.http, stack.issuer, program)('put', '/api/v1/autonomy/budget', {
    body: { account_id: demoAccount, ...demoBudget },
    why: 'the optimiser wants to run failovers by itself',
  });
  say(`the program ${demoAgent} asked for a budget, and a person approved it: interlock changes list`);
  await green;
  return author;
};
