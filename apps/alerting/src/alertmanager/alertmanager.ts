import { severities, systemTenant, tenantPattern, type Severity } from '@interlock/contracts';
import { contentHash, uuidV5, cutText } from '@interlock/kernel';
import { ruleOf, reportEnd, reportFiring, type AlertCall, type ReportedAlert } from '@interlock/alerting';

/** An alert as Alertmanager's webhook (version 4) sends it. */
export type ManagedAlert = {
  readonly status: 'firing' | 'resolved';
  readonly labels: { readonly [name: string]: string };
  readonly annotations?: { readonly [name: string]: string } | null;
  readonly startsAt: string;
  readonly endsAt: string;
};

const namePattern = /^[a-z][a-z0-9_]{0,63}$/;
const longestSubject = 128;
const unsaid = ['alertname', 'severity', 'tenant', 'service'];
/** A restarted part of a service has another address, so a service's alerts do not depend on it. */
const unsaidOfService = ['job', 'instance'];

const shortHash = (value: unknown): string => contentHash(value).slice(0, 8);

/**
 * Turns `ServiceDown` into `service_down`; a valid name is unchanged. Another name, such as
 * `5xxErrors` or a very long one, becomes a valid name with a hash, so that no alert is lost.
 */
const nameOf = (alertname: string): string => {
  const plain = alertname
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/[^a-z0-9_]+/g, '_');
  return alertname === '' || namePattern.test(plain)
    ? plain
    : `alert_${plain.replace(/^_+/, '').slice(0, 48)}_${shortHash(alertname)}`;
};

const severityOf = (label: string | undefined): Severity =>
  severities.find((severity) => severity === label) ?? 'medium';

/**
 * Returns the subject of an alert: its service, and its labels other than the name. A subject that
 * is too long ends with the hash of all of it, so that two alerts never share one.
 */
const subjectOf = (labels: ManagedAlert['labels']): string => {
  const { service } = labels;
  const own = Object.entries(labels)
    .filter(([name]) => !unsaid.includes(name) && !(service !== undefined && unsaidOfService.includes(name)))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  const subject = [service ?? 'prometheus', ...own].join(' ');
  return subject.length <= longestSubject
    ? subject
    : `${cutText(subject, longestSubject - 10)}… ${shortHash(subject)}`;
};

/**
 * Returns the call for an alert of Alertmanager. Null if alerting judges its condition from the
 * log, or if its service reports it, because it is already in the list. Undefined without a name.
 */
export const managedCall = (alert: ManagedAlert): AlertCall | null | undefined => {
  const name = nameOf(alert.labels['alertname'] ?? '');
  if (!namePattern.test(name)) return undefined;
  if (ruleOf(name) !== undefined) return null;
  const annotations = alert.annotations ?? {};
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
    detail: annotations['summary'] ?? annotations['description'] ?? name,
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
        annotations['runbook'] ?? 'docs/operating.md',
      )
    : reportEnd(reported);
};

/**
 * Returns the calls for the alerts of one message. Alertmanager sends a group as a whole, so an end
 * does not count while another alert of the message keeps the same condition firing.
 */
export const managedCalls = (alerts: readonly ManagedAlert[]): readonly ReturnType<typeof managedCall>[] => {
  const calls = alerts.map(managedCall);
  const firing = new Set(calls.flatMap((call) => (call?.command.kind === 'raise' ? [call.stream] : [])));
  return calls.filter((call) => call?.command.kind !== 'end' || !firing.has(call.stream));
};
