import { agentPrefix } from './agent-keys.js';
import { nameKeys } from './same-name.js';

export const scopes = [
  'POLICY_READ',
  'POLICY_WRITE',
  'POLICY_ACTIVATE',
  'POLICY_AUDIT',
  'AUTONOMOUS_READ',
  // Actions and plans that the caller itself submitted.
  'AUTONOMOUS_READ_OWN',
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
/** The permissions of a token. Every route names one. */
export type Scope = (typeof scopes)[number];

export type PrincipalKind = 'person' | 'service';

/** The actor, as the metadata of events hold it. People are opaque: `person_id`, never a name. */
export type Actor =
  /**
   * `namesake_id` is present if the tenant already knew another person whose name reads the same:
   * their `person_id`.
   */
  | { readonly kind: 'person'; readonly person_id: string; readonly namesake_id?: string }
  | { readonly kind: 'service'; readonly service: string };

/**
 * The beginning of the names of offline keys, which engage the kill switch when nobody can log in.
 * In events they are services, and no token has such a name.
 */
export const breakGlassPrefix = 'break-glass.';

/** The actor as one string: `person:<person_id>` or `service:<name>`. */
export const actorKey = (actor: Actor): string =>
  actor.kind === 'person' ? `person:${actor.person_id}` : `service:${actor.service}`;

/**
 * The names by which a service may belong to a person: its own. For a user of the bus
 * (`nats.<tenant>.<name>`), also the user's name and the part after the tenant. For an agent, also
 * the part after `agent.`.
 */
const namesOf = (service: string): readonly string[] => {
  if (service.startsWith(agentPrefix)) return [service, service.slice(agentPrefix.length)];
  const [, user, name] = /^nats\.([^.]+\.(.+))$/.exec(service) ?? [];
  return user === undefined || name === undefined ? [service] : [service, user, name];
};

/**
 * Every key that counts as the actor when two people are needed: their own, and that of the first
 * person in the tenant whose name reads the same (`nameKeys`). A service also has a key for each
 * form of its names, because a person counts as the services with their name. INVARIANT: to require
 * another person, compare with `isSamePerson`, never by one key.
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

/** True if any key of one is a key of the other. */
export const isSamePerson = (keys: readonly string[], others: readonly string[]): boolean =>
  keys.some((key) => others.includes(key));
