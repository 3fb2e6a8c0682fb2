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

/**
 * The actor in the metadata of events. A person appears only as an opaque `person_id`, never by
 * name.
 */
export type Actor =
  /**
   * A person. `namesake_id` is the `person_id` of another person with an equal name. It is present
   * if the tenant already knew that person.
   */
  | { readonly kind: 'person'; readonly person_id: string; readonly namesake_id?: string }
  | { readonly kind: 'service'; readonly service: string };

/**
 * The prefix of the names of offline keys, which engage the kill switch when nobody can log in. In
 * events they are services, and no token has such a name.
 */
export const breakGlassPrefix = 'break-glass.';

/** Formats an actor as a string: `person:<person_id>` or `service:<name>`. */
export const actorKey = (actor: Actor): string =>
  actor.kind === 'person' ? `person:${actor.person_id}` : `service:${actor.service}`;

/**
 * Returns the names by which a service may belong to a person: its own. For a user of the bus
 * (`nats.<tenant>.<name>`), also the user's name and the part after the tenant. For an agent, also
 * the part after `agent.`.
 */
const namesOf = (service: string): readonly string[] => {
  if (service.startsWith(agentPrefix)) return [service, service.slice(agentPrefix.length)];
  const [, user, name] = /^nats\.([^.]+\.(.+))$/.exec(service) ?? [];
  return user === undefined || name === undefined ? [service] : [service, user, name];
};

/**
 * Returns every key that counts as the actor when two people are needed. For a person, these are
 * their own key, and that of the tenant's first person with an equal name (`nameKeys`). A service
 * also has a key for each form of its names, because a person counts as the services with their
 * name. INVARIANT: to require another person, compare with `isSamePerson`, never by one key.
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

/** Returns true if the two lists share a key. */
export const isSamePerson = (keys: readonly string[], others: readonly string[]): boolean =>
  keys.some((key) => others.includes(key));
