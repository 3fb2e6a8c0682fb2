import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import {
  collect,
  isProblem,
  positionText,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import { sameHash, tileWidth, wholeTree, type Hash, type LeafEntry } from '@interlock/tree';
import { EVENT_STORE, gaugeOf, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { entriesAt } from './entry-rows.js';
import { hashOfLine, isEntryOf, leafOfEntry } from './fast-hash.js';
import { ARCHIVED, type Archived } from '../archive/archived-log.js';
import { RecordedCuts } from '../cuts/recorded-cuts.js';
import { Scavenged } from '../archive/scavenged.js';
import { LeafCursor } from './leaf-cursor.js';
import { AuditConfig } from '../config.js';
import { Trees } from './trees.js';

type ScrubParts = {
  readonly trees: Trees;
  readonly store: EventStore;
  readonly archived: Archived | null;
  readonly everyMs: number;
  readonly context: Pick<ServiceContext, 'logger' | 'metrics' | 'service'>;
};

const pageSize = 1000;
/** It rests four times as long as it works. */
const rest = 4;
const retryMs = 10_000;

/**
 * Regularly reads the whole log and compares each event with its leaf. So a later change of the log
 * is found without a request. A missing event is accepted if the archive holds it as its leaf
 * states. Without an archive, it is accepted if a recorded cut has the tree's hashes.
 */
@Injectable()
export class LogScrub {
  readonly #parts: ScrubParts;
  readonly #stopped = new AbortController();
  #tile:
    | { readonly place: number; readonly hashes: Uint8Array; readonly entries: readonly LeafEntry[] }
    | undefined;
  #running: Promise<void> = Promise.resolve();
  #cuts: RecordedCuts;

  constructor(
    trees: Trees,
    @Inject(EVENT_STORE) store: EventStore,
    @Inject(ARCHIVED) archived: Archived | null,
    { AUDIT_SCRUB_HOURS }: AuditConfig,
    @Inject(SERVICE_CONTEXT) context: ServiceContext,
  ) {
    this.#parts = { trees, store, archived, everyMs: AUDIT_SCRUB_HOURS * 3_600_000, context };
    this.#cuts = new RecordedCuts(trees, store);
  }

  start(): void {
    if (this.#parts.everyMs > 0) this.#running = this.#forEver();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #forEver(): Promise<void> {
    const {
      everyMs,
      context: { logger },
    } = this.#parts;
    while (!this.#stopped.signal.aborted) {
      let pause = everyMs;
      try {
        const agrees = this.#parts.trees.runner.state() === 'following' ? await this.#scrub() : null;
        if (agrees === null) pause = Math.min(everyMs, retryMs / 10);
      } catch (error) {
        logger.warn({ err: error }, 'the log could not be compared with its tree; retrying soon');
        pause = Math.min(everyMs, retryMs);
      }
      await this.#pause(pause);
    }
  }

  /**
   * Returns true if every event matches its leaf, false if one does not, null if the scrub was
   * interrupted.
   */
  async #scrub(): Promise<boolean | null> {
    const scavenged = this.#parts.archived === null ? null : new Scavenged(this.#parts.archived);
    this.#cuts = new RecordedCuts(this.#parts.trees, this.#parts.store);
    this.#tile = undefined;
    try {
      return await this.#pass(scavenged);
    } finally {
      await scavenged?.close();
    }
  }

  async #pass(scavenged: Scavenged | null): Promise<boolean | null> {
    const {
      trees,
      store,
      context: { metrics, service },
    } = this.#parts;
    const { size } = await trees.readingAll((db) => trees.head(db));
    const cursor = new LeafCursor(trees, wholeTree);
    let after: Position | null = null;
    for (let next = 0; next < size;) {
      const began = performance.now();
      const page: readonly RecordedEvent[] = await collect(store.readAll({ after, limit: pageSize }));
      for (const event of page) {
        if (next >= size) break;
        const leaf = await cursor.at(event.position);
        const at = `position ${positionText(event.position)}`;
        if (leaf === null) return this.#contradicts(size, `the event at ${at} is not a leaf`);
        const missing = await this.#missing(scavenged, next, Math.min(leaf.index, size));
        if (missing !== null)
          return this.#contradicts(size, `the log lacks an event before ${at}: leaf ${missing} of the tree`);
        if (
          leaf.entry === null ||
          !isEntryOf(leaf.entry, event) ||
          !sameHash(leafOfEntry(leaf.entry), leaf.hash)
        )
          return this.#contradicts(size, `the event at ${at} is not what its leaf was made of`);
        next = leaf.index + 1;
        after = event.position;
      }
      if (page.length === 0) {
        const missing = await this.#missing(scavenged, next, size);
        if (missing !== null)
          return this.#contradicts(size, `the log ends before leaf ${missing} of the tree`);
        next = size;
      }
      await this.#pause(rest * (performance.now() - began));
      if (this.#stopped.signal.aborted) return null;
    }
    gaugeOf(metrics, 'audit_scrubbed_timestamp_seconds').set({ service }, Date.now() / 1000);
    return true;
  }

  /**
   * Returns the first leaf of a range that the archive does not hold as made; null if it holds all.
   * Throws if the archive does not answer.
   */
  async #missing(scavenged: Scavenged | null, from: number, to: number): Promise<number | null> {
    for (let index = from; index < to; index += 1) {
      // Without an archive, the recorded cuts tell which leaves are missing.
      if (scavenged === null && (await this.#cuts.has(wholeTree, index))) continue;
      const leaf =
        (await scavenged?.at(index).catch((error: unknown) => {
          if (isProblem(error, 'archive-contradicted')) return null;
          throw error;
        })) ?? null;
      const { entry, hash } = await this.#leaf(index);
      if (leaf === null || entry?.event_hash !== hashOfLine(leaf.line) || !sameHash(leafOfEntry(entry), hash))
        return index;
      if (this.#stopped.signal.aborted) return null;
    }
    return null;
  }

  async #leaf(index: number): Promise<{ readonly entry: LeafEntry | undefined; readonly hash: Hash }> {
    const place = Math.floor(index / tileWidth);
    if (this.#tile?.place !== place)
      this.#tile = await this.#parts.trees.reading(wholeTree, async (reader, db) => ({
        place,
        hashes: await reader.tile(0, place),
        entries: await entriesAt(db, place),
      }));
    const { hashes, entries } = this.#tile;
    const at = index % tileWidth;
    return { entry: entries[at], hash: hashes.subarray(at * 32, (at + 1) * 32) };
  }

  async #contradicts(size: number, detail: string): Promise<false> {
    await this.#parts.trees.keepFinding(size, detail);
    return false;
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#stopped.signal, ref: false }).catch(() => undefined);
  }
}
