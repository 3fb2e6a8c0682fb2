import type { Schema } from '@interlock/api-types';
import type { Alert, Incident } from '../api/types.js';
import { clockText, durationText, momentText } from '../format.js';
import type { Kind, GlyphName } from '../ui/kinds.js';

type Look = { readonly kind: Kind; readonly glyph: GlyphName; readonly word: string };

/**
 * Returns whether the alert is silenced at `now`, the server's time in milliseconds. A silence that
 * has ended does not count.
 */
export const isSilenced = ({ silenced_until: until }: Pick<Alert, 'silenced_until'>, now: number): boolean =>
  until !== null && Date.parse(until) > now;

/**
 * Returns whether the alert counts in the navigation: it is not resolved, at least medium, and not
 * silenced. A critical alert counts even if it is silenced.
 */
export const isLoud = (alert: Pick<Alert, 'status' | 'severity' | 'silenced_until'>, now: number): boolean =>
  alert.status !== 'resolved' &&
  !['info', 'low'].includes(alert.severity) &&
  (alert.severity === 'critical' || !isSilenced(alert, now));

const severities = ['critical', 'high', 'medium', 'low', 'info'] as const;

/** Returns the number of alerts of each severity that occurs, the worst first. */
export const severityCounts = (
  alerts: readonly Pick<Alert, 'severity'>[],
): readonly (readonly [Alert['severity'], number])[] =>
  severities.flatMap((severity) => {
    const count = alerts.filter((alert) => alert.severity === severity).length;
    return count === 0 ? [] : [[severity, count] as const];
  });

/**
 * Returns the look that replaces the status of a silenced alert. Returns undefined if the alert is
 * not silenced or is resolved.
 */
export const silencedLook = (
  alert: Pick<Alert, 'status' | 'silenced_until'>,
  now: number,
): Look | undefined =>
  alert.status !== 'resolved' && isSilenced(alert, now)
    ? { kind: 'unk', glyph: 'minus', word: 'Silenced' }
    : undefined;

export type AlertGroup = 'firing' | 'acknowledged' | 'silenced' | 'ended';
/** The groups of the list in their order, with their headings. */
export const groups: readonly (readonly [AlertGroup, string])[] = [
  ['firing', 'Firing'],
  ['acknowledged', 'Acknowledged'],
  ['silenced', 'Silenced'],
  ['ended', 'Ended'],
];

/** Returns the group of an alert at `now`, the server's time in milliseconds. Pure. */
export const groupOf = (alert: Pick<Alert, 'status' | 'silenced_until'>, now: number): AlertGroup => {
  if (alert.status === 'resolved') return 'ended';
  if (isSilenced(alert, now)) return 'silenced';
  return alert.status === 'acknowledged' ? 'acknowledged' : 'firing';
};

/** The glyph and the colour of a delivery's state. */
export const deliveryLooks: {
  readonly [S in Schema<'DeliveryDto'>['state']]: readonly [GlyphName, Kind];
} = {
  delivered: ['ok', 'green'],
  failed: ['oct', 'red'],
  pending: ['clk', 'yellow'],
  dropped: ['minus', 'unk'],
};

/**
 * Alerts that report a changed log or missed work. They never resolve by themselves, so only a
 * person resolves them.
 */
const closedByPeople = ['log_tampered', 'forged_event', 'open_work_missed'];

/** Returns why a person cannot resolve the alert or incident; undefined if a person may. */
export const resolveOff = (thing: Pick<Alert, 'name'> | Pick<Incident, 'stands'>): string | undefined =>
  'stands' in thing
    ? thing.stands
      ? 'Its condition continues; the incident ends with it'
      : undefined
    : closedByPeople.includes(thing.name)
      ? undefined
      : 'It ends automatically when its condition clears';

/** The durations for which an alert can be silenced here, in minutes, with their labels. */
export const silences = { '30': '30 min', '120': '2 h', '480': '8 h', '1440': '1 day', '10080': '7 days' };

/**
 * Describes when a silence ends, in both zones and as a duration: `until 06:00:00 UTC, 07:00:00 in
 * your zone (Europe/Stockholm), 2 h 47 min`.
 */
export const untilText = (until: number, now: number, zone: string): string => {
  const at = new Date(until).toISOString();
  const local = momentText(at, 'local', now);
  const here = zone === 'UTC' ? '' : `, ${local} in your zone (${zone})`;
  return `until ${momentText(at, 'utc', now)} UTC${here}, ${durationText(until - now)}`;
};

/**
 * Returns the subject of an alert or incident: its title, or its detail if the title only repeats
 * the name.
 */
export const aboutText = ({
  name,
  title,
  detail,
}: {
  readonly name: string;
  readonly title: string;
  readonly detail: string;
}): string => (title === name ? detail : title);

/** Turns the event type of a timeline entry into words: `AlertRaised` becomes `alert raised`. */
export const timelineText = (type: string): string =>
  type.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

/** Describes how a delivery to a channel ended. */
export const deliveryText = (
  {
    what,
    state,
    attempts,
    next_at: next,
  }: {
    readonly what: string;
    readonly state: string;
    readonly attempts: number;
    readonly next_at: string | null;
  },
  zone: 'utc' | 'local',
): string =>
  `${what}, ${state}${attempts > 1 ? `, attempt ${attempts}` : ''}${next === null ? '' : `; next ${clockText(next, zone)}`}`;
