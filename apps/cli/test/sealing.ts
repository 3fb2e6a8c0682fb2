import {
  consistencyProof,
  eventLine,
  Frontier,
  hashesLine,
  hashesPerLine,
  checkpointText,
  leafHash,
  noteOf,
  partsProof,
  readExportedLine,
  sealLine,
  signerKey,
  signText,
  toBase64,
  verifierText,
  type Hash,
  type Runs,
  type SignerKey,
} from '@interlock/tree';

export const logKey = signerKey('log.example', 'note', new Uint8Array(32).fill(1));

/** A log's events as the audit service seals them, of one tenant's tree. */
export class Sealing {
  readonly lines: readonly string[];
  readonly #nodes = new Map<string, Hash>();
  readonly #roots: Hash[] = [];

  constructor(
    exported: readonly string[],
    readonly origin = 'log.example/demo',
    private readonly key = logKey,
  ) {
    this.lines = exported.map((line) => {
      const read = readExportedLine(line);
      if ('fault' in read) throw new Error(read.fault);
      return eventLine(read.event);
    });
    const frontier = new Frontier();
    this.#roots.push(frontier.root());
    for (const line of this.lines) {
      frontier.append(leafHash(Buffer.from(line)), (level, index, hash) => {
        this.#nodes.set(`${level} ${index}`, hash);
      });
      this.#roots.push(frontier.root());
    }
  }

  checkpoint(size = this.lines.length, witnesses: readonly SignerKey[] = []): string {
    const text = checkpointText({ origin: this.origin, size, root: this.#roots[size]! });
    return noteOf(text, [
      signText(text, this.key),
      ...witnesses.map((witness) => signText(text, witness, 1_700_000_000)),
    ]);
  }

  /** Lines of the proof that the tree of `to` leaves begins with that of `from`. */
  async consistency(from: number, to: number): Promise<readonly string[]> {
    return (await consistencyProof((level, index) => this.#nodes.get(`${level} ${index}`)!, from, to)).map(
      toBase64,
    );
  }

  async export(runs: Runs = [[0, this.lines.length]], size = this.lines.length): Promise<string> {
    const places = runs.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i));
    const hashes = places.map((place) => this.#nodes.get(`0 ${place}`)!);
    const seals: string[] = [];
    for (let at = 0; at < hashes.length; at += hashesPerLine)
      seals.push(hashesLine(hashes.slice(at, at + hashesPerLine)));
    const proof = await partsProof((level, index) => this.#nodes.get(`${level} ${index}`)!, runs, size);
    seals.push(
      sealLine({
        runs,
        proof,
        checkpoint: this.checkpoint(size),
        keys: { first: verifierText(this.key), rotations: [] },
      }),
    );
    return `${[...places.map((place) => this.lines[place]!), ...seals].join('\n')}\n`;
  }
}
