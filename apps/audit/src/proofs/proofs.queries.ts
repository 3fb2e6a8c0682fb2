import { Inject, Injectable } from '@nestjs/common';
import { parsePosition, ProblemError, collect, type EventStore, type Position } from '@interlock/kernel';
import {
  consistencyProof,
  inclusionProof,
  keysOf,
  originOfTree,
  tenantPath,
  tileWidth,
  toBase64,
  verifierText,
  wholeTree,
} from '@interlock/tree';
import { tablePages, type Page, type PageAsked } from '@interlock/postgres';
import type { Transaction } from 'kysely';
import { AuditConfig } from '../config.js';
import { bundleOf, entriesAt, EntryReader } from '../tree/entry-rows.js';
import { logKeys } from '../tree/signed-events.js';
import type { TreeDatabase } from '../tree/tables.js';
import { UncutLog } from '../archive/uncut-log.js';
import { storedHeads } from '../tree/tenant-heads.js';
import { TreeReader } from '../tree/tree-reader.js';
import { Trees } from '../tree/trees.js';
import { signedAt, signedOf, type Signed } from './signed.js';
import type {
  CheckpointItem,
  ConsistencyProof,
  ConsistencyQuery,
  InclusionProof,
  InclusionQuery,
  LogKeys,
  TenantProof,
} from './proofs.dto.js';

const fault = (pointer: string, detail: string): ProblemError =>
  new ProblemError('validation-failed', 'the query has 1 fault', { violations: [{ pointer, detail }] });
const nothingSigned = (detail: string): ProblemError =>
  new ProblemError('no-checkpoint', detail, { remedy: 'ask again when the next checkpoint is signed' });

const newestFirst = tablePages('checkpoints', 'desc', { size: 'bigint' });

type Db = Transaction<TreeDatabase>;
/**
 * The signed part of a tree: the checkpoint, the number of covered leaves, and the path for a
 * tenant's tree.
 */
type Covered = { readonly signed: Signed; readonly size: number; readonly tenant: TenantProof | null };

/** Answers queries about checkpoints and one tree. The caller checks which tree may be read. */
@Injectable()
export class ProofsQueries {
  private readonly origin: string;

  constructor(
    private readonly trees: Trees,
    @Inject(UncutLog) private readonly log: Pick<EventStore, 'read'>,
    @Inject(AuditConfig) { AUDIT_ORIGIN }: Pick<AuditConfig, 'AUDIT_ORIGIN'>,
  ) {
    this.origin = AUDIT_ORIGIN;
  }

  /** Returns the latest checkpoint with its cosignatures. Throws `no-checkpoint`. */
  latest(): Promise<Signed> {
    return this.trees.readingAll(async (db) => this.#need(await signedAt(db, null)));
  }

  /** Lists checkpoints, newest first. */
  checkpoints(query: PageAsked): Promise<Page<CheckpointItem>> {
    return this.trees.readingAll(async (db) => {
      const { items, next } = await newestFirst.read(db.selectFrom('checkpoints').selectAll(), query);
      return { items: (await signedOf(db, items)).map(itemOf), next };
    });
  }

  /**
   * Proves that an event is a leaf of the tree. Throws `not-found`, `no-checkpoint` or
   * `validation-failed`.
   */
  async inclusion(
    tree: string,
    query: InclusionQuery,
    mayRead: (stream: string) => void,
  ): Promise<InclusionProof> {
    const position = await this.#positionOf(query, mayRead);
    return this.trees.readingAll(async (db) => {
      const reader = new TreeReader(db, tree);
      const index = await reader.leafAt(position);
      if (index === null) throw new ProblemError('not-found', 'the tree has no leaf for this event');
      const asked =
        query.size === undefined ? undefined : await this.#sizeOf(query.size, '/query/size', tree, db);
      const covered = await this.#covered(tree, asked, db);
      const size = asked ?? this.#need(covered).size;
      if (index >= size)
        throw query.size === undefined
          ? nothingSigned('no checkpoint covers this event yet')
          : fault('/query/size', `must be larger than the event's leaf, ${index}`);
      const path = await inclusionProof(reader.nodes, index, size);
      const whole = await new TreeReader(db, wholeTree).leafAt(position);
      return {
        origin: originOfTree(this.origin, tree),
        index,
        size,
        leaf_hash: toBase64(await reader.leaf(index)),
        entry: (await new EntryReader(db).at(whole!))!,
        path: path.map(toBase64),
        tenant: covered?.tenant ?? null,
        checkpoint: covered?.signed.note ?? null,
      };
    });
  }

  /** Proves that a tree extends a smaller one. */
  consistency(tree: string, query: ConsistencyQuery): Promise<ConsistencyProof> {
    return this.trees.readingAll(async (db) => {
      const reader = new TreeReader(db, tree);
      const asked = query.to === undefined ? undefined : await this.#sizeOf(query.to, '/query/to', tree, db);
      const covered = await this.#covered(tree, asked, db);
      const to = asked ?? this.#need(covered).size;
      const from = Number(query.from);
      if (from > to) throw fault('/query/from', `must not be larger than ${to}`);
      const proof = await consistencyProof(reader.nodes, from, to);
      return {
        origin: originOfTree(this.origin, tree),
        from,
        to,
        proof: proof.map(toBase64),
        from_checkpoint: (await this.#covered(tree, from, db))?.signed.note ?? null,
        checkpoint: covered?.signed.note ?? null,
      };
    });
  }

  /** Returns the keys that sign the log, as the log names them. */
  keys(): Promise<LogKeys> {
    return this.trees.readingAll(async (db) => {
      const chain = await logKeys(db);
      const keys = chain === null ? undefined : keysOf(chain);
      if (chain === null || keys === undefined) throw nothingSigned('the log names no key yet');
      return {
        origin: this.origin,
        first: chain.first,
        rotations: [...chain.rotations],
        keys: keys.map(verifierText),
      };
    });
  }

  /** Returns a tile's hashes as one buffer. Throws `not-found`. */
  tile(tree: string, level: number, index: number): Promise<Buffer> {
    return this.trees.reading(tree, async (reader) => {
      const hashes = await reader.tile(level, index);
      if (hashes.length === 0) throw new ProblemError('not-found', 'the tree has no such tile');
      return Buffer.from(hashes);
    });
  }

  /**
   * Returns the entries of a tile of the whole log's tree (C2SP tlog-tiles), and if the tile is
   * full. Throws `not-found`.
   */
  entries(index: number): Promise<{ readonly bundle: Buffer; readonly full: boolean }> {
    return this.trees.readingAll(async (db) => {
      const bundle = bundleOf(await entriesAt(db, index));
      if (bundle.length === 0) throw new ProblemError('not-found', 'the tree has no such tile');
      return { bundle, full: (await this.trees.head(db)).size >= (index + 1) * tileWidth };
    });
  }

  #need<T>(signed: T | null): T {
    if (signed === null) throw nothingSigned('nothing of this tree was signed yet');
    return signed;
  }

  /**
   * Returns the checkpoint that signs a tree at a size, or the latest if no size is given. Null if
   * there is none.
   */
  async #covered(tree: string, size: number | undefined, db: Db): Promise<Covered | null> {
    const logSize =
      size === undefined || tree === wholeTree ? (size ?? null) : await this.#logSizeOf(tree, size, db);
    if (logSize === undefined) return null;
    const signed = await signedAt(db, logSize);
    if (signed === null) return null;
    if (tree === wholeTree) return { signed, size: signed.size, tenant: null };
    const found = await tenantPath(await storedHeads(db, signed.size), tree);
    return found === null
      ? null
      : {
          signed,
          size: found.size,
          tenant: { ...found, path: found.path.map(toBase64) },
        };
  }

  /** Finds the first checkpoint at which a tenant's tree had a size. */
  async #logSizeOf(tree: string, size: number, db: Db): Promise<number | undefined> {
    const row = await db
      .selectFrom('tenant_heads')
      .select('log_size')
      .where('tree', '=', tree)
      .where('size', '=', size)
      .executeTakeFirst();
    return row === undefined ? undefined : Number(row.log_size);
  }

  async #sizeOf(text: string, pointer: string, tree: string, db: Db): Promise<number> {
    const { size } = await this.trees.head(db, tree);
    if (Number(text) > size)
      throw fault(pointer, `must not be larger than the tree, which has ${size} leaves`);
    return Number(text);
  }

  async #positionOf(
    { position, stream, revision }: InclusionQuery,
    mayRead: (stream: string) => void,
  ): Promise<Position> {
    if (position !== undefined) {
      if (stream !== undefined)
        throw fault('/query/position', 'must not be combined with `stream` and `revision`');
      const parsed = parsePosition(position);
      if (parsed === undefined) throw fault('/query/position', 'must be a position of the log');
      return parsed;
    }
    if (stream === undefined || revision === undefined)
      throw fault('/query/position', 'must be given, or `stream` and `revision`');
    mayRead(stream);
    const [event] = await collect(this.log.read(stream, { from: BigInt(revision), limit: 1 }));
    if (event === undefined || event.revision !== BigInt(revision))
      throw new ProblemError('not-found', 'the stream has no event of this revision');
    return event.position;
  }
}

const itemOf = ({ size, root, position, publishedAt, note, witnesses }: Signed): CheckpointItem => ({
  size,
  root_hash: root,
  position,
  published_at: publishedAt.toISOString(),
  note,
  witnesses: [...witnesses],
});
