import type { Alert, Incident } from '../api/types.js';
import { clockText, durationText, momentText } from '../format.js';
import type { Kind, GlyphName } from '../ui/kinds.js';

type Look = { readonly kind: Kind; readonly glyph: GlyphName; readonly word: string };

/**
 * Whether channels are quiet about it now: a silence that has ended is none. `now` is the server's
 * time in milliseconds.
 */
export const isSilenced = ({ silenced_until: until }: Pick<Alert, 'silenced_until'>, now: number): boolean =>
  until !== null && Date.parse(until) > now;

/**
 * Whether it counts beside the navigation: it goes on, at medium or worse, and is not silenced. A
 * critical one is never silenced away.
 */
export const isLoud = (alert: Pick<Alert, 'status' | 'severity' | 'silenced_until'>, now: number): boolean =>
  alert.status !== 'resolved' &&
  !['info', 'low'].includes(alert.severity) &&
  (alert.severity === 'critical' || !isSilenced(alert, now));

/**
 * How a silenced alert is shown in place of its status; undefined where it is not silenced, or is
 * over.
 */
export const silencedLook = (
  alert: Pick<Alert, 'status' | 'silenced_until'>,
  now: number,
): Look | undefined =>
  alert.status !== 'resolved' && isSilenced(alert, now)
    ? { kind: 'unk', glyph: 'minus', word: 'Silenced' }
    : undefined;

/**
 * What shows that the log was changed never ends by itself: these alone are for a person to
 * resolve.
 */
const closedByPeople = ['log_tampered', 'forged_event', 'open_work_missed'];

/** Why nobody resolves it by hand; undefined where a person may. */
export const resolveOff = (thing: Pick<Alert, 'name'> | Pick<Incident, 'stands'>): string | undefined =>
  'stands' in thing
    ? thing.stands
      ? 'What it stands for goes on: it ends with that'
      : undefined
    : closedByPeople.includes(thing.name)
      ? undefined
      : 'It ends by itself, when its condition does';

/** How long an alert may be silenced from here, in minutes, with its words. */
export const silences: readonly (readonly [number, string])[] = [
  [30, '30 min'],
  [120, '2 h'],
  [480, '8 h'],
  [1440, '1 day'],
  [10_080, '7 days'],
];

/**
 * When a silence ends, in both zones and as a duration:
 * `until 06:00:00 UTC, 07:00:00 in your zone (Europe/Stockholm), 2 h 47 min`.
 */
export const untilText = (until: number, now: number, zone: string): string => {
  const at = new Date(until).toISOString();
  const local = momentText(at, 'local', now);
  const here = zone === 'UTC' ? '' : `, ${local} in your zone (${zone})`;
  return `until ${momentText(at, 'utc', now)} UTC${here}, ${durationText(until - now)}`;
};

/**
 * What an alert or incident is about, in words: its title, or its detail where the title only
 * repeats the name.
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

/** One happening of a timeline: its event as words. */
export const timelineText = (type: string): string =>
  type.replaceAll(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();

/** How a channel took it, in words. */
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
