import type { JsonObject } from '@interlock/contracts';
import type { RuleV1 } from '../rules/rule.js';
import type { SourceSignature } from '../signing/envelope.js';
import type { FlipList } from './flips.js';

export type Content = {
  readonly rules: readonly RuleV1[];
  readonly notes: string;
  readonly metadata: JsonObject;
  readonly bundle_hash: string;
};

/** The bundle that was cloned. If it was a draft, `authors` names its authors. */
export type BundleOrigin = {
  readonly bundle_id: string;
  readonly version: string;
  readonly bundle_hash: string;
  readonly authors?: readonly string[];
};
/**
 * The facts about a bundle's origin, which never change. A member that does not apply is absent.
 */
export type Provenance = {
  /** The team that owns the bundle; if absent, it belongs to the whole tenant. */
  readonly team?: string;
  readonly cloned_from?: BundleOrigin;
  /** The signature of an imported bundle. */
  readonly source_signature?: SourceSignature;
  /**
   * Every key that identifies the exporter when a second person is needed. Absent if that is only
   * the signed one.
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
 * The changes that the bundle would make: the candidate replayed over the tenant's recorded
 * decisions.
 */
type FlipListMade = { readonly type: 'FlipListMade'; readonly data: FlipList };
/** The event's actor is the approver. Approvals older than flip lists name none. */
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
/** From now on the bundle's content never changes, so the rollout stream may name it. */
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
 * A person, the event's actor, takes responsibility for a draft without a human author, and becomes
 * its author.
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
