import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { ml_dsa44 } from '@noble/post-quantum/ml-dsa.js';
import { fromBase64, toBase64 } from './base64.js';

/**
 * Signed notes (C2SP signed-note): the signature of a log with Ed25519 (`note`), and of a witness
 * with Ed25519 (`cosignature`) or ML-DSA-44 (`ml-dsa-44`), both C2SP tlog-cosignature.
 */
export type KeyKind = 'note' | 'cosignature' | 'ml-dsa-44';
const algorithms = { note: 0x01, cosignature: 0x04, 'ml-dsa-44': 0x06 } as const;
const publicKeyBytes = { note: 32, cosignature: 32, 'ml-dsa-44': 1312 } as const;
const kinds = Object.keys(algorithms) as readonly KeyKind[];

/** A verifier key: its name, its kind, and the public key, 32 bytes or 1312 of ML-DSA-44. */
export type VerifierKey = { readonly name: string; readonly kind: KeyKind; readonly publicKey: Uint8Array };
/** A signing key: `seed` is the 32-byte private key of RFC 8032, or seed of FIPS 204. */
export type SignerKey = VerifierKey & { readonly seed: Uint8Array };
export type NoteSignature = { readonly name: string; readonly keyId: string; readonly signature: Uint8Array };
export type SignedNote = { readonly text: string; readonly signatures: readonly NoteSignature[] };

const maxSignatures = 64;
const namePattern = /^[^\p{White_Space}+\0-\x1f]+$/u;

/** True for a valid name of a key: no space, no plus, no control character. */
export const isKeyName = (name: string): boolean => name.length <= 255 && namePattern.test(name);

export const signerKey = (name: string, kind: KeyKind, seed: Uint8Array): SignerKey => {
  if (!isKeyName(name)) throw new RangeError("a key's name has neither spaces nor a plus");
  const publicKey = kind === 'ml-dsa-44' ? ml_dsa44.keygen(seed).publicKey : ed25519.getPublicKey(seed);
  return { name, kind, seed, publicKey };
};

/** The four bytes that distinguish keys with the same name, in hex. */
export const keyIdOf = ({ name, kind, publicKey }: VerifierKey): string =>
  bytesToHex(
    sha256(concatBytes(utf8ToBytes(`${name}\n`), new Uint8Array([algorithms[kind]]), publicKey)).subarray(
      0,
      4,
    ),
  );

/** A verifier key as text, `name+id+base64`, for verifiers to pin. */
export const verifierText = (key: VerifierKey): string =>
  `${key.name}+${keyIdOf(key)}+${toBase64(concatBytes(new Uint8Array([algorithms[key.kind]]), key.publicKey))}`;

/**
 * Reads `verifierText` back; `undefined` if it is invalid, or its id does not belong to its key.
 */
export const parseVerifier = (text: string): VerifierKey | undefined => {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)$/.exec(text) ?? [];
  const bytes = encoded === undefined ? undefined : fromBase64(encoded);
  const kind = kinds.find((one) => algorithms[one] === bytes?.[0]);
  if (name === undefined || !isKeyName(name) || bytes === undefined || kind === undefined) return undefined;
  if (bytes.length !== 1 + publicKeyBytes[kind]) return undefined;
  const key: VerifierKey = { name, kind, publicKey: bytes.slice(1) };
  return keyIdOf(key) === id ? key : undefined;
};

/** Whether a key is that of a witness. */
export const isCosigner = ({ kind }: Pick<VerifierKey, 'kind'>): boolean => kind !== 'note';

const isText = (text: string): boolean =>
  text.endsWith('\n') && !/[\0-\x09\x0b-\x1f]/.test(text) && text.isWellFormed();

const timeBytes = (seconds: bigint): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, seconds);
  return bytes;
};
/** Text after its length in one byte. */
const sized = (text: string): Uint8Array => {
  const bytes = utf8ToBytes(text);
  if (bytes.length < 1 || bytes.length > 255) throw new RangeError('a name has 1 to 255 bytes');
  return concatBytes(new Uint8Array([bytes.length]), bytes);
};
/**
 * The bytes that a witness signs. With ML-DSA-44 they are the checkpoint's origin, size and root
 * and the witness's name, and no further line of the text. Throws a RangeError for another text.
 */
const cosigned = ({ kind, name }: VerifierKey, text: string, seconds: bigint): Uint8Array => {
  if (kind === 'cosignature') return utf8ToBytes(`cosignature/v1\ntime ${seconds}\n${text}`);
  const [origin = '', size = '', root = ''] = text.split('\n');
  const hash = fromBase64(root);
  if (!/^(?:0|[1-9]\d{0,15})$/.test(size) || hash?.length !== 32)
    throw new RangeError('a witness cosigns checkpoints');
  return concatBytes(
    utf8ToBytes('subtree/v1\n\0'),
    sized(name),
    timeBytes(seconds),
    sized(origin),
    timeBytes(0n),
    timeBytes(BigInt(size)),
    hash,
  );
};

const signatureLine = (key: VerifierKey, signature: Uint8Array): string =>
  `— ${key.name} ${toBase64(concatBytes(hexBytes(keyIdOf(key)), signature))}\n`;
const hexBytes = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));

/**
 * A signature line over a text that ends in a line feed. A cosignature includes its time, in whole
 * seconds since 1970. Throws a RangeError if the text cannot be that of a note.
 */
export const signText = (text: string, key: SignerKey, atSeconds?: number): string => {
  if (!isText(text))
    throw new RangeError("a note's text ends in a line feed and has no other control characters");
  if (key.kind === 'note') return signatureLine(key, ed25519.sign(utf8ToBytes(text), key.seed));
  if (atSeconds === undefined) throw new RangeError('a cosignature must contain its time');
  const at = BigInt(atSeconds);
  const message = cosigned(key, text, at);
  const signature =
    key.kind === 'cosignature'
      ? ed25519.sign(message, key.seed)
      : ml_dsa44.sign(message, ml_dsa44.keygen(key.seed).secretKey);
  return signatureLine(key, concatBytes(timeBytes(at), signature));
};

/** A whole note: text, empty line, signature lines. */
export const noteOf = (text: string, signatureLines: readonly string[]): string =>
  `${text}\n${signatureLines.join('')}`;

/** Reads signature lines; `undefined` if one is invalid, or there are more than 64. */
export const parseSignatures = (lines: string): readonly NoteSignature[] | undefined => {
  if (!lines.endsWith('\n')) return undefined;
  const each = lines.slice(0, -1).split('\n');
  if (each.length > maxSignatures) return undefined;
  const signatures = each.map((line): NoteSignature | undefined => {
    const [, name, encoded] = /^— ([^ ]+) ([A-Za-z0-9+/]+=*)$/u.exec(line) ?? [];
    const bytes = encoded === undefined ? undefined : fromBase64(encoded);
    return name === undefined || !namePattern.test(name) || bytes === undefined || bytes.length < 5
      ? undefined
      : { name, keyId: bytesToHex(bytes.subarray(0, 4)), signature: bytes.slice(4) };
  });
  return signatures.every((signature) => signature !== undefined) ? signatures : undefined;
};

/** Reads a note without verifying it; `undefined` if it is invalid. */
export const parseNote = (note: string): SignedNote | undefined => {
  const end = note.lastIndexOf('\n\n');
  if (end < 0) return undefined;
  const text = note.slice(0, end + 1);
  const signatures = parseSignatures(note.slice(end + 2));
  return signatures === undefined || !isText(text) ? undefined : { text, signatures };
};

/**
 * Verifies an Ed25519 signature of 64 bytes (RFC 8032). A function of the platform may replace
 * `verifyEd25519`; both refuse non-canonical encodings.
 */
export type VerifyEd25519 = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => boolean;
const verifyEd25519: VerifyEd25519 = (signature, message, publicKey) =>
  ed25519.verify(signature, message, publicKey, { zip215: false });

const check = (text: string, signature: Uint8Array, key: VerifierKey, verify: VerifyEd25519): boolean => {
  try {
    if (key.kind === 'note')
      return signature.length === 64 && verify(signature, utf8ToBytes(text), key.publicKey);
    const at = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
    const [own, message] = [signature.subarray(8), cosigned(key, text, at)];
    return key.kind === 'cosignature'
      ? own.length === 64 && verify(own, message, key.publicKey)
      : ml_dsa44.verify(own, message, key.publicKey);
  } catch {
    return false;
  }
};

/**
 * The known keys that signed a note, each once, with the time in seconds of a cosignature.
 * Signatures of other keys are ignored. `undefined` if a signature under a known key's name is
 * invalid or repeated; then nothing in the note is trusted.
 */
export const verifiedBy = (
  { text, signatures }: SignedNote,
  keys: readonly VerifierKey[],
  verify: VerifyEd25519 = verifyEd25519,
): readonly { readonly key: VerifierKey; readonly atSeconds: number | null }[] | undefined => {
  const found: { readonly key: VerifierKey; readonly atSeconds: number | null }[] = [];
  for (const { name, keyId, signature } of signatures) {
    const key = keys.find((known) => known.name === name && keyIdOf(known) === keyId);
    if (key === undefined) continue;
    if (found.some((before) => before.key === key) || !check(text, signature, key, verify)) return undefined;
    found.push({
      key,
      atSeconds:
        key.kind === 'note'
          ? null
          : Number(new DataView(signature.buffer, signature.byteOffset).getBigUint64(0)),
    });
  }
  return found;
};
