import { severities, systemTenant, tenantPattern, type Severity } from '@interlock/contracts';
import { contentHash, uuidV5, cutText } from '@interlock/kernel';
import { ruleOf, reportEnd, reportFiring, type AlertCall, type ReportedAlert } from '@interlock/alerting';

/** An alert as Alertmanager's webhook (version 4) sends it. */
export type ManagedAlert = {
  readonly status: 'firing' | 'resolved';
  readonly labels: { readonly [name: string]: string };
  readonly annotations: { readonly [name: string]: string };
  readonly startsAt: string;
  readonly endsAt: string;
};

const namePattern = /^[a-z][a-z0-9_]{0,63}$/;
const unsaid = ['alertname', 'severity', 'tenant', 'service', 'job', 'instance'];

/** Turns `ServiceDown` into `service_down`; a valid name is unchanged. */
const nameOf = (alertname: string): string =>
  alertname
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '_');

const severityOf = (label: string | undefined): Severity =>
  severities.find((severity) => severity === label) ?? 'medium';

/** Returns the subject of an alert: its service, and its labels other than the name. */
const subjectOf = (labels: ManagedAlert['labels']): string => {
  const own = Object.entries(labels)
    .filter(([name]) => !unsaid.includes(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  return cutText([`${labels['service'] ?? 'prometheus'}`, ...own].join(' '), 128);
};

/**
 * Returns the call for an alert of Alertmanager. Null if alerting judges its condition from the
 * log, or if its service reports it, because it is already in the list. Undefined if it has no
 * valid name.
 */
export const managedCall = (alert: ManagedAlert): AlertCall | null | undefined => {
  const name = nameOf(alert.labels['alertname'] ?? '');
  if (!namePattern.test(name)) return undefined;
  if (ruleOf(name) !== undefined) return null;
  const asked = alert.labels['tenant'];
  const tenant = asked !== undefined && tenantPattern.test(asked) ? asked : systemTenant;
  const subject = subjectOf(alert.labels);
  const firing = alert.status === 'firing';
  const at = firing ? alert.startsAt : alert.endsAt;
  const reported: ReportedAlert = {
    by: 'alertmanager',
    tenant,
    name,
    subject,
    detail: alert.annotations['summary'] ?? alert.annotations['description'] ?? name,
    at,
    cause: {
      event_id: uuidV5('alertmanager', contentHash(alert.labels), alert.startsAt),
      type: 'alertmanager',
      stream: subject,
    },
  };
  return firing
    ? reportFiring(
        reported,
        severityOf(alert.labels['severity']),
        alert.annotations['runbook'] ?? 'docs/operating.md',
      )
    : reportEnd(reported);
};
