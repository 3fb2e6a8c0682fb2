import type { JsonObject } from '@interlock/contracts';
import type { RuleV1 } from './rule.js';
import type { SourceSignature } from './signing/envelope.js';
import type { FlipList } from './simulation/flips.js';

export type Content = {
  readonly rules: readonly RuleV1[];
  readonly notes: string;
  readonly metadata: JsonObject;
  readonly bundle_hash: string;
};

/**
 * The bundle that a clone was made from. Where that was a draft, `authors` names those whose work
 * it was.
 */
export type BundleOrigin = {
  readonly bundle_id: string;
  readonly version: string;
  readonly bundle_hash: string;
  readonly authors?: readonly string[];
};
/** The facts of a bundle's origin, which never change. A member that does not apply is left out. */
export type Provenance = {
  /** Whose bundle it is; else the whole tenant's. */ readonly team?: string;
  readonly cloned_from?: BundleOrigin;
  /** Of an imported one. */ readonly source_signature?: SourceSignature;
  /**
   * Every key under which the exporter counts where a second person is needed. Absent if that is
   * only the signed one.
   */
  readonly exported_as?: readonly string[];
};

export type BundleCreated = {
  readonly type: 'BundleCreated';
  readonly data: Content &
    Provenance & { readonly bundle_id: string; readonly version: string; readonly source: string };
};
export type BundleUpdated = {
  readonly type: 'BundleUpdated';
  readonly data: Content & { readonly bundle_id: string; readonly version: string };
};
type BundleDeleted = {
  readonly type: 'BundleDeleted';
  readonly data: { readonly bundle_id: string; readonly version: string };
};
/**
 * What the bundle would change of what was decided: the candidate replayed over the tenant's
 * recorded decisions.
 */
type FlipListMade = { readonly type: 'FlipListMade'; readonly data: FlipList };
/**
 * `approver` of an approval is the event's actor. Approvals from before there were flip lists name
 * none.
 */
export type BundleApproved = {
  readonly type: 'BundleApproved';
  readonly data: {
    readonly bundle_id: string;
    readonly version: string;
    readonly approval_id: string;
    readonly bundle_hash: string;
    readonly flip_list_hash?: string;
    readonly against_hash?: string | null;
    readonly note: string;
  };
};
/** From here on the bundle's content never changes: the rollout stream may name it. */
type BundleReleased = {
  readonly type: 'BundleReleased';
  readonly data: {
    readonly bundle_id: string;
    readonly version: string;
    readonly bundle_hash: string;
    readonly approval_id: string;
  };
};
/**
 * A person, the event's actor, stands for a draft that no person had made: they are its author from
 * here on.
 */
type BundleAdopted = {
  readonly type: 'BundleAdopted';
  readonly data: { readonly bundle_id: string; readonly version: string; readonly bundle_hash: string };
};
export type BundleEvent =
  | BundleCreated
  | BundleUpdated
  | BundleDeleted
  | FlipListMade
  | BundleApproved
  | BundleReleased
  | BundleAdopted;
