import type { Severity } from '@interlock/contracts';
import type { QuietHours } from './quiet-hours.js';
import type { RotaState } from './rota/rota-decider.js';

/**
 * Which alerts go to which channels. `alerts`: names, null for all, empty for a route that is
 * reached only by escalation; `severities` likewise. `channels` are ids; `*` is every channel of
 * the tenant, and `@<rota>` are the channels of the people who are on call by that rota.
 * `escalation`: the route that is notified next if nobody acknowledges within `after_s` seconds.
 */
export type AlertRoute = {
  readonly name: string;
  readonly alerts: readonly string[] | null;
  readonly severities: readonly Severity[] | null;
  readonly channels: readonly string[];
  readonly quiet_hours: QuietHours | null;
  readonly escalation: { readonly after_s: number; readonly route: string } | null;
};

/**
 * Where critical alerts go: to every channel that reaches people, or only where the routes lead.
 */
export const criticalTargets = ['everyone', 'routes'] as const;
export type CriticalTo = (typeof criticalTargets)[number];

/** The tenant's routes, channels and rotas. `people`: the channels that reach people. */
export type Reach = {
  readonly routes: readonly AlertRoute[];
  readonly channels: readonly string[];
  readonly people: readonly string[];
  readonly critical_to: CriticalTo;
  readonly rotas: { readonly [rota_id: string]: RotaState };
};

/** True for an entry of a route that names a rota: `@primary`. */
export const isOnRota = (entry: string): boolean => entry.startsWith('@');
/** The rota of such an entry. */
export const rotaOf = (entry: string): string => entry.slice(1);

/** Every channel that reaches people; every channel if none does. */
export const everyone = ({ channels, people }: Reach): readonly string[] =>
  people.length > 0 ? people : channels;

/** The reach without one channel. */
export const without = (reach: Reach, channel: string | null): Reach => ({
  ...reach,
  channels: reach.channels.filter((id) => id !== channel),
  people: reach.people.filter((id) => id !== channel),
});
