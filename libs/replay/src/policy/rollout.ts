import {
  bundleHash,
  rolloutDecided,
  type BundleCommand,
  type BundleEvent,
  type BundleState,
  type RolloutCommand,
  type RolloutEvent,
  type RolloutState,
} from '@interlock/policy';
import { compared } from '../finding.js';
import { StreamReplay } from '../stream-replay.js';

/** Checks that a bundle that is activated was released before, with the same content. */
export const rolloutReplay = (bundles: StreamReplay<BundleCommand, BundleEvent, BundleState>) =>
  new StreamReplay<RolloutCommand, RolloutEvent, RolloutState>({
    ...rolloutDecided,
    also: ({ type, data }, before, { tenant }) => {
      if (type !== 'BundleActivated') return [];
      if (data.canary_pct === 100 && data.previous_bundle_id !== (before.active?.bundle_id ?? null))
        return [
          compared(
            'rollout',
            'the bundle that was active before',
            data.previous_bundle_id,
            before.active?.bundle_id,
          ),
        ];
      const bundle = bundles.of(`bundle-${tenant}:${data.bundle_id}`);
      if (bundle === undefined || !bundle.whole)
        return [{ kind: 'rollout', missing: 'the bundle is not in the file' }];
      const { state } = bundle;
      const released =
        state.status === 'released'
          ? {
              bundle_hash: bundleHash(state.content),
              approved: state.approvals.some(({ approval_id }) => approval_id === data.approval_id),
            }
          : { status: state.status };
      return [
        compared(
          'rollout',
          'a bundle is activated as it was approved and released',
          { bundle_hash: data.bundle_hash, approved: true },
          released,
        ),
      ];
    },
  });
