import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isKeyName, parseNote, timestampLine } from '@interlock/tree';
import { ProblemError } from '@interlock/kernel';
import {
  largestToken,
  parseCertificates,
  TimestampFault,
  timestampRequest,
  tokenIn,
  verifyToken,
} from '@interlock/timestamp';
import type { AuditConfig } from '../config.js';
import { MirrorFailure, type Mirror, type SignedHead } from './mirror.js';

/** A time-stamp authority. `name` is its host name; its certificate must chain to `trusted`. */
type Authority = {
  readonly name: string;
  readonly url: string;
  readonly trusted: ReturnType<typeof parseCertificates>;
};
/** Keeps a verified time stamp as a line of the note. */
type RecordTimestamp = (head: SignedHead, line: string, at: string) => Promise<void>;

const timeoutMs = 10_000;
/**
 * The largest accepted difference between the authority's clock and the local one, in milliseconds.
 */
const skewMs = 300_000;

const refused = (detail: string): ProblemError =>
  new ProblemError('validation-failed', `the environment has 1 fault: ${detail}`, {
    remedy: 'set the named variable and start again',
  });

/**
 * Returns the configured authority; null if there is none. Throws `validation-failed` naming the
 * variable.
 */
export const authorityOf = ({
  AUDIT_TSA_URL: url,
  AUDIT_TSA_CA: file,
}: Pick<AuditConfig, 'AUDIT_TSA_URL' | 'AUDIT_TSA_CA'>): Authority | null => {
  if (url === undefined && file === undefined) return null;
  if (url === undefined || file === undefined)
    throw refused('AUDIT_TSA_URL and AUDIT_TSA_CA must both be set');
  const name = URL.parse(url)?.host ?? '';
  if (!isKeyName(name)) throw refused('AUDIT_TSA_URL must be a URL');
  try {
    return { name, url, trusted: parseCertificates(readFileSync(file, 'utf8')) };
  } catch (error) {
    const why = error instanceof TimestampFault ? `: ${error.message}` : ': it cannot be read';
    throw refused(`AUDIT_TSA_CA must be a file with certificates${why}`);
  }
};

const readAnswer = async (response: Response): Promise<Uint8Array> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > largestToken) throw new MirrorFailure('the authority answers more than a time stamp');
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks);
};

/** Asks a time-stamp authority (RFC 3161) to attest when a checkpoint existed. */
export class TimestampMirror implements Mirror {
  readonly name: string;
  readonly once = true;
  #cut = new AbortController();

  constructor(
    private readonly authority: Authority,
    private readonly record: RecordTimestamp,
  ) {
    this.name = `tsa:${authority.name}`;
  }

  cut(): void {
    this.#cut.abort();
    this.#cut = new AbortController();
  }

  async take(head: SignedHead): Promise<void> {
    const { name, trusted } = this.authority;
    if (head.witnesses.includes(name)) return;
    const data = new TextEncoder().encode(parseNote(head.note)!.text);
    const nonce = randomBytes(8);
    const answer = await this.#ask(timestampRequest(data, nonce));
    try {
      const token = tokenIn(answer, nonce);
      // INVARIANT: a token is verified before it is passed on.
      const { at } = await verifyToken(token, data, trusted);
      if (Math.abs(at.getTime() - Date.now()) > skewMs)
        throw new TimestampFault(
          `the authority tells the time ${at.toISOString()}, which is not the present time`,
        );
      await this.record(head, timestampLine(name, token), at.toISOString());
    } catch (error) {
      throw error instanceof TimestampFault
        ? new MirrorFailure(`the time stamp is invalid: ${error.message}`, { cause: error })
        : error;
    }
  }

  async #ask(request: Uint8Array): Promise<Uint8Array> {
    try {
      const response = await fetch(this.authority.url, {
        method: 'POST',
        body: Buffer.from(request),
        headers: { 'content-type': 'application/timestamp-query' },
        redirect: 'error',
        signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), this.#cut.signal]),
      });
      if (!response.ok)
        throw new MirrorFailure(`the authority answered ${response.status}`, {
          everywhere: response.status >= 500 || response.status === 429,
        });
      return await readAnswer(response);
    } catch (cause) {
      throw cause instanceof MirrorFailure
        ? cause
        : new MirrorFailure('the authority does not answer', { everywhere: true, cause });
    }
  }
}
