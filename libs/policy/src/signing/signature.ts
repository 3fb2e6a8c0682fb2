import type { Timestamp } from '@interlock/contracts';
import { contentHash, ProblemError } from '@interlock/kernel';
import { ed25519 } from '@noble/curves/ed25519.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import {
  signatureAlgorithms,
  signedBytes,
  type BundleEnvelope,
  type BundleSignature,
  type SignatureAlgorithm,
  type UnsignedEnvelope,
} from './envelope.js';
import type { BundleKey } from './keys.js';

/**
 * Compares two byte strings of equal length, in a time that does not depend on their first
 * difference.
 */
export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i += 1) difference |= a[i]! ^ b[i]!;
  return difference === 0;
};

const isFor = (key: BundleKey, tenant: string): boolean =>
  key.tenants === null || key.tenants.includes(tenant);
const began = (key: BundleKey, at: Timestamp): boolean =>
  key.not_before === null || Date.parse(key.not_before) <= Date.parse(at);
const begins = ({ not_before }: BundleKey): number =>
  not_before === null ? Number.NEGATIVE_INFINITY : Date.parse(not_before);
const canSign = (key: BundleKey): boolean => key.alg === 'HMAC-SHA256' || key.seed !== null;

/**
 * Returns the keys that sign for a tenant now: one for each algorithm, the active one that began
 * last. If several began together, the last in the list.
 */
export const signingKeys = (
  keys: readonly BundleKey[],
  tenant: string,
  now: Timestamp,
): readonly BundleKey[] =>
  signatureAlgorithms.flatMap((alg) => {
    const able = keys.filter(
      (key) =>
        key.alg === alg && key.state === 'active' && canSign(key) && isFor(key, tenant) && began(key, now),
    );
    return (
      able.reduce<BundleKey | undefined>(
        (latest, key) => (latest !== undefined && begins(latest) > begins(key) ? latest : key),
        undefined,
      ) ?? []
    );
  });

const signatureBy = (key: BundleKey, bytes: Uint8Array): BundleSignature => {
  if (key.alg === 'HMAC-SHA256')
    return { alg: key.alg, key_id: key.id, value: bytesToHex(hmac(sha256, key.secret, bytes)) };
  if (key.seed === null) throw new RangeError('the key has no private part');
  return { alg: key.alg, key_id: key.id, value: bytesToHex(ed25519.sign(bytes, key.seed)) };
};

/**
 * Returns the envelope with a signature by each key. Throws a RangeError for a key that cannot
 * sign, and `validation-failed` for content without canonical JSON.
 */
export const signEnvelope = (envelope: UnsignedEnvelope, keys: readonly BundleKey[]): BundleEnvelope => {
  const content = { ...envelope, signed_by: keys.map(({ alg, id }) => ({ alg, key_id: id })) };
  const bytes = signedBytes(content);
  return { ...content, signatures: keys.map((key) => signatureBy(key, bytes)) };
};

/** The accepted difference between the clocks of two installations, in milliseconds. */
const clockSkewMs = 300_000;

type Equal = (a: Uint8Array, b: Uint8Array) => boolean;

/**
 * INVARIANT: the key determines the algorithm, never the file. An HMAC with a public key as its
 * secret is not a signature.
 */
const isSignatureOf = (
  key: BundleKey,
  { alg, value }: BundleSignature,
  bytes: Uint8Array,
  equal: Equal,
): boolean => {
  if (alg !== key.alg || value.length !== (alg === 'HMAC-SHA256' ? 64 : 128)) return false;
  const given = hexToBytes(value);
  if (key.alg === 'HMAC-SHA256') return equal(hmac(sha256, key.secret, bytes), given);
  try {
    return ed25519.verify(given, bytes, key.publicKey, { zip215: false });
  } catch {
    return false;
  }
};

export type VerifyOptions = {
  readonly keys: readonly BundleKey[];
  /** The algorithms that must all have signed; if empty, a signature by any of them is enough. */
  readonly demand: readonly SignatureAlgorithm[];
  /** The verifying tenant; a key may be limited to some tenants. */
  readonly tenant: string;
  readonly now: Timestamp;
  /** The longest validity of a file in hours, whatever the file itself states. */
  readonly longestH: number;
  /** Compares in constant time; set if something better than `sameBytes` exists. */
  readonly equal?: Equal;
};

const why = (key: BundleKey | undefined, tenant: string, exportedAt: Timestamp): string | undefined => {
  if (key === undefined) return 'is not known';
  if (key.state === 'revoked') return 'was revoked';
  if (!isFor(key, tenant)) return 'is not for this tenant';
  if (!began(key, exportedAt)) return 'was not in use yet when the file was exported';
  return key.retired_at !== null && Date.parse(key.retired_at) <= Date.parse(exportedAt)
    ? 'was retired when the file was exported'
    : undefined;
};

/**
 * Verifies an exported bundle. It must have the signatures that it names, and every one by a known
 * key must be valid. Each required algorithm must have signed, and the content must have the signed
 * hash. The file must not have expired; at the very instant of its expiry it has. Returns the ids
 * of the signing keys. Throws `bundle-signature-invalid`, `bundle-key-unknown`,
 * `bundle-signature-missing`, `bundle-expired`, in this order.
 */
export const verifyEnvelope = (
  envelope: BundleEnvelope,
  { keys, demand, tenant, now, longestH, equal = sameBytes }: VerifyOptions,
): readonly string[] => {
  const bytes = signedBytes(envelope);
  const {
    bundle,
    provenance: { exported_at, bundle_hash },
    expires_at,
    signed_by,
    signatures,
  } = envelope;
  if (
    signatures.length !== signed_by.length ||
    signatures.some(({ alg, key_id }, i) => alg !== signed_by[i]!.alg || key_id !== signed_by[i]!.key_id)
  ) {
    throw new ProblemError(
      'bundle-signature-invalid',
      'the file does not have the signatures that it lists',
      {
        remedy: 'ask the exporter for the file again',
      },
    );
  }
  const looked = signatures.map((signature) => {
    const key = keys.find(({ id }) => id === signature.key_id);
    return {
      signature,
      unknown: why(key, tenant, exported_at),
      valid: key !== undefined && isSignatureOf(key, signature, bytes, equal),
    };
  });
  const wrong = looked.find(({ unknown, valid }) => unknown === undefined && !valid);
  if (wrong !== undefined)
    throw new ProblemError(
      'bundle-signature-invalid',
      `the signature by key \`${wrong.signature.key_id}\` is not over what the file holds`,
      { members: { key_id: wrong.signature.key_id }, remedy: 'ask the exporter for the file again' },
    );
  const good = looked.filter(({ unknown }) => unknown === undefined).map(({ signature }) => signature);
  const missing = demand.filter((alg) => !good.some((signature) => signature.alg === alg));
  const unknown = looked.find(
    (one) => one.unknown !== undefined && (good.length === 0 || missing.includes(one.signature.alg)),
  );
  if (unknown !== undefined)
    throw new ProblemError('bundle-key-unknown', `key \`${unknown.signature.key_id}\` ${unknown.unknown!}`, {
      members: { key_id: unknown.signature.key_id },
      remedy: "add the exporter's key to the key file",
    });
  if (missing.length > 0)
    throw new ProblemError(
      'bundle-signature-missing',
      `the file has no signature by ${missing.join(' and ')}, which the tenant demands`,
      { members: { demanded: demand, missing } },
    );
  if (contentHash(bundle) !== bundle_hash)
    throw new ProblemError('bundle-signature-invalid', 'the hash that was signed is not that of the bundle', {
      remedy: 'export the bundle again',
    });
  // Otherwise a file dated tomorrow would be valid for longer than allowed.
  if (Date.parse(exported_at) > Date.parse(now) + clockSkewMs)
    throw new ProblemError(
      'bundle-expired',
      `the file says that it was exported at ${exported_at}, which is in the future`,
      { members: { expires_at, exported_at }, remedy: 'set the clocks right, and export the bundle again' },
    );
  const until = Math.min(Date.parse(expires_at), Date.parse(exported_at) + longestH * 3_600_000);
  if (Date.parse(now) >= until)
    throw new ProblemError(
      'bundle-expired',
      `the file could be imported until ${new Date(until).toISOString()}`,
      { members: { expires_at, exported_at }, remedy: 'export the bundle again' },
    );
  return good.map(({ key_id }) => key_id);
};
