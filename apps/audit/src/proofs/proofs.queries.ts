import { Inject, Injectable } from '@nestjs/common';
import { parsePosition, ProblemError, collect, type EventStore, type Position } from '@interlock/kernel';
import {
  consistencyProof,
  cosignedNote,
  inclusionProof,
  keysOf,
  originOfTree,
  toBase64,
  verifierText,
} from '@interlock/tree';
import { EVENT_STORE } from '@interlock/platform';
import { decodeCursor, keysetPage, pageLimit, type Page } from '@interlock/postgres';
import type { Transaction } from 'kysely';
import { AuditConfig } from '../config.js';
import { mostWitnesses } from '../mirrors/witness-mirror.js';
import { logKeys } from '../tree/signed-events.js';
import type { CheckpointRow, TreeDatabase } from '../tree/tables.js';
import { Trees } from '../tree/trees.js';
import type {
  CheckpointItem,
  ConsistencyProof,
  ConsistencyQuery,
  InclusionProof,
  InclusionQuery,
  LogKeys,
} from './proofs.dto.js';

const fault = (pointer: string, detail: string): ProblemError =>
  new ProblemError('validation-failed', 'the query has 1 fault', { violations: [{ pointer, detail }] });
const nothingSigned = (detail: string): ProblemError =>
  new ProblemError('no-checkpoint', detail, { remedy: 'ask again when the next checkpoint is signed' });

type Db = Transaction<TreeDatabase>;
export type Signed = {
  readonly size: number;
  readonly root: string;
  readonly position: string;
  readonly publishedAt: Date;
  readonly logNote: string;
  readonly note: string;
  readonly witnesses: readonly string[];
};

/** Answers about one tree. Which one a caller may ask is decided before. */
@Injectable()
export class ProofsQueries {
  private readonly origin: string;

  constructor(
    @Inject(Trees) private readonly trees: Trees,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(AuditConfig) { AUDIT_ORIGIN }: Pick<AuditConfig, 'AUDIT_ORIGIN'>,
  ) {
    this.origin = AUDIT_ORIGIN;
  }

  /** The latest checkpoint, with what witnesses added. Throws `no-checkpoint`. */
  latest(tree: string): Promise<Signed> {
    return this.trees.reading(tree, async (_reader, db) => this.#need(await signedAt(db, tree, null)));
  }

  /** Checkpoints, newest first. */
  checkpoints(
    tree: string,
    cursor: string | undefined,
    asked: string | undefined,
  ): Promise<Page<CheckpointItem>> {
    const limit = pageLimit(asked);
    const [before] = cursor === undefined ? [] : decodeCursor(cursor, 1);
    if (before !== undefined && (!Number.isSafeInteger(before) || Number(before) < 0))
      throw fault('/query/cursor', 'must be `next` of a page before');
    return this.trees.reading(tree, async (_reader, db) => {
      const rows = await db
        .selectFrom('checkpoints')
        .selectAll()
        .where('tree', '=', tree)
        .$if(before !== undefined, (query) => query.where('size', '<', Number(before)))
        .orderBy('size', 'desc')
        .limit(limit + 1)
        .execute();
      const { items, next } = keysetPage(rows, limit, ({ size }) => [Number(size)]);
      return { items: (await signedOf(db, tree, items)).map(itemOf), next };
    });
  }

  /** That an event is a leaf of the tree. Throws `not-found`, `no-checkpoint`, `validation-failed`. */
  async inclusion(
    tree: string,
    query: InclusionQuery,
    mayRead: (stream: string) => void,
  ): Promise<InclusionProof> {
    const position = await this.#positionOf(query, mayRead);
    return this.trees.reading(tree, async (reader, db) => {
      const index = await reader.leafAt(position);
      if (index === null) throw new ProblemError('not-found', 'the tree has no leaf for this event');
      const size =
        query.size === undefined
          ? this.#need(await signedAt(db, tree, null)).size
          : await this.#sizeOf(query.size, '/query/size', tree, db);
      if (index >= size)
        throw query.size === undefined
          ? nothingSigned('no checkpoint covers this event yet')
          : fault('/query/size', `must be larger than the event's leaf, ${index}`);
      const path = await inclusionProof(reader.nodes, index, size);
      return {
        origin: originOfTree(this.origin, tree),
        index,
        size,
        leaf_hash: toBase64(await reader.leaf(index)),
        path: path.map(toBase64),
        checkpoint: (await signedAt(db, tree, size))?.note ?? null,
      };
    });
  }

  /** That a tree begins with a smaller one. */
  consistency(tree: string, query: ConsistencyQuery): Promise<ConsistencyProof> {
    return this.trees.reading(tree, async (reader, db) => {
      const to =
        query.to === undefined
          ? this.#need(await signedAt(db, tree, null)).size
          : await this.#sizeOf(query.to, '/query/to', tree, db);
      const from = Number(query.from);
      if (from > to) throw fault('/query/from', `must not be larger than ${to}`);
      const proof = await consistencyProof(reader.nodes, from, to);
      const noteAt = async (size: number): Promise<string | null> =>
        (await signedAt(db, tree, size))?.note ?? null;
      return {
        origin: originOfTree(this.origin, tree),
        from,
        to,
        proof: proof.map(toBase64),
        from_checkpoint: await noteAt(from),
        checkpoint: await noteAt(to),
      };
    });
  }

  /** The keys that sign the log, as the log names them. */
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

  /** A tile's hashes, one after the other. Throws `not-found`. */
  tile(tree: string, level: number, index: number): Promise<Buffer> {
    return this.trees.reading(tree, async (reader) => {
      const hashes = await reader.tile(level, index);
      if (hashes.length === 0) throw new ProblemError('not-found', 'the tree has no such tile');
      return Buffer.from(hashes);
    });
  }

  #need(signed: Signed | null): Signed {
    if (signed === null) throw nothingSigned('nothing of this tree was signed yet');
    return signed;
  }

  async #sizeOf(text: string, pointer: string, tree: string, db: Db): Promise<number> {
    const { size } = await this.trees.head(tree, db);
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
        throw fault('/query/position', 'must not be there beside `stream` and `revision`');
      const parsed = parsePosition(position);
      if (parsed === undefined) throw fault('/query/position', 'must be a position of the log');
      return parsed;
    }
    if (stream === undefined || revision === undefined)
      throw fault('/query/position', 'must be there, or `stream` and `revision`');
    mayRead(stream);
    const [event] = await collect(this.store.read(stream, { from: BigInt(revision), limit: 1 }));
    if (event === undefined || event.revision !== BigInt(revision))
      throw new ProblemError('not-found', 'the stream has no event of this revision');
    return event.position;
  }
}

/** The checkpoint of a size, the latest where it is null; null where there is none. */
export const signedAt = async (db: Db, tree: string, size: number | null): Promise<Signed | null> => {
  const query = db.selectFrom('checkpoints').selectAll().where('tree', '=', tree);
  const row = await (
    size === null ? query.orderBy('size', 'desc').limit(1) : query.where('size', '=', size)
  ).executeTakeFirst();
  return row === undefined ? null : ((await signedOf(db, tree, [row]))[0] ?? null);
};

const signedOf = async (db: Db, tree: string, rows: readonly CheckpointRow[]): Promise<readonly Signed[]> => {
  if (rows.length === 0) return [];
  const all = await db
    .selectFrom('cosignatures')
    .select(['size', 'witness', 'line'])
    .where('tree', '=', tree)
    .where(
      'size',
      'in',
      rows.map(({ size }) => size),
    )
    .orderBy('witness')
    .execute();
  return rows.map(({ size, root, position, note, published_at }) => {
    const cosigned = all.filter((one) => Number(one.size) === Number(size)).slice(0, mostWitnesses);
    return {
      size: Number(size),
      root,
      position,
      publishedAt: new Date(published_at),
      logNote: note,
      note: cosignedNote(
        note,
        cosigned.map(({ line }) => line),
      ),
      witnesses: cosigned.map(({ witness }) => witness),
    };
  });
};

const itemOf = ({ size, root, position, publishedAt, note, witnesses }: Signed): CheckpointItem => ({
  size,
  root_hash: root,
  position,
  published_at: publishedAt.toISOString(),
  note,
  witnesses: [...witnesses],
});
