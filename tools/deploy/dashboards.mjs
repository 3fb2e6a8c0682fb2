import { metricFamilies } from '@interlock/contracts';

// The boards of Grafana. A row is a title and queries; everything else of a panel follows from the
// metric that it shows.

/**
 * @typedef {object} Panel
 * @property {string} title
 * @property {readonly (readonly [string, string])[]} queries Each an expression and its legend.
 * @property {string} [unit]
 * @property {string} about
 * @property {number} [red]
 * @property {boolean} [isLog]
 * @property {boolean} [isSigned] True if a figure may be below 0.
 */
/**
 * @typedef {{ uid: string, title: string, isOfServices?: boolean, panels: readonly Panel[] }} Board
 * `isOfServices`: the viewer chooses services, to which each query with their label is limited.
 */

const families = /** @type {Record<string, { kind: string, help: string }>} */ (metricFamilies);

const unitOf = (/** @type {string} */ name) =>
  name.includes('_bytes') ? 'bytes' : name.includes('_seconds') ? 's' : 'short';
const legend = (/** @type {string} */ by) =>
  by
    .split(', ')
    .filter(Boolean)
    .map((label) => `{{${label}}}`)
    .join(' ');
const help = (/** @type {string} */ name) => families[name]?.help ?? '';
const sentence = (/** @type {string} */ text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
/** A panel about one metric, with its help as the description.
 * @param {string} title @param {string} name @param {Panel['queries']} queries
 * @param {Partial<Panel>} [more]
 * @returns {Panel}
 */
const panel = (title, name, queries, more = {}) => ({
  title,
  queries,
  about: sentence(help(name) || title),
  unit: unitOf(name),
  ...more,
});
const each = (/** @type {string} */ fold, /** @type {string} */ by, /** @type {string} */ inner) =>
  by === '' ? `${fold}(${inner})` : `${fold} by (${by}) (${inner})`;

/** What happens a second. A rate of seconds is a share: it says how busy something is.
 * @param {string} title @param {string} name @param {string} by @param {Partial<Panel>} [more]
 */
const rate = (title, name, by, more) =>
  panel(title, name, [[each('sum', by, `rate(${name}[5m])`), legend(by) || title]], {
    unit: name.endsWith('_seconds_total') ? 'percentunit' : name.endsWith('_bytes_total') ? 'Bps' : 'cps',
    ...more,
  });
/** How often, as a histogram counts it.
 * @param {string} title @param {string} name @param {string} by
 */
const counted = (title, name, by) =>
  panel(title, name, [[each('sum', by, `rate(${name}_count[5m])`), legend(by) || title]], { unit: 'cps' });
/** How long: the median and the 95th percentile.
 * @param {string} title @param {string} name @param {string} by @param {string} [window]
 */
const time = (title, name, by, window = '5m') =>
  panel(
    title,
    name,
    [0.5, 0.95].map((share) => [
      `histogram_quantile(${share}, ${each('sum', by === '' ? 'le' : `le, ${by}`, `rate(${name}_bucket[${window}])`)})`,
      `${legend(by)} p${share * 100}`.trim(),
    ]),
    { isLog: true },
  );
/** What is now.
 * @param {string} title @param {string} name @param {string} by
 * @param {'max' | 'sum' | 'min'} [fold] @param {Partial<Panel>} [more]
 */
const now = (title, name, by, fold = 'max', more = {}) =>
  panel(title, name, [[each(fold, by, name), legend(by) || title]], more);
/**
 * A share of two sums of rates. It is 0 where nothing of the part has ever happened, and absent
 * where nothing happens at all. `of` limits the whole.
 * @param {string} title @param {string} name @param {string} part @param {string} by
 * @param {{ red?: number, of?: string }} [more]
 */
const share = (title, name, part, by, { red, of = '' } = {}) => {
  const limits = [of, part].filter(Boolean).join(',');
  const whole = each('sum', by, `rate(${name}${of === '' ? '' : `{${of}}`}[5m])`);
  return panel(
    title,
    name.replace(/_count$/, ''),
    [
      [
        `(${each('sum', by, `rate(${name}{${limits}}[5m])`)} or 0 * ${whole}) / (${whole} > 0)`,
        legend(by) || title,
      ],
    ],
    { unit: 'percentunit', ...(red === undefined ? {} : { red }) },
  );
};

/** @type {readonly Board[]} */
export const boards = [
  {
    uid: 'policy-system-health',
    title: 'Policy System Health',
    panels: [
      {
        title: 'Error rate',
        about:
          'Share of the executions decided by a bundle that failed or were rolled back, and of policy evaluations that ended in an error, over five minutes.',
        queries: [
          ['max by (tenant, bundle) (policy_error_rate_5m)', '{{tenant}} {{bundle}}'],
          ['max(policy_evaluation_error_rate_5m)', 'evaluations'],
        ],
        unit: 'percentunit',
        red: 0.01,
      },
      {
        ...share('Deny rate', 'interlock_gate_verdicts_total', 'verdict="fail"', '', { of: 'gate="policy"' }),
        about: 'Share of actions that the policy gate denied, over five minutes.',
      },
      {
        ...now('Cost, 24 h', 'policy_cost_24h', 'tenant'),
        queries: [['sum by (tenant) (max by (tenant, bundle) (policy_cost_24h))', '{{tenant}}']],
      },
      now('Canary gates', 'policy_canary_gate_passed', 'tenant, bundle, gate', 'min'),
      rate('Decisions by effect', 'interlock_policy_decisions_total', 'decision'),
      {
        ...rate('Rollbacks', 'interlock_actions_ended_total', 'state'),
        about: 'Actions that were rolled back in the last hour, and rollbacks that failed.',
        queries: [
          [
            'sum by (state) (increase(interlock_actions_ended_total{state=~"ROLLED_BACK|ROLLBACK_FAILED"}[1h]))',
            '{{state}}',
          ],
        ],
        unit: 'short',
      },
    ],
  },
  {
    uid: 'actions',
    title: 'Actions, gates and approvals',
    panels: [
      rate('Actions that ended', 'interlock_actions_ended_total', 'state'),
      share(
        'Failed or rolled back',
        'interlock_actions_ended_total',
        'state=~"ROLLED_BACK|ROLLBACK_FAILED"',
        'action_type',
        { red: 0.2, of: 'dry_run="false",state=~"COMPLETED|ROLLED_BACK|ROLLBACK_FAILED"' },
      ),
      time('Time of an action', 'interlock_action_duration_seconds', 'action_type', '15m'),
      now('Open actions', 'interlock_actions_open', 'state'),
      now('Work', 'interlock_work_capacity', 'state', 'sum'),
      rate('Verdicts', 'interlock_gate_verdicts_total', 'gate, verdict'),
      share('Gates in error', 'interlock_gate_verdicts_total', 'verdict="error"', 'gate', { red: 0.01 }),
      time('Time of a gate', 'interlock_gate_duration_seconds', 'gate'),
      time('Time of an evaluation', 'interlock_policy_evaluation_seconds', ''),
      rate('Evaluations that failed', 'interlock_policy_errors_total', 'code'),
      now('Executions in five minutes', 'policy_executions_5m', 'tenant, bundle'),
      counted('Approvals that ended', 'interlock_approval_duration_seconds', 'outcome'),
      time('Time to an approval', 'interlock_approval_duration_seconds', 'outcome', '6h'),
      now('Kill switches without an answer', 'interlock_kill_switch_unacknowledged', 'tenant', 'max', {
        red: 1,
      }),
      now('Open actions that the read model lacks', 'interlock_open_actions_differing', '', 'max', {
        isSigned: true,
      }),
    ],
  },
  {
    uid: 'handlers',
    title: 'Handlers and MCP',
    panels: [
      counted('Requests to handlers', 'agent_handler_duration_seconds', 'kind, step'),
      share(
        'Requests without an answer',
        'agent_handler_duration_seconds_count',
        'result=~"unknown|not-sent"',
        'kind',
        { red: 0.05 },
      ),
      time('Time of a request', 'agent_handler_duration_seconds', 'kind, step'),
      rate('Calls that ended', 'agent_calls_total', 'outcome'),
      counted('Tool calls of agents', 'mcp_tool_call_duration_seconds', 'outcome'),
      time('Time of a tool call', 'mcp_tool_call_duration_seconds', 'outcome'),
      now('Sessions with MCP servers', 'mcp_sessions_open', '', 'sum'),
    ],
  },
  {
    uid: 'devices',
    title: 'Devices',
    panels: [
      counted('NETCONF operations', 'netconf_rpc_duration_seconds', 'operation'),
      share('Operations that failed', 'netconf_rpc_duration_seconds_count', 'outcome!="ok"', 'operation', {
        red: 0.05,
      }),
      time('Time of an operation', 'netconf_rpc_duration_seconds', 'operation'),
      rate('Transactions that ended', 'netconf_transactions_total', 'outcome'),
      now('Open transactions', 'netconf_transactions_open', 'phase'),
      now('Age of the oldest tentative change', 'netconf_tentative_age_seconds', '', 'max', { red: 600 }),
      now('Sessions', 'netconf_sessions_open', '', 'sum'),
      now('Devices that called home', 'netconf_devices_called_home', '', 'sum'),
      rate('Calls of devices', 'netconf_calls_home_total', 'outcome'),
      now('Devices that drifted', 'netconf_drifted_devices', '', 'max', { red: 1 }),
      now('Sources of KPIs that can be used', 'kpi_source_usable', 'source', 'min'),
      rate('Readings of sources of KPIs', 'kpi_source_readings_total', 'outcome'),
      rate('Comparisons with the log', 'netconf_drift_checks_total', 'outcome'),
    ],
  },
  {
    uid: 'log-and-bus',
    title: 'Log, bus and read models',
    isOfServices: true,
    panels: [
      counted('Appends', 'log_append_duration_seconds', 'service, outcome'),
      time('Time of an append', 'log_append_duration_seconds', 'service'),
      rate('Events relayed', 'interlock_relayed_events_total', 'service'),
      now('Positions that the bus is behind', 'interlock_relay_lag_positions', ''),
      now('Age of the oldest event that the bus lacks', 'interlock_relay_lag_seconds', '', 'max', {
        red: 60,
      }),
      now('Messages in the streams', 'bus_stream_messages', 'stream'),
      now('Storage of the streams', 'bus_storage_bytes', 'state'),
      now('Relays that work', 'interlock_relay_active', '', 'sum'),
      rate('Messages handled', 'bus_messages_total', 'consumer, outcome'),
      time('Time of a message', 'bus_message_duration_seconds', 'consumer'),
      now('Messages that wait', 'bus_consumer_pending_messages', 'consumer'),
      now('Lag of read models', 'projection_lag_seconds', 'service, projection', 'max', { red: 30 }),
      rate('Events projected', 'projection_events_total', 'service, projection'),
      now('Read models that stand still', 'projection_failed', 'service, projection', 'max', { red: 1 }),
      rate('Events skipped', 'projection_skipped_total', 'service, projection'),
      rate('Rows removed by retention', 'interlock_retention_removed_total', 'service, kind'),
      now('Signed events', 'audit_tree_events', ''),
      now('Lag of the tree', 'audit_tree_lag_seconds', ''),
      now('Age of the checkpoint', 'audit_checkpoint_age_seconds', '', 'max', { red: 600 }),
      now('Contradictions of the log', 'audit_tree_inconsistent', '', 'max', { red: 1 }),
      panel('Time since the last whole reading', 'audit_scrubbed_timestamp_seconds', [
        ['time() - max(audit_scrubbed_timestamp_seconds)', 'age'],
      ]),
      now('Lag of mirrors', 'audit_mirror_behind_seconds', 'mirror'),
      rate('Failures of mirrors', 'audit_mirror_failures_total', 'mirror'),
      rate('Events archived', 'audit_archived_events_total', ''),
      rate('Bytes archived', 'audit_archived_bytes_total', ''),
      rate('Events cut from the log', 'audit_cut_events_total', ''),
      now('Events to archive', 'audit_archive_lag_events', ''),
      panel(
        'State of the archive',
        'audit_archive_active',
        ['active', 'failing', 'stopped'].map((state) => [`max(audit_archive_${state})`, state]),
      ),
    ],
  },
  {
    uid: 'platform',
    title: 'Services and processes',
    isOfServices: true,
    panels: [
      now('Services that answer', 'up', 'service', 'min', { about: '1 where Prometheus reads the metrics.' }),
      now('Readiness checks', 'health_check_ok', 'service, check', 'min'),
      counted('HTTP requests', 'http_request_duration_seconds', 'service'),
      share('HTTP requests that failed', 'http_request_duration_seconds_count', 'status=~"5.."', 'service', {
        red: 0.05,
        of: 'route!~"/(health|metrics).*"',
      }),
      time('Time of an HTTP request', 'http_request_duration_seconds', 'service'),
      counted('Commands on the bus', 'rpc_duration_seconds', 'service, command'),
      share('Commands answered with a problem', 'rpc_duration_seconds_count', 'outcome="problem"', 'service'),
      time('Time of a command', 'rpc_duration_seconds', 'service'),
      rate('CPU', 'process_cpu_seconds_total', 'service', { about: 'CPU time of the process.' }),
      now('Memory', 'process_resident_memory_bytes', 'service', 'max', { about: 'Resident memory.' }),
      now('Heap', 'nodejs_heap_size_used_bytes', 'service', 'max', { about: 'Used heap of the process.' }),
      now('Event loop, p99', 'nodejs_eventloop_lag_p99_seconds', 'service', 'max', {
        about: 'Delay of the event loop, 99th percentile.',
      }),
      rate('Garbage collection', 'nodejs_gc_duration_seconds_sum', 'service', {
        about: 'Share of time that collects garbage.',
        unit: 'percentunit',
      }),
      {
        title: 'File descriptors',
        about: 'Share of the file descriptors that the process may open.',
        queries: [['max by (service) (process_open_fds / process_max_fds)', '{{service}}']],
        unit: 'percentunit',
        red: 0.8,
      },
      now('Connections to the database', 'database_pool_connections', 'service, state'),
      now('Clock less that of the database', 'clock_offset_seconds', 'service', 'max', { isSigned: true }),
      {
        title: 'Free disk',
        about: 'Share of the disk that is free.',
        queries: [['min by (service) (disk_free_ratio)', '{{service}}']],
        unit: 'percentunit',
      },
      panel('Time left of certificates', 'certificate_expires_timestamp_seconds', [
        ['min by (use) (certificate_expires_timestamp_seconds) - time()', '{{use}}'],
      ]),
      rate('Holds of the event loop', 'event_loop_holds_total', 'service'),
      rate('Time held', 'event_loop_held_seconds_total', 'service'),
      now('Alerts that hold', 'interlock_alerts_firing', 'tenant, name, severity'),
      rate('Notifications', 'interlock_notifications_total', 'kind, outcome'),
      now('People who would not be told', 'interlock_people_unreached', 'tenant, finding', 'max', { red: 1 }),
      now('Figures of safe operation', 'interlock_operational_figure', 'tenant, figure'),
      now('Safe operation', 'interlock_operational_safe', 'tenant, figure', 'min'),
      rate('Signals that came too late', 'posture_signals_superseded_total', ''),
    ],
  },
];

/** Families that are in no panel, and why. */
export const unshown = {
  audit_archived_position: 'a place in the log, not a quantity; `interlock audit archive` shows it',
};

/** Every query of every board. */
export const boardQueries = () =>
  boards.flatMap(({ uid, panels }) =>
    panels.flatMap(({ title, queries }) =>
      queries.map(([expr]) => ({ uid, where: `${uid}: ${title}`, expr })),
    ),
  );
