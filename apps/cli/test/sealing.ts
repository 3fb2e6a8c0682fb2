import { contentHash, testMetadata, type RecordedEvent } from '@interlock/kernel';
import { builtInActionTypes } from '@interlock/rails';
import {
  checkpointText,
  consistencyProof,
  entriesLine,
  entriesPerLine,
  entryLeaf,
  eventLine,
  Frontier,
  inclusionProof,
  isProvable,
  LeafLedger,
  leftOutLine,
  LogEntries,
  namedBy,
  namedLine,
  nameOfSystemEvent,
  noteOf,
  partsProof,
  readExportedLine,
  runsBetween,
  sealLine,
  signerKey,
  signText,
  tenantKeysLine,
  tenantPath,
  tenantsHead,
  tenantsText,
  toBase64,
  verifierText,
  type ExportFilter,
  type Hash,
  type LeafEntry,
  type NodeReader,
  type Runs,
  type SignerKey,
  type TenantHead,
} from '@interlock/tree';

export const logKey = signerKey('log.example', 'note', new Uint8Array(32).fill(1));

/** The events of `_system` that these refer to, which precede them in the log. */
const systemEvents = (events: readonly RecordedEvent[]): readonly RecordedEvent[] => {
  const streams = new Map(events.flatMap(namedBy).map(({ name, stream }) => [name, stream]));
  return [...streams].map(([name, stream], i) => {
    const type = builtInActionTypes.find((one) => name.endsWith(` ${contentHash(one)}`));
    return {
      stream,
      revision: BigInt([...streams.values()].slice(0, i).filter((one) => one === stream).length),
      position: { commit: BigInt(i + 1), prepare: BigInt(i + 1) },
      id: name.slice(name.lastIndexOf(' ') + 1),
      type: type === undefined ? 'ReleaseStarted' : 'ActionTypeRegistered',
      created: '2026-11-20T00:00:00.000Z',
      data: type === undefined ? {} : { action_type: type },
      metadata: testMetadata(),
    };
  });
};

/** A tree that keeps every node and every root. */
class Grown {
  readonly #nodes = new Map<string, Hash>();
  readonly roots: Hash[] = [];
  readonly read: NodeReader = (level, index) => this.#nodes.get(`${level} ${index}`)!;

  constructor(entries: readonly LeafEntry[]) {
    const frontier = new Frontier();
    this.roots.push(frontier.root());
    for (const entry of entries) {
      frontier.append(entryLeaf(entry), (level, index, hash) => this.#nodes.set(`${level} ${index}`, hash));
      this.roots.push(frontier.root());
    }
  }
}

/**
 * Seals a log's events like the audit service. With the origin of a tenant's tree they are the
 * tenant's, and the log begins with the events of `_system` that they refer to. Sizes count these
 * events.
 */
export class Sealing {
  readonly lines: readonly string[];
  readonly #system: readonly RecordedEvent[];
  readonly #entries: readonly LeafEntry[];
  readonly #made = new LogEntries();
  readonly #log: Grown;
  readonly #own: Grown;
  readonly #heads: (readonly TenantHead[])[] = [];
  readonly #name: string;
  readonly #tenant: string | undefined;

  constructor(
    exported: readonly string[],
    origin = 'log.example/demo',
    private readonly key = logKey,
  ) {
    const [name = '', tenant] = origin.split('/');
    this.#name = name;
    this.#tenant = tenant;
    const events = exported.map((line) => {
      const read = readExportedLine(line);
      if ('fault' in read) throw new Error(read.fault);
      return read.event;
    });
    this.#system = tenant === undefined ? [] : systemEvents(events);
    this.lines = events.map(eventLine);
    this.#entries = [...this.#system, ...events].map((event) => this.#made.take(event));
    const ledger = new LeafLedger();
    this.#heads.push(ledger.heads());
    for (const entry of this.#entries) {
      ledger.take(entry);
      this.#heads.push(ledger.heads());
    }
    this.#log = new Grown(this.#entries);
    this.#own = tenant === undefined ? this.#log : new Grown(this.#entries.slice(this.#system.length));
  }

  /** The log's number of leaves for a number of these events. */
  logSize(size = this.lines.length): number {
    return size + this.#system.length;
  }

  checkpoint(size = this.lines.length, witnesses: readonly SignerKey[] = []): string {
    const text = checkpointText({
      origin: this.#name,
      size: this.logSize(size),
      root: this.#log.roots[this.logSize(size)]!,
      tenants: tenantsHead(this.#heads[this.logSize(size)]!),
    });
    return noteOf(text, [
      signText(text, this.key),
      ...witnesses.map((witness) => signText(text, witness, 1_800_000_000)),
    ]);
  }

  /** The list of tenants that a mirror keeps beside a checkpoint. */
  tenants(size = this.lines.length): string {
    return tenantsText(this.#heads[this.logSize(size)]!);
  }

  /** Lines of the proof that the log's tree of `to` leaves extends that of `from`. */
  async consistency(from: number, to: number): Promise<readonly string[]> {
    return (await consistencyProof(this.#log.read, from, to)).map(toBase64);
  }

  /** `filter`: what the seal says that the export was asked for. */
  async export(
    runs: Runs = [[0, this.lines.length]],
    size = this.lines.length,
    filter?: ExportFilter,
  ): Promise<string> {
    const placesOf = (of: Runs): readonly number[] =>
      of.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i));
    const places = placesOf(runs);
    const lines = places.map((place) => this.lines[place]!);
    const entriesOf = (of: readonly number[]): readonly LeafEntry[] =>
      of.map((place) => this.#entries[place + this.#system.length]!);
    const entries = entriesOf(places);
    const seals: string[] = [tenantKeysLine(this.#made.keysOf(new Set(entries.map(({ tenant }) => tenant))))];
    for (let at = 0; at < entries.length; at += entriesPerLine)
      seals.push(entriesLine(entries.slice(at, at + entriesPerLine)));
    const left =
      filter !== undefined && isProvable(filter) ? entriesOf(placesOf(runsBetween(runs, size))) : [];
    for (let at = 0; at < left.length; at += entriesPerLine)
      seals.push(leftOutLine(left.slice(at, at + entriesPerLine)));
    seals.push(...(await this.#named(lines, this.logSize(size))));
    seals.push(
      sealLine({
        ...(filter === undefined ? {} : { filter }),
        runs,
        proof: await partsProof(this.#own.read, runs, size),
        tenant:
          this.#tenant === undefined
            ? null
            : await tenantPath(this.#heads[this.logSize(size)]!, this.#tenant),
        checkpoint: this.checkpoint(size),
        keys: { first: verifierText(this.key), rotations: [] },
      }),
    );
    return `${[...lines, ...seals].join('\n')}\n`;
  }

  async #named(lines: readonly string[], size: number): Promise<readonly string[]> {
    const names = new Set(
      lines.flatMap((line) => {
        const read = readExportedLine(line);
        return 'event' in read ? namedBy(read.event).map(({ name }) => name) : [];
      }),
    );
    const named = this.#system.flatMap((event, index) =>
      names.has(nameOfSystemEvent(event) ?? '') ? [{ event, index }] : [],
    );
    return Promise.all(
      named.map(async ({ event, index }) =>
        namedLine({
          event: eventLine(event),
          entry: this.#entries[index]!,
          index,
          path: await inclusionProof(this.#log.read, index, size),
        }),
      ),
    );
  }
}
