import { actions, answers, counter, gauge, histogram, people, remote, type Kind } from './metric-family.js';

/**
 * Every metric family that Interlock exports, besides those of the Node process. It is the one
 * place for help, labels and buckets; services, dashboards and documents read it.
 */
export const metricFamilies = {
  http_request_duration_seconds: histogram(
    'every',
    ['service', 'method', 'route', 'status'],
    'duration of HTTP requests, without streams of events',
    answers,
  ),
  rpc_duration_seconds: histogram(
    'every',
    ['service', 'command', 'outcome'],
    'duration of commands on the bus, as the answering service measures it',
    answers,
  ),
  bus_messages_total: counter(
    'every',
    ['service', 'consumer', 'outcome'],
    'messages of consumers by how they were handled',
  ),
  bus_message_duration_seconds: histogram(
    'every',
    ['service', 'consumer'],
    'time that a consumer took to handle a message',
    answers,
  ),
  bus_consumer_pending_messages: gauge(
    'every',
    ['service', 'consumer'],
    'messages of the stream that a consumer had not received yet, at its latest message',
  ),
  health_check_ok: gauge(
    'every',
    ['service', 'check'],
    '1 if a readiness check passed when the metrics were read, 0 if it failed',
  ),
  log_append_duration_seconds: histogram(
    'every',
    ['outcome'],
    'duration of appends to the log: ok, conflict (another writer was first), failed',
    answers,
  ),
  database_pool_connections: gauge(
    'every',
    ['service', 'state'],
    "the process's connections to the database by state: busy, idle, waiting (requests without one), most (the limit)",
  ),
  clock_offset_seconds: gauge(
    'every',
    ['service'],
    "the process's clock less that of the database, when the metrics were read",
  ),
  certificate_expires_timestamp_seconds: gauge(
    'every',
    ['service', 'use'],
    'time at which the first certificate of a file of the service expires, by use: bus, bus_authority, log_authority',
  ),
  disk_free_ratio: gauge(
    'every',
    ['service'],
    "share of the disk of the home, or of the process's folder, that is free, 0 to 1",
  ),
  event_loop_holds_total: counter('every', [], 'holds of the event loop for over a second'),
  event_loop_held_seconds_total: counter(
    'every',
    [],
    'time of such holds, in which the process answered nothing',
  ),
  projection_lag_seconds: gauge(
    'readers',
    ['service', 'projection', 'version'],
    'age of the oldest event that waits to be projected',
  ),
  projection_events_total: counter('readers', ['service', 'projection', 'version'], 'events projected'),
  projection_skipped_total: counter(
    'readers',
    ['service', 'projection', 'version'],
    'events of a type the projection does not know',
  ),
  projection_failed: gauge(
    'readers',
    ['service', 'projection', 'version'],
    '1 while a projection stands still because a handler threw',
  ),
  interlock_retention_removed_total: counter(
    'readers',
    ['kind', 'what'],
    'rows that were removed because their retention was over, by kind; and partitions',
  ),
  interlock_actions_ended_total: counter(
    'safety-rails',
    ['action_type', 'state', 'dry_run'],
    'actions that came to an end, by type, state and whether it was a dry run; each further type counts as other',
  ),
  interlock_action_duration_seconds: histogram(
    'safety-rails',
    ['action_type', 'state', 'dry_run'],
    'time from acceptance to the end of an action; each further type counts as other',
    actions,
  ),
  interlock_actions_open: gauge(
    'safety-rails',
    ['state'],
    'actions that have not ended, by state, as every instance finds them in the log',
  ),
  interlock_open_actions_differing: gauge(
    'safety-rails',
    [],
    'open actions of the log less those of the read model, as the start found them',
  ),
  interlock_gate_verdicts_total: counter(
    'safety-rails',
    ['gate', 'verdict'],
    'judged gates, by gate and verdict',
  ),
  interlock_gate_duration_seconds: histogram(
    'safety-rails',
    ['gate'],
    'time from the question of a gate to its verdict',
    answers,
  ),
  interlock_approval_duration_seconds: histogram(
    'safety-rails',
    ['outcome'],
    'time from the request for an approval of an action to approval, rejection, expiry or another end',
    people,
  ),
  interlock_work_capacity: gauge(
    'safety-rails',
    ['state'],
    'effects of actions: workers, busy workers, and effects that wait for a place',
  ),
  interlock_kill_switch_unacknowledged: gauge(
    'safety-rails',
    ['tenant'],
    'engaged kill switches that a registered executor has not answered',
  ),
  interlock_policy_decisions_total: counter(
    'policy-evaluator',
    ['decision', 'variant'],
    'evaluations by decision',
  ),
  interlock_policy_errors_total: counter(
    'policy-evaluator',
    ['code'],
    'evaluations that were not made, by problem code',
  ),
  interlock_policy_evaluation_seconds: histogram(
    'policy-evaluator',
    [],
    'time from the question to the recorded evaluation',
    answers,
  ),
  policy_error_rate_5m: gauge(
    'policy-registry',
    ['tenant', 'bundle'],
    'share of the executions decided by a bundle that failed or were rolled back, of those that ended in the last five minutes',
  ),
  policy_executions_5m: gauge(
    'policy-registry',
    ['tenant', 'bundle'],
    'executions decided by a bundle that ended in the last five minutes',
  ),
  policy_cost_24h: gauge(
    'policy-registry',
    ['tenant', 'bundle'],
    'cost by the budgets of the rules of what a bundle allowed or people approved in the last 24 hours',
  ),
  policy_canary_gate_passed: gauge(
    'policy-registry',
    ['tenant', 'bundle', 'gate'],
    '1 while a running canary is within the gate, 0 while it is not',
  ),
  netconf_transactions_total: counter(
    'netconf-gateway',
    ['outcome'],
    'device transactions that came to their end, by outcome',
  ),
  netconf_transactions_open: gauge(
    'netconf-gateway',
    ['phase'],
    'device transactions that have not ended, by phase, as every instance finds them in the log',
  ),
  netconf_tentative_age_seconds: gauge(
    'netconf-gateway',
    [],
    'time since the oldest change was requested on a device that is neither confirmed nor undone; 0 if there is none',
  ),
  netconf_rpc_duration_seconds: histogram(
    'netconf-gateway',
    ['operation', 'outcome'],
    'duration of NETCONF operations, by operation and outcome',
    remote,
  ),
  netconf_drift_checks_total: counter(
    'netconf-gateway',
    ['outcome'],
    'comparisons of devices with the log, by outcome: in_sync, drifted or not_checked',
  ),
  netconf_drifted_devices: gauge(
    'netconf-gateway',
    [],
    'devices whose leaves differ from what Interlock left on them, as every instance finds them in the log',
  ),
  kpi_source_readings_total: counter(
    'netconf-gateway',
    ['source', 'outcome'],
    'readings of the sources of KPIs beside the devices, by outcome: ok, early, missing, stale or failed',
  ),
  kpi_source_usable: gauge(
    'netconf-gateway',
    ['source'],
    '1 while the last reading of a source of KPIs gave usable measurements, else 0',
  ),
  netconf_calls_home_total: counter(
    'netconf-gateway',
    ['outcome'],
    'connections of devices that call home, by outcome: accepted, call_again, unknown_key, refused, failed or too_many',
  ),
  netconf_devices_called_home: gauge(
    'netconf-gateway',
    [],
    'devices that called home and whose connection is open now',
  ),
  netconf_sessions_open: gauge('netconf-gateway', [], 'NETCONF sessions that are open now'),
  agent_calls_total: counter(
    'agent-gateway',
    ['outcome'],
    "calls of tenants' handlers that came to their end, by outcome",
  ),
  agent_handler_duration_seconds: histogram(
    'agent-gateway',
    ['kind', 'step', 'result'],
    "duration of requests to tenants' handlers, by kind (webhook, nats, mcp), step and result",
    remote,
  ),
  mcp_tool_call_duration_seconds: histogram(
    'agent-gateway',
    ['outcome'],
    "duration of agents' tool calls over MCP, the waiting for a person included: done, error, pending",
    actions,
  ),
  mcp_sessions_open: gauge('agent-gateway', [], 'sessions with registered MCP servers that are open now'),
  interlock_alerts_firing: gauge(
    'alerting',
    ['tenant', 'name', 'severity'],
    'alerts that hold, acknowledged or not',
  ),
  interlock_operational_figure: gauge(
    'alerting',
    ['tenant', 'figure'],
    'a figure of safe operation: policy_flips_24h, brake_engagements_week, blocked_share_pct, manual_unlocks_of_limit_pct',
  ),
  interlock_operational_safe: gauge(
    'alerting',
    ['tenant', 'figure'],
    '1 while a figure is that of safe operation, 0 while it is not',
  ),
  interlock_people_unreached: gauge(
    'alerting',
    ['tenant', 'finding'],
    '1 where nobody would be notified of alerts: no-channel, all-failing, nobody-on-call, no-such-rota',
  ),
  interlock_notifications_total: counter(
    'alerting',
    ['kind', 'outcome'],
    'attempts to tell people, by kind of channel and outcome',
  ),
  posture_signals_superseded_total: counter(
    'posture',
    ['service'],
    'reports of signals that were neither the newest nor the worst of their second',
  ),
  interlock_relay_lag_positions: gauge(
    'relay',
    ['service'],
    'log positions that the bus is behind; on the instance that relays only',
  ),
  interlock_relay_lag_seconds: gauge(
    'relay',
    ['service'],
    'age of the oldest event that is not on the bus yet; on the instance that relays only',
  ),
  bus_stream_messages: gauge(
    'relay',
    ['stream'],
    'messages that a stream of the bus holds, on the instance that relays only; those of DEAD are parked, those of INTENTS wait',
  ),
  bus_storage_bytes: gauge(
    'relay',
    ['state'],
    'storage of the streams by state: used, and limit where the account has one; on the instance that relays only',
  ),
  interlock_relay_active: gauge(
    'relay',
    ['service'],
    '1 on the instance that relays, 0 on one that stands by',
  ),
  interlock_relayed_events_total: counter('relay', ['service'], 'events of the log that came onto the bus'),
  audit_tree_inconsistent: gauge('audit', ['service'], 'how many contradict what was signed of the log'),
  audit_tree_events: gauge('audit', ['service'], 'leaves of the tree over the whole log'),
  audit_tree_lag_seconds: gauge(
    'audit',
    ['service'],
    'how long the oldest event has waited to be appended to the trees',
  ),
  audit_checkpoint_age_seconds: gauge(
    'audit',
    ['service'],
    'age of the latest checkpoint where the log has grown since',
  ),
  audit_scrubbed_timestamp_seconds: gauge(
    'audit',
    ['service'],
    'time of the last successful comparison of log and tree',
  ),
  audit_mirror_behind_seconds: gauge(
    'audit',
    ['service', 'mirror'],
    'how long the oldest checkpoint has waited for a mirror, witness or time-stamp authority',
  ),
  audit_mirror_failures_total: counter(
    'audit',
    ['service', 'mirror'],
    'checkpoints that a mirror, witness or time-stamp authority did not take, each try',
  ),
  audit_archived_position: gauge(
    'audit',
    [],
    'commit position up to which the log is archived and read back',
  ),
  audit_archive_lag_events: gauge('audit', [], 'events that a checkpoint covers and that are not archived'),
  audit_archive_active: gauge('audit', [], '1 on the instance that archives'),
  audit_archive_failing: gauge('audit', [], '1 while what the archive needs does not answer'),
  audit_archive_stopped: gauge('audit', [], '1 once archive and log were found not to agree'),
  audit_archived_events_total: counter('audit', [], 'events that were archived and read back'),
  audit_archived_bytes_total: counter('audit', [], 'bytes of archived segments, compressed'),
  audit_cut_events_total: counter('audit', [], 'events that were cut from the log'),
} as const;

export type MetricName = keyof typeof metricFamilies;
/** The families of one kind. */
export type MetricOf<K extends Kind> = {
  [N in MetricName]: (typeof metricFamilies)[N]['kind'] extends K ? N : never;
}[MetricName];
export type MetricLabel<N extends MetricName> = (typeof metricFamilies)[N]['labels'][number];
