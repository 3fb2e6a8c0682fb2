import { Inject, Injectable } from '@nestjs/common';
import { systemTenant } from '@interlock/contracts';
import {
  comparePositions,
  isProblem,
  parsePosition,
  positionText,
  ProblemError,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import {
  correlationOf,
  entriesLine,
  entriesPerLine,
  eventLine,
  factsOf,
  isProvable,
  leftOutLine,
  namedBy,
  namedLine,
  partsProof,
  runsBetween,
  sameHash,
  sealLine,
  tenantKeysLine,
  tenantOf,
  tenantPath,
  wholeTree,
  type ExportFilter,
  type KeyChain,
  type LeafEntry,
  type Runs,
  type TenantPath,
} from '@interlock/tree';
import { EVENT_STORE } from '@interlock/platform';
import { FilledLog } from '../archive/filled-log.js';
import { UncutLog } from '../archive/uncut-log.js';
import { Publisher } from '../checkpoints/publisher.js';
import { RecordedCuts } from '../cuts/recorded-cuts.js';
import { MirrorSet } from '../mirrors/mirror-set.js';
import { signedAt, type Signed } from '../proofs/signed.js';
import { EntryReader } from '../tree/entry-rows.js';
import { EntryMaker, isEntryOf, leafOfEntry } from '../tree/fast-hash.js';
import { LeafCursor, type Leaf } from '../tree/leaf-cursor.js';
import { logKeys } from '../tree/signed-events.js';
import { storedHeads } from '../tree/tenant-heads.js';
import { TreeReader } from '../tree/tree-reader.js';
import { Trees } from '../tree/trees.js';
import { NamedEvents } from './named-events.js';

export type ExportRange = {
  readonly tree: string;
  readonly after: Position | null;
  readonly until: Position | null;
  readonly stream: string | null;
  /** In ascending order, without repeats. */
  readonly categories: readonly string[] | null;
  readonly correlation: string | null;
  readonly limit: number;
  /** If false, events that were cut from the log are left out and not read from the archive. */
  readonly archive: boolean;
};
/**
 * The parts that seal an export. `end` is the last position that it covers. `tenant` is the
 * tenant's head and its path; null for the whole log.
 */
export type Prepared = ExportRange & {
  readonly signed: Signed;
  readonly keys: KeyChain;
  readonly tenant: TenantPath | null;
  readonly end: Position;
  /** The range as the seal states it. */
  readonly filter: ExportFilter;
};

type SealedExportParts = {
  readonly trees: Trees;
  readonly publisher: Publisher;
  readonly mirrors: MirrorSet;
  readonly store: EventStore;
  readonly uncut: UncutLog;
  readonly filled: FilledLog;
};

const reachMs = 5000;
const cosignMs = 3000;
const races = 5;
type Run = [first: number, count: number];

const filterOf = ({ after, until, stream, categories, correlation, limit }: ExportRange): ExportFilter => ({
  ...(after === null ? {} : { after: positionText(after) }),
  ...(until === null ? {} : { until: positionText(until) }),
  ...(stream === null ? {} : { stream }),
  ...(categories === null ? {} : { categories }),
  ...(correlation === null ? {} : { correlation }),
  ...(limit === Infinity ? {} : { limit }),
});

/**
 * Writes events with the proof that they are the signed ones: the event lines, the entries of their
 * leaves, and the seal.
 */
@Injectable()
export class SealedExport {
  readonly #parts: SealedExportParts;

  constructor(
    trees: Trees,
    publisher: Publisher,
    mirrors: MirrorSet,
    @Inject(EVENT_STORE) store: EventStore,
    filled: FilledLog,
    uncut: UncutLog,
  ) {
    this.#parts = { trees, publisher, mirrors, store, uncut, filled };
  }

  /**
   * Has the tree's head signed and prepares the seal. Throws `read-model-behind`, `no-checkpoint`
   * or `tree-inconsistent`.
   */
  async prepare(range: ExportRange): Promise<Prepared> {
    const { trees } = this.#parts;
    await trees.reachHead(reachMs);
    const size = await this.#signedSize();
    await trees.reachHead(reachMs);
    const signed = await this.#cosigned(size);
    const keys = await trees.readingAll(logKeys);
    const last = signed === null ? undefined : parsePosition(signed.position);
    const tenant =
      signed === null || range.tree === wholeTree
        ? null
        : await trees.readingAll(async (db) => tenantPath(await storedHeads(db, signed.size), range.tree));
    if (
      signed === null ||
      keys === null ||
      last === undefined ||
      (tenant === null && range.tree !== wholeTree)
    )
      throw new ProblemError('no-checkpoint', 'nothing of this tree was signed yet', {
        remedy: 'ask again when the next checkpoint is signed',
      });
    return {
      ...range,
      filter: filterOf(range),
      signed,
      keys,
      tenant,
      end: range.until !== null && comparePositions(range.until, last) < 0 ? range.until : last,
    };
  }

  /**
   * Yields the export line by line, without line feeds, at the reader's pace. It remembers only
   * which leaves it sent, and which events they name.
   */
  async *lines({
    tree,
    after,
    end,
    stream,
    categories,
    correlation,
    limit,
    archive,
    signed,
    keys,
    tenant,
    filter,
  }: Prepared): AsyncGenerator<string> {
    const { trees, store, filled } = this.#parts;
    const cuts = new RecordedCuts(trees, store);
    const runs: Run[] = [];
    const cursor = new LeafCursor(trees, tree);
    const isLeafOf = await this.#leafCheck(tree);
    const named = new NamedEvents(trees, store, filled, signed);
    const tenants = new Set<string>();
    let sent = 0;
    let next: number | null = after === null ? 0 : null;
    for await (const event of this.#events(tree, after, end, stream, archive)) {
      if (sent >= limit) break;
      const line = eventLine(event);
      const leaf = await cursor.at(event.position);
      if (leaf === null)
        throw await this.#contradiction(
          signed.size,
          `the event at position ${positionText(event.position)} is not a leaf`,
        );
      if (
        stream === null &&
        next !== null &&
        leaf.index !== next &&
        !(await cuts.haveAll(tree, next, leaf.index))
      )
        throw await this.#contradiction(signed.size, `the log lacks an event: leaf ${next} of the tree`);
      next = leaf.index + 1;
      // A changed event is exported too, with the signed entry, so that the verifier finds it.
      if (!isLeafOf(event, line, leaf))
        await this.#contradiction(
          signed.size,
          `the event at position ${positionText(event.position)} is not what its leaf was made of`,
        );
      if (categories !== null && !categories.includes(factsOf(event).category)) continue;
      if (correlation !== null && correlationOf(event) !== correlation) continue;
      const run = runs.at(-1);
      if (run !== undefined && run[0] + run[1] === leaf.index) run[1] += 1;
      else runs.push([leaf.index, 1]);
      sent += 1;
      tenants.add(tenantOf(event.stream));
      if (tree !== wholeTree && tree !== systemTenant) named.add(namedBy(event));
      yield line;
    }
    yield tenantKeysLine(await trees.tenantKeys([...tenants]));
    for await (const entries of this.#entries(tree, runs)) yield entriesLine(entries);
    const size = tenant?.size ?? signed.size;
    if (isProvable(filter))
      for await (const entries of this.#entries(tree, runsBetween(runs, size))) yield leftOutLine(entries);
    for (const one of await named.found()) yield namedLine(one);
    const proof = await trees.reading(tree, (reader) => partsProof(reader.nodes, runs, size));
    yield sealLine({ filter, runs, proof, tenant, checkpoint: signed.note, keys });
  }

  /**
   * Returns a function that tells if a leaf was made from an event. A tenant's entries are
   * recomputed; the whole log's are stored.
   */
  async #leafCheck(tree: string): Promise<(event: RecordedEvent, line: string, leaf: Leaf) => boolean> {
    if (tree === wholeTree)
      return (event, _line, { entry, hash }) =>
        entry !== null && isEntryOf(entry, event) && sameHash(leafOfEntry(entry), hash);
    const key = (await this.#parts.trees.tenantKeys([tree]))[tree];
    const maker = key === undefined ? undefined : new EntryMaker(key);
    return (event, line, { index, hash }) =>
      maker !== undefined && sameHash(leafOfEntry(maker.entryOf(event, line, index)), hash);
  }

  async *#events(
    tree: string,
    after: Position | null,
    end: Position,
    stream: string | null,
    archive: boolean,
  ): AsyncGenerator<RecordedEvent> {
    const { store, uncut, filled } = this.#parts;
    if (stream === null) {
      yield* filled.events(tree, after, end, archive);
      return;
    }
    for await (const event of (archive ? uncut : store).read(stream)) {
      if (comparePositions(event.position, end) > 0) return;
      if (after !== null && comparePositions(event.position, after) <= 0) continue;
      if (tree === wholeTree || tenantOf(event.stream) === tree) yield event;
    }
  }

  /** Yields the entries of these leaves, one group for each line of the seal. */
  async *#entries(tree: string, runs: Runs): AsyncGenerator<readonly LeafEntry[]> {
    let pending: number[] = [];
    const line = (): Promise<readonly LeafEntry[]> => {
      const leaves = pending;
      pending = [];
      return this.#parts.trees.readingAll(async (db) => {
        const reader = new TreeReader(db, tree);
        const whole = new TreeReader(db, wholeTree);
        const stored = new EntryReader(db);
        const entries: LeafEntry[] = [];
        for (const index of leaves) {
          const at = tree === wholeTree ? index : await whole.leafAt((await reader.positionOf(index))!);
          const entry = at === null ? null : await stored.at(at);
          if (entry === null) throw new RangeError(`the tree has no entry of leaf ${index}`);
          entries.push(entry);
        }
        return entries;
      });
    };
    for (const [first, count] of runs) {
      for (let index = first; index < first + count; index += 1) {
        pending.push(index);
        if (pending.length === entriesPerLine) yield await line();
      }
    }
    if (pending.length > 0) yield await line();
  }

  /**
   * Returns the signed size. If there is no key to sign with, it is the size of the last
   * checkpoint.
   */
  async #signedSize(): Promise<number | null> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await this.#parts.publisher.publish())?.size ?? null;
      } catch (error) {
        const raced =
          (isProblem(error, 'stale-revision') || isProblem(error, 'wrong-state')) && attempt < races;
        if (isProblem(error, 'no-checkpoint')) return null;
        if (!raced) throw error;
        await this.#parts.trees.reachHead(reachMs);
      }
    }
  }

  /**
   * Waits briefly for cosignatures, because countersigners are asked as soon as a head is signed.
   */
  async #cosigned(size: number | null): Promise<Signed | null> {
    const wanted = this.#parts.mirrors.countersigners;
    const end = performance.now() + cosignMs;
    for (;;) {
      const signed = await this.#parts.trees.readingAll((db) => signedAt(db, size));
      if (signed === null || signed.witnesses.length >= wanted || performance.now() >= end) return signed;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #contradiction(size: number, detail: string): Promise<ProblemError> {
    await this.#parts.trees.keepFinding(size, detail);
    return new ProblemError('tree-inconsistent', detail);
  }
}
