import { describe, expect, it } from '@jest/globals';
import { isProblem } from '@interlock/kernel';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey } from 'jose';
import { readBreakGlass, readBreakGlassKeys } from '../src/approvals/break-glass.js';

const now = new Date('2026-11-20T03:00:00.000Z');
const nowS = now.getTime() / 1000;
const id = '0199aaaa-0000-7000-8000-000000000001';
const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519', extractable: true });
const { privateKey: another } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
const { x = '' } = await exportJWK(publicKey);
const keys = readBreakGlassKeys(`safe ${x}`);
const stop = { scope: 'tenant', tenant_id: 'demo', reason: 'the identity provider is gone' };

type Over = {
  readonly stop?: object;
  readonly kid?: string;
  readonly typ?: string;
  readonly aud?: string;
  readonly iat?: number;
  readonly exp?: number;
  readonly jti?: string;
  readonly key?: CryptoKey;
};
const signed = (over: Over = {}): Promise<string> =>
  new SignJWT({ stop: over.stop ?? stop })
    .setProtectedHeader({ alg: 'EdDSA', typ: over.typ ?? 'interlock-stop+jwt', kid: over.kid ?? 'safe' })
    .setAudience(over.aud ?? 'interlock-kill-switch')
    .setJti(over.jti ?? id)
    .setIssuedAt(over.iat ?? nowS)
    .setExpirationTime(over.exp ?? (over.iat ?? nowS) + 60)
    .sign(over.key ?? privateKey);
const codeOf = async (request: Promise<string> | string): Promise<string> => {
  try {
    await readBreakGlass(await request, keys, now);
    return 'taken';
  } catch (error) {
    return isProblem(error) ? error.code : 'thrown';
  }
};

describe('a request that was signed with an offline key', () => {
  it('engages what it names, and says nothing else', async () => {
    expect(await readBreakGlass(await signed(), keys, now)).toMatchObject({
      name: 'safe',
      id,
      at: now,
      stop: { ...stop, engaged: true },
    });
    const release = { ...stop, engaged: false };
    expect((await readBreakGlass(await signed({ stop: release }), keys, now)).stop.engaged).toBe(true);
  });

  it.each<[string, Over]>([
    ['another key', { key: another }],
    ['an unknown name', { kid: 'other' }],
    ['another audience', { aud: 'interlock' }],
    ['another type', { typ: 'JWT' }],
    ['no UUID as its id', { jti: 'once' }],
    ['a life of more than two minutes', { exp: nowS + 121 }],
    ['an end that is over', { iat: nowS - 91, exp: nowS - 31 }],
    ['a beginning that is to come', { iat: nowS + 31 }],
  ])('is refused with %s', async (_what, over) => {
    expect(await codeOf(signed(over))).toBe('unauthenticated');
  });

  it('is taken from a clock that is half a minute off', async () => {
    expect(await codeOf(signed({ iat: nowS - 90, exp: nowS - 29 }))).toBe('taken');
    expect(await codeOf(signed({ iat: nowS + 30 }))).toBe('taken');
  });

  it('is refused without a signature, and as no JWT', async () => {
    const claims = { stop, aud: 'interlock-kill-switch', jti: id, iat: nowS, exp: nowS + 60 };
    for (const text of [new UnsecuredJWT(claims).encode(), 'a.b.c', ''])
      expect(await codeOf(text)).toBe('unauthenticated');
  });

  it('names all that is wrong with what is to stop', async () => {
    expect(await codeOf(signed({ stop: { scope: 'planet', reason: 'x' } }))).toBe('validation-failed');
    expect(await codeOf(signed({ stop: { scope: 'tenant', reason: 'x' } }))).toBe('validation-failed');
    expect(await codeOf(signed({ stop: { ...stop, more: 1 } }))).toBe('validation-failed');
    expect(await codeOf(signed({ stop: { scope: 'global', reason: 'x' } }))).toBe('taken');
  });
});

describe('the registered keys', () => {
  it('are one a line or by comma, with comments', () => {
    expect([...readBreakGlassKeys(`# safe\nsafe ${x}, spare ${x}\n`).keys()]).toEqual(['safe', 'spare']);
    expect(readBreakGlassKeys('').size).toBe(0);
  });

  it('may have the same line twice', () =>
    expect([...readBreakGlassKeys(`safe ${x}\nsafe ${x}`).keys()]).toEqual(['safe']));

  it.each([`safe`, `safe ${x}x`, `Safe ${x}`, `safe ${x} more`, `safe ${x}\nsafe ${'A'.repeat(43)}`])(
    'are refused whole where one is none: %#',
    (text) => expect(() => readBreakGlassKeys(text)).toThrow('is not `NAME KEY`'),
  );
});
