import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { repository } from './stack.js';
import { tenant, account, agent, unique } from './names.js';
import type { Network } from './network.js';

const healthy = {
  trust_locked: false,
  integrity_score: 98.2,
  consensus_pct: 96,
  reputation_score: 88,
  forecast_risk: 'low',
  recent_responses: 0,
};

/**
 * The offset selects the path: 6 a window that a person may stop, 8 one that elapses after a
 * second, 10 one approval, 12 two.
 */
const policies: readonly object[] = [
  {
    policy_id: 'cell-failover',
    name: 'Cell failover within a site',
    action_types: ['cell_failover'],
    decision: 'ALLOW',
    max_affected_entities: 6,
    min_confidence: 0.75,
    conditions: [],
  },
  {
    policy_id: 'long-window',
    name: 'A person may stop it',
    action_types: ['cell_failover'],
    decision: 'CONFIRM',
    confirmation_window_s: 600,
    on_elapse: 'proceed',
    conditions: [{ field: 'parameters.cell_individual_offset', op: '==', value: 6 }],
  },
  {
    policy_id: 'short-window',
    name: 'A person may stop it, soon',
    action_types: ['cell_failover'],
    decision: 'CONFIRM',
    confirmation_window_s: 1,
    on_elapse: 'proceed',
    conditions: [{ field: 'parameters.cell_individual_offset', op: '==', value: 8 }],
  },
  {
    policy_id: 'expiring-window',
    name: 'Without a yes it expires',
    action_types: ['cell_failover'],
    decision: 'CONFIRM',
    confirmation_window_s: 1,
    on_elapse: 'expire',
    conditions: [{ field: 'parameters.cell_individual_offset', op: '==', value: 5 }],
  },
];
const bundle = {
  notes: 'e2e',
  rules: [
    {
      id: 'power',
      agent: '*',
      action: 'cell_failover',
      effect: 'deny',
      priority: 200,
      conditions: [{ field: 'parameters.power_raise_db', op: '>', value: 5 }],
      reason: 'more than 5 dB needs a new radio plan',
    },
    {
      id: 'two-people',
      agent: '*',
      action: 'cell_failover',
      effect: 'needs_approval',
      priority: 150,
      approvals_required: 2,
      conditions: [{ field: 'parameters.cell_individual_offset', op: '==', value: 12 }],
      reason: 'two people decide',
    },
    {
      id: 'one-person',
      agent: '*',
      action: 'cell_failover',
      effect: 'needs_approval',
      priority: 140,
      conditions: [{ field: 'parameters.cell_individual_offset', op: '==', value: 10 }],
      reason: 'a person decides',
    },
    {
      id: 'restore',
      agent,
      action: 'drift_restore',
      effect: 'needs_approval',
      priority: 100,
      conditions: [],
      reason: 'a person has looked at the drift',
    },
    {
      id: 'optimizer',
      agent,
      action: 'cell_failover',
      effect: 'allow',
      priority: 100,
      conditions: [],
      reason: 'routine',
    },
  ],
};

/**
 * The parts of a world that provisioning needs: its home, its devices, and calls that must succeed.
 */
type Provisioned = {
  readonly stack: { readonly home: string };
  readonly network: Network;
  must<T = { readonly [name: string]: unknown }>(
    method: string,
    path: string,
    body: unknown,
    who: { readonly sub: string },
  ): Promise<T>;
};

/** Reports healthy signals again, because a signal is stale after a quarter of an hour. */
const reportHealthy = async (world: Provisioned): Promise<void> => {
  for (const [name, value] of Object.entries(healthy))
    await world.must('PUT', `/api/v1/posture/signals/${name}`, { value }, { sub: 'author' });
};

/** Writes, approves and activates the bundle as a new version. */
const releaseBundle = async (world: Provisioned, version: string): Promise<void> => {
  const { id } = await world.must<{ readonly id: string }>(
    'POST',
    '/api/v1/policy/bundles',
    { ...bundle, version },
    { sub: 'author' },
  );
  const { bundle_hash, flip_list_hash } = await world.must(
    'POST',
    `/api/v1/policy/bundles/${id}/flip-list`,
    {},
    { sub: 'approver' },
  );
  const { approval_id } = await world.must(
    'POST',
    `/api/v1/policy/bundles/${id}/approvals`,
    { bundle_hash, flip_list_hash, note: 'read' },
    { sub: 'approver' },
  );
  await world.must(
    'POST',
    `/api/v1/policy/bundles/${id}/activate`,
    { approval_id, bundle_hash },
    { sub: 'author' },
  );
};

/**
 * Undoes the effects of deliberate failures. It renews signals, restores earned autonomy, and
 * reactivates a bundle that was rolled back for them, as a new version.
 */
export const forgiveFailures = async (world: Provisioned): Promise<void> => {
  await reportHealthy(world);
  await world.must(
    'POST',
    '/api/v1/autonomy/earned/lift',
    { account_id: account, action_type: 'cell_failover' },
    { sub: 'bert' },
  );
  const { active } = await world.must<{ readonly active: object | null }>(
    'GET',
    '/api/v1/policy/bundles/active',
    undefined,
    { sub: 'author' },
  );
  if (active === null) await releaseBundle(world, `1.0.${Math.floor(Date.now() / 1000)}`);
};

/**
 * The tenant: devices, decision memory, policies, an approved and active bundle, modes, a budget,
 * fresh signals.
 */
export const provisionTenant = async (
  world: Provisioned,
  options: { readonly budget?: number } = {},
): Promise<void> => {
  const author = { sub: 'author' };
  const topology = await world.network.topology();
  for (const {
    device_id,
    host,
    port,
    username,
    password,
    site_id,
    host_key_fingerprint,
    cells,
  } of await world.network.devices()) {
    mkdirSync(join(world.stack.home, 'credentials', tenant), { recursive: true, mode: 0o700 });
    const secret = join(world.stack.home, 'credentials', tenant, device_id);
    writeFileSync(secret, password, { mode: 0o600 });
    writeFileSync(`${secret}.for`, `${host}:${port}\n${host_key_fingerprint}\n`, { mode: 0o600 });
    await world.must(
      'POST',
      '/api/v1/devices',
      {
        device_id,
        host,
        port,
        username,
        credentials_ref: `file:${device_id}`,
        host_key_fingerprint,
        profile: '3gpp',
        site_id,
        cells: topology
          .filter(({ cell_id }) => cells.includes(cell_id))
          .map(({ cell_id, neighbours }) => ({
            cell_id,
            neighbours: neighbours.map((n) => ({ cell_id: n.cell_id, coverage: n.coverage })),
          })),
      },
      author,
    );
  }
  const traces = readFileSync(join(repository, 'fixtures/demo/traces.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  await world.must('POST', '/api/v1/autonomous/digital-twin/traces/import', traces, author);
  for (const policy of policies) await world.must('POST', `/api/v1/policies/${tenant}`, policy, author);
  await releaseBundle(world, '1.0.0');
  await world.must(
    'PUT',
    '/api/v1/autonomy/limits',
    { blast_radius_1h: 1_000_000, soak_s: 2, reason: 'a test runs in a few minutes what takes days' },
    author,
  );
  await world.must('PUT', '/api/v1/autonomy/config', { mode: 'APPROVAL_REQUIRED', reason: 'a test' }, author);
  await world.must(
    'PUT',
    '/api/v1/autonomy/config',
    {
      account_id: account,
      action_type: 'cell_failover',
      mode: 'AUTO_EXECUTE',
      reason: 'a test',
      force: true,
    },
    author,
  );
  await world.must(
    'PUT',
    '/api/v1/autonomy/budget',
    { account_id: account, max_autonomous_per_day: options.budget ?? 1000 },
    author,
  );
  // Only the test's reports count, because Interlock's own measures would reflect the test's
  // failures.
  const sources = Object.fromEntries(Object.keys(healthy).map((name) => [name, 'external']));
  await world.must('PUT', '/api/v1/posture/config', { dwell_s: 0, sources }, author);
  await reportHealthy(world);
};

/**
 * Records good outcomes on these cells, which the decision memory finds as nearest whatever else
 * happens. They promise small KPI gains, so that chance (or a cell healed by a restart) causes no
 * rollback; the handler's own limits still do.
 */
export const teachOutcomes = async (world: Provisioned, cells: readonly string[]): Promise<void> => {
  const traces = cells.flatMap((cell) =>
    [1, 2, 3, 4].map((n) => ({
      trace_id: unique(`taught-${cell}`),
      action_type: 'cell_failover',
      trigger_type: 'cell_failover',
      entity_id: cell,
      parameters: { power_raise_db: 3, cell_individual_offset: 3 },
      context: { affected_entity_count: 3 },
      outcome: 'COMPLETED',
      impact_delta: 10 + n / 10,
      impact_by_kpi: {
        users: -20 - n,
        throughput_mbps: -60 - n,
        latency_ms: 12 + n / 10,
        drop_rate_pct: 3 + n / 10,
        availability_pct: -3 - n / 10,
        load_pct: 40 + n,
      },
      age_h: n / 100,
    })),
  );
  for (let i = 0; i < traces.length; i += 100)
    await world.must('POST', '/api/v1/autonomous/digital-twin/traces/import', traces.slice(i, i + 100), {
      sub: 'author',
    });
};
