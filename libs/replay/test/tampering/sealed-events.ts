import { hash } from 'node:crypto';
import { positionText, type RecordedEvent } from '@interlock/kernel';
import {
  checkpointText,
  correlationOf,
  entriesLine,
  entriesPerLine,
  entryLeaf,
  eventLine,
  Frontier,
  inclusionProof,
  isProvable,
  LogEntries,
  leftOutLine,
  namedBy,
  namedLine,
  nameOfSystemEvent,
  noteOf,
  partsProof,
  runsBetween,
  sealLine,
  signerKey,
  signText,
  subtreesOf,
  tenantKeysLine,
  tenantPath,
  tenantsHead,
  tenantsText,
  toBase64,
  verifierText,
  type ExportFilter,
  type Hash,
  type KeyChain,
  type LeafEntry,
  type LogCut,
  type NodeReader,
  type Runs,
  type SignerKey,
  type TenantHead,
} from '@interlock/tree';
import type { KnownCheckpoint, LogSource } from '@interlock/verify';

export const origin = 'log.example';
export const seed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
export const logKey = signerKey(origin, 'note', seed(1));
export const foreignKey = signerKey(origin, 'note', seed(9));
export const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');

/** A tree of which every node is kept. */
class KeptTree {
  readonly #nodes = new Map<string, Hash>();
  readonly frontier = new Frontier();
  readonly read: NodeReader = (level, index) => this.#nodes.get(`${level} ${index}`)!;

  append(leaf: Hash): void {
    this.frontier.append(leaf, (level, index, node) => this.#nodes.set(`${level} ${index}`, node));
  }
}

export type Signing = {
  readonly signer: SignerKey;
  readonly chain: KeyChain;
  /** Further signature lines of the checkpoint, over its text. */
  readonly countersign?: (text: string) => readonly string[];
};
export const signedBy = (signer: SignerKey, first = signer): Signing => ({
  signer,
  chain: { first: verifierText(first), rotations: [] },
});

/** Which part of a log a file has, and what its seal says. */
export type Part = {
  /** null: the whole log. */
  readonly tenant: string | null;
  readonly filter: ExportFilter;
  /** The leaves in the file, where they are not those of the filter. */
  readonly runs?: Runs;
};

/** A file in its parts, so that each can be altered. */
export type SealedFile = {
  readonly lines: readonly string[];
  readonly seal: readonly string[];
};
export const textOf = ({ lines, seal }: SealedFile): string => `${[...lines, ...seal].join('\n')}\n`;
/** A verifier opens a file more than once, and its text is long. */
const opened = (text: string): Pick<LogSource, 'open'> => {
  let bytes: Buffer | undefined;
  return {
    async *open() {
      bytes ??= Buffer.from(text);
      yield await Promise.resolve(bytes);
    },
  };
};
export const sourceOf = (text: string, name = 'log.ndjson'): LogSource => ({
  name,
  ...opened(text),
});

export const runsOf = (leaves: readonly number[]): Runs =>
  leaves.reduce<[number, number][]>((runs, leaf) => {
    const run = runs.at(-1);
    if (run !== undefined && run[0] + run[1] === leaf) run[1] += 1;
    else runs.push([leaf, 1]);
    return runs;
  }, []);

/** Lies of a signer: other entries than those of the events, or leaves in another tree. */
export type Lies = {
  readonly entry?: (entry: LeafEntry, leaf: number) => LeafEntry;
  /** The tenant whose tree the leaf is in; null for none. */
  readonly tree?: (entry: LeafEntry, leaf: number) => string | null;
};

const known = new WeakMap<RecordedEvent, string>();
/** The line of an event, made once: altered logs share most of their events. */
const lineOf = (event: RecordedEvent): string => {
  // A string made of parts is put together at each use; one that was decoded is of one piece.
  const line = known.get(event) ?? Buffer.from(eventLine(event)).toString();
  known.set(event, line);
  return line;
};

/** A whole log's events with the trees over them, as the audit service signs them. */
export class SealedEvents {
  readonly lines: readonly string[];
  readonly entries: readonly LeafEntry[];
  readonly #whole = new KeptTree();
  readonly #tenants = new Map<string, KeptTree>();
  /** By tenant, which leaves of the whole log its leaves are. */
  readonly #places = new Map<string, number[]>();
  readonly #made = new LogEntries(sha256);

  constructor(
    readonly events: readonly RecordedEvent[],
    { entry = (one) => one, tree = ({ tenant }) => tenant }: Lies = {},
  ) {
    this.lines = events.map(lineOf);
    this.entries = events.map((event, leaf) => entry(this.#made.take(event), leaf));
    for (const [leaf, one] of this.entries.entries()) {
      const hashed = entryLeaf(one);
      this.#whole.append(hashed);
      const tenant = tree(one, leaf);
      if (tenant === null) continue;
      const own = this.#tenants.get(tenant) ?? new KeptTree();
      this.#tenants.set(tenant, own);
      own.append(hashed);
      this.#places.set(tenant, [...(this.#places.get(tenant) ?? []), leaf]);
    }
  }

  get size(): number {
    return this.events.length;
  }

  #heads(): readonly TenantHead[] {
    return [...this.#tenants.keys()].sort().map((tenant) => {
      const { frontier } = this.#tenants.get(tenant)!;
      return { tenant, size: frontier.size, root: toBase64(frontier.root()) };
    });
  }

  note({ signer, countersign }: Signing): string {
    const root = this.#whole.frontier.root();
    const text = checkpointText({ origin, size: this.size, root, tenants: tenantsHead(this.#heads()) });
    return noteOf(text, [signText(text, signer), ...(countersign?.(text) ?? [])]);
  }

  /** The checkpoint over the first leaves, as a mirror keeps it. */
  mirrored(size: number, signing: Signing): KnownCheckpoint {
    const first = new SealedEvents(this.events.slice(0, size));
    return {
      name: `mirror ${size}`,
      note: first.note(signing),
      tenants: tenantsText(first.#heads()),
      ofMany: true,
    };
  }

  /** The record of a cut of leaves of a tenant's tree, as the audit service writes it. */
  async cut(tenant: string, runs: Runs, signing: Signing): Promise<LogCut> {
    const places = this.#places.get(tenant)!;
    const leaves = runs.flatMap(([first, count]) => places.slice(first, first + count));
    const cut = leaves.map((leaf) => this.events[leaf]!);
    const path = (await tenantPath(this.#heads(), tenant))!;
    const { read } = this.#tenants.get(tenant)!;
    return {
      cut_id: `cut-${runs.join('-')}`,
      origin,
      before: '2030-01-01T00:00:00.000Z',
      streams: [...new Set(cut.map(({ stream }) => stream))].map((stream) => ({
        stream,
        from: '0',
        until: '99',
      })),
      events: leaves.length,
      bytes: leaves.reduce((sum, leaf) => sum + this.lines[leaf]!.length, 0),
      from: cut[0]!.created,
      to: cut.at(-1)!.created,
      last_position: positionText(cut.at(-1)!.position),
      last_leaf: leaves.at(-1)!,
      runs,
      nodes: await Promise.all(
        runs
          .flatMap(subtreesOf)
          .map(async ([start, end]) => toBase64(await read(Math.log2(end - start), start / (end - start)))),
      ),
      location: 's3://archive/',
      segments: [{ first: 0, count: this.size, manifest_sha256: 'a'.repeat(64) }],
      checkpoint: this.note(signing),
      tenant: { ...path, path: path.path.map(toBase64) },
    };
  }

  async file({ tenant, filter, runs: given }: Part, signing: Signing): Promise<SealedFile> {
    const places = tenant === null ? this.events.map((_, leaf) => leaf) : (this.#places.get(tenant) ?? []);
    const tree = tenant === null ? this.#whole : this.#tenants.get(tenant)!;
    const runs = given ?? runsOf(places.flatMap((leaf, index) => (this.#isIn(leaf, filter) ? [index] : [])));
    const leavesOf = (of: Runs): readonly number[] =>
      of.flatMap(([first, count]) => places.slice(first, first + count));
    const leaves = leavesOf(runs);
    const entriesOf = (of: readonly number[]): readonly LeafEntry[] => of.map((leaf) => this.entries[leaf]!);
    const own = entriesOf(leaves);
    const left = isProvable(filter) ? entriesOf(leavesOf(runsBetween(runs, places.length))) : [];
    const parted = (entries: readonly LeafEntry[], line: typeof entriesLine): readonly string[] =>
      Array.from({ length: Math.ceil(entries.length / entriesPerLine) }, (_, i) =>
        line(entries.slice(i * entriesPerLine, (i + 1) * entriesPerLine)),
      );
    return {
      lines: leaves.map((leaf) => this.lines[leaf]!),
      seal: [
        tenantKeysLine(this.#made.keysOf(new Set(own.map((entry) => entry.tenant)))),
        ...parted(own, entriesLine),
        ...parted(left, leftOutLine),
        ...(tenant === null || tenant === '_system' ? [] : await this.#named(leaves)),
        sealLine({
          filter,
          runs,
          proof: await partsProof(tree.read, runs, places.length),
          tenant: tenant === null ? null : await tenantPath(this.#heads(), tenant),
          checkpoint: this.note(signing),
          keys: signing.chain,
        }),
      ],
    };
  }

  #isIn(leaf: number, { categories, correlation, stream, limit }: ExportFilter): boolean {
    return (
      categories?.includes(this.entries[leaf]!.category) !== false &&
      (correlation === undefined || correlationOf(this.events[leaf]!) === correlation) &&
      (stream === undefined || this.events[leaf]!.stream === stream) &&
      (limit === undefined || leaf < limit)
    );
  }

  #named(leaves: readonly number[]): Promise<readonly string[]> {
    const names = new Set(leaves.flatMap((leaf) => namedBy(this.events[leaf]!).map(({ name }) => name)));
    return Promise.all(
      this.events.flatMap((event, index) => {
        const name = nameOfSystemEvent(event);
        if (name === null || !names.has(name)) return [];
        const entry = this.entries[index]!;
        return [
          inclusionProof(this.#whole.read, index, this.size).then((path) =>
            namedLine({ event: this.lines[index]!, entry, index, path }),
          ),
        ];
      }),
    );
  }
}
