import type { Severity, Timestamp } from '@interlock/contracts';
import type { Evidence } from './alert.js';
import { bySeverity, exitCodeOf, needsAttention, opensGithubIssue, type Checked } from './attention.js';

/** An alert in a report. */
export type ReportedOn = Checked & {
  readonly id: string;
  readonly detail: string;
  readonly episode: number;
  readonly opened_at: Timestamp;
  readonly runbook: string | null;
  readonly evidence: Evidence | null;
  readonly manual_intervention_required: boolean;
};
/** An alert in `reports/policy_orchestration_alerts.json`. */
type ReportedAlert = {
  readonly alert_id: string;
  readonly condition: string;
  readonly severity: Severity;
  readonly message: string;
  readonly status: string;
  readonly episode: number;
  readonly since: string;
  readonly github_issue: boolean;
  readonly manual_intervention_required: boolean;
  readonly needs_attention: boolean;
  readonly runbook: string | null;
  readonly evidence: Evidence | null;
};
export type AlertReport = {
  /** With the offset `+00:00`. */
  readonly timestamp: string;
  readonly tenant_id: string;
  /** The worst first. */
  readonly alerts: readonly ReportedAlert[];
  readonly alert_count: number;
  readonly requires_attention: boolean;
  readonly exit_code: 0 | 1;
};

/** A time in the form of the report files: whole seconds, and `+00:00` for UTC. */
const seedTime = (time: Timestamp): string => `${new Date(time).toISOString().slice(0, 19)}+00:00`;

/** The state of the present alerts. */
export const reportOf = (tenant: string, alerts: readonly ReportedOn[], now: Timestamp): AlertReport => {
  const holding = alerts.filter(({ status }) => status === 'firing' || status === 'acknowledged');
  const code = exitCodeOf(holding, now);
  return {
    timestamp: seedTime(now),
    tenant_id: tenant,
    alerts: [...holding].sort(bySeverity).map((alert) => ({
      alert_id: alert.id,
      condition: alert.name,
      severity: alert.severity,
      message: alert.detail,
      status: alert.status,
      episode: alert.episode,
      since: seedTime(alert.opened_at),
      github_issue: opensGithubIssue(alert.severity),
      manual_intervention_required: alert.manual_intervention_required,
      needs_attention: needsAttention(alert, now),
      runbook: alert.runbook,
      evidence: alert.evidence,
    })),
    alert_count: holding.length,
    requires_attention: code === 1,
    exit_code: code,
  };
};

/**
 * How a file is written: as a whole, by lines at its end, or as one marker that replaces the
 * previous one.
 */
export type ReportFile = {
  readonly path: string;
  readonly how: 'replace' | 'append' | 'marker';
  readonly text: string;
};
/**
 * The report as files, relative to the configured folder: state, history, and the marker if there
 * is an alert.
 */
export const reportFiles = (report: AlertReport): readonly ReportFile[] => [
  {
    path: 'reports/policy_orchestration_alerts.json',
    how: 'replace',
    text: `${JSON.stringify(report, null, 2)}\n`,
  },
  { path: 'logs/policy_orchestration_alerts.jsonl', how: 'append', text: `${JSON.stringify(report)}\n` },
  ...(report.alert_count === 0
    ? []
    : [
        {
          path: 'audit_summary.md',
          how: 'marker',
          text: `<!-- POLICY_ALERT: CREATED ${report.timestamp} -->`,
        } as const,
      ]),
];
