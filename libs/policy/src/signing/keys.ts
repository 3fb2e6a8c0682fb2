import type { Timestamp, Violation } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { ed25519 } from '@noble/curves/ed25519.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { schemaViolations, type Schema } from '../condition/json-schema.js';
import { keyIdPattern, signatureAlgorithms } from './envelope.js';

/**
 * The states of a key: `active` signs and verifies, `retired` verifies earlier exports, `revoked`
 * counts as absent.
 */
const keyStates = ['active', 'retired', 'revoked'] as const;
type KeyState = (typeof keyStates)[number];

type KeyEntry = {
  readonly id: string;
  readonly state: KeyState;
  /** The time from which the key signs and its signatures count; null for no such limit. */
  readonly not_before: Timestamp | null;
  /** The time from which its exports no longer count; null if it is not retired. */
  readonly retired_at: Timestamp | null;
  /** The tenants that may use it; null for all. */
  readonly tenants: readonly string[] | null;
};
/**
 * A key by which bundles are signed or verified. INVARIANT: neither `secret` nor `seed` ever leaves
 * the process.
 */
export type BundleKey = KeyEntry &
  (
    | { readonly alg: 'HMAC-SHA256'; readonly secret: Uint8Array }
    | { readonly alg: 'Ed25519'; readonly publicKey: Uint8Array; readonly seed: Uint8Array | null }
  );
/** The public part of a key, without secrets. */
export type PublicBundleKey = KeyEntry & {
  readonly alg: BundleKey['alg'];
  readonly public_key: string | null;
};

/** The minimum length of a shared secret, in characters. */
const leastSecret = 32;
const spkiPrefix = hexToBytes('302a300506032b6570032100');
const pkcs8Prefix = hexToBytes('302e020100300506032b657004220420');
const time = '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\\.[0-9]{3}Z$';

const keyFileSchema: Schema = {
  type: 'object',
  additionalProperties: false,
  required: ['keys'],
  properties: {
    keys: {
      type: 'array',
      minItems: 1,
      maxItems: 64,
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['id', 'alg'],
        properties: {
          id: { type: 'string', pattern: keyIdPattern },
          alg: { type: 'string', enum: signatureAlgorithms },
          state: { type: 'string', enum: keyStates },
          secret: { type: ['string', 'null'] },
          private_key: { type: ['string', 'null'] },
          public_key: { type: ['string', 'null'] },
          not_before: { type: ['string', 'null'], pattern: time },
          retired_at: { type: ['string', 'null'], pattern: time },
          tenants: { type: ['array', 'null'], items: { type: 'string' }, minItems: 1 },
        },
      },
    },
  },
};

type Entry = { readonly id: string; readonly alg: BundleKey['alg']; readonly state?: KeyState } & {
  readonly [name in 'secret' | 'private_key' | 'public_key' | 'not_before' | 'retired_at']?: string | null;
} & { readonly tenants?: readonly string[] | null };

const toBase64 = (bytes: Uint8Array): string => btoa(String.fromCharCode(...bytes));

/** Returns 32 bytes from 64 hex digits or PEM; `undefined` for anything else. */
const keyBytes = (text: string, label: string, prefix: Uint8Array): Uint8Array | undefined => {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/.test(trimmed)) return hexToBytes(trimmed);
  const [, body] =
    new RegExp(`^-----BEGIN ${label}-----\\s+([A-Za-z0-9+/=\\s]+)-----END ${label}-----$`).exec(trimmed) ??
    [];
  if (body === undefined) return undefined;
  let der: Uint8Array;
  try {
    der = Uint8Array.from(atob(body.replace(/\s/g, '')), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
  return der.length === prefix.length + 32 &&
    bytesToHex(der.subarray(0, prefix.length)) === bytesToHex(prefix)
    ? der.slice(prefix.length)
    : undefined;
};

/**
 * Returns a public key of 32 bytes from PEM (SPKI) or 64 hex digits; `undefined` for anything else.
 */
export const readPublicKey = (text: string): Uint8Array | undefined => {
  const bytes = keyBytes(text, 'PUBLIC KEY', spkiPrefix);
  if (bytes === undefined) return undefined;
  try {
    // A point of small order verifies signatures that nobody made.
    return ed25519.Point.fromBytes(bytes).isSmallOrder() ? undefined : bytes;
  } catch {
    return undefined;
  }
};
/**
 * Returns a private key of 32 bytes from PEM (PKCS8) or 64 hex digits; `undefined` for anything
 * else.
 */
export const readPrivateKey = (text: string): Uint8Array | undefined =>
  keyBytes(text, 'PRIVATE KEY', pkcs8Prefix);
export const publicKeyPem = (publicKey: Uint8Array): string =>
  `-----BEGIN PUBLIC KEY-----\n${toBase64(concatBytes(spkiPrefix, publicKey))}\n-----END PUBLIC KEY-----\n`;
export const privateKeyPem = (seed: Uint8Array): string =>
  `-----BEGIN PRIVATE KEY-----\n${toBase64(concatBytes(pkcs8Prefix, seed))}\n-----END PRIVATE KEY-----\n`;

/** INVARIANT: a fault names a place and a rule, never a value. */
const keyOf = (entry: Entry, at: string, faults: Violation[]): BundleKey | undefined => {
  const fault = (member: string, detail: string): undefined => {
    faults.push({ pointer: `${at}/${member}`, detail });
  };
  const {
    id,
    alg,
    state = 'active',
    secret = null,
    private_key = null,
    public_key = null,
    not_before = null,
    retired_at = null,
    tenants = null,
  } = entry;
  const held = { id, state, not_before, retired_at, tenants };
  if (alg === 'HMAC-SHA256') {
    if (private_key !== null || public_key !== null)
      return fault('alg', 'an HMAC key has a `secret` and no other part');
    if (secret === null || [...secret].length < leastSecret)
      return fault('secret', `must have at least ${leastSecret} characters`);
    return { ...held, alg, secret: utf8ToBytes(secret) };
  }
  if (secret !== null) return fault('secret', 'an Ed25519 key has no secret');
  const seed = private_key === null ? null : readPrivateKey(private_key);
  if (seed === undefined)
    return fault('private_key', 'must be an Ed25519 key as PEM (PKCS8) or 64 hex digits');
  const named = public_key === null ? null : readPublicKey(public_key);
  if (named === undefined)
    return fault('public_key', 'must be an Ed25519 key as PEM (SPKI) or 64 hex digits');
  const own = seed === null ? named : ed25519.getPublicKey(seed);
  if (own === null) return fault('public_key', 'is missing, and so is `private_key`');
  if (named !== null && bytesToHex(named) !== bytesToHex(own))
    return fault('public_key', 'is not that of `private_key`');
  return { ...held, alg, publicKey: own, seed };
};

const readJson = (text: string, pointer: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    throw new ProblemError('validation-failed', "the file of the bundles' keys is not JSON", {
      violations: [{ pointer, detail: 'must be JSON' }],
    });
  }
};

/**
 * Parses `{ "keys": [{ id, alg, secret | private_key | public_key, state, not_before, retired_at,
 * tenants }] }`. With `publicOnly`, it also accepts the answer of the public-keys route, and leaves
 * out keys with nothing but an id. Throws `validation-failed`, which names every fault but never a
 * value.
 */
export const parseBundleKeys = (
  text: string,
  options: { readonly publicOnly?: boolean } = {},
): readonly BundleKey[] => {
  const value = readJson(text, '');
  const shape = schemaViolations(keyFileSchema, value).map(({ pointer, code }): Violation => ({
    pointer,
    detail: `does not fit (${code ?? 'schema'})`,
  }));
  const entries = shape.length > 0 ? [] : (value as { readonly keys: readonly Entry[] }).keys;
  const faults: Violation[] = [...shape];
  const keys = entries.flatMap((entry, i): readonly BundleKey[] => {
    if (options.publicOnly === true && entry.alg === 'HMAC-SHA256' && (entry.secret ?? null) === null)
      return [];
    if (entries.findIndex(({ id }) => id === entry.id) < i)
      faults.push({ pointer: `/keys/${i}/id`, detail: 'is that of another key' });
    const key = keyOf(entry, `/keys/${i}`, faults);
    return key === undefined ? [] : [key];
  });
  if (faults.length > 0)
    throw new ProblemError(
      'validation-failed',
      `the file of the bundles' keys has ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'}: ${faults.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ')}`,
      { violations: faults },
    );
  return keys;
};

/**
 * Returns the key made from a shared secret. Its id is derived from the secret and reveals nothing
 * about it. Throws `validation-failed` if the secret is too short.
 */
export const secretKey = (secret: string): BundleKey => {
  if ([...secret].length < leastSecret)
    throw new ProblemError(
      'validation-failed',
      `the environment has 1 fault: HMAC_SECRET must have at least ${leastSecret} characters`,
      {
        violations: [{ pointer: '/HMAC_SECRET', detail: `must have at least ${leastSecret} characters` }],
        remedy: 'make one with `openssl rand -hex 32`',
      },
    );
  const bytes = utf8ToBytes(secret);
  const id = `hmac-${bytesToHex(hmac(sha256, bytes, utf8ToBytes('interlock bundle key id'))).slice(0, 16)}`;
  return {
    id,
    alg: 'HMAC-SHA256',
    secret: bytes,
    state: 'active',
    not_before: null,
    retired_at: null,
    tenants: null,
  };
};

/**
 * Returns the key file of a new installation, with one key for each algorithm. The three seeds are
 * 32 random bytes each, and `at` is the date in the ids.
 */
export const firstBundleKeys = ({
  secret,
  seed,
  at,
}: {
  readonly secret: Uint8Array;
  readonly seed: Uint8Array;
  readonly at: string;
}): string =>
  `${JSON.stringify(
    {
      keys: [
        { id: `hmac-${at}`, alg: 'HMAC-SHA256', secret: bytesToHex(secret), state: 'active' },
        {
          id: `ed25519-${at}`,
          alg: 'Ed25519',
          private_key: privateKeyPem(seed),
          public_key: publicKeyPem(ed25519.getPublicKey(seed)),
          state: 'active',
        },
      ],
    },
    null,
    2,
  )}\n`;

/** The public view of a key. */
export const publicBundleKey = (key: BundleKey): PublicBundleKey => ({
  id: key.id,
  alg: key.alg,
  state: key.state,
  not_before: key.not_before,
  retired_at: key.retired_at,
  tenants: key.tenants,
  public_key: key.alg === 'Ed25519' ? publicKeyPem(key.publicKey) : null,
});
