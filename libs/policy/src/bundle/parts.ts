import { actorKey, refusalKeys, type Timestamp } from '@interlock/contracts';
import type { Recorded } from '@interlock/kernel';
import type { BundleApproved, BundleCreated, BundleUpdated } from './events.js';
import type { BundleContent } from '../rules/rule.js';

/**
 * The parts of a bundle that its events state directly. The decider's state and the read model's
 * row are both built from these. INVARIANT: the API shows these parts whole. Data that only the
 * decider needs belongs in its own state.
 */
export type BundleApproval = {
  readonly approval_id: string;
  readonly bundle_hash: string;
  readonly flip_list_hash: string | null;
  /**
   * The bundle that was active when the flip list was made. An approval without a flip list
   * activates nothing.
   */
  readonly against_hash: string | null;
  readonly approved_by: string;
  readonly approved_at: Timestamp;
  readonly note: string;
  /**
   * Every key that identifies the approver when another person is needed; absent if it is only
   * `approved_by`.
   */
  readonly approved_as?: readonly string[];
};

export const contentIn = ({
  data: { version, rules, notes, metadata },
}: Recorded<BundleCreated | BundleUpdated>): BundleContent => ({ version, rules, notes, metadata });

export const bundleApprovalIn = ({ data, metadata }: Recorded<BundleApproved>): BundleApproval => {
  const { approval_id, bundle_hash, flip_list_hash = null, against_hash = null, note } = data;
  const as = refusalKeys(metadata.actor);
  return {
    approval_id,
    bundle_hash,
    flip_list_hash,
    against_hash,
    note,
    approved_by: actorKey(metadata.actor),
    approved_at: metadata.occurred_at,
    ...(as.length > 1 ? { approved_as: as } : {}),
  };
};
