import type { PolicyDecision, Timestamp } from '@interlock/contracts';
import { contentHash, ProblemError } from '@interlock/kernel';

/** One recorded decision that the candidate, or the bundle that is active now, would change. */
export type Flip = {
  readonly evaluation_id: string;
  /** The recorded decision and its rule; null if no rule decided. */
  readonly from: PolicyDecision;
  readonly was_rule_id: string | null;
  /**
   * The decision of the active bundle now; `to` is that of the candidate. Both include the present
   * policies.
   */
  readonly active: PolicyDecision;
  readonly to: PolicyDecision;
  readonly rule_id: string | null;
};

/** The number of each change, by `DENY→ALLOW` and so on; changes that do not occur are absent. */
export type FlipCounts = { readonly [change: string]: number };

/**
 * The changes that a candidate would make, found by a replay over a tenant's recorded decisions.
 */
export type FlipListContent = {
  readonly bundle_id: string;
  readonly version: string;
  readonly bundle_hash: string;
  /** The bundle that was active when the list was made; null if there was none. */
  readonly against_hash: string | null;
  /**
   * The period of the recorded evaluations: `from` is included, `to` is excluded. `position` is the
   * log position that was read.
   */
  readonly from: Timestamp;
  readonly to: Timestamp;
  readonly position: string;
  readonly evaluations: number;
  /** True if there were more evaluations than the limit; these are the newest. */
  readonly capped: boolean;
  /** Changes from the recorded decision to the candidate's. */
  readonly counts: FlipCounts;
  /**
   * Changes from the active bundle's present decision to the candidate's, for the same requests.
   */
  readonly counts_active: FlipCounts;
  /** The first flips, newest evaluation first. */
  readonly flips: readonly Flip[];
  readonly truncated: boolean;
  /** A hash over all flips, shown or not, so that a replay of the same range proves the list. */
  readonly flips_hash: string;
};
export type FlipList = FlipListContent & { readonly flip_list_hash: string };

/** The largest number of flips in the list itself. */
export const shownFlips = 200;

/** SHA-256 over the canonical JSON of the rest of the list. An approval is bound to it. */
export const flipListHash = ({
  flip_list_hash: _,
  ...content
}: FlipListContent & { readonly flip_list_hash?: string }): string => contentHash(content);

/**
 * True if the candidate would lift a denial, either a recorded one or one by the active bundle now.
 * Such a list needs the approver's note.
 */
export const loosensDenial = ({
  counts,
  counts_active: active,
}: Pick<FlipList, 'counts' | 'counts_active'>): boolean =>
  [...Object.keys(counts), ...Object.keys(active)].some((change) => change.startsWith('DENY→'));

type ApprovedAgainst = {
  readonly approval_id: string;
  readonly flip_list_hash: string | null;
  readonly against_hash: string | null;
};

/**
 * Refuses an activation with an outdated approval. An approval is valid only for the active bundle
 * against which its flip list was made (`activeHash`; null: none is active). Throws
 * `approval-stale`, also for an approval that is older than flip lists.
 */
export const refuseStaleApproval = (
  { approval_id, flip_list_hash, against_hash }: ApprovedAgainst,
  activeHash: string | null,
): void => {
  if (flip_list_hash !== null && against_hash === activeHash) return;
  throw new ProblemError(
    'approval-stale',
    flip_list_hash === null
      ? `approval \`${approval_id}\` is bound to no flip list`
      : `approval \`${approval_id}\` was given when another bundle was active`,
    {
      members: { approved_against: against_hash, active_hash: activeHash },
      remedy: 'look at the flip list as it is now, and approve again',
    },
  );
};
