import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { checkHostKey, hostKeyFingerprint, parseKnownHosts } from '../src/index.js';

// A public key made for this test with `ssh-keygen -t ed25519`, with the fingerprint that
// `ssh-keygen -l` printed.
const KEY = 'AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f';
const blob = Buffer.from(KEY, 'base64');
const fingerprint = hostKeyFingerprint(blob);

const hashed = (name: string): string => {
  const salt = Buffer.alloc(20, 7);
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`;
};

describe('a host key', () => {
  it('has the fingerprint that OpenSSH prints', () =>
    expect(fingerprint).toMatch(/^SHA256:[A-Za-z0-9+/]{43}$/));

  it('is trusted if it is known', () =>
    expect(checkHostKey({ known: ['SHA256:other', fingerprint] }, blob)).toBeUndefined());

  it('is refused if no key is known and trust on first use is off', () =>
    expect(checkHostKey({ known: [] }, blob)).toMatchObject({ reason: 'unknown', fingerprint }));

  it('is trusted and reported on first use if that is switched on', () => {
    const messages: string[] = [];
    expect(checkHostKey({ known: [], trustOnFirstUse: (one) => messages.push(one) }, blob)).toBeUndefined();
    expect(messages).toEqual([fingerprint]);
  });

  it('is refused if it changed, even with trust on first use', () => {
    const messages: string[] = [];
    expect(
      checkHostKey({ known: ['SHA256:other'], trustOnFirstUse: (one) => messages.push(one) }, blob),
    ).toMatchObject({ reason: 'changed' });
    expect(messages).toEqual([]);
  });

  it('is refused when revoked, even if known', () => {
    expect(checkHostKey({ known: [fingerprint], revoked: [fingerprint] }, blob)).toMatchObject({
      reason: 'revoked',
    });
  });
});

describe('a known_hosts file', () => {
  it.each([
    ['a plain name', 'device ssh-ed25519', 'device', 22, true],
    ['one of several names', 'a,device,b ssh-ed25519', 'device', 22, true],
    ['a port of its own', '[device]:830 ssh-ed25519', 'device', 830, true],
    ['another port', '[device]:830 ssh-ed25519', 'device', 831, false],
    ['no port', 'device ssh-ed25519', 'device', 830, false],
    ['a hashed name', `${hashed('[device]:830')} ssh-ed25519`, 'device', 830, true],
    ['another hashed name', `${hashed('[other]:830')} ssh-ed25519`, 'device', 830, false],
    ['a certificate authority', '@cert-authority device ssh-ed25519', 'device', 22, false],
    ['a comment', '# device ssh-ed25519', 'device', 22, false],
  ])('with %s', (_what, line, host, port, found) => {
    expect(parseKnownHosts(`\n${line} ${KEY} remark\n`, host, port)).toEqual({
      known: found ? [fingerprint] : [],
      revoked: [],
    });
  });

  it('separates revoked keys and ignores broken lines', () => {
    const text = `@revoked device ssh-ed25519 ${KEY}\ndevice\ndevice ssh-ed25519\n|1|broken ssh-ed25519 ${KEY}`;
    expect(parseKnownHosts(text, 'device', 22)).toEqual({ known: [], revoked: [fingerprint] });
  });
});
