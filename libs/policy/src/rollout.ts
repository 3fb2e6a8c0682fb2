import { actorKey, type Timestamp } from '@interlock/contracts';
import { ProblemError, type Decider } from '@interlock/kernel';

/** `previous_bundle_id` is superseded by it; null where none was active. */
export type BundleActivated = {
  readonly type: 'BundleActivated';
  readonly data: {
    readonly bundle_id: string; readonly bundle_version: string; readonly bundle_hash: string;
    /** Share of the requests it decides, in per cent. */
    readonly canary_pct: number; readonly approval_id: string; readonly previous_bundle_id: string | null;
  };
};
export type RolloutEvent = BundleActivated;

export type ActiveBundle = {
  readonly bundle_id: string; readonly bundle_version: string; readonly bundle_hash: string; readonly canary_pct: number;
  readonly approval_id: string; readonly activated_at: Timestamp; readonly activated_by: string;
};
export type RolloutState = { readonly active: ActiveBundle | null; readonly superseded: readonly string[] };

/** Activates a released bundle; until there are canaries `canary_pct` is 100. */
export type RolloutCommand = {
  readonly type: 'ActivateBundle'; readonly bundle_id: string; readonly bundle_version: string; readonly bundle_hash: string;
  readonly approval_id: string; readonly canary_pct: number;
};

/** Which bundle of a tenant decides: stream `rollout-<tenant>:all`, one active at a time. */
export const rolloutDecider: Decider<RolloutCommand, RolloutEvent, RolloutState> = {
  name: 'rollout',
  types: ['BundleActivated'],
  initial: { active: null, superseded: [] },
  decide: ({ bundle_id, bundle_version, bundle_hash, approval_id, canary_pct }, state) => {
    if (!Number.isInteger(canary_pct) || canary_pct < 0 || canary_pct > 100) {
      throw new ProblemError('validation-failed', `\`${canary_pct}\` is no share`, { violations: [{ pointer: '/canary_pct', code: 'range', detail: 'must be a whole number from 0 to 100' }] });
    }
    if (canary_pct !== 100) throw new ProblemError('wrong-state', `a bundle is activated at 100 %, not \`${canary_pct}\``);
    if (state.active?.bundle_id === bundle_id) return [];
    if (state.superseded.includes(bundle_id)) throw new ProblemError('wrong-state', `bundle \`${bundle_version}\` was superseded`, { remedy: 'make a new version with its rules' });
    return [{ type: 'BundleActivated', data: { bundle_id, bundle_version, bundle_hash, canary_pct, approval_id, previous_bundle_id: state.active?.bundle_id ?? null } }];
  },
  evolve: (state, { data, metadata }) => {
    const { previous_bundle_id, ...active } = data;
    return {
      active: { ...active, activated_at: metadata.occurred_at, activated_by: actorKey(metadata.actor) },
      superseded: previous_bundle_id === null ? state.superseded : [...state.superseded, previous_bundle_id],
    };
  },
};
