import {
  isCosigner,
  keyIdOf,
  noteOf,
  parseNote,
  parseSignatures,
  parseVerifier,
  toBase64,
  verifiedBy,
  type VerifierKey,
} from '@interlock/tree';
import { ProblemError } from '@interlock/kernel';
import { Contradiction, MirrorFailure, type Mirror, type SignedHead } from './mirror.js';

/** Keeps a cosignature of a witness. */
export type RecordCosignature = (head: SignedHead, witness: VerifierKey, line: string) => Promise<void>;

const timeoutMs = 10_000;
const largestAnswer = 64 * 1024;
const attempts = 3;
/** A note has at most 64 signatures, one of which is the log's. */
export const mostWitnesses = 63;
/** Seconds that a witness's clock may be ahead or behind. A later time contradicts no event. */
const aheadS = 86_400;
const behindS = 300;

export type WitnessAddress = { readonly key: VerifierKey; readonly url: string };

const refused = (detail: string): ProblemError =>
  new ProblemError('validation-failed', `the environment has 1 fault: AUDIT_WITNESSES ${detail}`, {
    remedy: 'set the named variable and start again',
  });

/** Parses `vkey url, vkey url`. Throws `validation-failed` naming the variable. */
export const parseWitnesses = (text: string): readonly WitnessAddress[] => {
  const addresses = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map(parseWitness);
  if (addresses.length > mostWitnesses)
    throw refused(`must be ${mostWitnesses} witnesses at most, as a checkpoint has no more signatures`);
  const twice = addresses.findIndex(
    ({ key }, place) => addresses.findIndex((other) => other.key.name === key.name) !== place,
  );
  if (twice >= 0)
    throw refused(`must be witnesses of different names; number ${twice + 1} has the name of one before it`);
  return addresses;
};

const parseWitness = (part: string, place: number): WitnessAddress => {
  const [vkey = '', url = '', ...rest] = part.split(/\s+/);
  const key = parseVerifier(vkey);
  if (
    key === undefined ||
    !isCosigner(key) ||
    !/^https?:\/\/[^\s/]/.test(url) ||
    !URL.canParse(url) ||
    rest.length > 0
  ) {
    throw refused(`must be verifier keys that cosign, each with a URL; number ${place + 1} is not`);
  }
  return { key, url: url.replace(/\/+$/, '') };
};

const readAnswer = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > largestAnswer) throw new MirrorFailure('the witness answers more than a witness does');
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString('utf8');
};

/**
 * Asks a witness to cosign (C2SP tlog-witness). The witness does so if the head extends every head
 * that it has seen of this log.
 */
export class WitnessMirror implements Mirror {
  readonly name: string;
  readonly once = true;
  /** The size that the witness last cosigned for each origin, as far as this instance knows. */
  readonly #sizes = new Map<string, number>();
  #cut = new AbortController();

  constructor(
    private readonly address: WitnessAddress,
    private readonly record: RecordCosignature,
  ) {
    this.name = `witness:${address.key.name}`;
  }

  cut(): void {
    this.#cut.abort();
    this.#cut = new AbortController();
  }

  async take(head: SignedHead): Promise<void> {
    const { origin, size } = head.checkpoint;
    if (head.witnesses.includes(this.address.key.name)) {
      this.#sizes.set(origin, size);
      return;
    }
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      const old = this.#sizes.get(origin) ?? 0;
      const { status, text } = await this.#ask(head, old);
      if (status === 200) {
        await this.record(head, this.address.key, this.#lineOf(head, text));
        this.#sizes.set(origin, size);
        return;
      }
      if (status !== 409) throw this.#refusal(status, size, old);
      const has = /^(?:0|[1-9]\d{0,15})\n?$/.test(text) ? Number(text) : undefined;
      if (old === size && (has ?? size) === size)
        throw new Contradiction(size, `the witness saw another tree of ${size} leaves`);
      if (has === undefined || has === old)
        throw new MirrorFailure('the witness refuses the size that it named');
      if (has > size) {
        const grown = await head.grownTo();
        if (has > grown)
          throw new Contradiction(has, `the witness saw ${has} leaves, which is more than the log has`);
        this.#sizes.set(origin, has);
        return;
      }
      this.#sizes.set(origin, has);
    }
    throw new MirrorFailure('the witness names another size each time');
  }

  #refusal(status: number, size: number, old: number): Error {
    switch (status) {
      case 403:
        return new MirrorFailure('the witness does not trust the key that signed');
      case 404:
        return new MirrorFailure('the witness does not know this log');
      // Every tree extends the empty one with an empty proof, so refusing that contradicts nothing.
      case 422:
        return old === 0
          ? new MirrorFailure('the witness refuses a tree that it never saw')
          : new Contradiction(
              size,
              old === size
                ? `the witness saw another tree of ${size} leaves`
                : `the tree of ${old} leaves that the witness saw is not the beginning of this one`,
            );
      case 507:
        return new MirrorFailure('the witness has no room for another tree');
      default:
        return new MirrorFailure(`the witness answered ${status}`, {
          everywhere: status >= 500 || status === 429,
        });
    }
  }

  async #ask(
    { checkpoint, note, proofFrom }: SignedHead,
    old: number,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const proof = await proofFrom(Math.min(old, checkpoint.size));
    try {
      const response = await fetch(`${this.address.url}/add-checkpoint`, {
        method: 'POST',
        body: `old ${old}\n${proof.map((hash) => `${toBase64(hash)}\n`).join('')}\n${note}`,
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        redirect: 'error',
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#cut.signal]),
      });
      return { status: response.status, text: await readAnswer(response) };
    } catch (cause) {
      throw cause instanceof MirrorFailure
        ? cause
        : new MirrorFailure('the witness does not answer', { everywhere: true, cause });
    }
  }

  /**
   * Returns the witness's line from its answer. INVARIANT: the line is verified before it is passed
   * on.
   */
  #lineOf({ note }: SignedHead, answer: string): string {
    const { key } = this.address;
    const { text } = parseNote(note)!;
    const line = answer
      .split('\n')
      .map((one) => `${one}\n`)
      .find((one) =>
        parseSignatures(one)?.some(({ name, keyId }) => name === key.name && keyId === keyIdOf(key)),
      );
    const signed = line === undefined ? undefined : parseNote(noteOf(text, [line]));
    const by = signed === undefined ? undefined : verifiedBy(signed, [key]);
    if (line === undefined || by?.length !== 1)
      throw new MirrorFailure('the witness answers without its signature');
    const at = by[0]!.atSeconds ?? 0;
    const now = Date.now() / 1000;
    if (at < now - behindS || at > now + aheadS)
      throw new MirrorFailure('the witness answers with a time at which it cannot have cosigned');
    return line;
  }
}
