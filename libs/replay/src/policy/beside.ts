import { systemTenant, type ActionTypeV1 } from '@interlock/contracts';
import {
  fieldCatalogue,
  rolloutDecider,
  type ActionTypeState,
  type BesidePolicy,
  type PolicyV1,
  type RecordedBundle,
  type RolloutState,
  type TeamMembers,
} from '@interlock/policy';
import type { StreamReplay } from '../stream-replay.js';

type Deciding = {
  readonly policies: ReadonlyMap<string, PolicyV1>;
  readonly rollouts: ReadonlyMap<string, RolloutState>;
  readonly teams: TeamMembers;
};
type Registered = Pick<StreamReplay<never, never, ActionTypeState>, 'entries'>;

/** The tenant's action types, its own before the built-in ones; null without the latter. */
const typesOf = (types: Registered, tenant: string): readonly ActionTypeV1[] | null => {
  const found = new Map<string, ActionTypeV1>();
  let isKnown = false;
  for (const owner of [systemTenant, tenant])
    for (const [stream, { state }] of types.entries()) {
      if (!stream.startsWith(`action_type-${owner}:`)) continue;
      isKnown ||= owner === systemTenant;
      if (state.entry !== null && !state.retired) found.set(state.entry.action_type, state.entry);
    }
  return isKnown ? [...found.values()] : null;
};

/**
 * What decides beside a policy, as its service compares it. null if the file lacks a bundle or the
 * built-in action types.
 */
export const besideOf = (
  tenant: string,
  policyId: string,
  each: readonly Deciding[],
  types: Registered,
  content: (hash: string) => RecordedBundle | null,
): readonly BesidePolicy[] | null => {
  const known = typesOf(types, tenant);
  if (known === null) return null;
  const catalogue = fieldCatalogue(known);
  const found: BesidePolicy[] = [];
  for (const { policies, rollouts, teams } of each) {
    const ofTenant = rollouts.get('all') ?? rolloutDecider.initial;
    const ofTeams = teams.teams.flatMap(({ team_id: id }) => rollouts.get(id) ?? []);
    const bundles = [ofTenant, ...ofTeams]
      .flatMap(({ active, canary }) => [active, canary])
      .filter((bundle) => bundle !== null)
      .map(({ bundle_hash: hash }) => content(hash));
    if (bundles.includes(null)) return null;
    found.push({
      policies: [...policies.values()].filter(({ policy_id: other }) => other !== policyId),
      bundles: [...(ofTenant.active === null ? [[]] : []), ...bundles.map((bundle) => bundle?.rules ?? [])],
      catalogue,
    });
  }
  return found;
};
