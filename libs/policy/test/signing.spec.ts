import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  verify,
} from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, fold, given, type ProblemError } from '@interlock/kernel';
import {
  bundleDecider,
  bundleHash,
  bundleIdOf,
  envelopeSchema,
  exportsDecider,
  firstBundleKeys,
  normalBundle,
  parseBundleKeys,
  privateKeyPem,
  publicBundleKey,
  publicKeyPem,
  readEnvelope,
  readPrivateKey,
  readPublicKey,
  refusalsDecider,
  mostRefusals,
  sameBytes,
  secretKey,
  signEnvelope,
  signingDecider,
  signingKeys,
  sourceSignatureOf,
  verifyEnvelope,
  type BundleEnvelope,
  type BundleEvent,
  type BundleKey,
  type SignatureAlgorithm,
  type UnsignedEnvelope,
  type VerifyOptions,
} from '../src/index.js';
import { rule } from './samples.js';

const content = normalBundle({
  version: '1.0.0',
  notes: 'Ünïcode \u2028 and "quotes" \\',
  metadata: { ticket: 'CHG-1', nested: { a: [1, 2.5, -0.1, 1e21, true, null] } },
  rules: [
    rule({ id: 'a' }),
    rule({ id: 'b', effect: 'deny', priority: 7, conditions: [{ field: 'risk_score', op: '>', value: 80 }] }),
  ],
});
const secret = 'a shared secret of thirty-two characters or more';
const hmacKey = secretKey(secret);
const pair = generateKeyPairSync('ed25519');
const seed = Uint8Array.from(pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32));
const file = (keys: readonly object[]): readonly BundleKey[] => parseBundleKeys(JSON.stringify({ keys }));
const [edKey] = file([
  { id: 'ed-1', alg: 'Ed25519', private_key: pair.privateKey.export({ format: 'pem', type: 'pkcs8' }) },
]) as [BundleKey];
const exportedAt = '2026-03-02T10:00:00.000Z';
const unsigned = (over: Partial<UnsignedEnvelope> = {}): UnsignedEnvelope => ({
  format: 'interlock-bundle/1',
  export_id: '7f4f2f66-58a4-7c1e-9c51-0d2f8a6f1b10',
  bundle: content,
  expires_at: '2026-03-03T10:00:00.000Z',
  ...over,
  provenance: {
    tenant: 'demo',
    bundle_id: bundleIdOf('demo', '1.0.0'),
    bundle_hash: bundleHash(over.bundle ?? content),
    exported_at: exportedAt,
    exported_by: 'person:7f4f2f66-58a4-7c1e-9c51-0d2f8a6f1b10',
    ...over.provenance,
  },
});
const options = (over: Partial<VerifyOptions> = {}): VerifyOptions => ({
  keys: [hmacKey, edKey],
  demand: [],
  tenant: 'demo',
  now: '2026-03-02T11:00:00.000Z',
  longestH: 720,
  ...over,
});
const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as ProblemError).code;
  }
  return 'accepted';
};
const refuses = ({ error }: { readonly error: unknown }, code: string): void => {
  expect((error as ProblemError | undefined)?.code).toBe(code);
};
const both = signEnvelope(unsigned(), [hmacKey, edKey]);
const outcome = (envelope: unknown, over: Partial<VerifyOptions> = {}): string =>
  codeOf(() => verifyEnvelope(readEnvelope(envelope), options(over)));
const textOf = (envelope: UnsignedEnvelope): string => {
  const { signatures: _, ...rest } = envelope as BundleEnvelope;
  return canonicalJson(rest);
};

describe('a signed bundle', () => {
  it("has the HMAC and the Ed25519 signature that Node's own cryptography makes and verifies", () => {
    const [mac, ed] = both.signatures;
    expect(mac).toEqual({
      alg: 'HMAC-SHA256',
      key_id: hmacKey.id,
      value: createHmac('sha256', secret).update(textOf(both)).digest('hex'),
    });
    expect(verify(null, Buffer.from(textOf(both)), pair.publicKey, Buffer.from(ed!.value, 'hex'))).toBe(true);
    expect(ed!.value).toBe(sign(null, Buffer.from(textOf(both)), pair.privateKey).toString('hex'));
    expect(outcome(both)).toBe('accepted');
  });

  it('is the same for the same content and keys, whatever the order of its members', () => {
    const turned = JSON.parse(
      JSON.stringify({ ...both, bundle: Object.fromEntries(Object.entries(both.bundle).reverse()) }, null, 4),
    ) as BundleEnvelope;
    expect(outcome(turned)).toBe('accepted');
    expect(signEnvelope(turned, [hmacKey, edKey]).signatures).toEqual(both.signatures);
  });

  it('has these bytes, as hmac of Python and OpenSSL make them', () => {
    const fixed = signEnvelope(unsigned({ bundle: normalBundle({ version: '0.0.1', rules: [] }) }), [
      secretKey('0123456789abcdef0123456789abcdef'),
      file([
        {
          id: 'vector',
          alg: 'Ed25519',
          private_key: '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
        },
      ])[0]!,
    ]);
    expect(textOf(fixed)).toBe(
      '{"bundle":{"metadata":{},"notes":"","rules":[],"version":"0.0.1"},"expires_at":"2026-03-03T10:00:00.000Z","export_id":"7f4f2f66-58a4-7c1e-9c51-0d2f8a6f1b10","format":"interlock-bundle/1","provenance":{"bundle_hash":"85ab0343cdc8e40eb0d39d24f5d962317e0c35a304b7c19f52ab0eed9bba3399","bundle_id":"8003ec65-299d-586a-b19c-40b839f655e6","exported_at":"2026-03-02T10:00:00.000Z","exported_by":"person:7f4f2f66-58a4-7c1e-9c51-0d2f8a6f1b10","tenant":"demo"},"signed_by":[{"alg":"HMAC-SHA256","key_id":"hmac-6b7bdc41deb4e752"},{"alg":"Ed25519","key_id":"vector"}]}',
    );
    expect(fixed.signatures.map(({ value }) => value)).toEqual([
      '700b5169d62dce2e09970e85db1ec50edbbc2a8308c2fb95166575645e8acc90',
      'c755164c9f5dbc3ff0d1fed3c958e0012c4020ac78eaa40b481f8f64c81b5c43ca2b126f0d5700cd08e5337b5f3e4b508cc23d63a91a4996b06d9486eab77e01',
    ]);
  });

  it('is refused when any one character of its text is another, each class of character and every place', () => {
    const text = JSON.stringify(both);
    const others = ['x', '0', '7', 'Z', ' ', '"', '\\', '{', ',', 'é', '\u0000'];
    const accepted: string[] = [];
    for (let at = 0; at < text.length; at += 1) {
      const other = others[(at * 7) % others.length]!;
      if (other === text[at]) continue;
      const changed = text.slice(0, at) + other + text.slice(at + 1);
      let value: unknown;
      try {
        value = JSON.parse(changed);
      } catch {
        continue;
      }
      // Space between tokens is not of the content.
      if (canonicalJson(value) === canonicalJson(both)) continue;
      if (outcome(value) === 'accepted')
        accepted.push(`${at}: ${changed.slice(Math.max(0, at - 10), at + 10)}`);
    }
    expect(accepted).toEqual([]);
  });

  it('is refused when anything of it is changed, left out or added', () => {
    const leaves = (value: unknown, path: readonly string[] = []): readonly (readonly string[])[] =>
      typeof value === 'object' && value !== null && Object.keys(value).length > 0
        ? Object.entries(value).flatMap(([name, member]) => leaves(member, [...path, name]))
        : [path];
    const all = leaves(both);
    fc.assert(
      fc.property(
        fc.constantFrom(...all),
        fc.constantFrom('drop', 'replace', 'add'),
        fc.jsonValue({ maxDepth: 2 }),
        (path, how, other) => {
          const changed = structuredClone(both) as never;
          const parent = path
            .slice(0, -1)
            .reduce<Record<string, unknown>>((node, name) => node[name] as Record<string, unknown>, changed);
          const name = path.at(-1)!;
          if (how === 'drop') Array.isArray(parent) ? parent.splice(Number(name), 1) : delete parent[name];
          else if (how === 'replace') parent[name] = other;
          else if (Array.isArray(parent)) parent.push(other);
          else parent['more'] = other;
          fc.pre(canonicalJson(changed) !== canonicalJson(both));
          return outcome(changed) !== 'accepted';
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('round-trips whatever notes and metadata it has', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (notes, metadata) => {
          const signed = signEnvelope(
            unsigned({
              bundle: normalBundle({
                ...content,
                notes,
                metadata: JSON.parse(JSON.stringify(metadata)) as never,
              }),
            }),
            [hmacKey, edKey],
          );
          return outcome(JSON.parse(JSON.stringify(signed))) === 'accepted';
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('which signatures count', () => {
  const by = (...keys: readonly BundleKey[]) => signEnvelope(unsigned(), keys);
  const demand = (...algorithms: readonly SignatureAlgorithm[]) => ({ demand: algorithms });
  const stranger = secretKey('another secret of thirty-two characters or more');

  it.each<readonly [string, BundleEnvelope, Partial<VerifyOptions>, string]>([
    ['one by a known key, nothing demanded', by(hmacKey), {}, 'accepted'],
    ['the demanded one', by(edKey), demand('Ed25519'), 'accepted'],
    ['both, both demanded', both, demand('HMAC-SHA256', 'Ed25519'), 'accepted'],
    ['a demanded one that is missing', by(hmacKey), demand('Ed25519'), 'bundle-signature-missing'],
    ['one of two demanded ones', by(edKey), demand('HMAC-SHA256', 'Ed25519'), 'bundle-signature-missing'],
    [
      'both, with the demanded one stripped',
      { ...both, signatures: both.signatures.slice(0, 1) },
      demand('Ed25519'),
      'bundle-signature-invalid',
    ],
    [
      'both, with one stripped and nothing demanded',
      { ...both, signatures: both.signatures.slice(1) },
      {},
      'bundle-signature-invalid',
    ],
    ['an unknown key', by(stranger), {}, 'bundle-key-unknown'],
    ['an unknown key beside a known one', by(stranger, edKey), {}, 'accepted'],
    [
      'an unknown key of the demanded algorithm',
      by(stranger, edKey),
      demand('HMAC-SHA256'),
      'bundle-key-unknown',
    ],
    [
      'a wrong signature beside a right one',
      { ...both, signatures: [both.signatures[0]!, { ...both.signatures[1]!, value: '00'.repeat(64) }] },
      {},
      'bundle-signature-invalid',
    ],
    ['no known key at all', both, { keys: [] }, 'bundle-key-unknown'],
    [
      'a key that is for another tenant',
      both,
      {
        keys: [
          { ...hmacKey, tenants: ['other'] },
          { ...edKey, tenants: ['other'] },
        ],
      },
      'bundle-key-unknown',
    ],
    ['a key that was revoked', both, { keys: [{ ...hmacKey, state: 'revoked' }] }, 'bundle-key-unknown'],
    [
      'a key that was retired after the export',
      by(edKey),
      { keys: [{ ...edKey, state: 'retired', retired_at: '2026-03-02T10:00:00.001Z' }] },
      'accepted',
    ],
    [
      'a key that was retired at the instant of the export',
      by(edKey),
      { keys: [{ ...edKey, state: 'retired', retired_at: exportedAt }] },
      'bundle-key-unknown',
    ],
    [
      'a key that is in use from the instant of the export',
      by(edKey),
      { keys: [{ ...edKey, not_before: exportedAt }] },
      'accepted',
    ],
    [
      'a key that was not in use yet',
      by(edKey),
      { keys: [{ ...edKey, not_before: '2026-03-02T10:00:00.001Z' }] },
      'bundle-key-unknown',
    ],
    [
      'a signature under the name of a key of another algorithm',
      { ...both, signatures: [{ ...both.signatures[0]!, key_id: 'ed-1' }] },
      {},
      'bundle-signature-invalid',
    ],
  ])('%s', (_, envelope, over, expected) => {
    expect(outcome(envelope, over)).toBe(expected);
  });

  it('an HMAC with the public key as its secret is none: the key says by which algorithm', () => {
    const publicKey = edKey.alg === 'Ed25519' ? edKey.publicKey : new Uint8Array();
    const forged = signEnvelope(unsigned(), [
      { ...hmacKey, id: 'ed-1', alg: 'HMAC-SHA256', secret: publicKey } as BundleKey,
    ]);
    expect(outcome(forged)).toBe('bundle-signature-invalid');
  });

  it('who can only verify cannot sign', () => {
    const [onlyPublic] = file([
      { id: 'ed-1', alg: 'Ed25519', public_key: pair.publicKey.export({ format: 'pem', type: 'spki' }) },
    ]);
    expect(outcome(by(edKey), { keys: [onlyPublic!] })).toBe('accepted');
    expect(() => signEnvelope(unsigned(), [onlyPublic!])).toThrow(RangeError);
    expect(signingKeys([onlyPublic!], 'demo', exportedAt)).toEqual([]);
  });

  it('is compared by what compares in constant time', () => {
    const seen: number[] = [];
    outcome(both, { equal: (a, b) => seen.push(a.length, b.length) > 0 && sameBytes(a, b) });
    expect(seen).toEqual([32, 32]);
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.uint8Array(),
        (a, b) => sameBytes(a, b) === Buffer.from(a).equals(Buffer.from(b)) && sameBytes(a, a.slice()),
      ),
    );
  });

  it('says the hash of its bundle, and it is that', () => {
    const lied = signEnvelope(
      unsigned({ provenance: { ...unsigned().provenance, bundle_hash: 'ab'.repeat(32) } }),
      [hmacKey],
    );
    expect(outcome(lied)).toBe('bundle-signature-invalid');
  });
});

describe('expiry', () => {
  it.each([
    ['an instant before', '2026-03-03T09:59:59.999Z', 'accepted'],
    ['at the very instant', '2026-03-03T10:00:00.000Z', 'bundle-expired'],
    ['after', '2026-03-03T10:00:00.001Z', 'bundle-expired'],
  ])('%s: %s → %s', (_, now, expected) => {
    expect(outcome(both, { now })).toBe(expected);
  });

  it('is at the longest what whoever imports allows, whatever the file says', () => {
    const long = signEnvelope(unsigned({ expires_at: '2036-03-02T10:00:00.000Z' }), [hmacKey]);
    expect([
      outcome(long, { now: '2026-03-04T09:59:59.999Z', longestH: 48 }),
      outcome(long, { now: '2026-03-04T10:00:00.000Z', longestH: 48 }),
    ]).toEqual(['accepted', 'bundle-expired']);
  });

  it.each([
    ['five minutes', '2026-03-02T09:55:00.000Z', 'accepted'],
    ['more', '2026-03-02T09:54:59.999Z', 'bundle-expired'],
  ])('a clock that is ahead by %s: %s → %s', (_, now, expected) => {
    expect(outcome(both, { now })).toBe(expected);
  });

  it('is not told of a file that was changed: the signature comes first', () => {
    expect(
      outcome({ ...both, bundle: { ...content, version: '1.0.1' } }, { now: '2027-01-01T00:00:00.000Z' }),
    ).toBe('bundle-signature-invalid');
  });
});

describe('what is no exported bundle', () => {
  it.each<readonly [string, unknown]>([
    ['nothing', null],
    ['a list', []],
    ['a bundle', content],
    ['another format', { ...both, format: 'interlock-bundle/2' }],
    ['no signature', { ...both, signatures: [] }],
    ['nine signatures', { ...both, signatures: Array.from({ length: 9 }, () => both.signatures[0]) }],
    ['a further member', { ...both, more: 1 }],
    ['one key twice', { ...both, signatures: [both.signatures[0], both.signatures[0]] }],
    [
      'a signature in capitals',
      { ...both, signatures: [{ ...both.signatures[0]!, value: both.signatures[0]!.value.toUpperCase() }] },
    ],
    ['an expiry before the export', { ...both, expires_at: exportedAt }],
    ['a time that is none', { ...both, expires_at: '2026-99-99T00:00:00.000Z' }],
    ['an algorithm that is none', { ...both, signatures: [{ ...both.signatures[0]!, alg: 'none' }] }],
  ])('%s is refused', (_, value) => {
    expect(codeOf(() => readEnvelope(value))).toBe('validation-failed');
  });

  it('neither is what has no canonical JSON', () => {
    expect(outcome({ ...both, bundle: JSON.parse('{"a":1e999}') as object })).toBe('validation-failed');
    expect(outcome({ ...both, bundle: { a: '\ud800' } })).toBe('validation-failed');
  });

  it('what nests ten thousand levels deep is refused, not run into', () => {
    expect(
      outcome({ ...both, bundle: { a: JSON.parse(`${'['.repeat(10_000)}${']'.repeat(10_000)}`) as object } }),
    ).toBe('bundle-signature-invalid');
  });
});

describe('the schema of exported bundles', () => {
  it('is the one in the documents', () => {
    expect(
      JSON.parse(
        readFileSync(new URL('../../../docs/schemas/bundle-envelope.schema.json', import.meta.url), 'utf8'),
      ),
    ).toEqual(JSON.parse(JSON.stringify(envelopeSchema)));
  });
});

describe('the key file', () => {
  const hmacEntry = { id: 'h', alg: 'HMAC-SHA256', secret };
  const edEntry = { id: 'e', alg: 'Ed25519', private_key: Buffer.from(seed).toString('hex') };

  it('takes PEM as OpenSSL and Node write it, or hex, and writes PEM that Node reads', () => {
    const pem = pair.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
    expect(readPrivateKey(pem)).toEqual(seed);
    expect(readPrivateKey(Buffer.from(seed).toString('hex'))).toEqual(seed);
    const publicKey = readPublicKey(pair.publicKey.export({ format: 'pem', type: 'spki' }) as string)!;
    expect(createPublicKey(publicKeyPem(publicKey)).equals(pair.publicKey)).toBe(true);
    expect(createPrivateKey(privateKeyPem(seed)).equals(pair.privateKey)).toBe(true);
  });

  it.each<readonly [string, object]>([
    ['no keys', { keys: [] }],
    ['an unknown algorithm', { keys: [{ ...hmacEntry, alg: 'RS256' }] }],
    ['a short secret', { keys: [{ ...hmacEntry, secret: 'short-secret-value' }] }],
    ['an HMAC key without secret', { keys: [{ id: 'h', alg: 'HMAC-SHA256' }] }],
    ['an HMAC key with a public part', { keys: [{ ...hmacEntry, public_key: 'ab' }] }],
    ['an Ed25519 key with a secret', { keys: [{ ...edEntry, secret }] }],
    ['an Ed25519 key without parts', { keys: [{ id: 'e', alg: 'Ed25519' }] }],
    ['a private key that is none', { keys: [{ ...edEntry, private_key: 'private-key-value' }] }],
    [
      'parts that do not belong together',
      {
        keys: [
          { ...edEntry, public_key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c' },
        ],
      },
    ],
    [
      'a public key of small order',
      { keys: [{ id: 'e', alg: 'Ed25519', public_key: `01${'00'.repeat(31)}` }] },
    ],
    [
      'a public key that is no point',
      { keys: [{ id: 'e', alg: 'Ed25519', public_key: `02${'00'.repeat(31)}` }] },
    ],
    [
      'an RSA key',
      {
        keys: [
          {
            ...edEntry,
            private_key: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({
              format: 'pem',
              type: 'pkcs8',
            }),
          },
        ],
      },
    ],
    ['one id twice', { keys: [hmacEntry, { ...edEntry, id: 'h' }] }],
    ['an unknown state', { keys: [{ ...hmacEntry, state: 'lost' }] }],
    ['an unknown member', { keys: [{ ...hmacEntry, note: 'x' }] }],
    ['a time that is none', { keys: [{ ...hmacEntry, not_before: 'soon' }] }],
  ])('with %s is refused, and no value of it told', (_, value) => {
    let told = '';
    try {
      parseBundleKeys(JSON.stringify(value));
    } catch (error) {
      told = `${(error as ProblemError).code} ${(error as Error).message} ${JSON.stringify(error)}`;
    }
    expect(told).toMatch(/^validation-failed /);
    for (const value of [
      secret,
      'short-secret-value',
      'private-key-value',
      Buffer.from(seed).toString('hex'),
      'BEGIN',
    ])
      expect(told).not.toContain(value);
  });

  it('shows no secret, and what it shows can be verified with', () => {
    const keys = file([hmacEntry, edEntry]);
    const shown = JSON.stringify({ keys: keys.map(publicBundleKey) });
    expect(shown).not.toContain(secret);
    expect(shown).not.toContain(Buffer.from(seed).toString('hex'));
    expect(shown).not.toContain('PRIVATE');
    const [only, ...more] = parseBundleKeys(shown, { publicOnly: true });
    expect(more).toEqual([]);
    expect(outcome(signEnvelope(unsigned(), [keys[1]!]), { keys: [only!] })).toBe('accepted');
  });

  it('of a new installation holds a key of each algorithm', () => {
    const keys = parseBundleKeys(
      firstBundleKeys({ secret: randomBytes(32), seed: randomBytes(32), at: '2026-03-02' }),
    );
    expect(signingKeys(keys, 'demo', exportedAt).map(({ id }) => id)).toEqual([
      'hmac-2026-03-02',
      'ed25519-2026-03-02',
    ]);
  });

  it('a shared secret names its key without telling of it', () => {
    expect(secretKey(secret).id).toMatch(/^hmac-[0-9a-f]{16}$/);
    expect(secretKey(secret).id).not.toBe(secretKey(`${secret}!`).id);
    expect(() => secretKey('too short')).toThrow(/HMAC_SECRET/);
  });
});

describe('rotation', () => {
  const keys = file([
    { id: 'old', alg: 'HMAC-SHA256', secret: `${secret}1`, state: 'retired' },
    { id: 'now', alg: 'HMAC-SHA256', secret: `${secret}2`, not_before: '2026-01-01T00:00:00.000Z' },
    { id: 'next', alg: 'HMAC-SHA256', secret: `${secret}3`, not_before: '2026-06-01T00:00:00.000Z' },
    { id: 'first', alg: 'HMAC-SHA256', secret: `${secret}4` },
    {
      id: 'theirs',
      alg: 'HMAC-SHA256',
      secret: `${secret}5`,
      not_before: '2026-02-01T00:00:00.000Z',
      tenants: ['other'],
    },
  ]);

  it('one signs: the active one that began last', () => {
    const at = (now: string, tenant = 'demo') => signingKeys(keys, tenant, now).map(({ id }) => id);
    expect([
      at('2025-12-31T23:59:59.999Z'),
      at('2026-01-01T00:00:00.000Z'),
      at('2026-03-01T00:00:00.000Z', 'other'),
      at('2026-06-01T00:00:00.000Z'),
    ]).toEqual([['first'], ['now'], ['theirs'], ['next']]);
  });

  it('several verify: what the old one signed before is still good', () => {
    expect(outcome(signEnvelope(unsigned(), [keys[0]!]), { keys })).toBe('accepted');
  });
});

describe("importing into a bundle's stream", () => {
  const deleted: BundleEvent = {
    type: 'BundleDeleted',
    data: { bundle_id: bundleIdOf('demo', '1.0.0'), version: '1.0.0' },
  };
  const bundle_id = bundleIdOf('demo', '1.0.0');
  const signed = sourceSignatureOf(both);
  const importing = {
    type: 'CreateBundle',
    bundle_id,
    content,
    source: 'imported',
    source_signature: signed,
  } as const;

  it('makes a draft that keeps the signature, which can be verified again from it', () => {
    const events = bundleDecider.decide(importing, bundleDecider.initial);
    expect(events).toMatchObject([
      { type: 'BundleCreated', data: { source: 'imported', source_signature: signed } },
    ]);
    refuses(given(bundleDecider, events).when({ type: 'ReleaseBundle' }), 'approval-required');
    const [{ data }] = events as unknown as [
      { data: { source_signature: object; version: string; rules: object; notes: string; metadata: object } },
    ];
    const again = {
      ...data.source_signature,
      bundle: { version: data.version, rules: data.rules, notes: data.notes, metadata: data.metadata },
    };
    expect(outcome(JSON.parse(JSON.stringify(again)))).toBe('accepted');
  });

  it('the same file is taken once, also after its draft was deleted and another one made', () => {
    const imported = bundleDecider.decide(importing, bundleDecider.initial);
    refuses(given(bundleDecider, imported).when(importing), 'bundle-replayed');
    refuses(given(bundleDecider, [...imported, deleted]).when(importing), 'bundle-replayed');
    refuses(
      given(bundleDecider, [
        ...imported,
        deleted,
        ...bundleDecider.decide(
          { type: 'CreateBundle', bundle_id, content, source: 'api' },
          bundleDecider.initial,
        ),
        deleted,
      ]).when(importing),
      'bundle-replayed',
    );
  });

  it('who exported it in the same tenant can not approve it, as little as who imported it', () => {
    const person = (person_id: string) => ({ kind: 'person', person_id }) as const;
    const approvedBy = (who: string, tenant_id: string): unknown => {
      const state = fold(bundleDecider, bundleDecider.decide(importing, bundleDecider.initial), {
        actor: person('bob'),
        tenant_id,
      });
      try {
        bundleDecider.decide(
          {
            type: 'ApproveBundle',
            actor: person(who),
            approval_id: 'a',
            ...(state.status === 'none' ? {} : { bundle_hash: state.bundle_hash }),
            note: '',
          },
          state,
        );
      } catch (error) {
        return (error as ProblemError).code;
      }
      return 'approved';
    };
    const exporter = '7f4f2f66-58a4-7c1e-9c51-0d2f8a6f1b10';
    expect([approvedBy(exporter, 'demo'), approvedBy('bob', 'demo'), approvedBy('bob', 'other')]).toEqual([
      'same-person',
      'same-person',
      'same-person',
    ]);
    expect([approvedBy('cleo', 'demo'), approvedBy(exporter, 'other')]).not.toContain('same-person');
  });

  it('another export of the version that is there is refused for that', () => {
    const imported = bundleDecider.decide(importing, bundleDecider.initial);
    refuses(
      given(bundleDecider, imported).when({
        ...importing,
        source_signature: { ...signed, export_id: '00000000-58a4-7c1e-9c51-0d2f8a6f1b10' },
      }),
      'already-exists',
    );
  });
});

describe('what is kept of exchanges', () => {
  it("a tenant's demands: each algorithm once, in their own order; the same again writes nothing", () => {
    expect(
      given(signingDecider, []).when({ type: 'ConfigureSigning', demand: ['Ed25519', 'HMAC-SHA256'] }).events,
    ).toEqual([{ type: 'SigningConfigured', data: { demand: ['HMAC-SHA256', 'Ed25519'] } }]);
    refuses(
      given(signingDecider, []).when({ type: 'ConfigureSigning', demand: ['Ed25519', 'Ed25519'] }),
      'validation-failed',
    );
    refuses(
      given(signingDecider, []).when({ type: 'ConfigureSigning', demand: ['none' as never] }),
      'validation-failed',
    );
    expect(
      given(signingDecider, [{ type: 'SigningConfigured', data: { demand: ['Ed25519'] } }]).when({
        type: 'ConfigureSigning',
        demand: ['Ed25519'],
      }).events,
    ).toEqual([]);
  });

  it('refused imports are bounded: each file once for each reason, so many a day', () => {
    const refusal = (n: number) =>
      ({
        kind: 'record-refusal',
        code: 'bundle-expired',
        file_hash: `${n}`,
        export_id: 'x',
        bundle_id: null,
        version: null,
        key_ids: [],
      }) as const;
    const before = Array.from({ length: mostRefusals - 1 }, (_, n) =>
      refusalsDecider.decide(refusal(n), refusalsDecider.initial),
    ).flat();
    expect(given(refusalsDecider, before).when(refusal(0)).events).toEqual([]);
    expect(given(refusalsDecider, before).when({ ...refusal(0), code: 'bundle-replayed' }).events).toEqual([
      {
        type: 'BundleImportRefused',
        data: {
          code: 'bundle-replayed',
          file_hash: '0',
          export_id: 'x',
          bundle_id: null,
          version: null,
          key_ids: [],
        },
      },
    ]);
    expect(
      given(refusalsDecider, [
        ...before,
        ...refusalsDecider.decide(refusal(1000), refusalsDecider.initial),
      ]).when(refusal(1001)).events,
    ).toEqual([]);
  });

  it('every export is one', () => {
    const exported = {
      bundle_id: 'b',
      version: '1.0.0',
      bundle_hash: 'h',
      export_id: 'x',
      key_ids: ['k'],
      expires_at: '2026-03-03T10:00:00.000Z',
    };
    expect(
      given(exportsDecider, [{ type: 'BundleExported', data: exported }]).when({
        kind: 'record-export',
        ...exported,
        export_id: 'y',
      }).events,
    ).toEqual([{ type: 'BundleExported', data: { ...exported, export_id: 'y' } }]);
  });
});
