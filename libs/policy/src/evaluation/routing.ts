import { sha256Hex } from '@interlock/kernel';
import type { ActiveBundle } from '../rollout/standing.js';
import type { RolloutState } from '../rollout/state.js';

/**
 * Returns the bucket of an entity among 10 000, which never changes. So the entity stays with the
 * canary while the canary's share grows.
 */
export const bucketOf = (tenantId: string, entityId: string): number =>
  Number.parseInt(sha256Hex(`${tenantId}\n${entityId}`).slice(0, 8), 16) % 10_000;

/**
 * Why no bundle decides and everything needs a person: policies are bypassed, or the last bundle
 * was withdrawn.
 */
export type RolloutFloor = 'bypassed' | 'withdrawn';
export type BundleVariant = 'active' | 'canary';
/** The bundle that decides a request, and the bundle that runs in shadow. */
export type Routing = {
  readonly floor: RolloutFloor | null;
  readonly deciding: { readonly bundle: ActiveBundle; readonly variant: BundleVariant } | null;
  readonly shadow: { readonly bundle: ActiveBundle; readonly variant: BundleVariant } | null;
};

const nobody = (floor: RolloutFloor | null): Routing => ({ floor, deciding: null, shadow: null });

/** Returns the routing for an entity of a tenant; without an entity, the active bundle decides. */
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
 * Returns the routing for an entity whose request belongs to a team. The team's rollout decides if
 * it has one, else the tenant's. A bypass of the tenant applies to its teams too.
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
