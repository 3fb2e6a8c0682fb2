import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isProblem } from '@interlock/kernel';
import { startNats, type TestNats } from '@interlock/testing';
import { generate } from 'selfsigned';
import { connectBus, readBusAddress } from '../src/index.js';

const dir = mkdtempSync(join(tmpdir(), 'interlock-bus-tls-'));
const file = (name: string): string => join(dir, name);
const password = 'secret';

/** Writes `NAME.pem` and `NAME-key.pem`, signed by the authority, or the authority's own. */
const certify = async (
  name: string,
  usage: 'serverAuth' | 'clientAuth' | 'authority',
  ca?: { readonly cert: string; readonly key: string },
): Promise<{ readonly cert: string; readonly key: string }> => {
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    extensions:
      usage === 'authority'
        ? [
            { name: 'basicConstraints', cA: true, critical: true },
            { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
          ]
        : [
            { name: 'basicConstraints', cA: false },
            { name: 'keyUsage', digitalSignature: true, critical: true },
            { name: 'extKeyUsage', [usage]: true },
            {
              name: 'subjectAltName',
              altNames: [
                { type: 2, value: 'localhost' },
                { type: 7, ip: '127.0.0.1' },
              ],
            },
          ],
    ...(ca === undefined ? {} : { ca }),
  });
  writeFileSync(file(`${name}.pem`), made.cert);
  writeFileSync(file(`${name}-key.pem`), made.private, { mode: 0o600 });
  return { cert: made.cert, key: made.private };
};

let nats: TestNats;
let plain: TestNats;
const tls = { caFile: file('ca.pem'), certFile: file('client.pem'), keyFile: file('client-key.pem') };

beforeAll(async () => {
  const ca = await certify('ca', 'authority');
  await certify('other', 'authority');
  await certify('server', 'serverAuth', ca);
  await certify('client', 'clientAuth', ca);
  nats = await startNats({
    operator: { password, tls },
    accounts: `tls { cert_file: "${file('server.pem')}", key_file: "${file('server-key.pem')}", ca_file: "${file('ca.pem')}", verify: true }
accounts { A: { jetstream: enabled, users: [{ user: "operator", password: "${password}" }] } }\n`,
  });
  plain = await startNats();
});
afterAll(async () => {
  await Promise.all([nats.stop(), plain.stop()]);
  rmSync(dir, { recursive: true });
});

/** The error of a connection with these variables, to the bus with TLS by default. */
const errorWith = async (
  variables: { readonly [name: string]: string },
  url = `nats://localhost:${nats.port}`,
): Promise<string> => {
  try {
    const address = readBusAddress({ NATS_URL: url, NATS_PASSWORD: password, ...variables }, 'operator');
    const connection = await connectBus(address, { reconnect: false, timeout: 5000 });
    await connection.flush();
    await connection.close();
    return 'none';
  } catch (error) {
    return isProblem(error) ? error.detail : String(error);
  }
};
const all = {
  NATS_CA_FILE: tls.caFile,
  NATS_CERT_FILE: tls.certFile,
  NATS_KEY_FILE: tls.keyFile,
};

describe('a bus that asks its clients for certificates', () => {
  it('lets in a client with the certificate and the login', async () => {
    expect(await errorWith(all)).toBe('none');
    expect(await errorWith(all, `nats://127.0.0.1:${nats.port}`)).toBe('none');
  });

  it('lets nobody in without a certificate, or with a wrong password', async () => {
    expect(await errorWith({ NATS_CA_FILE: tls.caFile })).not.toBe('none');
    expect(await errorWith({ ...all, NATS_PASSWORD: 'another' })).toContain('Authorization Violation');
  });

  it('is not trusted by a client that does not know its authority', async () => {
    expect(await errorWith({ ...all, NATS_CA_FILE: file('other.pem') })).not.toBe('none');
    expect(await errorWith({ NATS_CERT_FILE: tls.certFile, NATS_KEY_FILE: tls.keyFile })).not.toBe('none');
  });
});

describe('a client that names an authority', () => {
  it('is not connected to a bus without TLS', async () => {
    expect(await errorWith(all, plain.url)).toContain('tls');
  });

  it('is refused with the variable that is wrong', async () => {
    expect(await errorWith({ NATS_CA_FILE: file('none.pem') })).toBe(
      'the environment has 1 fault: NATS_CA_FILE names no file that can be read',
    );
    expect(await errorWith({ NATS_CERT_FILE: tls.certFile })).toContain('NATS_KEY_FILE must be set');
    expect(await errorWith({ NATS_KEY_FILE: tls.keyFile })).toContain('NATS_CERT_FILE must be set');
  });
});
