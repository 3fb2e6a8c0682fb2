import {
  streamName,
  systemTenant,
  type RaiseAlertRequest,
  type ResolveAlertRequest,
  type Severity,
} from '@interlock/contracts';
import type { AlertCommand, Cause } from './alert.js';
import type { LogOrder } from './order.js';
import { detailOf } from './detail.js';
import { alertIdOf, fingerprintOf, runbookOf } from './rule.js';
import { ruleOf } from './rules/table.js';

export type AlertCall = {
  readonly tenant: string;
  readonly alert_id: string;
  readonly stream: string;
  readonly command: AlertCommand;
};
/** The sender of a reported alert: a service, or external monitoring. `at` is its own time. */
export type ReportedAlert = {
  readonly by: string;
  readonly tenant: string;
  readonly name: string;
  readonly subject: string;
  readonly detail: string;
  readonly at: string;
  readonly cause: Cause;
};

/** The beginning of the order of a reported alert. */
export const reportedBy = 'told by ';
/**
 * A reported alert is ordered by its sender's clock, in milliseconds, because no position in the
 * log says when it held.
 */
const reportOrder = (by: string, at: string): LogOrder => ({
  log: `${reportedBy}${by}`,
  position: `${Math.max(0, Date.parse(at) || 0)}`,
});
const placeOf = ({
  tenant,
  name,
  subject,
}: Pick<ReportedAlert, 'tenant' | 'name' | 'subject'>): {
  readonly tenant: string;
  readonly alert_id: string;
  readonly fingerprint: string;
  readonly stream: string;
} => {
  const fingerprint = fingerprintOf(name, subject);
  const id = alertIdOf(tenant, fingerprint);
  return { tenant, alert_id: id, fingerprint, stream: streamName('alert', tenant, id) };
};

/** A condition that was reported as holding. */
export const reportFiring = (reported: ReportedAlert, severity: Severity, runbook: string): AlertCall => {
  const { fingerprint, ...place } = placeOf(reported);
  const { name, subject, detail, cause, by, at } = reported;
  return {
    ...place,
    command: {
      kind: 'raise',
      data: {
        alert_id: place.alert_id,
        name,
        fingerprint,
        severity,
        detail: detailOf(`${subject}: ${detail}`),
        cause,
        subject,
        firing: 'told',
        runbook,
        order: reportOrder(by, at),
      },
    },
  };
};

/** A condition that was reported as over. */
export const reportEnd = (reported: ReportedAlert): AlertCall => {
  const { fingerprint: _, ...place } = placeOf(reported);
  const { subject, detail, cause, by, at } = reported;
  return {
    ...place,
    command: { kind: 'end', detail: detailOf(`${subject}: ${detail}`), cause, order: reportOrder(by, at) },
  };
};

/** Without an event as the cause, the request itself is the cause. */
const requested = (type: string, { request_id, subject }: ResolveAlertRequest): Cause => ({
  event_id: request_id,
  type,
  stream: subject,
});
const tellerOf = ({ subject }: ResolveAlertRequest): string => subject.slice(0, subject.indexOf('/'));

/**
 * A service reports that a condition of its own holds, for the tenant that it names, or for none.
 */
export const raised = (request: RaiseAlertRequest): AlertCall => {
  const { name, subject, detail, cause, at, tenant_id } = request;
  return reportFiring(
    {
      by: tellerOf(request),
      tenant: tenant_id ?? systemTenant,
      name,
      subject,
      detail,
      at,
      cause: cause ?? requested('alerting.raise', request),
    },
    ruleOf(name)?.severity ?? 'medium',
    runbookOf(name),
  );
};

/** A service reports that it is over. */
export const over = (request: ResolveAlertRequest): AlertCall => {
  const { name, subject, detail, at, tenant_id } = request;
  return reportEnd({
    by: tellerOf(request),
    tenant: tenant_id ?? systemTenant,
    name,
    subject,
    detail,
    at,
    cause: requested('alerting.resolve', request),
  });
};
