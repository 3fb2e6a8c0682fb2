import { actorKey, type Actor } from '@interlock/contracts';
import { personIdOf, requireTenant, type Principal } from '@interlock/platform';

/**
 * Who acts, as the tenant knows them. INVARIANT: a person is the same person in a tenant whichever of its tenants a token is of first,
 * else whoever wrote a bundle by one token could approve it by another. Throws `wrong-tenant`.
 */
export const actingIn = (principal: Principal, tenantId: string): Principal => {
  requireTenant(principal, tenantId);
  if (principal.kind !== 'person' || principal.tenant_id === tenantId) return principal;
  const personId = personIdOf(tenantId, principal.subject);
  const actor: Actor = { kind: 'person', person_id: personId };
  return { ...principal, tenant_id: tenantId, person_id: personId, actor, requester: actorKey(actor) };
};
