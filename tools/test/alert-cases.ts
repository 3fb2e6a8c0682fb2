/** The samples of a series, a minute apart, in the notation of `promtool test rules`. */
type Series = { readonly [series: string]: string };

/** A rule with samples at which it must be quiet, and samples at which it must fire. */
export type AlertCase = {
  readonly alert: string;
  readonly severity: string;
  readonly quiet: Series;
  readonly fires: Series;
  /** The labels of the alert that fires, besides its severity. */
  readonly labels?: { readonly [label: string]: string };
};

/** The minute at which each rule is looked at: longer than any `for` and any range together. */
export const lastMinute = 60;

const still = (value: number): string => `${value}x${lastMinute}`;
const grows = (by: number): string => `0+${by}x${lastMinute}`;
/** Nothing happens until the alert is looked at, and then `count` at once. */
const lately = (count: number): string => `0x${lastMinute - 2} ${count}x2`;

const scraped = [
  'policy-registry',
  'policy-evaluator',
  'digital-twin',
  'safety-rails',
  'netconf-gateway',
  'agent-gateway',
  'budget-ledger',
  'alerting',
  'posture',
  'audit',
  'relay',
  'edge',
];
const upOf = (service: string): string => `up{job="interlock",service="${service}",instance="${service}:1"}`;
const allUp: Series = Object.fromEntries(scraped.map((service) => [upOf(service), still(1)]));
const ended = (state: string, type = 'cell_failover'): string =>
  `interlock_actions_ended_total{action_type="${type}",state="${state}",dry_run="false"}`;
const requests = (route: string, status: string): string =>
  `http_request_duration_seconds_count{service="audit",method="GET",route="${route}",status="${status}"}`;
const ofBundle = (name: string): string => `${name}{tenant="demo",bundle="1.0.0"}`;
const pool = (state: string): string => `database_pool_connections{service="audit",state="${state}"}`;
const appends = (outcome: string): string =>
  `log_append_duration_seconds_count{service="audit",outcome="${outcome}"}`;
const gate = (verdict: string): string => `interlock_gate_verdicts_total{gate="policy",verdict="${verdict}"}`;
const storage = (state: string): string => `bus_storage_bytes{state="${state}"}`;
const check = 'health_check_ok{service="audit",check="log"}';

/** A case for each rule about the platform itself. */
export const platformCases: readonly AlertCase[] = [
  {
    alert: 'service_down',
    severity: 'critical',
    quiet: { ...allUp, [upOf('audit')]: `1x40 0 1x${lastMinute - 41}` },
    fires: { ...allUp, [upOf('audit')]: `1x40 0x${lastMinute - 41}` },
    labels: { job: 'interlock', service: 'audit' },
  },
  ...scraped.map((gone) => ({
    alert: 'service_down',
    severity: 'critical',
    quiet: allUp,
    fires: Object.fromEntries(Object.entries(allUp).filter(([series]) => series !== upOf(gone))),
    labels: { job: 'interlock', service: gone },
  })),
  {
    alert: 'rollback_failed',
    severity: 'critical',
    quiet: { [ended('ROLLBACK_FAILED')]: still(3), [ended('COMPLETED')]: grows(1) },
    fires: { [ended('ROLLBACK_FAILED')]: lately(1) },
    labels: { action_type: 'cell_failover' },
  },
  {
    alert: 'many_rollbacks',
    severity: 'high',
    // One of one is no share to wake somebody for.
    quiet: {
      [ended('COMPLETED')]: grows(1),
      [ended('ROLLED_BACK')]: `0+0.1x${lastMinute}`,
      [ended('COMPLETED', 'rare')]: still(0),
      [ended('ROLLED_BACK', 'rare')]: `0x50 1x${lastMinute - 51}`,
    },
    fires: { [ended('COMPLETED')]: grows(1), [ended('ROLLED_BACK')]: grows(1) },
    labels: { action_type: 'cell_failover' },
  },
  {
    alert: 'gate_errors',
    severity: 'high',
    quiet: { [gate('error')]: still(0), [gate('pass')]: grows(10) },
    fires: { [gate('error')]: lately(1), [gate('pass')]: grows(10) },
    labels: { gate: 'policy' },
  },
  {
    alert: 'policy_errors',
    severity: 'medium',
    quiet: {
      'interlock_policy_decisions_total{decision="allow"}': grows(1000),
      'interlock_policy_errors_total{code="internal-error"}': grows(1),
    },
    fires: {
      'interlock_policy_decisions_total{decision="allow"}': grows(50),
      'interlock_policy_errors_total{code="internal-error"}': grows(1),
    },
  },
  ...(
    [
      ['high', '0.06'],
      ['critical', '0.11'],
    ] as const
  ).map(([severity, share]) => ({
    alert: 'policy_error_rate',
    severity,
    // A quarter of four executions says nothing.
    quiet: {
      [ofBundle('policy_error_rate_5m')]: `0.25x${lastMinute}`,
      [ofBundle('policy_executions_5m')]: still(4),
    },
    fires: {
      [ofBundle('policy_error_rate_5m')]: `${share}x${lastMinute}`,
      [ofBundle('policy_executions_5m')]: still(100),
    },
    labels: { tenant: 'demo', bundle: '1.0.0' },
  })),
  {
    alert: 'canary_gate',
    severity: 'medium',
    quiet: {
      'policy_canary_gate_passed{tenant="demo",bundle="1.1.0",gate="decisions"}': still(0),
      'policy_canary_gate_passed{tenant="demo",bundle="1.1.0",gate="error_rate"}': still(1),
    },
    fires: { 'policy_canary_gate_passed{tenant="demo",bundle="1.1.0",gate="error_rate"}': still(0) },
    labels: { tenant: 'demo', bundle: '1.1.0', gate: 'error_rate' },
  },
  {
    alert: 'projection_stands',
    severity: 'critical',
    quiet: { 'projection_failed{service="audit",projection="tree",version="1"}': still(0) },
    fires: { 'projection_failed{service="audit",projection="tree",version="1"}': still(1) },
    labels: { service: 'audit', projection: 'tree' },
  },
  {
    alert: 'projection_lag',
    severity: 'medium',
    quiet: { 'projection_lag_seconds{service="audit",projection="tree",version="1"}': `2x40 60x3 2x16` },
    fires: { 'projection_lag_seconds{service="audit",projection="tree",version="1"}': grows(60) },
    labels: { service: 'audit', projection: 'tree' },
  },
  {
    alert: 'log_tampered',
    severity: 'critical',
    quiet: { audit_tree_inconsistent: still(0) },
    fires: { audit_tree_inconsistent: lately(1) },
  },
  {
    alert: 'checkpoints_stop',
    severity: 'critical',
    quiet: { audit_checkpoint_age_seconds: still(60) },
    fires: { audit_checkpoint_age_seconds: grows(60) },
  },
  {
    alert: 'mirror_behind',
    severity: 'medium',
    quiet: { 'audit_mirror_behind_seconds{mirror="git"}': still(60) },
    fires: { 'audit_mirror_behind_seconds{mirror="git"}': grows(60) },
    labels: { mirror: 'git' },
  },
  {
    alert: 'loop_held',
    severity: 'high',
    quiet: { 'event_loop_holds_total{service="audit"}': still(3) },
    fires: { 'event_loop_holds_total{service="audit"}': lately(1) },
    labels: { service: 'audit' },
  },
  {
    alert: 'server_errors',
    severity: 'high',
    // A service that is not ready says so with 503.
    quiet: {
      [requests('/api/v1/audit/proof', '200')]: grows(100),
      [requests('/api/v1/audit/proof', '500')]: grows(1),
      [requests('/health/ready', '503')]: grows(100),
    },
    // Reading health and metrics does not hide them.
    fires: {
      [requests('/api/v1/audit/proof', '200')]: grows(8),
      [requests('/api/v1/audit/proof', '500')]: grows(1),
      [requests('/metrics', '200')]: grows(1000),
    },
    labels: { service: 'audit' },
  },
  {
    alert: 'archive_contradicted',
    severity: 'critical',
    quiet: { audit_archive_stopped: still(0) },
    fires: { audit_archive_stopped: lately(1) },
  },
  {
    alert: 'archive_behind',
    severity: 'medium',
    quiet: { audit_archive_failing: still(0), audit_archive_lag_events: still(5000) },
    fires: { audit_archive_failing: still(0), audit_archive_lag_events: grows(20_000) },
  },
  {
    alert: 'dependency_unreachable',
    severity: 'critical',
    quiet: { [check]: `1x40 0 1x${lastMinute - 41}` },
    fires: { [check]: `1x40 0x${lastMinute - 41}` },
    labels: { service: 'audit', check: 'log' },
  },
  {
    alert: 'relay_behind',
    severity: 'high',
    // Under steady load an event is always on its way, so the bus is never level with the log.
    quiet: {
      interlock_relay_lag_seconds: still(0.4),
      interlock_relay_lag_positions: still(2000),
      'interlock_relay_active{instance="a"}': still(1),
      'interlock_relay_active{instance="b"}': still(0),
    },
    fires: { interlock_relay_lag_seconds: grows(60), 'interlock_relay_active{instance="a"}': still(1) },
  },
  {
    alert: 'relay_behind',
    severity: 'high',
    quiet: {
      'interlock_relay_active{instance="a"}': still(1),
      'interlock_relay_active{instance="b"}': still(0),
    },
    fires: {
      'interlock_relay_active{instance="a"}': still(0),
      'interlock_relay_active{instance="b"}': still(0),
    },
  },
  {
    alert: 'bus_backlog',
    severity: 'medium',
    quiet: {
      'bus_consumer_pending_messages{service="posture",consumer="posture-actions"}': '0x40 5000x3 0x16',
      'bus_stream_messages{stream="EVENTS"}': grows(5000),
      'bus_stream_messages{stream="INTENTS"}': still(20),
    },
    fires: { 'bus_consumer_pending_messages{service="posture",consumer="posture-actions"}': grows(100) },
    labels: { service: 'posture', consumer: 'posture-actions' },
  },
  {
    alert: 'bus_backlog',
    severity: 'medium',
    quiet: { 'bus_stream_messages{stream="INTENTS"}': still(20) },
    // The consumer does not run, and reports nothing.
    fires: { 'bus_stream_messages{stream="INTENTS"}': grows(100) },
    labels: { stream: 'INTENTS', consumer: 'safety-rails-intents' },
  },
  {
    alert: 'device_tentative',
    severity: 'critical',
    quiet: { netconf_tentative_age_seconds: still(120) },
    fires: { netconf_tentative_age_seconds: grows(60) },
  },
  {
    alert: 'kill_switch_unanswered',
    severity: 'critical',
    quiet: { 'interlock_kill_switch_unacknowledged{tenant="demo"}': `0x40 1 0x${lastMinute - 41}` },
    fires: { 'interlock_kill_switch_unacknowledged{tenant="demo"}': still(1) },
    labels: { tenant: 'demo' },
  },
  {
    alert: 'dead_letters',
    severity: 'medium',
    quiet: {
      'bus_stream_messages{stream="DEAD"}': still(0),
      'bus_stream_messages{stream="EVENTS"}': grows(9),
    },
    fires: { 'bus_stream_messages{stream="DEAD"}': still(2) },
    labels: { stream: 'DEAD' },
  },
  {
    alert: 'bus_storage_full',
    severity: 'high',
    quiet: { [storage('used')]: still(70), [storage('limit')]: still(100) },
    fires: { [storage('used')]: still(81), [storage('limit')]: still(100) },
  },
  {
    alert: 'appends_fail',
    severity: 'critical',
    // A lost race is no failure.
    quiet: { [appends('failed')]: still(4), [appends('conflict')]: grows(9), [appends('ok')]: grows(900) },
    fires: { [appends('failed')]: grows(1) },
    labels: { service: 'audit' },
  },
  {
    alert: 'database_connections',
    severity: 'high',
    quiet: { [pool('waiting')]: '0 3 0 2 0 1 0x54', [pool('busy')]: still(40) },
    fires: { [pool('waiting')]: still(2), [pool('busy')]: still(40) },
    labels: { service: 'audit' },
  },
  {
    alert: 'clock_offset',
    severity: 'high',
    quiet: { 'clock_offset_seconds{service="audit"}': '-0.02x40 5x2 0.02x16' },
    fires: { 'clock_offset_seconds{service="audit"}': still(-3) },
    labels: { service: 'audit' },
  },
  {
    alert: 'certificate_expiring',
    severity: 'high',
    quiet: { 'certificate_expires_timestamp_seconds{service="audit",use="bus"}': still(15 * 86_400 + 3600) },
    fires: { 'certificate_expires_timestamp_seconds{service="audit",use="bus"}': still(13 * 86_400) },
    labels: { use: 'bus' },
  },
  {
    alert: 'restarts',
    severity: 'high',
    quiet: { 'process_start_time_seconds{job="interlock",service="audit"}': `100x50 5000x9` },
    fires: { 'process_start_time_seconds{job="interlock",service="audit"}': grows(60) },
    labels: { service: 'audit' },
  },
  {
    alert: 'file_descriptors',
    severity: 'medium',
    quiet: {
      'process_open_fds{service="audit"}': still(100),
      'process_max_fds{service="audit"}': still(1024),
    },
    fires: {
      'process_open_fds{service="audit"}': still(900),
      'process_max_fds{service="audit"}': still(1024),
    },
    labels: { service: 'audit' },
  },
  {
    alert: 'disk_full',
    severity: 'high',
    quiet: { 'disk_free_ratio{service="audit"}': still(0.11) },
    fires: { 'disk_free_ratio{service="audit"}': still(0.09) },
    labels: { service: 'audit' },
  },
  {
    alert: 'nobody_told',
    severity: 'medium',
    quiet: { 'interlock_people_unreached{tenant="demo",finding="no-channel"}': still(0) },
    fires: { 'interlock_people_unreached{tenant="demo",finding="no-channel"}': still(1) },
    labels: { tenant: 'demo', finding: 'no-channel' },
  },
  {
    alert: 'operations_unsafe',
    severity: 'medium',
    quiet: { 'interlock_operational_safe{tenant="demo",figure="policy_flips_24h"}': still(1) },
    fires: { 'interlock_operational_safe{tenant="demo",figure="policy_flips_24h"}': still(0) },
    labels: { tenant: 'demo', figure: 'policy_flips_24h' },
  },
];

/** A case for a rule that repeats an alert of alerting. */
export const reportedCase = (alert: string, severity: string): AlertCase => {
  const firing = (level: string): string =>
    `interlock_alerts_firing{tenant="demo",name="${alert}",severity="${level}"}`;
  return {
    alert,
    severity,
    quiet: { [firing(severity)]: still(0), [firing('none')]: still(1) },
    fires: { [firing(severity)]: still(1) },
    labels: { tenant: 'demo' },
  };
};
