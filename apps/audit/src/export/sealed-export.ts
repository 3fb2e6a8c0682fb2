import { Inject, Injectable } from '@nestjs/common';
import { parseStream } from '@interlock/contracts';
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
  eventLine,
  hashesLine,
  hashesPerLine,
  partsProof,
  sameHash,
  sealLine,
  treesOf,
  type Hash,
  type KeyChain,
} from '@interlock/tree';
import { EVENT_STORE } from '@interlock/platform';
import { FilledLog } from '../archive/filled-log.js';
import { Publisher } from '../checkpoints/publisher.js';
import { MirrorSet } from '../mirrors/mirror-set.js';
import { signedAt, type Signed } from '../proofs/proofs.queries.js';
import { leafOfLine } from '../tree/fast-hash.js';
import { LeafCursor } from '../tree/leaf-cursor.js';
import { logKeys } from '../tree/signed-events.js';
import { Trees } from '../tree/trees.js';

export type ExportRange = {
  readonly tree: string;
  readonly after: Position | null;
  readonly until: Position | null;
  readonly stream: string | null;
  readonly categories: readonly string[] | null;
  readonly limit: number;
};
/** What an export is sealed by; `end` is the last position that it covers. */
export type Prepared = ExportRange & {
  readonly signed: Signed;
  readonly keys: KeyChain;
  readonly end: Position;
};

type SealedExportParts = {
  readonly trees: Trees;
  readonly publisher: Publisher;
  readonly mirrors: MirrorSet;
  readonly store: EventStore;
  readonly filled: FilledLog;
};

const reachMs = 5000;
const cosignMs = 3000;
const races = 5;
type Run = [first: number, count: number];

/** Events of the log with the proof that they are what was signed: the lines of the events, the hashes of their leaves, the seal. */
@Injectable()
export class SealedExport {
  readonly #parts: SealedExportParts;

  constructor(
    @Inject(Trees) trees: Trees,
    @Inject(Publisher) publisher: Publisher,
    @Inject(MirrorSet) mirrors: MirrorSet,
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(FilledLog) filled: FilledLog,
  ) {
    this.#parts = { trees, publisher, mirrors, store, filled };
  }

  /** Has the tree's head signed and looks up what seals it. Throws `read-model-behind`, `no-checkpoint`, `tree-inconsistent`. */
  async prepare(range: ExportRange): Promise<Prepared> {
    const { trees } = this.#parts;
    await trees.reachHead(reachMs);
    const size = await this.#signedSize(range.tree);
    await trees.reachHead(reachMs);
    const signed = await this.#cosigned(range.tree, size);
    const keys = await trees.readingAll(logKeys);
    const last = signed === null ? undefined : parsePosition(signed.position);
    if (signed === null || keys === null || last === undefined)
      throw new ProblemError('no-checkpoint', 'nothing of this tree was signed yet', {
        remedy: 'ask again when the next checkpoint is signed',
      });
    return {
      ...range,
      signed,
      keys,
      end: range.until !== null && comparePositions(range.until, last) < 0 ? range.until : last,
    };
  }

  /** Line by line, without line feeds. Reads as fast as it is read from; keeps of what it sent no more than which leaves these were. */
  async *lines({
    tree,
    after,
    end,
    stream,
    categories,
    limit,
    signed,
    keys,
  }: Prepared): AsyncGenerator<string> {
    const runs: Run[] = [];
    const cursor = new LeafCursor(this.#parts.trees, tree);
    let sent = 0;
    let next: number | null = null;
    for await (const event of this.#events(tree, after, end, stream)) {
      if (sent >= limit) break;
      const line = eventLine(event);
      const leaf = await cursor.at(event.position);
      if (leaf === null)
        throw await this.#contradiction(
          tree,
          signed.size,
          `the event at position ${positionText(event.position)} is no leaf`,
        );
      if (stream === null && next !== null && leaf.index !== next)
        throw await this.#contradiction(
          tree,
          signed.size,
          `the log lacks an event: leaf ${next} of the tree`,
        );
      next = leaf.index + 1;
      // What was changed is handed out all the same, with the hash that was signed: whoever verifies finds it, and which it is.
      if (!sameHash(leafOfLine(line), leaf.hash))
        await this.#contradiction(
          tree,
          signed.size,
          `the event at position ${positionText(event.position)} is not what its leaf was made of`,
        );
      if (categories !== null && !categories.includes(parseStream(event.stream)?.category ?? '')) continue;
      const run = runs.at(-1);
      if (run !== undefined && run[0] + run[1] === leaf.index) run[1] += 1;
      else runs.push([leaf.index, 1]);
      sent += 1;
      yield line;
    }
    yield* this.#hashes(tree, runs);
    const proof = await this.#parts.trees.reading(tree, (reader) =>
      partsProof(reader.nodes, runs, signed.size),
    );
    yield sealLine({ runs, proof, checkpoint: signed.note, keys });
  }

  async *#events(
    tree: string,
    after: Position | null,
    end: Position,
    stream: string | null,
  ): AsyncGenerator<RecordedEvent> {
    const { store, filled } = this.#parts;
    if (stream === null) {
      yield* filled.events(tree, after, end);
      return;
    }
    for await (const event of store.read(stream)) {
      if (comparePositions(event.position, end) > 0) return;
      if (after !== null && comparePositions(event.position, after) <= 0) continue;
      if (treesOf(event.stream).includes(tree)) yield event;
    }
  }

  async *#hashes(tree: string, runs: readonly Run[]): AsyncGenerator<string> {
    let pending: number[] = [];
    const line = async (): Promise<string> => {
      const leaves = pending;
      pending = [];
      return hashesLine(
        await this.#parts.trees.reading(tree, async (reader) => {
          const hashes: Hash[] = [];
          for (const index of leaves) hashes.push(await reader.leaf(index));
          return hashes;
        }),
      );
    };
    for (const [first, count] of runs) {
      for (let index = first; index < first + count; index += 1) {
        pending.push(index);
        if (pending.length === hashesPerLine) yield await line();
      }
    }
    if (pending.length > 0) yield await line();
  }

  /** The size that is signed now; where nothing can be signed for want of a key, what was signed last. */
  async #signedSize(tree: string): Promise<number | null> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return (await this.#parts.publisher.publish(tree))?.size ?? null;
      } catch (error) {
        const raced =
          (isProblem(error, 'stale-revision') || isProblem(error, 'wrong-state')) && attempt < races;
        if (isProblem(error, 'no-checkpoint')) return null;
        if (!raced) throw error;
        await this.#parts.trees.reachHead(reachMs);
      }
    }
  }

  /** Witnesses are asked as soon as a head is signed: an export waits a moment for them. */
  async #cosigned(tree: string, size: number | null): Promise<Signed | null> {
    const wanted = this.#parts.mirrors.witnesses;
    const end = performance.now() + cosignMs;
    for (;;) {
      const signed = await this.#parts.trees.reading(tree, (_reader, db) => signedAt(db, tree, size));
      if (signed === null || signed.witnesses.length >= wanted || performance.now() >= end) return signed;
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  }

  async #contradiction(tree: string, size: number, detail: string): Promise<ProblemError> {
    await this.#parts.trees.keepFinding(tree, size, detail);
    return new ProblemError('tree-inconsistent', detail);
  }
}
