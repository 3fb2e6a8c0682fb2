import { actorKey, systemTenant, tenantPattern, type Actor, type PrincipalKind, type Scope } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import type { People } from '@interlock/people';

/** Who calls, as the token says. */
export type Principal = {
  readonly tenant_id: string;
  /** Every tenant the token allows, `tenant_id` first. */
  readonly tenants: readonly string[];
  /** The token's subject; never goes into events. */
  readonly subject: string;
  /** Opaque id of a person, per tenant; null for a service. */
  readonly person_id: string | null;
  readonly kind: PrincipalKind;
  readonly scopes: readonly Scope[];
  readonly teams: readonly string[];
  readonly actor: Actor;
  /** The actor as one string; what requester and approvers are compared by. */
  readonly requester: string;
  /** Who people are, and what their texts are sealed with. */
  readonly people: Pick<People, 'idOf' | 'seal' | 'open'>;
};

/** Refuses with `wrong-tenant` unless the token allows the tenant. */
export const requireTenant = (principal: Principal, tenantId: string): void => {
  if (!principal.tenants.includes(tenantId)) {
    throw new ProblemError('wrong-tenant', `the token does not allow tenant \`${tenantId.slice(0, 64)}\``);
  }
};

/** The person's id; `person-required` for a service. */
export const requirePerson = (principal: Principal): string => {
  if (principal.person_id === null) throw new ProblemError('person-required', 'only a person may do this, the token is that of a service');
  return principal.person_id;
};

/** Refuses with `missing-scope` unless the token has the scope; for rules finer than a route. */
export const requireScope = (principal: Principal, scope: Scope): void => {
  if (!principal.scopes.includes(scope)) throw new ProblemError('missing-scope', `the scope \`${scope}\` is needed`, { members: { scope } });
};

type TenantSource = {
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  readonly query?: unknown;
};

const one = (value: unknown, pointer: string): string | undefined => {
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string' || (value !== systemTenant && !tenantPattern.test(value))) {
    throw new ProblemError('validation-failed', 'the tenant is not a tenant name', { violations: [{ pointer, detail: 'must be a tenant name' }] });
  }
  return value;
};

/**
 * The tenant of a request: `X-Tenant-Id` or `?tenant_id` where the token allows several, else the token's own.
 * Throws `validation-failed` (no name, or the two differ) and `wrong-tenant`.
 */
export const requestTenant = (principal: Principal, request: TenantSource): string => {
  const header = one(request.headers['x-tenant-id'], '/headers/x-tenant-id');
  const query = one((request.query as { tenant_id?: unknown } | undefined)?.tenant_id, '/query/tenant_id');
  if (header !== undefined && query !== undefined && header !== query) {
    throw new ProblemError('validation-failed', 'header and query name different tenants', {
      violations: [{ pointer: '/query/tenant_id', detail: `is not \`${header}\` of the header X-Tenant-Id` }],
    });
  }
  const tenant = header ?? query ?? principal.tenant_id;
  requireTenant(principal, tenant);
  return tenant;
};

/** The same principal in another of its tenants, where a person has another id. Throws `wrong-tenant`, and `database-unavailable` for someone new there. */
export const actingFor = async (principal: Principal, tenantId: string): Promise<Principal> => {
  requireTenant(principal, tenantId);
  if (tenantId === principal.tenant_id) return principal;
  if (principal.kind === 'service') return { ...principal, tenant_id: tenantId };
  const actor: Actor = { kind: 'person', person_id: await principal.people.idOf(tenantId, principal.subject) };
  return { ...principal, tenant_id: tenantId, person_id: actor.person_id, actor, requester: actorKey(actor) };
};
