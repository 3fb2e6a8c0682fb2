import { describe, expect, it } from '@jest/globals';
import { decode, encodeOperator, fromPublic, fromSeed } from '@nats-io/jwt';
import { isUserKey, newSeed, readSeed, subjectOfJwt, type KeyKind } from '../src/operator/index.js';
import { isSignedBy } from '../src/operator/native.js';

const encoded = (text: string): Uint8Array => new TextEncoder().encode(text);
const kinds: readonly KeyKind[] = ['operator', 'account', 'user'];

describe('the keys of operator mode, which sign with what Node has', () => {
  it.each(kinds)('are the same, and sign the same, as those of the library: %s', (kind) => {
    for (let n = 0; n < 8; n += 1) {
      const seed = newSeed(kind);
      const [ours, theirs] = [readSeed(kind, seed)!, fromSeed(encoded(seed))];
      expect(ours.getPublicKey()).toBe(theirs.getPublicKey());
      expect(ours.getPrivateKey()).toEqual(theirs.getPrivateKey());
      expect(ours.getSeed()).toEqual(theirs.getSeed());
      const input = encoded('x'.repeat(n * 100));
      const signature = ours.sign(input);
      expect(signature).toEqual(theirs.sign(input));
      const other = encoded('y');
      for (const text of [input, other]) {
        expect(ours.verify(text, signature)).toBe(text === input);
        expect(isSignedBy(ours.getPublicKey(), text, signature)).toBe(text === input);
        expect(fromPublic(ours.getPublicKey()).verify(text, signature)).toBe(text === input);
      }
      expect(isSignedBy(readSeed(kind, newSeed(kind))!.getPublicKey(), input, signature)).toBe(false);
      expect(ours.verify(input, signature.subarray(1))).toBe(false);
    }
  });

  it('are read of no text that is not the seed of such a key', () => {
    for (const kind of kinds) {
      const seed = newSeed(kind);
      const bent = `${seed.slice(0, 20)}${seed[20] === 'A' ? 'B' : 'A'}${seed.slice(21)}`;
      for (const other of kinds) expect(readSeed(other, seed) === undefined).toBe(other !== kind);
      const publicKey = readSeed(kind, ` ${seed}\n`)!.getPublicKey();
      for (const text of ['', 'S', bent, seed.slice(1), seed.toLowerCase(), publicKey])
        expect([text, readSeed(kind, text)]).toEqual([text, undefined]);
      expect(isUserKey(publicKey)).toBe(kind === 'user');
      for (const text of ['', bent, seed]) expect(isUserKey(text)).toBe(false);
    }
  });
});

describe('a JWT that was issued', () => {
  it('is of the key that the library says, and of none where a letter of it is another', async () => {
    const operator = readSeed('operator', newSeed('operator'))!;
    const jwt = await encodeOperator('interlock', operator);
    expect(subjectOfJwt(`${jwt}\n`)).toBe(operator.getPublicKey());
    expect(decode(jwt).sub).toBe(operator.getPublicKey());
    const [header, body, signature] = jwt.split('.') as [string, string, string];
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as object;
    for (const text of [
      '',
      'a.b.c',
      `${header}.${body}`,
      `${jwt}.${signature}`,
      `${header}.${body}.`,
      `${header}.${part({ ...claims, sub: readSeed('operator', newSeed('operator'))!.getPublicKey() })}.${signature}`,
      `${header}.${part({ ...claims, iss: readSeed('operator', newSeed('operator'))!.getPublicKey() })}.${signature}`,
      `${header}.${part({ ...claims, iss: 'O' })}.${signature}`,
      `${part({ typ: 'JWT', alg: 'none' })}.${body}.${signature}`,
      `${part({ typ: 'JWS', alg: 'ed25519-nkey' })}.${body}.${signature}`,
    ])
      expect(() => subjectOfJwt(text)).toThrow();
  });
});
