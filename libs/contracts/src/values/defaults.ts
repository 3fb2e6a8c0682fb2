/** All defaults, in one place. Durations are in seconds unless the name says otherwise. */
export const defaults = {
  confirmation_window_s: 30,
  approval_expiry_s: 3600,
  /** The seconds within which a channel must have notified somebody of a confirmation window. */
  notify_within_s: 60,
  intent_not_after_s: 300,
  service_wait_s: 300,
  reservation_wait_s: 300,
  temporary_undo_retry_s: 600,
  confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
  /** The confidence of an MCP tool's calls if the person who confirmed the tool stated none. */
  mcp_tool_confidence: 0.5,
  /** The entity limit of one action if neither a policy nor the tenant sets one. */
  blast_radius_limit: 10,
  /** The hour's blast radius of a tenant, as a multiple of the limit of one action. */
  blast_radius_hour_factor: 5,
  soak_s: 10,
  confirm_timer_extra_s: 90,
  prediction_valid_s: 900,
  rpc_deadline_ms: 2000,
  netconf_connect_ms: 10_000,
  netconf_hello_ms: 10_000,
  netconf_rpc_ms: 30_000,
  signal_max_age_s: 900,
  posture_dwell_s: 60,
  kill_switch_lease_ms: 2000,
  kill_switch_margin_ms: 250,
  kill_switch_release_people: 2,
  /** How long an executor stays registered, and may take leases, after each registration. */
  executor_registration_s: 1800,
  executor_registration_days: 2,
  /** The time after which an unanswered approval is escalated. */
  approval_escalation_s: 900,
  /** The time within which an approval was probably given without reading. */
  rubber_stamp_s: 10,
  /**
   * The longest time between a taken turn and its first change. So after a change of mode or
   * policy, an earlier decision can start an action only for this long.
   */
  turn_valid_ms: 5000,
  turns_at_most: 3,
  /** The largest number of nodes of a plan. */
  plan_nodes_at_most: 50,
  workers: 2,
  sweep_interval_s: 10,
  retention_sweep_s: 3600,
  budget_state_days: 90,
  lease_days: 2,
  log_origin: 'interlock.local/tree',
  projection_lag_limit_s: 30,
  /** The figures of the alert rules; hours end in `_h`, shares in `_pct`. */
  alert_red_flips: 2,
  alert_red_flips_h: 24,
  alert_red_sustained_h: 4,
  alert_brake_engaged_h: 4,
  alert_brake_again_h: 24,
  alert_responses_blocked: 3,
  alert_error_rate_high_pct: 5,
  alert_error_rate_critical_pct: 10,
  alert_error_rate_actions: 10,
  alert_budget_high_pct: 80,
  alert_told_h: 1,
  bundle_export_expiry_h: 24,
  bundle_export_longest_h: 720,
} as const;
