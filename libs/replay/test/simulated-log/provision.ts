import {
  autoApprovalDecider,
  autoApprovalLoosens,
  autoApprovalStream,
  budgetDecider,
  budgetLoosens,
  budgetStream,
  defaultAutoApprovalConfig,
  modeDecider,
  modesLoosens,
  modeStream,
} from '@interlock/autonomy';
import { buildTopology, deviceDecider, type Device } from '@interlock/network';
import {
  bundleDecider,
  bundleHash,
  bundleIdOf,
  compilePolicies,
  evaluableBundle,
  FlipCollector,
  normalBundle,
  rolloutDecider,
  RuleIndex,
  type PolicyV1,
} from '@interlock/policy';
import { defaultPostureConfig, postureConfigDecider, postureLoosens } from '@interlock/posture';
import { postureTableOf } from '@interlock/rails';
import { writeSetting } from './changes.ts';
import { type Journal, tenant, account, person } from './journal.ts';
import { writePolicy } from './policies.ts';
import { reportSignals } from './posture.ts';

/** The setup of a tenant before its first action. */
export const provision = (log: Journal): void => {
  const anna = person('anna');
  const content = (name: string, decision: PolicyV1['decision'], over: object = {}) => ({
    name,
    action_types: ['cell_failover'],
    conditions: [],
    decision,
    max_affected_entities: null,
    min_confidence: null,
    confirmation_window_s: null,
    confirm_above_entities: null,
    on_elapse: 'proceed' as const,
    ...over,
  });
  reportSignals(log);
  const postureConfig = postureLoosens(postureTableOf({}));
  writeSetting(
    log,
    {
      stream: `posture-${tenant}:config`,
      decider: postureConfigDecider,
      loosens: (before, after) => postureConfig(before.config, after.config),
    },
    { kind: 'ConfigurePosture', config: { ...defaultPostureConfig, dwell_s: 0 } },
    anna,
  );
  const offset = (value: number): object => ({
    field: 'parameters.cell_individual_offset',
    op: '==',
    value,
  });
  const policies = {
    failover: content('failover', 'ALLOW', { max_affected_entities: 6, min_confidence: 0.1 }),
    window: content('window', 'CONFIRM', { confirmation_window_s: 20, conditions: [offset(8)] }),
    strict: content('strict', 'CONFIRM', {
      confirmation_window_s: 20,
      on_elapse: 'expire',
      conditions: [offset(5)],
    }),
  };
  for (const [id, of] of Object.entries(policies))
    writePolicy(
      log,
      id,
      { kind: 'CreatePolicy', policy_id: id, content: of as never, status: 'active' },
      anna,
    );
  writePolicy(log, 'failover', { kind: 'ChangePolicy', change: { min_confidence: 0.05 } }, anna);
  const rules = normalBundle({
    version: '1.0.0',
    rules: [
      ...Array.from({ length: 20 }, (_, i) => ({
        id: `other-${i}`,
        agent: `agent-${i % 5}`,
        action: 'cell_failover',
        effect: 'allow' as const,
        priority: 10 + i,
        conditions: [{ field: 'risk_score', op: '<=' as const, value: 20 + i }],
      })),
      {
        id: 'power',
        agent: '*',
        action: 'cell_failover',
        effect: 'deny',
        priority: 200,
        conditions: [{ field: 'parameters.power_raise_db', op: '>', value: 5 }],
        reason: 'too much power',
      },
      {
        id: 'two',
        agent: '*',
        action: 'cell_failover',
        effect: 'needs_approval',
        priority: 150,
        approvals_required: 2,
        conditions: [{ field: 'parameters.cell_individual_offset', op: '==', value: 12 }],
      },
      { id: 'all', agent: 'optimizer', action: 'cell_failover', effect: 'allow', priority: 100 },
    ],
  });
  const [bundle, hash] = [bundleIdOf(tenant, '1.0.0'), bundleHash(rules)];
  log.tell(
    `bundle-${tenant}:${bundle}`,
    bundleDecider,
    { kind: 'CreateBundle', bundle_id: bundle, content: rules, source: 'api' },
    anna,
  );
  const list = new FlipCollector(new RuleIndex(rules.rules), null, compilePolicies([])).list({
    bundle_id: bundle,
    version: '1.0.0',
    bundle_hash: hash,
    against_hash: null,
    from: log.at,
    to: log.at,
    position: `${log.position}`,
    capped: false,
  });
  for (const command of [
    { kind: 'RecordFlipList', list },
    {
      kind: 'ApproveBundle',
      actor: person('ben'),
      approval_id: 'yes',
      bundle_hash: hash,
      flip_list_hash: list.flip_list_hash,
      note: '',
    },
  ] as const)
    log.tell(`bundle-${tenant}:${bundle}`, bundleDecider, command, person('ben'));
  log.tell(`bundle-${tenant}:${bundle}`, bundleDecider, { kind: 'ReleaseBundle', approval_id: 'yes' }, anna);
  log.tell(
    `rollout-${tenant}:all`,
    rolloutDecider,
    {
      kind: 'ActivateBundle',
      bundle_id: bundle,
      bundle_version: '1.0.0',
      bundle_hash: hash,
      approval_id: 'yes',
      canary_pct: 100,
    },
    anna,
  );
  log.bundle = evaluableBundle({
    bundle_id: bundle,
    version: '1.0.0',
    bundle_hash: hash,
    rules: rules.rules,
  });
  compileActive(log);
  const modes = { stream: modeStream(tenant), decider: modeDecider, loosens: modesLoosens(tenant) };
  writeSetting(log, modes, { kind: 'SetTimeZone', time_zone: 'Europe/Berlin' }, anna);
  writeSetting(log, modes, { kind: 'SetMode', key: {}, mode: 'APPROVAL_REQUIRED' }, anna);
  const key = { account_id: account, action_type: 'cell_failover' };
  writeSetting(log, modes, { kind: 'SetMode', key, mode: 'AUTO_EXECUTE' }, anna);
  const limits = {
    max_autonomous_per_day: 100_000,
    max_per_action_type: { cell_failover: 60_000 },
    decay_if_unused: true,
  };
  writeSetting(
    log,
    { stream: budgetStream(tenant, account), decider: budgetDecider, loosens: budgetLoosens(false) },
    { kind: 'SetBudget', account_id: account, limits },
    anna,
  );
  const confidence_thresholds = { LOW: 0.1, MEDIUM: 0.2, HIGH: 0.3 };
  writeSetting(
    log,
    {
      stream: autoApprovalStream(tenant),
      decider: autoApprovalDecider,
      loosens: (before, after) => autoApprovalLoosens(before.config, after.config),
    },
    { kind: 'ConfigureAutoApproval', config: { ...defaultAutoApprovalConfig, confidence_thresholds } },
    anna,
  );
  const devices = Array.from({ length: 12 }, (_, n): Device => ({
    device_id: `gnb-${n}`,
    host: '192.0.2.1',
    port: 830,
    username: 'u',
    credentials_ref: 'env:DEVICE',
    host_key_fingerprint: `SHA256:${'A'.repeat(43)}`,
    profile: '3gpp',
    site_id: `s-${n}`,
    cells: [`cell-${n}`, `cell-${n}-b`, `cell-${n}-c`].map((cell_id, i, [, ...beside]) => ({
      cell_id,
      neighbours: i > 0 ? [] : beside.map((other) => ({ cell_id: other, coverage: 'FULL' })),
    })),
  }));
  for (const device of devices)
    log.tell(`device-${tenant}:${device.device_id}`, deviceDecider, { kind: 'RegisterDevice', device }, anna);
  log.topology = buildTopology(devices, `${log.position}`);
  for (let n = 0; n < 6; n += 1) {
    const trace = {
      trace_id: `t-${n}`,
      action_id: null,
      action_type: 'cell_failover',
      trigger_type: 'cell_failover',
      entity_id: 'cell-0',
      parameters: { power_raise_db: 3, cell_individual_offset: 3 },
      context: { affected_entity_count: 3 },
      incident_id: null,
      outcome: 'COMPLETED' as const,
      harmed: false,
      finished_at: log.at,
      predicted: null,
      imported: true,
      impact_delta: 10 + n,
      impact_by_kpi: { drop_rate_pct: -3 - n / 10 },
    };
    log.append(`trace-${tenant}:${log.at.slice(0, 10)}`, [{ type: 'TraceImported', data: trace }], anna);
    log.memory.add(trace, `${log.position}`);
  }
};

/** Compiles the tenant's present policies. */
export const compileActive = (log: Journal): void => {
  log.policies = compilePolicies(
    ['failover', 'window', 'strict'].map((id) =>
      (log.streams.get(`policy-${tenant}:${id}`)!.state as { versions: PolicyV1[] }).versions.at(-1)!,
    ),
  );
};
