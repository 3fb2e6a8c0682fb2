import {
  checkpointText,
  consistencyProof,
  entriesLine,
  entriesPerLine,
  entryLeaf,
  eventLine,
  Frontier,
  LeafLedger,
  LogEntries,
  noteOf,
  partsProof,
  readExportedLine,
  sealLine,
  signerKey,
  signText,
  tenantKeysLine,
  tenantPath,
  tenantsHead,
  tenantsText,
  toBase64,
  verifierText,
  type Hash,
  type LeafEntry,
  type Runs,
  type SignerKey,
  type TenantHead,
} from '@interlock/tree';

export const logKey = signerKey('log.example', 'note', new Uint8Array(32).fill(1));

/** A log's events as the audit service seals them. With the origin of a tenant's tree it is a log that has no other tenant's events. */
export class Sealing {
  readonly lines: readonly string[];
  readonly #entries: readonly LeafEntry[];
  readonly #made = new LogEntries();
  readonly #nodes = new Map<string, Hash>();
  readonly #roots: Hash[] = [];
  readonly #heads: (readonly TenantHead[])[] = [[]];
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
    this.lines = events.map(eventLine);
    this.#entries = events.map((event) => this.#made.take(event));
    const frontier = new Frontier();
    const ledger = new LeafLedger();
    this.#roots.push(frontier.root());
    for (const entry of this.#entries) {
      ledger.take(entry);
      frontier.append(entryLeaf(entry), (level, index, hash) => {
        this.#nodes.set(`${level} ${index}`, hash);
      });
      this.#roots.push(frontier.root());
      this.#heads.push(ledger.heads());
    }
  }

  checkpoint(size = this.lines.length, witnesses: readonly SignerKey[] = []): string {
    const text = checkpointText({
      origin: this.#name,
      size,
      root: this.#roots[size]!,
      tenants: tenantsHead(this.#heads[size]!),
    });
    return noteOf(text, [
      signText(text, this.key),
      ...witnesses.map((witness) => signText(text, witness, 1_700_000_000)),
    ]);
  }

  /** The list of tenants that a mirror keeps beside a checkpoint. */
  tenants(size = this.lines.length): string {
    return tenantsText(this.#heads[size]!);
  }

  /** Lines of the proof that the tree of `to` leaves begins with that of `from`. */
  async consistency(from: number, to: number): Promise<readonly string[]> {
    return (await consistencyProof((level, index) => this.#nodes.get(`${level} ${index}`)!, from, to)).map(
      toBase64,
    );
  }

  async export(runs: Runs = [[0, this.lines.length]], size = this.lines.length): Promise<string> {
    const places = runs.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i));
    const entries = places.map((place) => this.#entries[place]!);
    const seals: string[] = [tenantKeysLine(this.#made.keysOf(new Set(entries.map(({ tenant }) => tenant))))];
    for (let at = 0; at < entries.length; at += entriesPerLine)
      seals.push(entriesLine(entries.slice(at, at + entriesPerLine)));
    const proof = await partsProof((level, index) => this.#nodes.get(`${level} ${index}`)!, runs, size);
    seals.push(
      sealLine({
        runs,
        proof,
        tenant: this.#tenant === undefined ? null : await tenantPath(this.#heads[size]!, this.#tenant),
        checkpoint: this.checkpoint(size),
        keys: { first: verifierText(this.key), rotations: [] },
      }),
    );
    return `${[...places.map((place) => this.lines[place]!), ...seals].join('\n')}\n`;
  }
}
