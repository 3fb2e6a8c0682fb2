import { contentHash, type EventMetadata, type RecordedEvent } from '@interlock/kernel';
import {
  checkpointText,
  eventLine,
  Frontier,
  hashesLine,
  hashesPerLine,
  leafHash,
  noteOf,
  parseSealLine,
  parseVerifier,
  partsProof,
  rotationNote,
  sealLine,
  signerKey,
  signText,
  toBase64,
  verifierText,
  type Hash,
  type KeyChain,
  type NodeReader,
  type Runs,
  type Seal,
  type SignerKey,
} from '@interlock/tree';
import { verifyLog, type LogSource, type Verification, type VerifyOptions } from '../src/index.js';

export const seed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
export const logKey = signerKey('log.example', 'note', seed(1));
export const nextKey = signerKey('log.example', 'note', seed(2));

const uuid = (n: number): string =>
  `${contentHash({ n }).slice(0, 8)}-0000-5000-8000-${n.toString(16).padStart(12, '0')}`;

/** A log in memory that publishes its own checkpoints and seals exports of itself, as the audit service does. */
export class SealedLog {
  readonly events: RecordedEvent[] = [];
  readonly lines: string[] = [];
  readonly #nodes = new Map<string, Hash>();
  readonly #frontier = new Frontier();
  readonly #roots: Hash[] = [this.#frontier.root()];
  readonly #revisions = new Map<string, bigint>();

  constructor(
    readonly origin = 'log.example',
    private signer: SignerKey = logKey,
    private chain: KeyChain = { first: verifierText(signer), rotations: [] },
  ) {}

  readonly read: NodeReader = (level, index) => this.#nodes.get(`${level} ${index}`)!;

  get size(): number {
    return this.events.length;
  }

  get key(): string {
    return verifierText(this.signer);
  }

  append(stream: string, type: string, data: object, over: Partial<RecordedEvent> = {}): this {
    const n = this.size;
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
      },
      ...over,
    };
    this.#revisions.set(stream, event.revision);
    this.events.push(event);
    this.lines.push(eventLine(event));
    this.#frontier.append(leafHash(new TextEncoder().encode(this.lines.at(-1)!)), (level, index, hash) => {
      this.#nodes.set(`${level} ${index}`, hash);
    });
    this.#roots.push(this.#frontier.root());
    return this;
  }

  rotate(to: SignerKey): void {
    this.chain = { ...this.chain, rotations: [...this.chain.rotations, rotationNote(this.signer, to)] };
    this.signer = to;
  }

  /** The signed note of the tree's first leaves, with the cosignatures of `by`. */
  checkpoint(size = this.size, witnesses: readonly SignerKey[] = [], atSeconds = 1_700_000_000): string {
    const text = checkpointText({ origin: this.origin, size, root: this.#roots[size]! });
    return noteOf(text, [
      signText(text, this.signer),
      ...witnesses.map((key) => signText(text, key, atSeconds)),
    ]);
  }

  publish(): this {
    const stream =
      this.origin === 'log.example'
        ? 'checkpoint-_system:log'
        : `checkpoint-${this.origin.slice('log.example/'.length)}:log`;
    return this.append(stream, 'CheckpointPublished', {
      origin: this.origin,
      tree_size: this.size,
      root_hash: toBase64(this.#roots[this.size]!),
      position: String(this.events.at(-1)!.position.commit),
      note: this.checkpoint(),
    });
  }

  seal(runs: Runs, size = this.size, witnesses: readonly SignerKey[] = []): Promise<string> {
    return this.#seal(runs, size, witnesses);
  }

  async #seal(runs: Runs, size: number, witnesses: readonly SignerKey[]): Promise<string> {
    const hashes = runs.flatMap(([first, count]) =>
      Array.from({ length: count }, (_, i) => this.#nodes.get(`0 ${first + i}`)!),
    );
    const lines: string[] = [];
    for (let at = 0; at < hashes.length; at += hashesPerLine)
      lines.push(hashesLine(hashes.slice(at, at + hashesPerLine)));
    // Smaller trees have the same complete subtrees, so the reader serves every size.
    lines.push(
      sealLine({
        runs,
        proof: await partsProof(this.read, runs, size),
        checkpoint: this.checkpoint(size, witnesses),
        keys: this.chain,
      }),
    );
    return `${lines.join('\n')}\n`;
  }

  /** A sealed export of these runs of the log, which are the whole log unless the caller names others. */
  async export(
    runs: Runs = this.size === 0 ? [] : [[0, this.size]],
    size = this.size,
    witnesses: readonly SignerKey[] = [],
  ): Promise<string> {
    const lines = runs.flatMap(([first, count]) => this.lines.slice(first, first + count));
    return `${lines.map((line) => `${line}\n`).join('')}${await this.#seal(runs, size, witnesses)}`;
  }
}

/** A small log of several streams, with its checkpoints in it; `terse` without metadata. */
export const smallLog = (events = 30, origin = 'log.example', terse = false): SealedLog => {
  const log = new SealedLog(origin);
  const over = terse ? { metadata: {} as EventMetadata } : {};
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
