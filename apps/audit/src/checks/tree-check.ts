import type { CheckRange } from '@interlock/contracts';
import {
  collect,
  comparePositions,
  isProblem,
  positionText,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import {
  checkpointStream,
  eventLine,
  Frontier,
  frontierOf,
  keysOf,
  nodesOfTiles,
  parseCheckpoint,
  parseNote,
  sameHash,
  tileWidth,
  toBase64,
  verifiedBy,
  wholeTree,
  type CheckpointPublished,
  type LeafEntry,
  type VerifierKey,
} from '@interlock/tree';
import { entriesAt } from '../tree/entry-rows.js';
import { fastVerify, hashOfLine, innerHashOf, isEntryOf, leafOfEntry } from '../tree/fast-hash.js';
import { positionsIn, readPosition } from '../tree/positions.js';
import { logKeys } from '../tree/signed-events.js';
import type { Trees } from '../tree/trees.js';
import type { Findings } from './findings.js';

type Parts = { readonly trees: Trees; readonly log: Pick<EventStore, 'readAll' | 'read'> };
type Signed = { readonly size: number; readonly root: Uint8Array; readonly position: string };
type Span = {
  readonly place: number;
  readonly positions: Buffer;
  readonly hashes: Uint8Array;
  readonly entries: readonly LeafEntry[];
};
type StoredLeaf = { readonly position: Position; readonly hash: Uint8Array; readonly entry: LeafEntry };

const pageSize = 1000;
/** The number of faults after which the check stops. */
const mostFaults = 1000;

/** Returns true if an error means that the log itself is damaged and cannot be read. */
export const isDamage = (error: unknown): boolean =>
  isProblem(error) && (error.code === 'log-damaged' || error.code === 'archive-contradicted');

/**
 * Recomputes the last `leaves` leaves of the whole log's tree from the log; null means all.
 * Compares each leaf with the stored one, and the root with every checkpoint on the way. It also
 * verifies the signatures of these checkpoints. Returns the checked range of the log; null if it is
 * empty.
 */
export const checkTree = async (
  { trees, log }: Parts,
  leaves: number | null,
  found: Findings,
): Promise<CheckRange | null> => {
  const { size } = await trees.readingAll((db) => trees.head(db));
  if (size === 0) return null;
  const start = leaves === null ? 0 : Math.max(0, Math.floor((size - leaves) / tileWidth) * tileWidth);
  const head = await trees.reading(wholeTree, (reader) => reader.positionOf(size - 1));
  const checkpoints = await signedAfter({ trees, log }, start, head, found);
  const tile = (level: number, place: number): Promise<Uint8Array> =>
    trees.reading(wholeTree, (reader) => reader.tile(level, place));
  const frontier = start === 0 ? new Frontier() : await frontierOf(nodesOfTiles(tile, innerHashOf), start);
  const positionOf = (index: number): Promise<Position | null> =>
    trees.reading(wholeTree, (reader) => reader.positionOf(index));
  const first = await positionOf(start);
  if (first === null) {
    found.add('tree-damaged', `the stored tree has no leaf ${start}`);
    return null;
  }
  const grown = new Grown(trees, frontier, checkpoints, found);
  let after = start === 0 ? null : await positionOf(start - 1);
  let last = first;
  while (frontier.size < size && found.failed < mostFaults) {
    const page = await collect(log.readAll({ after, limit: pageSize }));
    if (page.length === 0) {
      found.add('event-missing', `the log ends before leaf ${frontier.size} of the tree`, positionText(last));
      break;
    }
    for (const event of page) {
      if (frontier.size >= size || found.failed >= mostFaults) break;
      await grown.take(event, size);
      last = event.position;
    }
    after = page.at(-1)?.position ?? null;
  }
  return { from: positionText(first), to: positionText(last) };
};

/** Grows a tree from the log and compares it with the stored tree. */
class Grown {
  #span: Span | undefined;

  constructor(
    private readonly trees: Trees,
    private readonly frontier: Frontier,
    private readonly checkpoints: readonly Signed[],
    private readonly found: Findings,
  ) {}

  async take(event: RecordedEvent, size: number): Promise<void> {
    const { position } = event;
    for (
      let stored = await this.#stored(this.frontier.size);
      ;
      stored = await this.#stored(this.frontier.size)
    ) {
      if (stored === null) {
        this.found.add('tree-damaged', `the stored tree lacks leaf ${this.frontier.size}`);
        this.#append(new Uint8Array(32));
        return;
      }
      const order = comparePositions(stored.position, position);
      if (order > 0) {
        this.found.add('event-unexpected', 'the event is not a leaf of the tree', positionText(position));
        return;
      }
      if (order === 0) {
        const leaf = leafOfEntry({ ...stored.entry, event_hash: hashOfLine(eventLine(event)) });
        if (!sameHash(stored.hash, leaf) || !isEntryOf(stored.entry, event))
          this.found.add(
            'leaf-changed',
            `the event at position ${positionText(position)} is not what its leaf was made of`,
            positionText(position),
          );
        this.#append(leaf);
        return;
      }
      this.found.add(
        'event-missing',
        `the log lacks the event of leaf ${this.frontier.size}`,
        positionText(stored.position),
      );
      this.#append(stored.hash);
      if (this.frontier.size >= size) return;
    }
  }

  #append(leaf: Uint8Array): void {
    this.frontier.append(leaf.slice());
    this.found.checked += 1;
    for (const { size, root, position } of this.checkpoints) {
      if (size !== this.frontier.size) continue;
      this.found.checked += 1;
      const own = this.frontier.root();
      if (!sameHash(own, root))
        this.found.add(
          'checkpoint-differs',
          `the root over ${size} leaves was signed as ${toBase64(root)} and is ${toBase64(own)}`,
          position,
        );
    }
  }

  async #stored(index: number): Promise<StoredLeaf | null> {
    const place = Math.floor(index / tileWidth);
    if (this.#span?.place !== place) {
      const { positions, ...span } = await this.trees.reading(wholeTree, async (reader, db) => ({
        positions: await reader.positions(place),
        hashes: await reader.tile(0, place),
        entries: await entriesAt(db, place),
      }));
      if (positions === null) return null;
      this.#span = { place, positions, ...span };
    }
    const at = index % tileWidth;
    const { positions, hashes, entries } = this.#span;
    const entry = entries[at];
    if (at >= positionsIn(positions) || hashes.length < (at + 1) * 32 || entry === undefined) return null;
    return { position: readPosition(positions, at), hash: hashes.subarray(at * 32, (at + 1) * 32), entry };
  }
}

/**
 * Returns the checkpoints of more than `start` leaves. The log and the stored tree must hold the
 * same ones.
 */
const signedAfter = async (
  { trees, log }: Parts,
  start: number,
  head: Position | null,
  found: Findings,
): Promise<readonly Signed[]> => {
  const chain = await trees.readingAll(logKeys);
  const keys = chain === null ? [] : (keysOf(chain) ?? []);
  const stored = await trees.readingAll((db) =>
    db
      .selectFrom('checkpoints')
      .select(['size', 'root', 'note', 'position'])
      .where('size', '>', start)
      .orderBy('size')
      .execute(),
  );
  const signed: Signed[] = [];
  const known = new Map<number, string>();
  for await (const event of log.read(checkpointStream, { backwards: true })) {
    if (event.type !== 'CheckpointPublished') continue;
    const { note, tree_size } = event.data as CheckpointPublished;
    if (tree_size <= start) break;
    known.set(tree_size, note);
    // The stored tree has not reached this checkpoint, and perhaps not the key that signed it. So
    // it is checked later.
    if (head === null || comparePositions(event.position, head) > 0) continue;
    const position = positionText(event.position);
    const read = readSigned(note, tree_size, keys, position);
    if (typeof read === 'string') found.add('checkpoint-invalid', read, position);
    else signed.push(read);
  }
  // A checkpoint that the stored tree has not taken in yet is no difference.
  for (const { size, note, position } of stored)
    if (known.get(Number(size)) !== note)
      found.add(
        'checkpoint-differs',
        `the stored checkpoint over ${size} leaves is not the one in the log`,
        position,
      );
  return signed;
};

/** Returns the checkpoint if its signature is valid, else its fault. */
const readSigned = (
  note: string,
  size: number,
  keys: readonly VerifierKey[],
  position: string,
): Signed | string => {
  const parsed = parseNote(note);
  const checkpoint = parsed === undefined ? undefined : parseCheckpoint(parsed.text);
  if (parsed === undefined || checkpoint === undefined || checkpoint.size !== size)
    return `the checkpoint over ${size} leaves is not what its note says`;
  if (verifiedBy(parsed, keys, fastVerify)?.length !== 1)
    return `the checkpoint over ${size} leaves is not signed by a key of the log`;
  return { size, root: checkpoint.root, position };
};
