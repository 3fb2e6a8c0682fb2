import {
  collect,
  type EventStore,
  type EventToAppend,
  type InMemoryEventStore,
  type Position,
  type RecordedEvent,
  testMetadata,
} from '@interlock/kernel';
import {
  checkpointText,
  entryLeaf,
  Frontier,
  LogEntries,
  noteOf,
  rotationNote,
  signerKey,
  signText,
  verifierText,
  type Hash,
  type KeyChain,
  type LeafEntry,
  type SignerKey,
  type TenantKeys,
  type VerifierKey,
} from '@interlock/tree';
import type { LogTree } from '../../src/archive/log-tree.js';

const seedOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);

/** The tree over a log, in memory: what `audit` keeps in Postgres. */
export class MemoryTree implements LogTree {
  #frontier = new Frontier();
  readonly #nodes: Hash[][] = [];
  readonly #positions: Position[] = [];
  readonly #made = new LogEntries();
  readonly #entries: LeafEntry[] = [];
  #keys: SignerKey[];
  #rotations: string[] = [];
  #note: { note: string; size: number } | null = null;

  constructor(
    readonly origin = 'interlock.local/tree',
    seed = 1,
  ) {
    this.#keys = [signerKey(origin, 'note', seedOf(seed))];
  }

  /**
   * Takes in what the log has more, and signs a checkpoint over it (or over its first `size`
   * leaves, where named).
   */
  async follow(log: Pick<EventStore, 'readAll'>, size = Infinity): Promise<void> {
    for (const event of (await collect(log.readAll())).slice(this.#frontier.size, size)) this.#take(event);
    const text = checkpointText({
      origin: this.origin,
      size: this.#frontier.size,
      root: this.#frontier.root(),
      tenants: { size: 1, root: seedOf(15) },
    });
    this.#note = { note: noteOf(text, [signText(text, this.#keys.at(-1)!)]), size: this.#frontier.size };
  }

  rotate(seed: number): void {
    const next = signerKey(this.origin, 'note', seedOf(seed));
    this.#rotations.push(rotationNote(this.#keys.at(-1)!, next));
    this.#keys.push(next);
  }

  /** What an auditor has pinned. */
  get known(): readonly VerifierKey[] {
    return [this.#keys[0]!];
  }

  get size(): number {
    return this.#frontier.size;
  }

  checkpoint(): Promise<{ note: string; size: number } | null> {
    return Promise.resolve(this.#note);
  }

  readonly node = (level: number, index: number): Hash => {
    const hash = this.#nodes[level]?.[index];
    if (hash === undefined) throw new Error(`the tree has no node ${level}/${index}`);
    return hash;
  };

  position(leaf: number): Promise<Position> {
    const position = this.#positions[leaf];
    return position === undefined
      ? Promise.reject(new Error(`the tree has no leaf ${leaf}`))
      : Promise.resolve(position);
  }

  entries(first: number, count: number): Promise<readonly LeafEntry[]> {
    return Promise.resolve(this.#entries.slice(first, first + count));
  }

  tenantKeys(tenants: readonly string[]): Promise<TenantKeys> {
    return Promise.resolve(this.#made.keysOf(tenants));
  }

  keys(): Promise<KeyChain> {
    return Promise.resolve({ first: verifierText(this.#keys[0]!), rotations: this.#rotations });
  }

  #take(event: RecordedEvent): void {
    this.#positions.push(event.position);
    const entry = this.#made.take(event);
    this.#entries.push(entry);
    this.#frontier.append(entryLeaf(entry), (level, index, hash) => {
      (this.#nodes[level] ??= [])[index] = hash;
    });
  }
}

let serial = 0;
export const testEvent = (n: number, text = 'something happened'): EventToAppend => {
  serial += 1;
  return {
    id: `00000000-0000-4000-8000-${`${serial}`.padStart(12, '0')}`,
    type: 'SomethingHappened',
    data: { n, text },
    metadata: testMetadata(),
  };
};

/** So many events more, over a few streams. */
export const grow = async (log: InMemoryEventStore, count: number): Promise<void> => {
  for (let i = 0; i < count; i += 1) await log.append(`action-demo:${i % 7}`, [testEvent(i)], 'any');
};
