import { parseStream, streamName, systemTenant, type JsonObject, type RaiseAlertRequest, type Reason, type ResolveAlertRequest, type Severity } from '@interlock/contracts';
import { contentHash, uuidV5, type RecordedEvent } from '@interlock/kernel';
import type { AlertCommand, AlertFired } from './alert.js';
import type { IncidentCommand } from './incident.js';

export type Reaction =
  | { readonly kind: 'incident'; readonly tenant: string; readonly stream: string; readonly command: IncidentCommand }
  | { readonly kind: 'alert'; readonly tenant: string; readonly stream: string; readonly command: AlertCommand };

type Finished = { readonly entity_id: string; readonly action_type: string; readonly reasons: readonly Reason[] };
const why = (reasons: readonly Reason[]): string => reasons.map((reason) => reason.detail).join('; ').slice(0, 500);

const incident = (event: RecordedEvent, severity: 'high' | 'critical', title: string): Reaction | null => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return null;
  const { entity_id, action_type, reasons } = event.data as Finished;
  const id = uuidV5('incident', event.id);
  return {
    kind: 'incident', tenant: stream.tenant, stream: streamName('incident', stream.tenant, id),
    command: {
      kind: 'open',
      data: { incident_id: id, severity, title: `${title}: \`${action_type}\` on \`${entity_id}\``, detail: why(reasons), cause: { event_id: event.id, type: event.type, stream: event.stream }, action_id: stream.id, entity_id },
    },
  };
};

/** One alert per name and subject: the fingerprint. */
export const fingerprintOf = (name: string, subject: string): string => contentHash({ name, subject });

const killSwitch = (event: RecordedEvent): Reaction | null => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return null;
  const data = event.data as JsonObject;
  const fingerprint = fingerprintOf('kill_switch', event.stream);
  const id = uuidV5('alert', stream.tenant, fingerprint);
  const cause = { event_id: event.id, type: event.type, stream: event.stream };
  const of = { kind: 'alert', tenant: stream.tenant, stream: streamName('alert', stream.tenant, id) } as const;
  const scope = String(data['scope']);
  return event.type === 'KillSwitchEngaged'
    ? { ...of, command: { kind: 'fire', data: { alert_id: id, name: 'kill_switch', fingerprint, severity: 'critical', detail: `the kill switch is engaged, scope ${scope}`, cause } } }
    : { ...of, command: { kind: 'end', detail: `the kill switch was released, scope ${scope}`, cause } };
};

const treeInconsistent = (event: RecordedEvent): Reaction | null => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return null;
  const { origin, found_by, detail } = event.data as { readonly origin: string; readonly found_by: string; readonly detail: string };
  const fingerprint = fingerprintOf('tree_inconsistent', `${origin} ${found_by}`);
  const id = uuidV5('alert', stream.tenant, fingerprint);
  const cause = { event_id: event.id, type: event.type, stream: event.stream };
  const data = { alert_id: id, name: 'tree_inconsistent', fingerprint, severity: 'critical' as const, detail: `the log contradicts what was signed of it (${found_by}): ${detail}`.slice(0, 500), cause };
  return { kind: 'alert', tenant: stream.tenant, stream: streamName('alert', stream.tenant, id), command: { kind: 'fire', data } };
};

/** The events of actions that call for something. */
export const actionEventsOfInterest = ['ActionRolledBack', 'ActionRollbackFailed'] as const;

/** What an event calls for; null where for nothing. Severities as in posture.md, Alerts. */
export const reactionTo = (event: RecordedEvent): Reaction | null => {
  switch (event.type) {
    case 'ActionRolledBack': return incident(event, 'high', 'an action was rolled back');
    case 'ActionRollbackFailed': return incident(event, 'critical', 'an action could not be rolled back');
    case 'KillSwitchEngaged': case 'KillSwitchReleased': return killSwitch(event);
    case 'TreeInconsistencyFound': return treeInconsistent(event);
    default: return null;
  }
};

/** Severities as in posture.md, Alerts. */
const raisedSeverities: { readonly [name in RaiseAlertRequest['name']]: Severity } = { projection_lag: 'medium' };

type Told = { readonly alert_id: string; readonly stream: string; readonly command: AlertCommand };

const toldOf = ({ name, subject }: ResolveAlertRequest): { readonly alert_id: string; readonly fingerprint: string; readonly stream: string } => {
  const fingerprint = fingerprintOf(name, subject);
  const id = uuidV5('alert', systemTenant, fingerprint);
  return { alert_id: id, fingerprint, stream: streamName('alert', systemTenant, id) };
};
/** Where no event is the cause, the request itself is. */
const requested = (type: string, { request_id, subject }: ResolveAlertRequest): AlertFired['cause'] => ({ event_id: request_id, type, stream: subject });

/** A service tells that a condition of its own holds; it belongs to no tenant. */
export const raised = (request: RaiseAlertRequest): Told => {
  const { alert_id, fingerprint, stream } = toldOf(request);
  const { name, subject, detail, cause } = request;
  return { alert_id, stream, command: { kind: 'raise', data: { alert_id, name, fingerprint, severity: raisedSeverities[name], detail: `${subject}: ${detail}`, cause: cause ?? requested('alerting.raise', request) } } };
};

/** A service tells that it is over. */
export const over = (request: ResolveAlertRequest): Told => {
  const { alert_id, stream } = toldOf(request);
  return { alert_id, stream, command: { kind: 'end', detail: `${request.subject}: ${request.detail}`, cause: requested('alerting.resolve', request) } };
};
