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
import type { Command } from 'commander';
import { print, readTenant, type Globals } from '../../connection/session.js';
import {
  addCatalogueOptions,
  decidable,
  isExported,
  knownActionTypes,
  readBundleFile,
  readJsonFile,
  unusable,
  withExitCodes,
  type CatalogueOptions,
} from './files.js';
import { writeOutput } from './output.js';
import { readText } from '../../reading.js';

type SignCommand = CatalogueOptions & {
  readonly key?: string;
  readonly keyId?: string;
  readonly expiresInH: string;
  readonly output?: string;
};
type VerifyCommand = {
  readonly key?: string;
  readonly keys?: string;
  readonly demand?: string;
  readonly json: boolean;
};

const held = (id: string) =>
  ({ id, state: 'active', not_before: null, retired_at: null, tenants: null }) as const;

/** The secret in the environment is the key if no file is named. */
const secretOf = (): readonly BundleKey[] => {
  const secret = process.env['HMAC_SECRET'];
  return secret === undefined || secret === '' ? [] : [secretKey(secret)];
};

const privateKeys = (options: SignCommand): readonly BundleKey[] => {
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

const sign = async (file: string, options: SignCommand, globals: Globals): Promise<void> => {
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
};

/**
 * INVARIANT: the key never comes from the data to verify. A bare public key has no name, so it is
 * tried on each Ed25519 signature.
 */
const verifierKeys = (
  options: VerifyCommand,
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

const demandOf = (text: string | undefined): readonly SignatureAlgorithm[] => {
  const asked = text === undefined ? [] : text.split(',').map((name) => name.trim());
  const unknown = asked.filter((name) => !(signatureAlgorithms as readonly string[]).includes(name));
  if (unknown.length > 0)
    throw unusable(`no such algorithm: ${unknown.join(', ')}; there are ${signatureAlgorithms.join(', ')}`);
  return asked as SignatureAlgorithm[];
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

const verify = async (file: string, options: VerifyCommand, globals: Globals): Promise<void> => {
  const value = readJsonFile(file);
  if (!isExported(value)) throw unusable(`${file} is not an exported bundle`);
  const envelope = await decidable(() => readEnvelope(value));
  const demand = demandOf(options.demand);
  const sets = await decidable(() => verifierKeys(options, envelope));
  if (sets.every((keys) => keys.length === 0))
    throw unusable(
      'there is no key to verify with: name a public key with --key, a file of keys with --keys, or set HMAC_SECRET',
    );
  const tried = sets.map((keys) => verifiedBy(envelope, keys, demand, readTenant(globals.tenant)));
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
};

/** `interlock policy sign` and `verify`: without a running system. */
export const addPolicySign = (policy: Command, globals: () => Globals): void => {
  withExitCodes(
    addCatalogueOptions(
      policy
        .command('sign <file>')
        .description('make a signed file of a bundle, as an export is; it can be imported until it expires'),
    ),
  )
    .option('--key <file>', 'key file (BUNDLE_KEYS_FILE), or an Ed25519 private key as PEM; else HMAC_SECRET')
    .option('--key-id <id>', 'name of a private key that is given as PEM')
    .option('--expires-in-h <hours>', 'how long it is good', `${defaults.bundle_export_expiry_h}`)
    .option('-o, --output <file>', 'the file to write')
    .action((file: string, options: SignCommand) => sign(file, options, globals()));
  withExitCodes(
    policy
      .command('verify <file>')
      .description(
        'whether an exported bundle is what was signed, and still good; exit code 1 where it is not, 2 where it cannot be told',
      ),
  )
    .option('--key <key>', 'Ed25519 public key: a PEM file, or 64 hex digits')
    .option('--keys <file>', 'file of keys, as `GET /api/v1/policy/signing/keys` answers, or a key file')
    .option('--demand <algorithms>', 'each must have signed, by comma: HMAC-SHA256, Ed25519')
    .option('--json', 'as JSON', false)
    .action((file: string, options: VerifyCommand) => verify(file, options, globals()));
};
