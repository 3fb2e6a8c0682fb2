import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { defaults } from '@interlock/contracts';
import { isProblem } from '@interlock/kernel';
import {
  bundleHash,
  bundleIdOf,
  envelopeText,
  parseBundleKeys,
  readEnvelope,
  readPrivateKey,
  readPublicKey,
  secretKey,
  signatureAlgorithms,
  signEnvelope,
  signingKeys,
  verifyEnvelope,
  type BundleEnvelope,
  type BundleKey,
  type SignatureAlgorithm,
} from '@interlock/policy';
import { print, readTenant } from '../../connection/session.js';
import {
  catalogueOptions,
  decidable,
  isExported,
  knownActionTypes,
  readBundleFile,
  readJsonFile,
  unusable,
} from './files.js';
import { writeOutput } from './output.js';
import { readText } from '../../reading.js';
import { act, all } from '../../program/declare.js';
import type { Values } from '../../program/options.js';

const demandOf = (text: string): readonly SignatureAlgorithm[] => {
  const asked = text.split(',').map((name) => name.trim());
  const unknown = asked.filter((name) => !(signatureAlgorithms as readonly string[]).includes(name));
  if (unknown.length > 0)
    throw unusable(`no such algorithm: ${unknown.join(', ')}; there are ${signatureAlgorithms.join(', ')}`);
  return asked as SignatureAlgorithm[];
};

const signOptions = {
  ...catalogueOptions,
  '--key <file>': 'key file (BUNDLE_KEYS_FILE), or an Ed25519 private key as PEM; default: HMAC_SECRET',
  '--key-id <id>': 'name of the private key, if it is PEM',
  '--expires-in-h <hours>': { about: 'how long it is valid', preset: `${defaults.bundle_export_expiry_h}` },
  '-o, --output <file>': 'the file to write',
} as const;
const verifyOptions = {
  '--key <key>': 'Ed25519 public key: a PEM file, or 64 hex digits',
  '--keys <file>': 'file of keys, as `GET /api/v1/policy/signing/keys` returns them, or a key file',
  '--demand <algorithms>': {
    about: 'algorithms that must each have signed, separated by commas: HMAC-SHA256, Ed25519',
    list: true,
    read: demandOf,
  },
  '--json': { about: 'as JSON', preset: false },
} as const;

const held = (id: string) =>
  ({ id, state: 'active', not_before: null, retired_at: null, tenants: null }) as const;

/** The secret in the environment is the key if no file is named. */
const secretOf = (): readonly BundleKey[] => {
  const secret = process.env['HMAC_SECRET'];
  return secret === undefined || secret === '' ? [] : [secretKey(secret)];
};

const privateKeys = (options: Values<typeof signOptions>): readonly BundleKey[] => {
  if (options.key === undefined) return secretOf();
  const text = readText(options.key);
  const seed = readPrivateKey(text);
  if (seed === undefined) return parseBundleKeys(text);
  const [{ publicKey }] = parseBundleKeys(
    JSON.stringify({ keys: [{ id: 'key', alg: 'Ed25519', private_key: text }] }),
  ) as readonly [Extract<BundleKey, { alg: 'Ed25519' }>];
  return [
    {
      ...held(
        options.keyId ?? `ed25519-${createHash('sha256').update(publicKey).digest('hex').slice(0, 16)}`,
      ),
      alg: 'Ed25519',
      publicKey,
      seed,
    },
  ];
};

const sign = act({
  command: 'sign <file>',
  about: 'make a signed file of a bundle, like an export; it can be imported until it expires',
  options: signOptions,
  run: async ({ globals, options }, file) => {
    const hours = Number(options.expiresInH);
    if (!Number.isInteger(hours) || hours < 1 || hours > defaults.bundle_export_longest_h)
      throw unusable(`--expires-in-h is a whole number from 1 to ${defaults.bundle_export_longest_h}`);
    const tenant = readTenant(globals.tenant);
    const { content } = await readBundleFile(file, await knownActionTypes(options, globals), true);
    const now = new Date();
    const keys = await decidable(() => signingKeys(privateKeys(options), tenant, now.toISOString()));
    if (keys.length === 0)
      throw unusable(
        'there is no key to sign with: name a key file or a private key with --key, or set HMAC_SECRET',
      );
    const envelope = await decidable(() =>
      signEnvelope(
        {
          format: 'interlock-bundle/1',
          export_id: randomUUID(),
          bundle: content,
          expires_at: new Date(now.getTime() + hours * 3_600_000).toISOString(),
          provenance: {
            tenant,
            bundle_id: bundleIdOf(tenant, content.version),
            bundle_hash: bundleHash(content),
            exported_at: now.toISOString(),
            exported_by: 'service:cli',
          },
        },
        keys,
      ),
    );
    if (options.output === undefined) process.stdout.write(envelopeText(envelope));
    else writeOutput(options.output, envelopeText(envelope));
    process.stderr.write(
      `bundle ${content.version} signed by ${keys.map(({ id }) => id).join(', ')}, good until ${envelope.expires_at}\n`,
    );
  },
});

/**
 * INVARIANT: the key never comes from the data to verify. A bare public key has no name, so it is
 * tried on each Ed25519 signature.
 */
const verifierKeys = (
  options: Values<typeof verifyOptions>,
  envelope: BundleEnvelope,
): readonly (readonly BundleKey[])[] => {
  if (options.key !== undefined && options.keys !== undefined) throw unusable('name either --key or --keys');
  if (options.keys !== undefined) return [parseBundleKeys(readText(options.keys), { publicOnly: true })];
  if (options.key === undefined) return [secretOf()];
  const publicKey = readPublicKey(/^[0-9a-f]{64}$/.test(options.key) ? options.key : readText(options.key));
  if (publicKey === undefined)
    throw unusable('--key is not an Ed25519 public key: PEM (SPKI) or 64 hex digits are wanted');
  const signed = envelope.signatures.filter(({ alg }) => alg === 'Ed25519');
  return signed.length === 0
    ? [[{ ...held('-'), alg: 'Ed25519', publicKey, seed: null }]]
    : signed.map(({ key_id }) => [{ ...held(key_id), alg: 'Ed25519', publicKey, seed: null }]);
};

type Verified =
  | { readonly verified: true; readonly keys: readonly string[] }
  | { readonly verified: false; readonly code: string; readonly detail: string };

const verifiedBy = (
  envelope: BundleEnvelope,
  keys: readonly BundleKey[],
  demand: readonly SignatureAlgorithm[],
  tenant: string,
): Verified => {
  try {
    return {
      verified: true,
      keys: verifyEnvelope(envelope, {
        keys,
        demand,
        tenant,
        now: new Date().toISOString(),
        longestH: Number.POSITIVE_INFINITY,
        equal: timingSafeEqual,
      }),
    };
  } catch (error) {
    if (!isProblem(error)) throw error;
    return { verified: false, code: error.code, detail: error.detail };
  }
};

const verify = act({
  command: 'verify <file>',
  about:
    'verify that an exported bundle is what was signed, and still valid; exit code 1 if not, 2 if the check is undecided',
  options: verifyOptions,
  run: async ({ globals, options }, file) => {
    const value = readJsonFile(file);
    if (!isExported(value)) throw unusable(`${file} is not an exported bundle`);
    const envelope = await decidable(() => readEnvelope(value));
    const sets = await decidable(() => verifierKeys(options, envelope));
    if (sets.every((keys) => keys.length === 0))
      throw unusable(
        'there is no key to verify with: name a public key with --key, a file of keys with --keys, or set HMAC_SECRET',
      );
    const tried = sets.map((keys) =>
      verifiedBy(envelope, keys, options.demand ?? [], readTenant(globals.tenant)),
    );
    const found = tried.find(({ verified }) => verified) ?? tried[0]!;
    const {
      bundle: { version },
      provenance,
      expires_at,
      export_id,
      signatures,
    } = envelope;
    if (options.json)
      print(
        JSON.stringify(
          {
            ...found,
            version,
            export_id,
            provenance,
            expires_at,
            signed_by: signatures.map(({ alg, key_id }) => ({ alg, key_id })),
          },
          null,
          2,
        ),
      );
    else {
      print(
        `bundle ${String(version)} of tenant ${provenance.tenant}, exported ${provenance.exported_at} by ${provenance.exported_by}, good until ${expires_at}\n  hash ${provenance.bundle_hash}\n  signed by ${signatures.map(({ alg, key_id }) => `${key_id} (${alg})`).join(', ')}`,
      );
      print(
        found.verified
          ? `verified by ${found.keys.join(', ')}`
          : `not verified: ${found.code}: ${found.detail}`,
      );
    }
    if (!found.verified) process.exitCode = 1;
  },
});

/** `interlock policy sign` and `verify`: without a running system. */
export const addPolicySign = all(sign, verify);
