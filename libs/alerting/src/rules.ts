import { parseStream, streamName, type JsonObject, type Reason } from '@interlock/contracts';
import { contentHash, uuidV5, type RecordedEvent } from '@interlock/kernel';
import type { AlertCommand } from './alert.js';
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
