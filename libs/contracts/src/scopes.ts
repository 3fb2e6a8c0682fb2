import { nameKeys } from './same-name.js';

export const scopes = [
  'POLICY_READ',
  'POLICY_WRITE',
  'POLICY_ACTIVATE',
  'POLICY_AUDIT',
  'AUTONOMOUS_READ',
  'AUTONOMOUS_SUBMIT',
  'AUTONOMOUS_APPROVE',
  'AUTONOMOUS_KILL',
  'AUTONOMY_ADMIN',
  'DEVICE_READ',
  'DEVICE_WRITE',
  'POSTURE_READ',
  'POSTURE_WRITE',
  'ALERT_READ',
  'ALERT_WRITE',
  'AUDIT_READ',
  'PRIVACY_ADMIN',
  'METRICS_READ',
] as const;
/** What a token may do; every route names one (architecture.md, Security). */
export type Scope = (typeof scopes)[number];

export type PrincipalKind = 'person' | 'service';

/** Who acts, as it stands in the metadata of events. People are opaque: `person_id`, never a name. */
export type Actor =
  /** `namesake_id` is there where the tenant knew somebody else before whose name reads the same: their `person_id`. */
  | { readonly kind: 'person'; readonly person_id: string; readonly namesake_id?: string }
  | { readonly kind: 'service'; readonly service: string };

/** How the names of offline keys begin that stop where nobody can log in: they are services in events, and no token names one. */
export const breakGlassPrefix = 'break-glass.';

/** The actor as one string: `person:<person_id>` or `service:<name>`: who it is. */
export const actorKey = (actor: Actor): string =>
  actor.kind === 'person' ? `person:${actor.person_id}` : `service:${actor.service}`;

/** The names by which a service may be a person's: its own, and of a user of the bus (`nats.<tenant>.<name>`) the user's and the one after the tenant. */
const namesOf = (service: string): readonly string[] => {
  const [, user, name] = /^nats\.([^.]+\.(.+))$/.exec(service) ?? [];
  return user === undefined || name === undefined ? [service] : [service, user, name];
};

/**
 * Every key that the actor counts as where two people are needed: their own, and that of the first in the tenant whose name reads the same (`nameKeys`); of a
 * service also each of its names as it reads, for a person counts as the services of their name.
 * INVARIANT: whoever must be another is compared by `isSamePerson`, never by one key.
 */
export const refusalKeys = (actor: Actor): readonly string[] =>
  actor.kind === 'person'
    ? [actorKey(actor), ...(actor.namesake_id === undefined ? [] : [`person:${actor.namesake_id}`])]
    : [
        ...new Set([
          actorKey(actor),
          ...namesOf(actor.service)
            .flatMap(nameKeys)
            .map((name) => `service:${name}`),
        ]),
      ];

/** Whether any key of one is a key of the other. */
export const isSamePerson = (keys: readonly string[], others: readonly string[]): boolean =>
  keys.some((key) => others.includes(key));
