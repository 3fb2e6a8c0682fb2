import {
  actorKey,
  parseStream,
  streamName,
  systemTenant,
  type JsonObject,
  type RaiseAlertRequest,
  type Reason,
  type ResolveAlertRequest,
  type Severity,
} from '@interlock/contracts';
import { contentHash, uuidV5, type RecordedEvent } from '@interlock/kernel';
import type { AlertCommand, AlertFired } from './alert.js';
import type { IncidentCommand } from './incident.js';

export type Reaction =
  | {
      readonly kind: 'incident';
      readonly tenant: string;
      readonly stream: string;
      readonly command: IncidentCommand;
    }
  | {
      readonly kind: 'alert';
      readonly tenant: string;
      readonly stream: string;
      readonly command: AlertCommand;
    };

type Finished = {
  readonly entity_id: string;
  readonly action_type: string;
  readonly reasons: readonly Reason[];
};
const why = (reasons: readonly Reason[]): string =>
  reasons
    .map((reason) => reason.detail)
    .join('; ')
    .slice(0, 500);

const incident = (event: RecordedEvent, severity: 'high' | 'critical', title: string): Reaction | null => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return null;
  const { entity_id, action_type, reasons } = event.data as Finished;
  const id = uuidV5('incident', event.id);
  return {
    kind: 'incident',
    tenant: stream.tenant,
    stream: streamName('incident', stream.tenant, id),
    command: {
      kind: 'open',
      data: {
        incident_id: id,
        severity,
        title: `${title}: \`${action_type}\` on \`${entity_id}\``,
        detail: why(reasons),
        cause: { event_id: event.id, type: event.type, stream: event.stream },
        action_id: stream.id,
        entity_id,
      },
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
  const of = {
    kind: 'alert',
    tenant: stream.tenant,
    stream: streamName('alert', stream.tenant, id),
  } as const;
  const scope = String(data['scope']);
  return event.type === 'KillSwitchEngaged'
    ? {
        ...of,
        command: {
          kind: 'fire',
          data: {
            alert_id: id,
            name: 'kill_switch',
            fingerprint,
            severity: 'critical',
            detail: `the kill switch is engaged, scope ${scope}`,
            cause,
          },
        },
      }
    : { ...of, command: { kind: 'end', detail: `the kill switch was released, scope ${scope}`, cause } };
};

const treeInconsistent = (event: RecordedEvent): Reaction | null => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return null;
  const { origin, found_by, detail } = event.data as {
    readonly origin: string;
    readonly found_by: string;
    readonly detail: string;
  };
  const fingerprint = fingerprintOf('tree_inconsistent', `${origin} ${found_by}`);
  const id = uuidV5('alert', stream.tenant, fingerprint);
  const cause = { event_id: event.id, type: event.type, stream: event.stream };
  const of = {
    kind: 'alert',
    tenant: stream.tenant,
    stream: streamName('alert', stream.tenant, id),
  } as const;
  if (event.type === 'TreeInconsistencyResolved')
    return {
      ...of,
      command: {
        kind: 'end',
        detail: `the log agrees again with what was signed of it (${found_by}): ${detail}`.slice(0, 500),
        cause,
      },
    };
  const data = {
    alert_id: id,
    name: 'tree_inconsistent',
    fingerprint,
    severity: 'critical' as const,
    detail: `the log contradicts what was signed of it (${found_by}): ${detail}`.slice(0, 500),
    cause,
  };
  return { ...of, command: { kind: 'fire', data } };
};

type RolledBack = {
  readonly bundle_version: string;
  readonly was: string;
  readonly canary_pct: number;
  readonly restored_version: string | null;
  readonly trigger: string;
  readonly reason: string;
};
type Bypassed = { readonly reason: string; readonly until: string; readonly since: string };
type Paged = {
  readonly bundle_id: string;
  readonly bundle_version: string;
  readonly incident_id: string;
  readonly reason: string;
};
const causeOf = (event: RecordedEvent): AlertFired['cause'] => ({
  event_id: event.id,
  type: event.type,
  stream: event.stream,
});

/** INVARIANT: `detail` is the reason as it stands, so that a sealed one is opened for whoever may read it. Person and time are the event's. */
const bundleRolledBack = (event: RecordedEvent): Reaction | null => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return null;
  const { bundle_version, was, canary_pct, restored_version, trigger, reason } = event.data as RolledBack;
  const id = uuidV5('incident', event.id);
  const restored =
    restored_version === null
      ? 'no bundle decides, everything needs an approval'
      : `${restored_version} decides again`;
  return {
    kind: 'incident',
    tenant: stream.tenant,
    stream: streamName('incident', stream.tenant, id),
    command: {
      kind: 'open',
      data: {
        incident_id: id,
        severity: 'high',
        title: `bundle ${bundle_version} was rolled back (${was}${was === 'canary' ? ` at ${canary_pct} %` : ''}, ${trigger}): ${restored}`,
        detail: reason,
        cause: causeOf(event),
        action_id: null,
        entity_id: null,
        caused_by: actorKey(event.metadata.actor),
        caused_at: event.metadata.occurred_at,
      },
    },
  };
};

/** One incident of a bypass from its beginning to its end, however often its end is moved; nobody resolves it before. */
const policyBypass = (event: RecordedEvent): Reaction | null => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return null;
  const { since, reason } = event.data as Bypassed;
  const id = uuidV5('incident', event.stream, 'bypass', since);
  const of = {
    kind: 'incident',
    tenant: stream.tenant,
    stream: streamName('incident', stream.tenant, id),
  } as const;
  if (event.type === 'PolicyBypassEnded')
    return {
      ...of,
      command: { kind: 'over', by: 'service:alerting', note: `the bypass is over (${reason})` },
    };
  return {
    ...of,
    command: {
      kind: 'open',
      data: {
        incident_id: id,
        severity: 'critical',
        title: `policies are bypassed since ${since}: every action needs an approval`,
        detail: reason,
        cause: causeOf(event),
        action_id: null,
        entity_id: null,
        caused_by: actorKey(event.metadata.actor),
        caused_at: event.metadata.occurred_at,
        stands: true,
      },
    },
  };
};

const rolloutPaged = (event: RecordedEvent): Reaction | null => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return null;
  const { bundle_id, bundle_version, incident_id, reason } = event.data as Paged;
  const fingerprint = fingerprintOf('policy_rollout', `${event.stream} ${bundle_id} ${incident_id}`);
  const id = uuidV5('alert', stream.tenant, fingerprint);
  const data = {
    alert_id: id,
    name: 'policy_rollout',
    fingerprint,
    severity: 'high' as const,
    detail: `bundle ${bundle_version}: ${reason}`.slice(0, 500),
    cause: causeOf(event),
  };
  return {
    kind: 'alert',
    tenant: stream.tenant,
    stream: streamName('alert', stream.tenant, id),
    command: { kind: 'fire', data },
  };
};

/** The events of actions that call for something. */
export const actionEventsOfInterest = ['ActionRolledBack', 'ActionRollbackFailed'] as const;

/** The events of rollouts that do. */
export const rolloutEventsOfInterest = [
  'BundleRolledBack',
  'PolicyBypassed',
  'PolicyBypassEnded',
  'RolloutPaged',
] as const;

/** The events about trees that do. */
export const treeEventsOfInterest = ['TreeInconsistencyFound', 'TreeInconsistencyResolved'] as const;

/** What an event calls for; null where for nothing. Severities as in posture.md, Alerts. */
export const reactionTo = (event: RecordedEvent): Reaction | null => {
  switch (event.type) {
    case 'ActionRolledBack':
      return incident(event, 'high', 'an action was rolled back');
    case 'ActionRollbackFailed':
      return incident(event, 'critical', 'an action could not be rolled back');
    case 'KillSwitchEngaged':
    case 'KillSwitchReleased':
      return killSwitch(event);
    case 'TreeInconsistencyFound':
    case 'TreeInconsistencyResolved':
      return treeInconsistent(event);
    case 'BundleRolledBack':
      return bundleRolledBack(event);
    case 'PolicyBypassed':
    case 'PolicyBypassEnded':
      return policyBypass(event);
    case 'RolloutPaged':
      return rolloutPaged(event);
    default:
      return null;
  }
};

/** Severities as in posture.md, Alerts. */
const raisedSeverities: { readonly [name in RaiseAlertRequest['name']]: Severity } = {
  projection_lag: 'medium',
  channel_failing: 'high',
};

type AlertCall = { readonly alert_id: string; readonly stream: string; readonly command: AlertCommand };

const toldOf = ({
  name,
  subject,
}: ResolveAlertRequest): {
  readonly alert_id: string;
  readonly fingerprint: string;
  readonly stream: string;
} => {
  const fingerprint = fingerprintOf(name, subject);
  const id = uuidV5('alert', systemTenant, fingerprint);
  return { alert_id: id, fingerprint, stream: streamName('alert', systemTenant, id) };
};
/** Where no event is the cause, the request itself is. */
const requested = (type: string, { request_id, subject }: ResolveAlertRequest): AlertFired['cause'] => ({
  event_id: request_id,
  type,
  stream: subject,
});

/** A service tells that a condition of its own holds; it belongs to no tenant. */
export const raised = (request: RaiseAlertRequest): AlertCall => {
  const { alert_id, fingerprint, stream } = toldOf(request);
  const { name, subject, detail, cause } = request;
  return {
    alert_id,
    stream,
    command: {
      kind: 'raise',
      data: {
        alert_id,
        name,
        fingerprint,
        severity: raisedSeverities[name],
        detail: `${subject}: ${detail}`,
        cause: cause ?? requested('alerting.raise', request),
      },
    },
  };
};

/** A service tells that it is over. */
export const over = (request: ResolveAlertRequest): AlertCall => {
  const { alert_id, stream } = toldOf(request);
  return {
    alert_id,
    stream,
    command: {
      kind: 'end',
      detail: `${request.subject}: ${request.detail}`,
      cause: requested('alerting.resolve', request),
    },
  };
};
