import { fromBase64 } from './base64.js';
import { parseCheckpoint } from './checkpoint/checkpoint.js';
import { emptyRoot, verifyConsistency, type Hash } from './tree/merkle.js';
import {
  keyIdOf,
  noteOf,
  parseNote,
  parseSignatures,
  signText,
  verifiedBy,
  type SignerKey,
  type VerifierKey,
} from './note.js';

/**
 * The largest request to a witness, in bytes: 63 hashes, and a checkpoint with signatures of any
 * kind.
 */
export const maxWitnessRequestBytes = 128 * 1024;
const maxProof = 63;

/** The latest tree of an origin that a witness cosigned. */
export type Witnessed = { readonly size: number; readonly root: Hash };
export type WitnessRequest = {
  /**
   * Keys of logs. A log may have several, including later ones; each speaks for the origin with its
   * name.
   */
  readonly logs: readonly VerifierKey[];
  /** The latest cosigned tree of an origin; null for none. */
  readonly latest: (origin: string) => Witnessed | null;
  /** Whether another origin may be kept. */
  readonly room: boolean;
  readonly signer: SignerKey;
  readonly nowSeconds: number;
  readonly body: string;
};
/**
 * The data that a witness keeps of an origin: its latest tree, and the checkpoint with the
 * signatures of the log's known keys and the witness's own.
 */
export type Cosigned = { readonly origin: string; readonly note: string } & Witnessed;
/** If `next` is not null, store it durably before the answer is sent. */
export type WitnessAnswer = {
  readonly status: 200 | 400 | 403 | 404 | 409 | 422 | 507;
  readonly contentType: string;
  readonly body: string;
  readonly next: Cosigned | null;
};

const plain = 'text/plain; charset=utf-8';
const refused = (status: WitnessAnswer['status'], why: string): WitnessAnswer => ({
  status,
  contentType: plain,
  body: `${why}\n`,
  next: null,
});
const conflict = (size: number): WitnessAnswer => ({
  status: 409,
  contentType: 'text/x.tlog.size',
  body: `${size}\n`,
  next: null,
});

type Parsed = { readonly old: number; readonly proof: readonly Hash[]; readonly note: string };

const parseRequest = (body: string): Parsed | undefined => {
  const end = body.indexOf('\n\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = body.slice(0, end).split('\n');
  const old = Number(/^old (0|[1-9]\d{0,15})$/.exec(first)?.[1] ?? NaN);
  if (!Number.isSafeInteger(old) || lines.length > maxProof) return undefined;
  const proof = lines.map(fromBase64);
  return proof.every((hash) => hash?.length === 32)
    ? { old, proof: proof as Hash[], note: body.slice(end + 2) }
    : undefined;
};

const linesOf = (note: string, text: string): readonly string[] =>
  note
    .slice(text.length + 1, -1)
    .split('\n')
    .map((line) => `${line}\n`);

/** The keys that speak for an origin. */
const keysOf = (logs: readonly VerifierKey[], origin: string): readonly VerifierKey[] =>
  logs.filter(({ kind, name }) => kind === 'note' && origin === name);

/**
 * A witness's answer to `add-checkpoint` (C2SP tlog-witness). It cosigns a tree that a known log
 * signed and that begins with the tree that it cosigned last. INVARIANT: for each origin it cosigns
 * trees of one history only, and never a smaller one after a larger one.
 */
export const witnessAnswer = ({
  logs,
  latest,
  room,
  signer,
  nowSeconds,
  body,
}: WitnessRequest): WitnessAnswer => {
  const request = parseRequest(body);
  const note = request === undefined ? undefined : parseNote(request.note);
  const checkpoint = note === undefined ? undefined : parseCheckpoint(note.text);
  if (request === undefined || note === undefined || checkpoint === undefined)
    return refused(400, 'the request does not consist of an old size, a proof and a checkpoint');
  const { origin, size, root } = checkpoint;
  const keys = keysOf(logs, origin);
  if (keys.length === 0) return refused(404, 'the origin is unknown');
  const by = verifiedBy(note, keys) ?? [];
  if (by.length === 0) return refused(403, 'no known key of the log signed the checkpoint');
  if (request.old > size) return refused(400, 'the old size is larger than the checkpoint');
  const before = latest(origin);
  const last = before ?? { size: 0, root: emptyRoot() };
  if (request.old !== last.size) return conflict(last.size);
  if (!verifyConsistency(last.size, size, request.proof, last.root, root))
    return refused(422, 'it is not shown that the tree begins with the one cosigned last');
  if (before === null && !room) return refused(507, 'there is no room for another origin');
  const line = signText(note.text, signer, nowSeconds);
  const signed = linesOf(request.note, note.text).filter((own) =>
    parseSignatures(own)?.some(({ name, keyId }) =>
      by.some(({ key }) => key.name === name && keyIdOf(key) === keyId),
    ),
  );
  return {
    status: 200,
    contentType: plain,
    body: line,
    next: { origin, size, root, note: noteOf(note.text, [...signed, line]) },
  };
};
