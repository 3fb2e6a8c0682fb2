import type { Violation } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { refuseUnread, validApproval } from '../bundle/approval.js';
import type { BundleApproval } from '../bundle/parts.js';
import { isByAuthor, type BundleCommand, type BundleState } from '../bundle/state.js';
import { refuseStaleApproval } from '../bundle/flips.js';
import { decideRollout, type RolloutCommand } from './decide.js';
import type { RolloutState } from './state.js';

type PresentBundle = Exclude<BundleState, { status: 'none' }>;

/**
 * An activation as the caller requests it. A null approval means that the caller refuses to name
 * one.
 */
export type AskedActivation = {
  readonly bundle_hash?: string | null;
  readonly approval_id?: string | null;
  readonly canary_pct?: number | null;
};

/** Everything that the decision depends on. */
export type ActivationFacts = {
  readonly bundle: PresentBundle;
  /** The rollout of the bundle's team, or of the whole tenant. */
  readonly rollout: RolloutState;
  /** The hash of the bundle that decides for the bundle's scope now; null if none does. */
  readonly against: string | null;
  /** The tenant's requirements that the bundle does not meet. */
  readonly unmet: readonly Violation[];
};

/** The two commands of an activation, in the order in which they are executed. */
export type Activation = {
  readonly release: Extract<BundleCommand, { readonly kind: 'ReleaseBundle' }>;
  readonly begin: Extract<RolloutCommand, { readonly kind: 'ActivateBundle' }>;
};

/**
 * Returns the named approval, else the last one that is valid now, else the one that explains the
 * refusal.
 */
const approvalOf = (
  bundle: PresentBundle,
  approvalId: string | undefined,
  against: string | null,
): BundleApproval => {
  const holding = bundle.approvals.findLast(
    (one) =>
      one.bundle_hash === bundle.bundle_hash &&
      !isByAuthor(bundle, one) &&
      one.flip_list_hash !== null &&
      one.against_hash === against,
  );
  return validApproval(bundle, approvalId ?? holding?.approval_id);
};

/**
 * Decides whether a bundle may begin to decide. INVARIANT: every refusal comes before the release,
 * so a bundle that may not begin is never released. Both commands check again at their own stream,
 * because the facts may change in between. Throws `digest-required`, `bundle-invalid`,
 * `approval-required`, `approval-mismatch`, `approval-stale`, `same-person`, `canary-running`,
 * `wrong-state`, `validation-failed`.
 */
export const decideActivation = (
  asked: AskedActivation,
  { bundle, rollout, against, unmet }: ActivationFacts,
): Activation => {
  const { bundle_id, bundle_hash, content } = bundle;
  refuseUnread(bundle_id, 'bundle', asked.bundle_hash ?? undefined, bundle_hash);
  if (unmet.length > 0)
    throw new ProblemError(
      'bundle-invalid',
      `bundle \`${content.version}\` does not meet what the tenant demands of bundles`,
      { violations: unmet },
    );
  if (asked.approval_id === null)
    throw new ProblemError('approval-required', 'a bundle is activated by an approval', {
      remedy: 'have another person than the author approve it',
    });
  const approval = approvalOf(bundle, asked.approval_id, against);
  const { approval_id } = approval;
  const begin = {
    kind: 'ActivateBundle',
    bundle_id,
    bundle_version: content.version,
    bundle_hash,
    approval_id,
    ...(typeof asked.canary_pct === 'number' ? { canary_pct: asked.canary_pct } : {}),
  } as const;
  // A bundle that already decides needs no new approval.
  if (decideRollout(begin, rollout).length > 0) refuseStaleApproval(approval, against);
  return {
    release: { kind: 'ReleaseBundle', approval_id },
    begin: {
      ...begin,
      // A team without an active bundle uses the tenant's bundle, which the team's own rollout does
      // not know.
      against_hash:
        (bundle.team ?? null) === null ? approval.against_hash : (rollout.active?.bundle_hash ?? null),
    },
  };
};
