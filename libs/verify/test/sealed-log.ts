import { ownerOf } from '@interlock/contracts';
import { contentHash, type EventMetadata, type RecordedEvent } from '@interlock/kernel';
import {
  checkpointText,
  correlationHash,
  correlationOf,
  entriesLine,
  entriesPerLine,
  entryLeaf,
  entryOf,
  eventHash,
  eventLine,
  Frontier,
  inclusionProof,
  isProvable,
  leftOutLine,
  LogEntries,
  namedBy,
  namedLine,
  nameOfSystemEvent,
  noteOf,
  parseSealLine,
  parseVerifier,
  partsProof,
  readExportedLine,
  rotationNote,
  runsBetween,
  sealLine,
  signerKey,
  signText,
  tenantKey,
  tenantKeysLine,
  tenantOf,
  tenantPath,
  tenantsHead,
  tenantsText,
  toBase64,
  verifierText,
  type ExportFilter,
  type Hash,
  type KeyChain,
  type LeafEntry,
  type NamedEvent,
  type NodeReader,
  type Runs,
  type Seal,
  type SignerKey,
  type TenantHead,
} from '@interlock/tree';
import { verifyLog, type LogSource, type Verification, type VerifyOptions } from '../src/index.js';

export const seed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
export const logKey = signerKey('log.example', 'note', seed(1));
export const nextKey = signerKey('log.example', 'note', seed(2));

const uuid = (n: number): string =>
  `${contentHash({ n }).slice(0, 8)}-0000-5000-8000-${n.toString(16).padStart(12, '0')}`;
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A tree that grows, of which every node and every root is kept. */
class Grown {
  readonly #nodes = new Map<string, Hash>();
  readonly #frontier = new Frontier();
  readonly roots: Hash[] = [this.#frontier.root()];
  readonly read: NodeReader = (level, index) => this.#nodes.get(`${level} ${index}`)!;

  append(leaf: Hash): void {
    this.#frontier.append(leaf, (level, index, hash) => this.#nodes.set(`${level} ${index}`, hash));
    this.roots.push(this.#frontier.root());
  }
}

/** The entries of the leaves that lines of a whole log make, from its first event on. */
export const entriesOfLines = (lines: readonly string[]): LeafEntry[] => {
  const made = new LogEntries();
  return lines.map((line) => {
    const read = readExportedLine(line);
    if ('fault' in read) throw new Error(read.fault);
    return made.take(read.event);
  });
};

/**
 * A log in memory that publishes its own checkpoints and seals exports of itself, as the audit
 * service does. With an origin such as `log.example/demo` it is the tenant's part of the log
 * `log.example`: its events are leaves of the tenant's tree, and the checkpoints that it publishes
 * are leaves of the log's only.
 */
export class SealedLog {
  readonly events: RecordedEvent[] = [];
  readonly lines: string[] = [];
  readonly entries: LeafEntry[] = [];
  readonly #log = new Grown();
  /** Events of other tenants, in a log of which only one tenant's are kept. */
  readonly #others: (Omit<NamedEvent, 'event' | 'path'> & { readonly event: RecordedEvent })[] = [];
  readonly #own: Grown;
  /** The tenants' trees as they are signed, whatever indices their entries say. */
  readonly #trees = new Map<string, Frontier>();
  /**
   * Heads of the tenants at each size of the log, and the log's size at each size of the own tree.
   */
  readonly #heads: (readonly TenantHead[])[] = [[]];
  readonly #logSizes: number[] = [0];
  readonly #keys: { [tenant: string]: Uint8Array } = {};
  readonly #revisions = new Map<string, bigint>();
  readonly tenant: string | null;
  readonly #name: string;

  constructor(
    readonly origin = 'log.example',
    private signer: SignerKey = logKey,
    private chain: KeyChain = { first: verifierText(signer), rotations: [] },
  ) {
    const [name = '', tenant = null] = origin.startsWith('log.example/') ? origin.split('/') : [origin];
    this.#name = name;
    this.tenant = tenant;
    this.#own = tenant === null ? this.#log : new Grown();
  }

  get read(): NodeReader {
    return this.#own.read;
  }

  get size(): number {
    return this.events.length;
  }

  get key(): string {
    return verifierText(this.signer);
  }

  append(
    stream: string,
    type: string,
    data: object,
    over: Partial<RecordedEvent> = {},
    signed: Partial<LeafEntry> = {},
  ): this {
    this.#append(stream, type, data, over, { tenant: this.tenant ?? tenantOf(stream), ...signed });
    return this;
  }

  /** Appends an event of `_system` to the log, whoever's tree this one is. */
  appendSystem(stream: string, type: string, data: object, over: Partial<RecordedEvent> = {}): this {
    this.#append(stream, type, data, over, { tenant: '_system' });
    return this;
  }

  /** Appends an event whose leaf the signer gives to a tenant's tree, whatever its entry says. */
  appendTo(tenant: string, stream: string, type: string, data: object, signed: Partial<LeafEntry>): this {
    this.#append(stream, type, data, {}, { tenant: this.tenant ?? tenantOf(stream), ...signed }, tenant);
    return this;
  }

  /** Makes the entries of a whole log again from its lines, which somebody changed. */
  relist(): void {
    this.entries.splice(0, Infinity, ...entriesOfLines(this.lines));
  }

  /** The events of `_system` that events of the runs name, each with its proof. */
  async named(runs: Runs, size = this.size): Promise<readonly NamedEvent[]> {
    const names = new Set(
      runs.flatMap(([first, count]) =>
        this.events.slice(first, first + count).flatMap((event) => namedBy(event).map(({ name }) => name)),
      ),
    );
    const logSize = this.#logSizes[size]!;
    return Promise.all(
      this.#others
        .filter(({ event, index }) => index < logSize && names.has(nameOfSystemEvent(event) ?? ''))
        .map(async ({ event, entry, index }) => ({
          event: eventLine(event),
          entry,
          index,
          path: await inclusionProof(this.#log.read, index, logSize),
        })),
    );
  }

  /** `signed`: what the signer says in the entry; `tenant` is the one that it gives the leaf to. */
  #append(
    stream: string,
    type: string,
    data: object,
    over: Partial<RecordedEvent>,
    signed: Partial<LeafEntry> & Pick<LeafEntry, 'tenant'>,
    tenant = signed.tenant,
  ): void {
    const n = this.#heads.length - 1;
    const revision = (this.#revisions.get(stream) ?? -1n) + 1n;
    const position = BigInt(n * 3 + 5);
    const event: RecordedEvent = {
      stream,
      revision,
      position: { commit: position, prepare: position },
      id: uuid(n),
      type,
      created: new Date(Date.UTC(2026, 10, 20) + n * 1000).toISOString(),
      data,
      metadata: {
        $correlationId: uuid(n),
        $causationId: uuid(n),
        tenant_id: 'demo',
        actor: { kind: 'service', service: 'test' },
        schema_version: 1,
        occurred_at: '2026-11-20T00:00:00.000Z',
        command_id: uuid(n),
        writer: ownerOf(stream) ?? 'test',
      },
      ...over,
    };
    this.#revisions.set(stream, event.revision);
    const line = eventLine(event);
    const key = (this.#keys[signed.tenant] ??= tenantKey(bytesOf(line)));
    const index = this.#heads[n]!.find((head) => head.tenant === tenant)?.size ?? 0;
    const correlation = correlationHash(key, correlationOf(event));
    const entry = { ...entryOf(event, index, eventHash(bytesOf(line)), correlation), ...signed };
    const leaf = entryLeaf(entry);
    this.#log.append(leaf);
    const tree = this.#trees.get(tenant) ?? new Frontier();
    this.#trees.set(tenant, tree);
    tree.append(leaf);
    const head = { tenant, size: tree.size, root: toBase64(tree.root()) };
    this.#heads.push(
      [...this.#heads[n]!.filter((one) => one.tenant !== tenant), head].sort((a, b) =>
        a.tenant < b.tenant ? -1 : 1,
      ),
    );
    if (this.tenant !== null && this.tenant !== tenant) {
      this.#others.push({ event, entry, index: n });
      return;
    }
    if (this.tenant !== null) this.#own.append(leaf);
    this.events.push(event);
    this.lines.push(line);
    this.entries.push(entry);
    this.#logSizes.push(n + 1);
  }

  rotate(to: SignerKey): void {
    this.chain = { ...this.chain, rotations: [...this.chain.rotations, rotationNote(this.signer, to)] };
    this.signer = to;
  }

  /** The signed note of the tree's first leaves, with the cosignatures of `by`. */
  checkpoint(size = this.size, witnesses: readonly SignerKey[] = [], atSeconds = 1_800_000_000): string {
    const logSize = this.#logSizes[size]!;
    const text = checkpointText({
      origin: this.#name,
      size: logSize,
      root: this.#log.roots[logSize]!,
      tenants: tenantsHead(this.#heads[logSize]!),
    });
    return noteOf(text, [
      signText(text, this.signer),
      ...witnesses.map((key) => signText(text, key, atSeconds)),
    ]);
  }

  /** The list of tenants that a mirror keeps beside the checkpoint of that size. */
  tenants(size = this.size): string {
    return tenantsText(this.#heads[this.#logSizes[size]!]!);
  }

  publish(): this {
    this.#append(
      'checkpoint-_system:log',
      'CheckpointPublished',
      {
        origin: this.#name,
        tree_size: this.#logSizes[this.size]!,
        root_hash: toBase64(this.#log.roots[this.#logSizes[this.size]!]!),
        position: String(this.events.at(-1)!.position.commit),
        note: this.checkpoint(),
      },
      {},
      { tenant: '_system' },
    );
    return this;
  }

  seal(runs: Runs, size = this.size, witnesses: readonly SignerKey[] = []): Promise<string> {
    return this.#seal(runs, size, witnesses);
  }

  async #seal(
    runs: Runs,
    size: number,
    witnesses: readonly SignerKey[],
    filter?: ExportFilter,
  ): Promise<string> {
    const entriesIn = (of: Runs): readonly LeafEntry[] =>
      of.flatMap(([first, count]) => this.entries.slice(first, first + count));
    const entries = entriesIn(runs);
    const tenants = new Set(entries.map(({ tenant }) => tenant));
    const lines = [
      tenantKeysLine(Object.fromEntries(Object.entries(this.#keys).filter(([name]) => tenants.has(name)))),
    ];
    for (let at = 0; at < entries.length; at += entriesPerLine)
      lines.push(entriesLine(entries.slice(at, at + entriesPerLine)));
    const left = filter !== undefined && isProvable(filter) ? entriesIn(runsBetween(runs, size)) : [];
    for (let at = 0; at < left.length; at += entriesPerLine)
      lines.push(leftOutLine(left.slice(at, at + entriesPerLine)));
    lines.push(...(await this.named(runs, size)).map(namedLine));
    // Smaller trees have the same complete subtrees, so the reader serves every size.
    lines.push(
      sealLine({
        ...(filter === undefined ? {} : { filter }),
        runs,
        proof: await partsProof(this.read, runs, size),
        tenant:
          this.tenant === null ? null : await tenantPath(this.#heads[this.#logSizes[size]!]!, this.tenant),
        checkpoint: this.checkpoint(size, witnesses),
        keys: this.chain,
      }),
    );
    return `${lines.join('\n')}\n`;
  }

  /**
   * A sealed export of these runs of the log, which are the whole log unless the caller names
   * others.
   */
  async export(
    runs: Runs = this.size === 0 ? [] : [[0, this.size]],
    size = this.size,
    witnesses: readonly SignerKey[] = [],
  ): Promise<string> {
    const lines = runs.flatMap(([first, count]) => this.lines.slice(first, first + count));
    return `${lines.map((line) => `${line}\n`).join('')}${await this.#seal(runs, size, witnesses)}`;
  }

  /** A sealed export by a filter, as the audit service makes it. */
  async exportOf(filter: ExportFilter, size = this.size): Promise<string> {
    const { stream, categories, correlation } = filter;
    const runs: [number, number][] = [];
    for (const [leaf, event] of this.events.slice(0, size).entries()) {
      if (stream !== undefined && event.stream !== stream) continue;
      if (categories?.includes(this.entries[leaf]!.category) === false) continue;
      if (correlation !== undefined && correlationOf(event) !== correlation) continue;
      const run = runs.at(-1);
      if (run !== undefined && run[0] + run[1] === leaf) run[1] += 1;
      else runs.push([leaf, 1]);
    }
    return this.sealed(runs, filter, size);
  }

  /** These leaves, with whatever filter their seal is to claim. */
  async sealed(runs: Runs, filter: ExportFilter, size = this.size): Promise<string> {
    const lines = runs.flatMap(([first, count]) => this.lines.slice(first, first + count));
    return `${lines.map((line) => `${line}\n`).join('')}${await this.#seal(runs, size, [], filter)}`;
  }
}

/**
 * A small log of several streams, with its checkpoints in it; `terse` with no metadata but the
 * writer.
 */
export const smallLog = (events = 30, origin = 'log.example', terse = false): SealedLog => {
  const log = new SealedLog(origin);
  const over = terse ? { metadata: { writer: 'safety-rails' } as EventMetadata } : {};
  const tenant = origin === 'log.example' ? 'demo' : origin.slice('log.example/'.length);
  for (let i = 0; log.size < events; i += 1) {
    log.append(
      `action-${tenant}:${i % 4}`,
      i % 3 === 0 ? 'ActionAccepted' : 'GateChecked',
      { n: i, text: i % 5 === 0 ? 'Zürich “a”\n' : 'x', ratio: i / 8 },
      over,
    );
    if (i % 9 === 8) log.publish();
  }
  return log;
};

/** A text or bytes as a file, in pieces of an odd length. */
export const source = (content: string | Uint8Array, name = 'log.ndjson', piece = 4099): LogSource => ({
  name,
  async *open() {
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
    for (let at = 0; at < bytes.length; at += piece)
      yield await Promise.resolve(bytes.subarray(at, at + piece));
  },
});

/** The key that an auditor knows. */
export const known = parseVerifier(verifierText(logKey))!;

export const verify = (
  content: string | readonly LogSource[],
  over: Partial<VerifyOptions> = {},
): Promise<Verification> =>
  verifyLog(typeof content === 'string' ? [source(content)] : content, { key: known, ...over });
export const kinds = ({ faults }: Verification): readonly string[] => faults.map(({ kind }) => kind);
export const linesOf = (text: string): string[] => text.slice(0, -1).split('\n');
export const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
export const sealOf = (text: string): Seal => (parseSealLine(linesOf(text).at(-1)!) as { seal: Seal }).seal;
export const withSeal = (text: string, change: (seal: Seal) => Seal): string =>
  joined(linesOf(text).with(-1, sealLine(change(sealOf(text)))));
