import { beforeAll, describe, expect, it } from '@jest/globals';
import { newTlsIdentity, pemOf } from '@interlock/testing';
import { ClientCertificates } from '../src/sessions/client-certificates.js';

let pem: string;
let other: string;
beforeAll(async () => {
  [pem, other] = (await Promise.all([newTlsIdentity('one'), newTlsIdentity('other')])).map(pemOf) as [
    string,
    string,
  ];
});

describe('a client certificate', () => {
  it('is read once while it is used, and anew when the secret has changed', () => {
    const certificates = new ClientCertificates();
    const first = certificates.read(pem);
    expect(certificates.read(pem)).toBe(first);
    expect(certificates.read(other)).not.toBe(first);
    certificates.sweep();
    expect(certificates.read(pem)).toBe(first);
    certificates.sweep();
    expect(certificates.read(pem)).toBe(first);
  });

  it('is dropped after two sweeps without use, and when all are cleared', () => {
    const certificates = new ClientCertificates();
    const first = certificates.read(pem);
    certificates.sweep();
    certificates.sweep();
    const second = certificates.read(pem);
    expect(second).not.toBe(first);
    certificates.clear();
    expect(certificates.read(pem)).not.toBe(second);
  });

  it('is dropped when many others are read', () => {
    const certificates = new ClientCertificates();
    const first = certificates.read(pem);
    for (let n = 0; n < 2 * 256; n += 1) certificates.read(`${other}\n# ${n}\n`);
    expect(certificates.read(pem)).not.toBe(first);
  });

  it('is refused each time if it cannot be read', () => {
    const certificates = new ClientCertificates();
    for (let n = 0; n < 2; n += 1) expect(() => certificates.read('a password')).toThrow(/needs one PEM/);
  });
});
