import {
  actorKey,
  nameKeys,
  refusalKeys,
  systemTenant,
  type Actor,
  type PrincipalKind,
  type Role,
  type Scope,
} from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import type { People } from '@interlock/people';

/** The caller, in the one tenant of the request. */
export type Principal = {
  /** The tenant that the request has chosen among those of the token. */
  readonly tenant_id: string;
  /** Every tenant the token allows, the token's own first. */
  readonly tenants: readonly string[];
  /** The token's subject; it never appears in events. */
  readonly subject: string;
  /** Opaque id of a person, per tenant; null for a service. */
  readonly person_id: string | null;
  readonly kind: PrincipalKind;
  readonly scopes: readonly Scope[];
  /** The roles from which the scopes come. Empty for a service, and if the issuer names none. */
  readonly roles: readonly Role[];
  readonly teams: readonly string[];
  readonly actor: Actor;
  /** The actor as a string, e.g. `service:audit`. */
  readonly requester: string;
  /**
   * Every key that counts as the same person when two people are needed, including a service with
   * the person's name.
   */
  readonly refused_as: readonly string[];
  /** The directory of people, and the keys that seal their texts. */
  readonly people: Pick<People, 'actorOf' | 'withNamesake' | 'seal' | 'open'>;
};

/** Refuses with `wrong-tenant` unless the token allows the tenant. */
export const requireTenant = ({ tenants }: Pick<Principal, 'tenants'>, tenantId: string): void => {
  if (!tenants.includes(tenantId)) {
    throw new ProblemError('wrong-tenant', `the token does not allow tenant \`${tenantId.slice(0, 64)}\``);
  }
};

/** Returns the person's id. Throws `person-required` for a service. */
export const requirePerson = (principal: Principal): string => {
  if (principal.person_id === null)
    throw new ProblemError('person-required', 'only a person may do this, the token is that of a service');
  return principal.person_id;
};

/**
 * Refuses with `missing-scope` unless the token has the scope or one of the alternatives. It is for
 * rules that are finer than a route.
 */
export const requireScope = (principal: Pick<Principal, 'scopes'>, scope: Scope, ...or: Scope[]): void => {
  const enough = [...new Set([scope, ...or])];
  if (!enough.some((one) => principal.scopes.includes(one)))
    throw new ProblemError(
      'missing-scope',
      `the scope ${enough.map((one) => `\`${one}\``).join(' or ')} is needed`,
      { members: { scope } },
    );
};

/**
 * Refuses a caller who may not read the figures of a process, with `wrong-tenant` or
 * `missing-scope`. The figures name every tenant, so they belong to the system.
 */
export const requireMetrics = ({ tenants, scopes }: Pick<Principal, 'tenants' | 'scopes'>): void => {
  requireTenant({ tenants }, systemTenant);
  const needed: Scope = 'METRICS_READ';
  if (!scopes.includes(needed))
    throw new ProblemError('missing-scope', `the scope \`${needed}\` is needed`, {
      members: { scopes: [needed] },
    });
};

/** The identity in a token, before the request has chosen a tenant and a person is looked up. */
export type Caller = Pick<Principal, 'tenants' | 'subject' | 'kind' | 'scopes' | 'roles' | 'teams'> & {
  /** The token's own tenant, for a request that names none. */
  readonly tenant_id: string;
};

/**
 * Formats the caller as a string. A service with the same name in another tenant is another caller.
 */
export const callerKey = ({ kind, tenants, subject }: Pick<Caller, 'kind' | 'tenants' | 'subject'>): string =>
  JSON.stringify([kind, tenants[0], subject]);

/**
 * Returns the caller in one of their tenants, where a person has an id. A service is never looked
 * up. Throws `database-unavailable` for a new person while the database is down.
 */
export const principalIn = async (
  caller: Caller,
  tenantId: string,
  people: Principal['people'],
): Promise<Principal> => {
  const actor: Actor =
    caller.kind === 'person'
      ? await people.actorOf(tenantId, caller.subject)
      : { kind: 'service', service: caller.subject };
  return {
    ...caller,
    tenant_id: tenantId,
    person_id: actor.kind === 'person' ? actor.person_id : null,
    actor,
    requester: actorKey(actor),
    refused_as: [
      ...refusalKeys(actor),
      ...(caller.kind === 'person' ? nameKeys(caller.subject).map((name) => `service:${name}`) : []),
    ],
    people,
  };
};
