import { sha256Hex } from '@interlock/kernel';
import type { ActiveBundle } from './standing.js';
import type { RolloutState } from './state.js';

/**
 * Where an entity stands among 10 000, for good: it stays with the canary while the canary's share
 * grows.
 */
export const bucketOf = (tenantId: string, entityId: string): number =>
  Number.parseInt(sha256Hex(`${tenantId}\n${entityId}`).slice(0, 8), 16) % 10_000;

/**
 * Why no bundle decides and nothing goes without a person: policies are bypassed, or the last
 * bundle was taken out.
 */
export type RolloutFloor = 'bypassed' | 'withdrawn';
export type BundleVariant = 'active' | 'canary';
/** Who decides a request, and who is asked beside it. */
export type Routing = {
  readonly floor: RolloutFloor | null;
  readonly deciding: { readonly bundle: ActiveBundle; readonly variant: BundleVariant } | null;
  readonly shadow: { readonly bundle: ActiveBundle; readonly variant: BundleVariant } | null;
};

const nobody = (floor: RolloutFloor | null): Routing => ({ floor, deciding: null, shadow: null });

/** Who decides for an entity of a tenant. No entity: the active one. */
export const routeRequest = (
  state: RolloutState,
  tenantId: string,
  entityId: string | undefined,
): Routing => {
  if (state.bypass !== null) return nobody('bypassed');
  if (state.active === null) return nobody(state.withdrawn ? 'withdrawn' : null);
  const active = { bundle: state.active, variant: 'active' } as const;
  if (state.canary === null) return { floor: null, deciding: active, shadow: null };
  const canary = { bundle: state.canary, variant: 'canary' } as const;
  return entityId !== undefined && bucketOf(tenantId, entityId) < state.canary.canary_pct * 100
    ? { floor: null, deciding: canary, shadow: active }
    : { floor: null, deciding: active, shadow: canary };
};

/**
 * Who decides for an entity whose request belongs to a team: the team's rollout where it has one,
 * else the whole tenant's. A bypass of the tenant holds for its teams too.
 */
export const routeForTeam = (
  tenant: RolloutState,
  team: RolloutState | undefined,
  tenantId: string,
  entityId: string | undefined,
): { readonly routing: Routing; readonly byTeam: boolean } => {
  const byTeam =
    tenant.bypass === null &&
    team !== undefined &&
    (team.active !== null || team.withdrawn || team.bypass !== null);
  return { routing: routeRequest(byTeam ? team : tenant, tenantId, entityId), byTeam };
};
