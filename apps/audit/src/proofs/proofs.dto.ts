import { TenantScoped } from '@interlock/platform';
import type { Integer, LogPosition, Time } from '@interlock/platform';
import { IsIn, IsOptional, Matches, ValidateIf } from 'class-validator';

const size = /^(?:0|[1-9]\d{0,15})$/;

/** Selects the tree: the tenant's own, or the whole log's. */
export class TreeQuery extends TenantScoped {
  /** `true`: the tree over the whole log; the token must allow the tenant `_system`. */
  @IsOptional() @IsIn(['true', 'false']) whole?: string;
}

export class InclusionQuery extends TreeQuery {
  /** Position of the event in the log. The alternative is its `stream` and `revision`. */
  @ValidateIf(
    ({ position, stream, revision }: InclusionQuery) =>
      position !== undefined || (stream === undefined && revision === undefined),
  )
  @Matches(/^\d{1,20}(?:\/\d{1,20})?$/, {
    message: 'position must be a position of the log, or `stream` and `revision` must be given',
  })
  position?: string;
  /** Stream of the event, with `revision`. */
  @ValidateIf(({ stream, revision }: InclusionQuery) => stream !== undefined || revision !== undefined)
  @Matches(/^.{1,512}$/su, { message: 'stream must be a stream name, together with `revision`' })
  stream?: string;
  @ValidateIf(({ stream, revision }: InclusionQuery) => stream !== undefined || revision !== undefined)
  @Matches(/^\d{1,18}$/, { message: 'revision must be a revision, together with `stream`' })
  revision?: string;
  /** The tree size that the proof leads to. Absent: the size that the latest checkpoint signs. */
  @IsOptional() @Matches(size, { message: 'size must be a size of the tree' }) size?: string;
}

export class ConsistencyQuery extends TreeQuery {
  @Matches(size, { message: 'from must be a size of the tree' }) from!: string;
  /** Absent: the size of the latest checkpoint. */
  @IsOptional() @Matches(size, { message: 'to must be a size of the tree' }) to?: string;
}

export type CheckpointItem = {
  readonly size: Integer;
  /** Base64. */
  readonly root_hash: string;
  /** Position of the last leaf's event. */
  readonly position: LogPosition;
  readonly published_at: Time;
  /** The signed note with the cosignatures so far. */
  readonly note: string;
  readonly witnesses: string[];
};

export type CheckpointPage = {
  readonly items: CheckpointItem[];
  readonly next: string | null;
};

/** The data that a leaf commits to. */
type LeafEntryItem = {
  readonly v: 1;
  /** SHA-256 of the event's line of an export, base64. */
  readonly event_hash: string;
  readonly tenant: string;
  /** The leaf's index in the tenant's tree. */
  readonly index: Integer;
  readonly category: string;
  /** HMAC-SHA-256 of the correlation id by the tenant's key, base64. */
  readonly correlation: string;
  readonly revision: string;
};

/** A tenant's head, and its path to the root over all tenants that a checkpoint signs. */
export type TenantProof = {
  readonly tenant: string;
  readonly size: Integer;
  /** Base64. */
  readonly root: string;
  /** The tenant's index in the order of names. */
  readonly index: Integer;
  readonly path: string[];
};

export type InclusionProof = {
  readonly origin: string;
  readonly index: Integer;
  readonly size: Integer;
  /** Base64. */
  readonly leaf_hash: string;
  readonly entry: LeafEntryItem;
  /** Siblings from the leaf upwards, base64 (RFC 6962, 2.1.1). */
  readonly path: string[];
  /**
   * The path from the tenant's tree of this size to the checkpoint. Null for the whole log's tree,
   * or if no checkpoint has this size.
   */
  readonly tenant: TenantProof | null;
  /** The signed note of a tree of this size. Null if no checkpoint has this size. */
  readonly checkpoint: string | null;
};

export type ConsistencyProof = {
  readonly origin: string;
  readonly from: Integer;
  readonly to: Integer;
  /** Base64 (RFC 6962, 2.1.2). */
  readonly proof: string[];
  readonly from_checkpoint: string | null;
  readonly checkpoint: string | null;
};

export type LogKeys = {
  readonly origin: string;
  /** The first key, as a C2SP verifier key. */
  readonly first: string;
  /** For each later key, the note in which the previous key names it. */
  readonly rotations: string[];
  /** All keys, oldest first. The last one signs now. */
  readonly keys: string[];
};
