import {
  actorKey,
  parseStream,
  streamName,
  type JsonObject,
  type Reason,
  type Severity,
} from '@interlock/contracts';
import { uuidV5, type RecordedEvent } from '@interlock/kernel';
import type { AlertFired } from './alert.js';
import { detailOf } from './detail.js';
import type { IncidentCommand, IncidentLink, IncidentOpened } from './incident.js';

/** A command on one incident that follows from an event. */
export type IncidentReaction = {
  readonly tenant: string;
  readonly stream: string;
  readonly command: IncidentCommand;
};
type Subject = Pick<IncidentOpened, 'severity' | 'title' | 'detail' | 'action_id' | 'entity_id'> &
  Partial<Pick<IncidentOpened, 'stands'>>;

/** The event types that open, link or end incidents, by their stream's category. */
export const incidentEvents: { readonly [category: string]: readonly string[] } = {
  action: ['ActionRolledBack', 'ActionRollbackFailed'],
  response: ['ResponseUndoFailed'],
  rollout: ['BundleRolledBack', 'PolicyBypassed', 'PolicyBypassEnded'],
  alert: ['AlertFired', 'AlertResolved'],
};

const service = 'service:alerting';
const on = (tenant: string, id: string, command: IncidentCommand): IncidentReaction => ({
  tenant,
  stream: streamName('incident', tenant, id),
  command,
});
const opened = (event: RecordedEvent, id: string, subject: Subject): IncidentOpened => ({
  incident_id: id,
  severity: subject.severity,
  title: subject.title,
  detail: subject.detail,
  cause: { event_id: event.id, type: event.type, stream: event.stream },
  action_id: subject.action_id,
  entity_id: subject.entity_id,
  caused_by: actorKey(event.metadata.actor),
  caused_at: event.metadata.occurred_at,
  ...(subject.stands === true ? { stands: true } : {}),
});

type Finished = {
  readonly entity_id: string;
  readonly action_type: string;
  readonly reasons: readonly Reason[];
};
type OfStream = NonNullable<ReturnType<typeof parseStream>>;

const actionEnded = (event: RecordedEvent, of: OfStream): readonly IncidentReaction[] => {
  const failed = event.type === 'ActionRollbackFailed';
  const { entity_id, action_type, reasons } = event.data as Finished;
  const id = uuidV5('incident', event.id);
  const {
    caused_by: _by,
    caused_at: _at,
    ...data
  } = opened(event, id, {
    severity: failed ? 'critical' : 'high',
    title: `${failed ? 'an action could not be rolled back' : 'an action was rolled back'}: \`${action_type}\` on \`${entity_id}\``,
    detail: detailOf(reasons.map(({ detail }) => detail).join('; ')),
    action_id: of.id,
    entity_id,
  });
  return [on(of.tenant, id, { kind: 'open', data })];
};

const undoFailed = (event: RecordedEvent, of: OfStream): readonly IncidentReaction[] => {
  const { detail } = event.data as { readonly detail: string };
  const id = uuidV5('incident', event.id);
  const data = opened(event, id, {
    severity: 'critical',
    title: `a response could not be taken back: \`${of.id}\``,
    detail: detailOf(detail),
    action_id: null,
    entity_id: null,
  });
  return [on(of.tenant, id, { kind: 'open', data })];
};

type RolledBack = {
  readonly bundle_id: string;
  readonly bundle_version: string;
  readonly was: string;
  readonly canary_pct: number;
  readonly restored_version: string | null;
  readonly trigger: string;
  readonly reason: string;
};
/**
 * INVARIANT: `detail` is the reason as the log holds it. A sealed reason stays sealed until a
 * permitted reader asks. Person and time are those of the event.
 */
const bundleRolledBack = (event: RecordedEvent, { tenant }: OfStream): readonly IncidentReaction[] => {
  const { bundle_id, bundle_version, was, canary_pct, restored_version, trigger, reason } =
    event.data as RolledBack;
  const id = uuidV5('incident', event.id);
  const restored =
    restored_version === null
      ? 'no bundle decides, everything needs an approval'
      : `${restored_version} decides again`;
  return [
    on(tenant, id, {
      kind: 'open',
      data: opened(event, id, {
        severity: 'high',
        title: `bundle ${bundle_version} was rolled back (${was}${was === 'canary' ? ` at ${canary_pct} %` : ''}, ${trigger}): ${restored}`,
        detail: reason,
        action_id: null,
        entity_id: null,
      }),
    }),
    on(tenant, id, {
      kind: 'link',
      data: { kind: 'bundle', id: bundle_id, stream: streamName('bundle', tenant, bundle_id) },
    }),
  ];
};

type Bypassed = { readonly reason: string; readonly since: string };
/**
 * One incident of a bypass from its beginning to its end, however often its end is moved; nobody
 * resolves it before.
 */
const policyBypass = (event: RecordedEvent, { tenant }: OfStream): readonly IncidentReaction[] => {
  const { since, reason } = event.data as Bypassed;
  const id = uuidV5('incident', event.stream, 'bypass', since);
  if (event.type === 'PolicyBypassEnded')
    return [on(tenant, id, { kind: 'over', by: service, note: `the bypass is over (${reason})` })];
  return [
    on(tenant, id, {
      kind: 'open',
      data: opened(event, id, {
        severity: 'critical',
        title: `policies are bypassed since ${since}: every action needs an approval`,
        detail: reason,
        action_id: null,
        entity_id: null,
        stands: true,
      }),
    }),
  ];
};

/** The id of the incident that an episode of a critical alert opens. */
export const alertIncidentId = (alertId: string, episode: number): string =>
  uuidV5('incident', alertId, `${episode}`);
const opensItself: readonly string[] = [
  'ActionRolledBack',
  'ActionRollbackFailed',
  'BundleRolledBack',
  'ResponseUndoFailed',
];

/**
 * An alert whose subject already has an incident is linked to it. Every other critical alert opens
 * its own incident for its episode.
 */
const alertFired = (event: RecordedEvent, { tenant, id }: OfStream): readonly IncidentReaction[] => {
  const { severity, name, detail, episode, cause } = event.data as AlertFired;
  if (episode === undefined) return [];
  const link: IncidentLink = { kind: 'alert', id, stream: event.stream };
  if (opensItself.includes(cause.type) && (name === 'rollback_failed' || name === 'bundle_rolled_back'))
    return [on(tenant, uuidV5('incident', cause.event_id), { kind: 'link', data: link })];
  if (severity !== 'critical') return [];
  const incident = alertIncidentId(id, episode);
  const worst: Severity = 'critical';
  return [
    on(tenant, incident, {
      kind: 'open',
      data: opened(event, incident, {
        severity: worst,
        title: `alert \`${name}\``,
        detail,
        action_id: null,
        entity_id: null,
      }),
    }),
    on(tenant, incident, { kind: 'link', data: link }),
  ];
};

const alertResolved = (event: RecordedEvent, { tenant, id }: OfStream): readonly IncidentReaction[] => {
  const { episode, detail } = event.data as JsonObject;
  return typeof episode !== 'number'
    ? []
    : [
        on(tenant, alertIncidentId(id, episode), {
          kind: 'over',
          by: service,
          note: typeof detail === 'string' ? detail : null,
        }),
      ];
};

/**
 * The changes of incidents that an event causes; none for most events. docs/runbooks/README.md
 * lists the severities.
 */
export const incidentsOf = (event: RecordedEvent): readonly IncidentReaction[] => {
  const of = parseStream(event.stream);
  if (of === undefined || incidentEvents[of.category]?.includes(event.type) !== true) return [];
  switch (event.type) {
    case 'ActionRolledBack':
    case 'ActionRollbackFailed':
      return actionEnded(event, of);
    case 'ResponseUndoFailed':
      return undoFailed(event, of);
    case 'BundleRolledBack':
      return bundleRolledBack(event, of);
    case 'PolicyBypassed':
    case 'PolicyBypassEnded':
      return policyBypass(event, of);
    case 'AlertFired':
      return alertFired(event, of);
    case 'AlertResolved':
      return alertResolved(event, of);
    default:
      return [];
  }
};
