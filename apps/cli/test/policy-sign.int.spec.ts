import { createHmac, generateKeyPairSync, randomBytes, verify as verifyBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { canonicalJson } from '@interlock/kernel';
import { firstBundleKeys, parseBundleKeys, publicBundleKey, type BundleEnvelope } from '@interlock/policy';
import {
  dir,
  secret,
  pair,
  policy,
  file,
  rule,
  bundle,
  writePolicyFiles,
  removePolicyFiles,
} from './policy-files.js';

beforeAll(writePolicyFiles);
afterAll(removePolicyFiles);

describe('interlock policy sign and verify', () => {
  const signedText = (file: string): BundleEnvelope =>
    JSON.parse(readFileSync(join(dir, file), 'utf8')) as BundleEnvelope;
  const contentOf = ({ signatures: _, ...content }: BundleEnvelope): string => canonicalJson(content);
  const pem = (name: string): string => readFileSync(join(dir, name), 'utf8');

  it('sign with a private key, and verify with the public one alone', async () => {
    const ran = await policy(['sign', 'clean.json', '--key', 'k.pem', '--key-id', 'ci-1', '-o', 'ed.json']);
    expect([ran.code, ran.stdout]).toEqual([0, '']);
    const envelope = signedText('ed.json');
    expect(envelope).toMatchObject({
      signed_by: [{ alg: 'Ed25519', key_id: 'ci-1' }],
      provenance: { tenant: 'demo', exported_by: 'service:cli' },
    });
    expect(
      verifyBytes(
        null,
        Buffer.from(contentOf(envelope)),
        pair.publicKey,
        Buffer.from(envelope.signatures[0]!.value, 'hex'),
      ),
    ).toBe(true);
    const hex = (pair.publicKey.export({ format: 'der', type: 'spki' }) as Buffer)
      .subarray(-32)
      .toString('hex');
    for (const key of ['p.pem', hex])
      expect(await policy(['verify', 'ed.json', '--key', key])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('verified by ci-1'),
      });
  });

  it("sign with the environment's secret, like Node's HMAC", async () => {
    const { code, stdout, stderr } = await policy(['sign', 'clean.json', '--expires-in-h', '72'], {
      HMAC_SECRET: secret,
    });
    expect([code, stderr]).toEqual([0, expect.not.stringContaining(secret)]);
    const envelope = JSON.parse(stdout) as BundleEnvelope;
    expect(envelope.signatures[0]!.value).toBe(
      createHmac('sha256', secret).update(contentOf(envelope)).digest('hex'),
    );
    expect(Date.parse(envelope.expires_at) - Date.parse(envelope.provenance.exported_at)).toBe(
      72 * 3_600_000,
    );
    file('mac.json', stdout);
    expect((await policy(['verify', 'mac.json'], { HMAC_SECRET: secret })).code).toBe(0);
    expect(await policy(['verify', 'mac.json'], { HMAC_SECRET: `${secret}!` })).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('bundle-key-unknown'),
    });
  });

  it("sign with every algorithm of a key file, and verify with the registry's public keys", async () => {
    const keys = firstBundleKeys({ secret: randomBytes(32), seed: randomBytes(32), at: '2026-11-20' });
    file('keys.json', keys);
    file('public.json', { keys: parseBundleKeys(keys).map(publicBundleKey) });
    await policy(['sign', 'clean.json', '--key', 'keys.json', '-o', 'both.json']);
    expect(signedText('both.json').signatures.map(({ alg }) => alg)).toEqual(['HMAC-SHA256', 'Ed25519']);
    expect(
      await policy(['verify', 'both.json', '--keys', 'public.json', '--demand', 'Ed25519', '--json']),
    ).toMatchObject({ code: 0, stdout: expect.stringContaining('"verified": true') });
    expect(
      await policy(['verify', 'both.json', '--keys', 'public.json', '--demand', 'HMAC-SHA256']),
    ).toMatchObject({ code: 1, stdout: expect.stringContaining('bundle-key-unknown') });
    expect(
      (await policy(['verify', 'both.json', '--keys', 'keys.json', '--demand', 'HMAC-SHA256,Ed25519'])).code,
    ).toBe(0);
  });

  it('refuse a changed file, and one with another key', async () => {
    await policy(['sign', 'clean.json', '--key', 'k.pem', '-o', 'ed.json']);
    file('changed.json', {
      ...signedText('ed.json'),
      bundle: { ...signedText('ed.json').bundle, notes: 'other' },
    });
    expect(await policy(['verify', 'changed.json', '--key', 'p.pem'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('not verified: bundle-signature-invalid'),
    });
    file(
      'other.pem',
      generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }) as string,
    );
    expect((await policy(['verify', 'ed.json', '--key', 'other.pem'])).code).toBe(1);
  });

  it.each<readonly [string, readonly string[]]>([
    ['no key', ['sign', 'clean.json']],
    ['a key that is none', ['sign', 'clean.json', '--key', 'clean.json']],
    ['a bundle without version', ['sign', 'unversioned.json', '--key', 'k.pem']],
    ['a bundle that is faulty', ['sign', 'invalid.json', '--key', 'k.pem']],
    ['too long a time', ['sign', 'clean.json', '--key', 'k.pem', '--expires-in-h', '9999']],
    ['a name that no key can have', ['sign', 'clean.json', '--key', 'keys-bad.json']],
    ['nothing to verify with', ['verify', 'ed.json']],
    ['what is not exported', ['verify', 'clean.json', '--key', 'p.pem']],
    ['an algorithm that is none', ['verify', 'ed.json', '--key', 'p.pem', '--demand', 'RS256']],
    ['a private key to verify with', ['verify', 'ed.json', '--key', 'k.pem']],
    ['a file that is not there', ['verify', 'nowhere.json', '--key', 'p.pem']],
    ['two kinds of keys', ['verify', 'ed.json', '--key', 'p.pem', '--keys', 'public.json']],
  ])('%s ends with exit code 2, and prints no key', async (_, args) => {
    file('unversioned.json', { rules: [rule()] });
    file('invalid.json', bundle([rule({ effect: 'maybe' })]));
    file('keys-bad.json', { keys: [{ id: 'a key', alg: 'HMAC-SHA256', secret }] });
    const ran = await policy(args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    for (const value of [secret, pem('k.pem').split('\n')[1]!]) expect(ran.stderr).not.toContain(value);
  });

  it('leave no partial file', async () => {
    await policy(['sign', 'clean.json', '--key', 'k.pem', '-o', 'ed.json']);
    expect(readdirSync(dir).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});
