import { severities, type Severity, type Timestamp } from '@interlock/contracts';

/** The members of an alert that `check` uses. */
export type Checked = {
  readonly name: string;
  readonly severity: Severity;
  readonly status: string;
  readonly silenced_until: Timestamp | null;
};
/** The alerts for which a GitHub issue is opened. */
export const opensGithubIssue = (severity: Severity): boolean =>
  severity === 'critical' || severity === 'high';

/**
 * True for an alert that needs a person's attention: it fires at medium or worse, nobody has
 * acknowledged it, and it is not silenced. A silence does not hide a critical alert.
 */
export const needsAttention = ({ severity, status, silenced_until }: Checked, now: Timestamp): boolean =>
  status === 'firing' &&
  severities.indexOf(severity) >= severities.indexOf('medium') &&
  (severity === 'critical' || silenced_until === null || Date.parse(silenced_until) <= Date.parse(now));

/** 1 if anything needs attention, otherwise 0: the exit code of `interlock alerts check`. */
export const exitCodeOf = (alerts: readonly Checked[], now: Timestamp): 0 | 1 =>
  alerts.some((alert) => needsAttention(alert, now)) ? 1 : 0;

/** The worst first. */
export const bySeverity = (a: { readonly severity: Severity }, b: { readonly severity: Severity }): number =>
  severities.indexOf(b.severity) - severities.indexOf(a.severity);
