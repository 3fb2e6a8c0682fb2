import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { scopes, systemTenant, throughChange } from '@interlock/contracts';
import { newBusKey } from '@interlock/jetstream';
import { createDevIssuer } from '@interlock/platform';

export const tenant = 'bench';
export const account = 'bench-account';
export const agent = 'bench-agent';
/** The user of the bus that publishes the intents. */
export const user = 'bench.upstream';
const traces = fileURLToPath(new URL('../../fixtures/demo/traces.ndjson', import.meta.url));
const signals = {
  trust_locked: false,
  integrity_score: 98.2,
  consensus_pct: 96,
  reputation_score: 88,
  forecast_risk: 'low',
  recent_responses: 0,
};

/** A tenant's typical rules: some dozen of other agents around the three that decide here. */
const rules = [
  ...Array.from({ length: 40 }, (_, i) => ({
    id: `other-${i}`,
    agent: `agent-${i % 8}`,
    action: ['inbox.allow', 'planner.deploy', 'knowledge.reindex'][i % 3],
    effect: 'allow',
    priority: 10 + i,
    conditions: [{ field: 'risk_score', op: '<=', value: 20 + i }],
    reason: 'routine of another agent',
  })),
  {
    id: 'spam',
    agent: '*',
    action: 'inbox.archive',
    effect: 'deny',
    priority: 200,
    conditions: [{ field: 'parameters.category', op: '==', value: 'legal' }],
    reason: 'mail of the lawyers is kept',
  },
  {
    id: 'archive',
    agent,
    action: 'inbox.archive',
    effect: 'allow',
    priority: 100,
    conditions: [],
    reason: 'archiving is routine',
  },
  {
    id: 'failover',
    agent,
    action: 'cell_failover',
    effect: 'allow',
    priority: 100,
    conditions: [{ field: 'risk_score', op: '<=', value: 60 }],
    reason: 'a failover of low risk is routine',
  },
];
const policies = [
  {
    policy_id: 'failover',
    name: 'Cell failover within a site',
    action_types: ['cell_failover'],
    decision: 'ALLOW',
    max_affected_entities: 1000,
    min_confidence: 0.7,
    conditions: [],
  },
  {
    policy_id: 'archive',
    name: 'Archiving',
    action_types: ['inbox.archive'],
    decision: 'ALLOW',
    conditions: [],
  },
];

/** Calls the public API as one person; throws the text of a refusal. */
export async function apiAs(http, keys, sub, of = tenant) {
  const issuer = await createDevIssuer(keys);
  const token = await issuer.token({ tenant: of, scopes, sub, kind: 'person', ttlS: 36_000 });
  const ask = async (method, path, body) => {
    const response = await fetch(`${http}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return { status: response.status, body: text === '' ? null : JSON.parse(text) };
  };
  // In an embedded home one person suffices for what loosens.
  return async (method, path, body) => {
    const answer = await throughChange(
      () => ask(method, path, body),
      ({ change_id, digest }) => ask('POST', `/api/v1/changes/${change_id}/approve`, { digest }),
    );
    return answer.body;
  };
}

async function registerDevices(api, home, simulator) {
  const { cells: planned } = await (await fetch(`${simulator.control}/topology`)).json();
  for (const {
    device_id,
    host,
    port,
    username,
    password,
    site_id,
    host_key_fingerprint,
    cells,
  } of simulator.devices) {
    mkdirSync(join(home, 'credentials', tenant), { recursive: true, mode: 0o700 });
    const secret = join(home, 'credentials', tenant, device_id);
    writeFileSync(secret, password, { mode: 0o600 });
    writeFileSync(`${secret}.for`, `${host}:${port}\n${host_key_fingerprint}\n`, { mode: 0o600 });
    await api('POST', '/api/v1/devices', {
      device_id,
      host,
      port,
      username,
      credentials_ref: `file:${device_id}`,
      host_key_fingerprint,
      profile: '3gpp',
      site_id,
      cells: planned
        .filter(({ cell_id }) => cells.includes(cell_id))
        .map(({ cell_id, neighbours }) => ({
          cell_id,
          neighbours: neighbours.map((one) => ({ cell_id: one.cell_id, coverage: one.coverage })),
        })),
    });
  }
}

/** The simulator of a home: the address of its control API, and its devices. */
export async function simulatorOf(home) {
  const { simulator: port } = JSON.parse(readFileSync(join(home, 'ports.json'), 'utf8'));
  const control = `http://127.0.0.1:${port}/${readFileSync(join(home, 'simulator', 'key'), 'utf8')}`;
  return { control, devices: (await (await fetch(`${control}/devices`)).json()).devices };
}

/** Registers the tenant with its own user. Returns the logins of that user and the operator. */
async function registerTenant({ home, runtime }) {
  const system = await apiAs(runtime.http, join(home, 'keys'), 'bench-operator', systemTenant);
  const { seed, public_key } = newBusKey();
  await system('POST', '/api/v1/autonomous/tenants', { name: tenant });
  await system('POST', `/api/v1/autonomous/tenants/${tenant}/credentials`, {
    kind: 'bus',
    name: user,
    public_key,
    agents: [agent],
    accounts: [account],
  });
  const { operator } = JSON.parse(readFileSync(join(home, 'secrets', 'bus.json'), 'utf8'));
  return { operator: { user: 'operator', password: operator }, upstream: { user, seed } };
}

/**
 * Makes the tenant ready by the public API: devices, decision memory, policies, an approved bundle,
 * modes, a budget, a healthy posture.
 */
export async function provisionTenant({ home, runtime }, simulator) {
  const users = await registerTenant({ home, runtime });
  const keys = join(home, 'keys');
  const api = await apiAs(runtime.http, keys, 'bench-author');
  const approver = await apiAs(runtime.http, keys, 'bench-approver');
  await registerDevices(api, home, simulator);
  for (const [name, value] of Object.entries(signals))
    await api('PUT', `/api/v1/posture/signals/${name}`, { value });
  await api(
    'POST',
    '/api/v1/autonomous/digital-twin/traces/import',
    readFileSync(traces, 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line)),
  );
  for (const policy of policies) await api('POST', `/api/v1/policies/${tenant}`, policy);
  const { id } = await api('POST', '/api/v1/policy/bundles', {
    version: '1.0.0',
    notes: "the benchmark's rules",
    rules,
  });
  const { bundle_hash, flip_list_hash } = await approver(
    'POST',
    `/api/v1/policy/bundles/${id}/flip-list`,
    {},
  );
  const { approval_id } = await approver('POST', `/api/v1/policy/bundles/${id}/approvals`, {
    bundle_hash,
    flip_list_hash,
    note: 'read',
  });
  await api('POST', `/api/v1/policy/bundles/${id}/activate`, { approval_id, bundle_hash });
  await api('PUT', '/api/v1/autonomy/limits', {
    blast_radius_1h: 1_000_000_000,
    soak_s: 0.1,
    reason: 'a measurement fills the hour',
  });
  await api('PUT', '/api/v1/autonomy/config', { mode: 'AUTO_EXECUTE', reason: 'a bench' });
  for (const action_type of ['cell_failover', 'inbox.archive'])
    await api('PUT', '/api/v1/autonomy/config', {
      account_id: account,
      action_type,
      mode: 'AUTO_EXECUTE',
      reason: 'a bench',
      force: true,
    });
  await api('PUT', '/api/v1/autonomy/budget', {
    account_id: account,
    max_autonomous_per_day: 100_000,
    max_per_action_type: { cell_failover: 100_000 },
  });
  return users;
}
