import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { appsFolder } from '../parts.js';
import type { Stack } from '../stack.js';
import { simulatedTenant } from '../inventory.js';
import { apiAs, type Api } from './api.js';
import { demoAccount, demoBudget, demoBundle, demoPolicies } from './content.js';

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
 * The default of 80 would end the demo's point: of the three actions that its script executes one
 * is rolled back, which makes the reputation of the handler and of the optimiser 66.67, so that the
 * tenant would be YELLOW from then on and the posture gate would ask a person about every action
 * that follows. That rollback is the demo's own making and no news; below 50, the reputation says
 * something that is.
 */
const yellowReputation = 50;

const greenMs = 30_000;
const lookEveryMs = 250;

/**
 * Waits until the signals have been measured; what still isn't GREEN then has a reason, which the
 * gates will say.
 */
const awaitGreen = async (api: Api): Promise<void> => {
  for (const until = performance.now() + greenMs; performance.now() < until;) {
    const { effective } = await api('get', '/api/v1/posture');
    if (effective === 'GREEN') return;
    await delay(lookEveryMs);
  }
};

/**
 * The field team has seen to its cells: what is open about them is resolved. An open incident would
 * be a reason to take the bundle back as soon as failures were too many.
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
 * The tenant `demo`: decision memory, policies, a bundle that another person approved, modes,
 * budget, posture; `first` comes before all of it. Twice changes nothing.
 */
export const provisionDemo = async (stack: Stack, first: (author: Api) => Promise<void>): Promise<Api> => {
  const author = apiAs(stack.http, stack.issuer, { sub: 'demo-author', kind: 'person' });
  const approver = apiAs(stack.http, stack.issuer, { sub: 'demo-approver', kind: 'person' });
  await first(author);
  // After a long stop the signals were stale: the demo does not wait a minute for GREEN.
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
      // No action of this account has been seen yet.
      force: true,
    },
  });
  await author('put', '/api/v1/autonomy/budget', { body: { account_id: demoAccount, ...demoBudget } });
  await green;
  return author;
};
