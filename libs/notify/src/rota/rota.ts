import { namePattern, type Timestamp, type Violation } from '@interlock/contracts';
import { referenceFaults } from '../references.js';
import { instantOf } from './local-instant.js';

/**
 * Somebody who takes turns. `channels` are the ids of the channels that reach this person.
 * `external_id`: the person at PagerDuty (`PABC123`) or Opsgenie (`ann@example.org`).
 */
type RotaMember = {
  readonly name: string;
  readonly channels: readonly string[];
  readonly external_id: string | null;
};

/** The schedule at a provider that says who is on call, instead of the weekly turns. */
export type RotaSource = {
  readonly kind: 'pagerduty' | 'opsgenie';
  readonly schedule_id: string;
  readonly api_url: string;
  /** `env:NAME` or `file:PATH`, of the rota's own tenant. */
  readonly token_ref: string;
};
export const rotaSources = ['pagerduty', 'opsgenie'] as const satisfies readonly RotaSource['kind'][];
export const rotaApis: { readonly [kind in RotaSource['kind']]: string } = {
  pagerduty: 'https://api.pagerduty.com',
  opsgenie: 'https://api.opsgenie.com',
};

/**
 * Weekly turns. The first member's turn begins on `starts_on` (`YYYY-MM-DD`) at `handover`
 * (`HH:MM`), and each lasts `weeks` weeks, by the clocks of the time zone.
 */
export type Rota = {
  readonly time_zone: string;
  readonly starts_on: string;
  readonly handover: string;
  readonly weeks: number;
  readonly members: readonly RotaMember[];
  readonly source: RotaSource | null;
};

/** Somebody takes over from `from` (inclusive) to `until` (exclusive). */
export type RotaOverride = {
  readonly override_id: string;
  readonly member: string;
  readonly from: Timestamp;
  readonly until: Timestamp;
};

const dayMs = 86_400_000;

/** The instant of the n-th handover, from 0, in milliseconds. */
export const handoverMs = ({ time_zone, starts_on, handover, weeks }: Rota, n: number): number => {
  const first = Date.parse(`${starts_on}T${handover}:00.000Z`);
  return instantOf(first + n * weeks * 7 * dayMs, time_zone);
};

/**
 * The member whose turn it is at an instant, by the weekly turns and the overrides; the override
 * that was made last wins. Null before the first turn. Pure.
 */
export const onCall = (
  rota: Rota,
  instant: Timestamp,
  overrides: readonly RotaOverride[] = [],
): string | null => {
  const at = Date.parse(instant);
  const taken = overrides.findLast(({ from, until }) => Date.parse(from) <= at && at < Date.parse(until));
  if (taken !== undefined) return taken.member;
  if (rota.members.length === 0 || at < handoverMs(rota, 0)) return null;
  let turn = Math.max(0, Math.floor((at - handoverMs(rota, 0)) / (rota.weeks * 7 * dayMs)));
  // Changed clocks move a handover by some hours, so the estimate is at most one turn off.
  while (turn > 0 && handoverMs(rota, turn) > at) turn -= 1;
  while (handoverMs(rota, turn + 1) <= at) turn += 1;
  return rota.members[turn % rota.members.length]?.name ?? null;
};

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en-GB', { timeZone: name });
    return /^[A-Za-z]/.test(name);
  } catch {
    return false;
  }
};
const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00.000Z`).toJSON()?.slice(0, 10) === text;

const memberFaults = (members: readonly RotaMember[], source: RotaSource | null): readonly Violation[] =>
  members.flatMap(({ name, channels, external_id }, i) => [
    ...(namePattern.test(name)
      ? []
      : [{ pointer: `/members/${i}/name`, detail: 'must be a name such as `ann`' }]),
    ...(members.findIndex((one) => one.name === name) === i
      ? []
      : [{ pointer: `/members/${i}/name`, detail: 'is the name of another member, too' }]),
    ...(channels.length > 0 ? [] : [{ pointer: `/members/${i}/channels`, detail: 'must name a channel' }]),
    ...(source === null || external_id !== null
      ? []
      : [
          {
            pointer: `/members/${i}/external_id`,
            detail: `must name the person at ${source.kind}, which says who is on call`,
          },
        ]),
  ]);

const sourceFaults = (source: RotaSource): readonly Violation[] => {
  const url = URL.canParse(source.api_url) ? new URL(source.api_url) : null;
  return [
    ...(url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === ''
      ? []
      : [{ pointer: '/source/api_url', detail: 'must be an address without user and password' }]),
    ...(/^[A-Za-z0-9-]{1,64}$/.test(source.schedule_id)
      ? []
      : [{ pointer: '/source/schedule_id', detail: 'must be the id of a schedule' }]),
    ...referenceFaults(source.token_ref, '/source/token_ref'),
  ];
};

/** Every fault of a rota that the type of a single member does not show. */
export const checkRota = (rota: Rota): readonly Violation[] => [
  ...(isTimeZone(rota.time_zone)
    ? []
    : [{ pointer: '/time_zone', detail: 'must be a time zone such as `Europe/London`' }]),
  ...(isDay(rota.starts_on) ? [] : [{ pointer: '/starts_on', detail: 'must be a day such as `2026-11-30`' }]),
  ...(/^([01]\d|2[0-3]):[0-5]\d$/.test(rota.handover)
    ? []
    : [{ pointer: '/handover', detail: 'must be a time as `HH:MM`' }]),
  ...(Number.isInteger(rota.weeks) && rota.weeks >= 1 && rota.weeks <= 52
    ? []
    : [{ pointer: '/weeks', detail: 'must be 1 to 52 weeks' }]),
  ...(rota.members.length > 0 ? [] : [{ pointer: '/members', detail: 'must name at least one person' }]),
  ...memberFaults(rota.members, rota.source),
  ...(rota.source === null ? [] : sourceFaults(rota.source)),
];
