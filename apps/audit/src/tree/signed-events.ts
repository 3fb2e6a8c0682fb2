import { positionText, type RecordedEvent, isTexts } from '@interlock/kernel';
import { systemTenant } from '@interlock/contracts';
import {
  keysOf,
  keyStream,
  parseCheckpoint,
  parseNote,
  parseSignatures,
  tenantsHead,
  toBase64,
  verifiedBy,
  wholeTree,
  type CheckpointCosigned,
  type CheckpointPublished,
  type KeyChain,
  type LogKeyRotated,
  type TreeInconsistencyFound,
  type TreeInconsistencyResolved,
  type VerifierKey,
} from '@interlock/tree';
import type { Kysely } from 'kysely';
import { fastVerify } from './fast-hash.js';
import type { TreeDatabase } from './tables.js';
import { headsAt, storeHeads } from './tenant-heads.js';
import { TreeReader } from './tree-reader.js';

/** An event about the tree, and the size of the tree before it. */
export type Passed = { readonly event: RecordedEvent; readonly sizeBefore: number };

/** Returns the log's keys as the log itself names them; null before the first key. */
export const logKeys = async (db: Kysely<TreeDatabase>): Promise<KeyChain | null> => {
  const rows = await db.selectFrom('log_keys').selectAll().orderBy('place').execute();
  return rows[0] === undefined
    ? null
    : { first: rows[0].key, rotations: rows.slice(1).map(({ rotation }) => rotation ?? '') };
};

/** Returns true for a time that the database accepts: one with a year of four digits. */
const isTime = (text: string): boolean => /^\d{4}-/.test(text) && !Number.isNaN(Date.parse(text));

/**
 * Compares a checkpoint in the log with the tree that is built from the log. Returns the fault;
 * null if there is none.
 */
const faultOf = async (
  data: Partial<CheckpointPublished>,
  sizeBefore: number,
  reader: TreeReader,
  keys: readonly VerifierKey[] | undefined,
): Promise<string | null> => {
  const note = isTexts([data.note, data.position]) ? parseNote(data.note!) : undefined;
  const signed = note === undefined ? undefined : parseCheckpoint(note.text);
  if (
    note === undefined ||
    signed === undefined ||
    signed.size !== data.tree_size ||
    toBase64(signed.root) !== data.root_hash ||
    signed.origin !== data.origin
  )
    return 'the checkpoint is not what its note says';
  if (keys?.[0] === undefined || verifiedBy(note, keys, fastVerify)?.length !== 1)
    return 'the checkpoint is not signed by a key of the log';
  if (signed.origin !== keys[0].name) return 'the checkpoint is that of another log';
  if (signed.size > sizeBefore)
    return `${signed.size} leaves were signed, and the log holds ${sizeBefore} before it`;
  const root = toBase64(await reader.root(signed.size));
  return root === data.root_hash
    ? null
    : `the root over ${signed.size} leaves was signed as ${data.root_hash} and is ${root}`;
};

/** Processes the log's events about the tree in order: keys, checkpoints and cosignatures. */
class SignedEvents {
  #keys: readonly VerifierKey[] | undefined;
  #keysRead = false;

  constructor(private readonly db: Kysely<TreeDatabase>) {}

  async take({ event, sizeBefore }: Passed): Promise<void> {
    if (event.stream === keyStream) await this.#key(event);
    else if (event.type === 'CheckpointPublished') await this.#published(event, sizeBefore);
    else if (event.type === 'CheckpointCosigned')
      await this.#cosigned(event.data as Partial<CheckpointCosigned>);
    else if (event.type === 'TreeInconsistencyFound')
      await this.#found(event.data as Partial<TreeInconsistencyFound>);
    else if (event.type === 'TreeInconsistencyResolved')
      await this.#resolved(event.data as Partial<TreeInconsistencyResolved>);
  }

  async #found({ found_by, tree_size: size, detail }: Partial<TreeInconsistencyFound>): Promise<void> {
    if (!Number.isSafeInteger(size) || !isTexts([found_by, detail])) return;
    await this.db
      .insertInto('said_findings')
      .values({ tenant_id: systemTenant, found_by: found_by!, size: size!, detail: detail! })
      .onConflict((on) =>
        on
          .column('found_by')
          .doUpdateSet((row) => ({ size: row.ref('excluded.size'), detail: row.ref('excluded.detail') })),
      )
      .execute();
  }

  async #resolved({ found_by }: Partial<TreeInconsistencyResolved>): Promise<void> {
    if (isTexts([found_by])) await this.#over(found_by);
  }

  /** Removes the findings of one source, or of all sources if none is named. */
  async #over(foundBy?: string): Promise<void> {
    await this.db
      .deleteFrom('said_findings')
      .$if(foundBy !== undefined, (query) => query.where('found_by', '=', foundBy!))
      .execute();
  }

  async #key(event: RecordedEvent): Promise<void> {
    const { key, rotation = '' } = event.data as Partial<LogKeyRotated>;
    if (!isTexts([key, rotation]) || (event.type !== 'LogKeyIntroduced' && event.type !== 'LogKeyRotated'))
      return;
    const { count } = await this.db
      .selectFrom('log_keys')
      .select((on) => on.fn.countAll<string>().as('count'))
      .executeTakeFirstOrThrow();
    await this.db
      .insertInto('log_keys')
      .values({ place: Number(count), key: key!, rotation: event.type === 'LogKeyRotated' ? rotation : null })
      .execute();
    this.#keysRead = false;
  }

  async #published(event: RecordedEvent, sizeBefore: number): Promise<void> {
    const data = event.data as CheckpointPublished;
    const reader = new TreeReader(this.db, wholeTree);
    const fault =
      (await faultOf(data, sizeBefore, reader, await this.#keysNow())) ?? (await this.#tenantsFault(data));
    if (fault !== null) {
      const size = Number.isSafeInteger(data.tree_size) ? data.tree_size : 0;
      await this.db
        .insertInto('findings')
        .values({
          tenant_id: systemTenant,
          size,
          detail: `${fault} (position ${positionText(event.position)})`,
          found_at: event.created,
        })
        .onConflict((on) => on.doNothing())
        .execute();
      return;
    }
    const published_at = event.created;
    const { tree_size: size, root_hash: root, position, note } = data;
    await this.db
      .insertInto('checkpoints')
      .values({ tenant_id: systemTenant, size, root, position, note, published_at })
      .onConflict((on) => on.doNothing())
      .execute();
    await this.#over();
    await this.db
      .updateTable('trees')
      .set({ published_size: size, published_at })
      .where('tree', '=', wholeTree)
      .where('published_size', '<', size)
      .execute();
  }

  /**
   * Returns the fault in a checkpoint's part about the tenants. If there is none, it stores the
   * tenants' heads.
   */
  async #tenantsFault({ note, tree_size: size }: CheckpointPublished): Promise<string | null> {
    const { tenants } = parseCheckpoint(parseNote(note)!.text)!;
    const { all, changed } = await headsAt(this.db, size);
    const own = tenantsHead(all);
    if (own.size !== tenants.size || toBase64(own.root) !== toBase64(tenants.root))
      return `the root over ${tenants.size} tenants was signed as ${toBase64(tenants.root)}, and that over ${own.size} is ${toBase64(own.root)}`;
    await storeHeads(this.db, size, changed);
    return null;
  }

  async #cosigned({
    tree_size: size,
    witness,
    signature_line: line,
    at,
  }: Partial<CheckpointCosigned>): Promise<void> {
    if (
      !Number.isSafeInteger(size) ||
      !isTexts([witness, line, at]) ||
      parseSignatures(line!)?.length !== 1 ||
      !isTime(at!)
    )
      return;
    await this.db
      .insertInto('cosignatures')
      .values({ tenant_id: systemTenant, size: size!, witness: witness!, line: line!, at: at! })
      .onConflict((on) => on.doNothing())
      .execute();
  }

  async #keysNow(): Promise<readonly VerifierKey[] | undefined> {
    if (!this.#keysRead) {
      const chain = await logKeys(this.db);
      this.#keys = chain === null ? undefined : keysOf(chain);
      this.#keysRead = true;
    }
    return this.#keys;
  }
}

/**
 * Takes the events about the tree. INVARIANT: every checkpoint in the log is compared with the tree
 * at its size. The first mismatch becomes the tree's finding. It stays until the tree is rebuilt
 * from a log that agrees.
 */
export const takeSigned = async (passed: readonly Passed[], db: Kysely<TreeDatabase>): Promise<void> => {
  const events = new SignedEvents(db);
  for (const one of passed) await events.take(one);
};
