import {
  diffConfig,
  elementBuilder,
  NETCONF_NS,
  NOTIFICATION_NS,
  type ListKeys,
  type XmlElement,
} from '@interlock/netconf';
import type { Change, Config } from './configuration.js';

/** Namespace of the base notifications (RFC 6470). */
export const EVENTS_NS = 'urn:ietf:params:xml:ns:yang:ietf-netconf-notifications';

const nc = elementBuilder(NETCONF_NS);
const ev = elementBuilder(EVENTS_NS);
const nt = elementBuilder(NOTIFICATION_NS);

/** The author of a change: the session of a user, or the server itself. */
export type Actor = { readonly session: number; readonly username: string } | 'server';

const by = (actor: Actor): XmlElement[] =>
  actor === 'server'
    ? [ev('server')]
    : [ev('username', actor.username), ev('session-id', actor.session), ev('source-host', '127.0.0.1')];

const OPERATION = { added: 'create', removed: 'delete', changed: 'replace' } as const;

const configChange = (actor: Actor, before: Config, after: Config, keys: ListKeys): XmlElement[] => {
  const differences = diffConfig(nc('data', ...before), nc('data', ...after), keys);
  if (differences.length === 0) return [];
  // The paths stand for instance-identifiers. All belong to one module, so they omit its prefix.
  const edits = differences.map((one) =>
    ev('edit', ev('target', one.path), ev('operation', OPERATION[one.kind])),
  );
  return [ev('netconf-config-change', ev('changed-by', ...by(actor)), ev('datastore', 'running'), ...edits)];
};

const confirmedCommit = (actor: Actor, event: string, timeoutS?: number): XmlElement =>
  ev(
    'netconf-confirmed-commit',
    ...(actor === 'server' ? [] : by(actor)),
    ev('confirm-event', event),
    ...(timeoutS === undefined ? [] : [ev('timeout', timeoutS)]),
  );

/** Returns the notifications (RFC 6470) for a change of running. */
export const changeEvents = (
  change: Change,
  username: string,
  after: Config,
  keys: ListKeys,
): XmlElement[] => {
  const actor: Actor = { session: change.session, username };
  const changes = configChange(change.kind === 'rolled_back' ? 'server' : actor, change.before, after, keys);
  switch (change.kind) {
    case 'tentative':
      return [...changes, confirmedCommit(actor, 'start', change.timeoutS)];
    case 'extended':
      return [...changes, confirmedCommit(actor, 'extend', change.timeoutS)];
    case 'confirmed':
      return [...changes, confirmedCommit(actor, 'complete')];
    case 'rolled_back':
      return [...changes, confirmedCommit('server', change.why === 'timeout' ? 'timeout' : 'cancel')];
    case 'committed':
    case 'edited':
      return changes;
  }
};

export const sessionStart = (actor: Actor): XmlElement => ev('netconf-session-start', ...by(actor));

export const sessionEnd = (actor: Actor, reason: 'closed' | 'dropped' | 'killed' | 'other'): XmlElement =>
  ev('netconf-session-end', ...by(actor), ev('termination-reason', reason));

/** Returns an event as a notification (RFC 5277). */
export const notification = (event: XmlElement, at: Date): XmlElement =>
  nt('notification', nt('eventTime', at.toISOString()), event);
