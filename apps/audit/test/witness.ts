import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  emptyRoot,
  fromBase64,
  parseCheckpoint,
  parseNote,
  signerKey,
  signText,
  verifiedBy,
  verifierText,
  verifyConsistency,
  type Hash,
  type VerifierKey,
} from '@interlock/tree';

type KnownTree = { readonly size: number; readonly root: Hash };
export type TestWitness = {
  readonly vkey: string;
  readonly url: string;
  readonly seen: Map<string, KnownTree>;
  /** Status and sizes of each answer. */
  readonly answers: number[];
  /** Seconds since 1970 at which it says that it cosigns; else now. */
  at: number | undefined;
  /** What it answers in place of a witness's answer, where set. */
  broken: { readonly status: number; readonly text: string } | undefined;
  readonly stop: () => Promise<void>;
};

const refusal = (status: number, text = ''): { status: number; text: string } => ({ status, text });

/**
 * A witness (C2SP tlog-witness) of one log: it verifies the signature and the consistency with all
 * that it saw, then cosigns.
 */
export const startWitness = async (
  name: string,
  log: readonly VerifierKey[],
  origin: string,
): Promise<TestWitness> => {
  const key = signerKey(name, 'cosignature', new Uint8Array(32).fill(name.length));
  const seen = new Map<string, KnownTree>();
  const answer = (body: string): { status: number; text: string } => {
    const [head = '', ...rest] = body.split('\n\n');
    const [old = '', ...proof] = head.split('\n');
    const note = parseNote(rest.join('\n\n'));
    const checkpoint = note === undefined ? undefined : parseCheckpoint(note.text);
    const oldSize = Number(/^old (0|[1-9]\d*)$/.exec(old)?.[1] ?? 'NaN');
    if (note === undefined || checkpoint === undefined || Number.isNaN(oldSize)) return refusal(400);
    if (checkpoint.origin !== origin) return refusal(404);
    if ((verifiedBy(note, log)?.length ?? 0) < 1) return refusal(403);
    if (oldSize > checkpoint.size) return refusal(400);
    const known = seen.get(checkpoint.origin) ?? { size: 0, root: emptyRoot() };
    if (known.size !== oldSize) return refusal(409, `${known.size}\n`);
    if (
      !verifyConsistency(
        oldSize,
        checkpoint.size,
        proof.map((line) => fromBase64(line) ?? new Uint8Array()),
        known.root,
        checkpoint.root,
      )
    )
      return refusal(422);
    seen.set(checkpoint.origin, { size: checkpoint.size, root: checkpoint.root });
    return { status: 200, text: signText(note.text, key, witness.at ?? Math.floor(Date.now() / 1000)) };
  };
  const witness = {
    vkey: verifierText(key),
    seen,
    answers: [] as number[],
    at: undefined as number | undefined,
    broken: undefined as TestWitness['broken'],
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, text } =
        request.method !== 'POST' || request.url !== '/w/add-checkpoint'
          ? refusal(405)
          : (witness.broken ?? answer(Buffer.concat(chunks).toString('utf8')));
      witness.answers.push(status);
      response
        .writeHead(status, {
          'content-type': status === 409 ? 'text/x.tlog.size' : 'text/plain; charset=utf-8',
        })
        .end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(witness, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/w/`,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  });
};
