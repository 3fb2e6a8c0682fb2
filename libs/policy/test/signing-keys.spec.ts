import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { ProblemError } from '@interlock/kernel';
import {
  firstBundleKeys,
  parseBundleKeys,
  privateKeyPem,
  publicBundleKey,
  publicKeyPem,
  readPrivateKey,
  readPublicKey,
  secretKey,
  signEnvelope,
  signingKeys,
} from '../src/index.js';
import { exportedAt, file, outcome, pair, secret, unsigned } from './signed-bundles.js';

const seed = Uint8Array.from(pair.privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-32));

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
      'a public key that is not a point',
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
  ])('with %s is refused without revealing a value', (_, value) => {
    let output = '';
    try {
      parseBundleKeys(JSON.stringify(value));
    } catch (error) {
      output = `${(error as ProblemError).code} ${(error as Error).message} ${JSON.stringify(error)}`;
    }
    expect(output).toMatch(/^validation-failed /);
    for (const value of [
      secret,
      'short-secret-value',
      'private-key-value',
      Buffer.from(seed).toString('hex'),
      'BEGIN',
    ])
      expect(output).not.toContain(value);
  });

  it('shows no secret, and its public part can verify', () => {
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

  it('names the key of a shared secret without revealing it', () => {
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

  it('the active key that began last signs', () => {
    const at = (now: string, tenant = 'demo') => signingKeys(keys, tenant, now).map(({ id }) => id);
    expect([
      at('2025-12-31T23:59:59.999Z'),
      at('2026-01-01T00:00:00.000Z'),
      at('2026-03-01T00:00:00.000Z', 'other'),
      at('2026-06-01T00:00:00.000Z'),
    ]).toEqual([['first'], ['now'], ['theirs'], ['next']]);
  });

  it("several keys verify, so the old one's earlier signatures stay valid", () =>
    expect(outcome(signEnvelope(unsigned(), [keys[0]!]), { keys })).toBe('accepted'));
});
