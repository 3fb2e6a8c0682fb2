import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  keysOf,
  nextKeyFiles,
  pemOfSeed,
  readKeyFiles,
  seedOfPem,
  verifierText,
  type KeyFiles,
} from '../../src/index.js';
import { firstKeys, key, keysRead, rotatedKeys, seedOf } from '../golden.js';

const without = (files: KeyFiles, ...names: string[]): KeyFiles =>
  Object.fromEntries(Object.entries(files).filter(([name]) => !names.includes(name)));
const faultOf = (files: KeyFiles): string => {
  const read = readKeyFiles(files);
  return 'fault' in read ? read.fault : 'none';
};

describe('a private key as PEM', () => {
  it('is what OpenSSL reads and writes', () => {
    expect(createPrivateKey(pemOfSeed(seedOf(1))).export({ format: 'jwk' })['d']).toBe(
      Buffer.from(seedOf(1)).toString('base64url'),
    );
    const { privateKey } = generateKeyPairSync('ed25519');
    const seed = Buffer.from(privateKey.export({ format: 'jwk' })['d']!, 'base64url');
    expect(
      Buffer.from(seedOfPem(privateKey.export({ format: 'pem', type: 'pkcs8' }).toString())!).equals(seed),
    ).toBe(true);
  });

  it('of another kind, or none, is refused', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 })
      .privateKey.export({ format: 'pem', type: 'pkcs8' })
      .toString();
    for (const bad of [
      rsa,
      '',
      'PRIVATE KEY',
      pemOfSeed(seedOf(1)).replace('BEGIN PRIVATE', 'BEGIN ED25519'),
      pemOfSeed(seedOf(1)).slice(0, -40),
    ])
      expect(seedOfPem(bad)).toBeUndefined();
    expect(() => pemOfSeed(new Uint8Array(31))).toThrow(RangeError);
  });
});

describe('a folder of keys', () => {
  it('has a first key, and after a rotation a second that the first names', () => {
    expect(keysRead(firstKeys)).toMatchObject({ count: 1, chain: { rotations: [] } });
    const read = keysRead(rotatedKeys);
    expect(read).toMatchObject({ count: 2 });
    expect(keysOf(read.chain)!.map(verifierText)).toEqual([verifierText(key), rotatedKeys['2.vkey']!.trim()]);
    expect(verifierText(read.signer!)).toBe(rotatedKeys['2.vkey']!.trim());
  });

  it("does without the private parts of earlier keys, and says where the present one's is missing", () => {
    expect(keysRead(without(rotatedKeys, '1.pem')).signer).not.toBeNull();
    expect(keysRead(without(rotatedKeys, '2.pem')).signer).toBeNull();
    expect(() => nextKeyFiles(keysRead(without(rotatedKeys, '2.pem')), seedOf(4))).toThrow(RangeError);
  });

  it('whose files do not belong together is refused, without a word of what they hold', () => {
    const faults = [
      {},
      without(rotatedKeys, '2.rotation'),
      { ...rotatedKeys, '2.rotation': 'x' },
      { ...rotatedKeys, '2.vkey': firstKeys['1.vkey']! },
      { ...rotatedKeys, '2.pem': firstKeys['1.pem']! },
      { ...rotatedKeys, '2.pem': 'secret' },
      { ...firstKeys, '1.vkey': 'x' },
    ].map(faultOf);
    expect(faults).toEqual([
      'there is no `1.vkey`',
      'there is no `2.rotation`',
      'a key is not named by the one before it',
      '`2.vkey` is not the key that its rotation names',
      '`2.pem` does not belong to `2.vkey`',
      '`2.pem` is not an Ed25519 key in PKCS8',
      'a key is not named by the one before it',
    ]);
  });
});
