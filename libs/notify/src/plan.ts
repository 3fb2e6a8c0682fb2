import { parseStream, severities, type Severity, type Timestamp } from '@interlock/contracts';
import type { ReportRequested } from './channel.js';
import { dedupKeyOf, type AlertNotice, type Notice } from './notice.js';
import { heldUntil } from './quiet-hours.js';
import { without, type AlertRoute, type Reach } from './reach.js';
import { bundleChanged, channelFailing, escalationAt, routesOf, targetsOf, type Target } from './routes.js';

/**
 * The parts of `AlertFired` that are read. Episode, evidence and runbook are present if the alert's
 * rule names them.
 */
export type FiredAlert = {
  readonly alert_id: string;
  readonly name: string;
  readonly severity: Severity;
  readonly detail: string;
  readonly cause: { readonly type: string; readonly stream: string };
  readonly episode?: number;
  readonly evidence?: { readonly from: string; readonly to: string } | null;
  readonly runbook?: string | null;
  readonly page?: string;
};

/** The state of an alert for notifications. `told`: its episode was announced, or will be. */
export type WatchedAlert = {
  readonly tenant_id: string;
  readonly alert_id: string;
  readonly episode: number;
  readonly name: string;
  readonly severity: Severity;
  readonly detail: string;
  readonly status: 'firing' | 'acknowledged' | 'resolved';
  readonly silenced_until: Timestamp | null;
  readonly told: boolean;
  /** The channel that the alert is about, which is not notified of it. */
  readonly except: string | null;
  readonly evidence: { readonly from: string; readonly to: string } | null;
  readonly runbook: string | null;
  /** The page on which a person decides; absent if nobody is asked. */
  readonly page?: string;
};

/** A notice for a channel, not to be sent before `due_at`. */
export type PlannedNotice = {
  readonly channel_id: string;
  readonly route: string;
  readonly due_at: Timestamp;
  readonly notice: Notice;
};
export type PlannedEscalation = {
  readonly from_route: string;
  readonly to_route: string;
  readonly due_at: Timestamp;
};
export type Plan = {
  readonly alert: WatchedAlert;
  readonly notices: readonly PlannedNotice[];
  readonly escalations: readonly PlannedEscalation[];
};
/**
 * INVARIANT: a person's text leaves Interlock on no channel. It is sealed in the log and opened
 * only for readers with the right.
 */
const withoutSealed = (text: string): string =>
  text.replace(/enc:1:[0-9a-f-]{36}:[A-Za-z0-9_-]*/g, '[what a person wrote is kept in Interlock]');

/** A notice of an alert in its present state. */
const noticeOf = (
  alert: WatchedAlert,
  what: AlertNotice['what'],
  at: Timestamp,
  over: Partial<Pick<AlertNotice, 'by' | 'detail' | 'dedup_key'>> = {},
): AlertNotice => ({
  tenant_id: alert.tenant_id,
  alert_id: alert.alert_id,
  episode: alert.episode,
  what,
  dedup_key: dedupKeyOf(alert.alert_id, alert.episode, what),
  name: alert.name,
  severity: alert.severity,
  at,
  by: null,
  evidence: alert.evidence,
  runbook: alert.runbook,
  ...(alert.page === undefined ? {} : { page: alert.page }),
  ...over,
  detail: withoutSealed(over.detail ?? alert.detail),
});

const isWorse = (a: Severity, b: Severity): boolean => severities.indexOf(a) > severities.indexOf(b);

const dueAt = (route: AlertRoute, severity: Severity, at: Timestamp): Timestamp =>
  heldUntil(route.quiet_hours, severity, at) ?? at;

const planned = (
  targets: readonly Target[],
  routes: readonly AlertRoute[],
  notice: Notice,
): Pick<Plan, 'notices' | 'escalations'> => ({
  notices: targets.map(({ channel_id, route }) => ({
    channel_id,
    route: route.name,
    due_at: dueAt(route, notice.severity, notice.at),
    notice,
  })),
  escalations: routes.flatMap((route) => {
    const next = escalationAt(route, dueAt(route, notice.severity, notice.at));
    return next === null ? [] : [{ from_route: route.name, to_route: next.route, due_at: next.at }];
  }),
});

const nothing = { notices: [], escalations: [] } as const;

/** The channel that an alert is about. */
const aboutChannel = ({ name, cause }: FiredAlert): string | null => {
  const stream = name === channelFailing ? parseStream(cause.stream) : undefined;
  return stream?.category === 'channel' ? stream.id : null;
};

/**
 * An alert fires, for the first time or again. A new episode is announced. Within an episode, only
 * a higher severity is announced, or an alert that was silenced until now. Without an episode in
 * the event, the episode after an alert's end is the next one. An event of an earlier episode
 * changes nothing.
 */
export const planFired = (
  before: WatchedAlert | null,
  tenant: string,
  fired: FiredAlert,
  at: Timestamp,
  reach: Reach,
): Plan | null => {
  const episode =
    fired.episode ??
    (before === null ? 1 : before.status === 'resolved' ? before.episode + 1 : before.episode);
  if (
    before !== null &&
    (episode < before.episode || (episode === before.episode && before.status === 'resolved'))
  )
    return null;
  const isNew = before === null || episode > before.episode;
  const isRaised = !isNew && isWorse(fired.severity, before.severity);
  const silenced = before?.silenced_until ?? null;
  const isSilent = silenced !== null && at < silenced;
  const alert: WatchedAlert = {
    tenant_id: tenant,
    alert_id: fired.alert_id,
    episode,
    name: fired.name,
    severity: fired.severity,
    detail: fired.detail,
    status: isNew || isRaised ? 'firing' : before.status,
    silenced_until: isSilent ? silenced : null,
    told: (isNew ? false : before.told) || !isSilent,
    except: aboutChannel(fired),
    evidence: fired.evidence ?? null,
    runbook: fired.runbook ?? null,
    ...(fired.page === undefined ? {} : { page: fired.page }),
  };
  const isNotified = !isSilent && (isNew || isRaised || !before.told);
  if (!isNotified) return { alert, ...nothing };
  const { routes, targets } = routesOf(reach, alert, at);
  const key = dedupKeyOf(alert.alert_id, episode, 'trigger', isRaised && before.told ? fired.severity : null);
  return { alert, ...planned(targets, routes, noticeOf(alert, 'trigger', at, { dedup_key: key })) };
};

/** A silence was ended while the alert is active, so the suppressed notice is sent now. */
export const planUnsilenced = (before: WatchedAlert, at: Timestamp, reach: Reach): Plan => {
  const isNotified = !before.told && before.status !== 'resolved';
  const alert: WatchedAlert = { ...before, silenced_until: null, told: before.told || isNotified };
  if (!isNotified) return { alert, ...nothing };
  const { routes, targets } = routesOf(reach, alert, at);
  return { alert, ...planned(targets, routes, noticeOf(alert, 'trigger', at)) };
};

/**
 * Somebody acknowledged the alert, or it is over. Only the channels that announced the episode are
 * notified. Quiet hours delay the notice as they delay the alert.
 */
export const planFollowing = (
  alert: WatchedAlert,
  what: 'acknowledge' | 'resolve',
  of: { readonly at: Timestamp; readonly by: string | null; readonly detail: string | null },
  channels: readonly { readonly channel_id: string; readonly route: string }[],
  { routes }: Reach,
): readonly PlannedNotice[] => {
  const notice = noticeOf(alert, what, of.at, {
    by: of.by,
    ...(of.detail === null ? {} : { detail: of.detail }),
  });
  return channels.map(({ channel_id, route }) => {
    const known = routes.find(({ name }) => name === route);
    return {
      channel_id,
      route,
      due_at: known === undefined ? of.at : dueAt(known, alert.severity, of.at),
      notice,
    };
  });
};

/**
 * Nobody acknowledged, so the next route is notified, and then the one after it. Nothing if the
 * alert is over or acknowledged.
 */
export const planEscalated = (
  alert: WatchedAlert,
  of: { readonly episode: number; readonly to_route: string; readonly at: Timestamp },
  reach: Reach,
): Pick<Plan, 'notices' | 'escalations'> => {
  const route = reach.routes.find(({ name }) => name === of.to_route);
  if (route === undefined || alert.status !== 'firing' || alert.episode !== of.episode) return nothing;
  const usable = without(reach, alert.except);
  return planned(
    targetsOf([route], usable, alert.severity, of.at),
    [route],
    noticeOf(alert, 'trigger', of.at),
  );
};

/** The members that every notice has that is not about an alert. */
const ownNotice = <W extends 'test' | 'report'>(what: W, tenant: string, id: string, at: Timestamp) =>
  ({
    tenant_id: tenant,
    alert_id: id,
    episode: 1,
    what,
    dedup_key: dedupKeyOf(id, 1, what),
    severity: 'info',
    at,
    by: null,
    evidence: null,
    runbook: null,
  }) as const;

/** The notice of a test, sent at once to the one channel. */
export const planTest = (
  tenant: string,
  { channel_id, test_id }: { readonly channel_id: string; readonly test_id: string },
  at: Timestamp,
): PlannedNotice => ({
  channel_id,
  route: 'test',
  due_at: at,
  notice: {
    ...ownNotice('test', tenant, test_id, at),
    name: 'test_message',
    detail: `this is a test of channel \`${channel_id}\`: whoever reads it is reached by Interlock's alerts`,
  },
});

/** The notice of a report, sent at once to the one channel. */
export const planReport = (
  tenant: string,
  { channel_id, report_id, name, report }: ReportRequested,
  at: Timestamp,
): PlannedNotice => ({
  channel_id,
  route: 'report',
  due_at: at,
  notice: { ...ownNotice('report', tenant, report_id, at), name, detail: report.title, report },
});

/** Describes the changes of bundles that are announced; null for other events. */
export const bundleChangeText = (type: string, data: object): string | null => {
  const of = data as { readonly [member: string]: unknown };
  const version = String(of['bundle_version'] ?? '');
  switch (type) {
    case 'BundleActivated':
      return Number(of['canary_pct'] ?? 100) < 100
        ? `bundle ${version} decides for ${String(of['canary_pct'])} % as a canary`
        : `bundle ${version} is active`;
    case 'CanaryPromoted':
      return `canary ${version} went from ${String(of['from_pct'])} % to ${String(of['to_pct'])} %`;
    case 'BundleRolledBack':
      return `bundle ${version} was rolled back; ${of['restored_version'] === null ? 'no bundle decides' : `${String(of['restored_version'])} decides again`}`;
    default:
      return null;
  }
};

/** A change of a bundle as a notice of its own, without acknowledgement and without an end. */
export const planBundleChange = (
  tenant: string,
  id: string,
  detail: string,
  at: Timestamp,
  reach: Reach,
): readonly PlannedNotice[] => {
  const alert: WatchedAlert = {
    tenant_id: tenant,
    alert_id: id,
    episode: 1,
    name: bundleChanged,
    severity: 'info',
    detail,
    status: 'firing',
    silenced_until: null,
    told: true,
    except: null,
    evidence: null,
    runbook: null,
  };
  return planned(routesOf(reach, alert, at).targets, [], noticeOf(alert, 'trigger', at)).notices;
};
