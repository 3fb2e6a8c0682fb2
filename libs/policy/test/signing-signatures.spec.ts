import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  sameBytes,
  secretKey,
  signEnvelope,
  signingKeys,
  type BundleEnvelope,
  type BundleKey,
  type SignatureAlgorithm,
  type VerifyOptions,
} from '../src/index.js';
import { both, edKey, exportedAt, file, hmacKey, outcome, pair, unsigned } from './signed-bundles.js';

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
  ])('%s', (_, envelope, over, expected) => expect(outcome(envelope, over)).toBe(expected));

  it('an HMAC with the public key as its secret is refused, because the key determines the algorithm', () => {
    const publicKey = edKey.alg === 'Ed25519' ? edKey.publicKey : new Uint8Array();
    const forged = signEnvelope(unsigned(), [
      { ...hmacKey, id: 'ed-1', alg: 'HMAC-SHA256', secret: publicKey } as BundleKey,
    ]);
    expect(outcome(forged)).toBe('bundle-signature-invalid');
  });

  it('a key that can only verify cannot sign', () => {
    const [onlyPublic] = file([
      { id: 'ed-1', alg: 'Ed25519', public_key: pair.publicKey.export({ format: 'pem', type: 'spki' }) },
    ]);
    expect(outcome(by(edKey), { keys: [onlyPublic!] })).toBe('accepted');
    expect(() => signEnvelope(unsigned(), [onlyPublic!])).toThrow(RangeError);
    expect(signingKeys([onlyPublic!], 'demo', exportedAt)).toEqual([]);
  });

  it('is compared in constant time', () => {
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

  it('states the real hash of its bundle', () => {
    const lied = signEnvelope(
      unsigned({ provenance: { ...unsigned().provenance, bundle_hash: 'ab'.repeat(32) } }),
      [hmacKey],
    );
    expect(outcome(lied)).toBe('bundle-signature-invalid');
  });
});
