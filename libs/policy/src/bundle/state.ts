import { isSamePerson, type Actor, type Timestamp } from '@interlock/contracts';
import { ProblemError, uuidV5 } from '@interlock/kernel';
import type { BundleApproval } from './parts.js';
import type { BundleContent } from '../rules/rule.js';
import type { FlipList } from './flips.js';
import type { Provenance } from './events.js';

/** The parts of a flip list that an approval needs. */
type KnownFlipList = Pick<FlipList, 'bundle_hash' | 'against_hash' | 'flip_list_hash'> & {
  readonly loosens: boolean;
};

export type BundleState =
  | { readonly status: 'none' }
  | ({
      readonly status: 'draft' | 'released' | 'deleted';
      readonly bundle_id: string;
      readonly content: BundleContent;
      readonly bundle_hash: string;
      readonly source: string;
      /** Every exported file that was ever imported here, even if its draft was deleted since. */
      readonly imports: readonly string[];
      readonly created_by: string;
      readonly created_at: Timestamp;
      /** Everyone who contributed to the content; none of them may approve it. */
      readonly authors: readonly string[];
      readonly approvals: readonly BundleApproval[];
      /** The latest flip list; null before the first. */
      readonly flip_list: KnownFlipList | null;
    } & Provenance);

/** Time and actor come with the command. Content must have passed `checkBundle`. */
export type BundleCommand =
  | ({
      readonly kind: 'CreateBundle';
      readonly bundle_id: string;
      readonly content: BundleContent;
      readonly source: string;
    } & Provenance)
  | { readonly kind: 'UpdateBundle'; readonly content: BundleContent }
  | { readonly kind: 'DeleteBundle' }
  /** `bundle_hash` is the hash of the content that was read. */
  | { readonly kind: 'AdoptBundle'; readonly actor: Actor; readonly bundle_hash: string }
  | { readonly kind: 'RecordFlipList'; readonly list: FlipList }
  /**
   * `bundle_hash` and `flip_list_hash` are the hashes of what was read. Without `bundle_hash` the
   * command is refused. A command without `flip_list_hash` is older than flip lists.
   * `needs_author`: a person must be an author of the content; older approvals lack it.
   * `refused_as`: further keys that identify the approver.
   */
  | {
      readonly kind: 'ApproveBundle';
      readonly actor: Actor;
      readonly approval_id: string;
      readonly bundle_hash?: string;
      readonly flip_list_hash?: string;
      readonly note: string;
      readonly needs_author?: true;
      readonly refused_as?: readonly string[];
    }
  | { readonly kind: 'ReleaseBundle'; readonly approval_id?: string };

/**
 * Returns the id of a bundle. A version belongs to one bundle of a tenant for ever, so the id is
 * derived from it. That makes the version unique without a second stream.
 */
export const bundleIdOf = (tenantId: string, version: string): string => uuidV5('bundle', tenantId, version);

/** Returns whether the approver, or somebody with the same name, contributed to the content. */
export const isByAuthor = (
  { authors }: Pick<Exclude<BundleState, { status: 'none' }>, 'authors'>,
  { approved_by, approved_as = [] }: Pick<BundleApproval, 'approved_by' | 'approved_as'>,
): boolean => isSamePerson([approved_by, ...approved_as], authors);

/** Returns whether a person is an author of the content. */
export const hasAuthor = ({ authors }: Pick<Exclude<BundleState, { status: 'none' }>, 'authors'>): boolean =>
  authors.some((author) => author.startsWith('person:'));

export const present = (state: BundleState): Exclude<BundleState, { status: 'none' }> => {
  if (state.status === 'none' || state.status === 'deleted')
    throw new ProblemError('not-found', 'there is no such bundle');
  return state;
};

export const draft = (state: BundleState, what: string): Exclude<BundleState, { status: 'none' }> => {
  const bundle = present(state);
  if (bundle.status !== 'draft')
    throw new ProblemError(
      'not-a-draft',
      `bundle \`${bundle.content.version}\` is released, only a draft can be ${what}`,
    );
  return bundle;
};
