import { logPosition, nullable, time } from '@interlock/platform';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsNumberString, IsOptional, IsString, Matches, MaxLength, ValidateIf } from 'class-validator';

const size = /^(?:0|[1-9]\d{0,15})$/;

/** Which tree is asked: the tenant's own, or the whole log's. */
export class TreeQuery {
  /** `true`: the tree over the whole log; the token must allow the tenant `_system`. */
  @IsOptional() @IsIn(['true', 'false']) whole?: string;
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
}

export class CheckpointsQuery {
  @IsOptional() @IsString() @MaxLength(64) tenant_id?: string;
  @IsOptional() @IsString() @MaxLength(2048) cursor?: string;
  @IsOptional() @IsNumberString({ no_symbols: true }) limit?: string;
}

export class InclusionQuery extends TreeQuery {
  /** Position of the event in the log; or else its `stream` and `revision`. */
  @ValidateIf(
    ({ position, stream, revision }: InclusionQuery) =>
      position !== undefined || (stream === undefined && revision === undefined),
  )
  @Matches(/^\d{1,20}(?:\/\d{1,20})?$/, {
    message: 'position must be a position of the log, or `stream` and `revision` be there',
  })
  position?: string;
  /** Stream of the event, with `revision`. */
  @ValidateIf(({ stream, revision }: InclusionQuery) => stream !== undefined || revision !== undefined)
  @Matches(/^.{1,512}$/su, { message: 'stream must be the name of one, beside `revision`' })
  stream?: string;
  @ValidateIf(({ stream, revision }: InclusionQuery) => stream !== undefined || revision !== undefined)
  @Matches(/^\d{1,18}$/, { message: 'revision must be a revision, beside `stream`' })
  revision?: string;
  /** Size of the tree that the proof leads to; absent: what the latest checkpoint signs of it. */
  @IsOptional() @Matches(size, { message: 'size must be a size of the tree' }) size?: string;
}

export class ConsistencyQuery extends TreeQuery {
  @Matches(size, { message: 'from must be a size of the tree' }) from!: string;
  /** Absent: the size of the latest checkpoint. */
  @IsOptional() @Matches(size, { message: 'to must be a size of the tree' }) to?: string;
}

export class CheckpointItem {
  @ApiProperty({ type: 'integer' }) size!: number;
  /** Base64. */
  @ApiProperty() root_hash!: string;
  /** Position of the last leaf's event. */
  @ApiProperty(logPosition) position!: string;
  @ApiProperty(time) published_at!: string;
  /** The signed note, with the cosignatures that came. */
  @ApiProperty() note!: string;
  @ApiProperty({ type: [String] }) witnesses!: string[];
}

export class CheckpointPage {
  @ApiProperty({ type: [CheckpointItem] }) items!: CheckpointItem[];
  @ApiProperty(nullable({ type: String })) next!: string | null;
}

/** What a leaf commits to. */
export class LeafEntryItem {
  @ApiProperty({ type: 'integer' }) v!: 1;
  /** SHA-256 of the event's line of an export, base64. */
  @ApiProperty() event_hash!: string;
  @ApiProperty() tenant!: string;
  /** The leaf's place in the tree of its tenant. */
  @ApiProperty({ type: 'integer' }) index!: number;
  @ApiProperty() category!: string;
  /** HMAC-SHA-256 of the correlation id by the tenant's key, base64. */
  @ApiProperty() correlation!: string;
  @ApiProperty() revision!: string;
}

/** A tenant's head, and the path from it to the root over all tenants that a checkpoint signs. */
export class TenantProof {
  @ApiProperty() tenant!: string;
  @ApiProperty({ type: 'integer' }) size!: number;
  /** Base64. */
  @ApiProperty() root!: string;
  /** Place among the tenants, in order of their names. */
  @ApiProperty({ type: 'integer' }) index!: number;
  @ApiProperty({ type: [String] }) path!: string[];
}

export class InclusionProof {
  @ApiProperty() origin!: string;
  @ApiProperty({ type: 'integer' }) index!: number;
  @ApiProperty({ type: 'integer' }) size!: number;
  /** Base64. */
  @ApiProperty() leaf_hash!: string;
  @ApiProperty({ type: LeafEntryItem }) entry!: LeafEntryItem;
  /** Siblings from the leaf upwards, base64 (RFC 6962, 2.1.1). */
  @ApiProperty({ type: [String] }) path!: string[];
  /**
   * The way from the tenant's tree of this size to the checkpoint; null in the whole log's tree,
   * and where none was signed at this size.
   */
  @ApiProperty(nullable({ type: TenantProof })) tenant!: TenantProof | null;
  /** The signed note that covers a tree of this size; null where none was signed at this size. */
  @ApiProperty(nullable({ type: String })) checkpoint!: string | null;
}

export class ConsistencyProof {
  @ApiProperty() origin!: string;
  @ApiProperty({ type: 'integer' }) from!: number;
  @ApiProperty({ type: 'integer' }) to!: number;
  /** Base64 (RFC 6962, 2.1.2). */
  @ApiProperty({ type: [String] }) proof!: string[];
  @ApiProperty(nullable({ type: String })) from_checkpoint!: string | null;
  @ApiProperty(nullable({ type: String })) checkpoint!: string | null;
}

export class LogKeys {
  @ApiProperty() origin!: string;
  /** The first key, as a C2SP verifier key. */
  @ApiProperty() first!: string;
  /** For each later key the note in which the key before names it. */
  @ApiProperty({ type: [String] }) rotations!: string[];
  /** All keys, oldest first; the last signs now. */
  @ApiProperty({ type: [String] }) keys!: string[];
}
