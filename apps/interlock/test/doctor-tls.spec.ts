import { tmpdir } from 'node:os';
import { describe, expect, it } from '@jest/globals';
import { openStore } from '@interlock/archive';
import { ProblemError } from '@interlock/kernel';
import { archivePart } from '../src/doctor/archive.js';
import { tlsRemedyOf } from '../src/doctor/tls.js';

const settings = { authority: 'CA_FILE', address: 'THE_URL', client: 'CERT_FILE and KEY_FILE' };
const remedyOf = (error: unknown): string | undefined => tlsRemedyOf(error, settings);
const withCode = (message: string, code: string): Error => Object.assign(new Error(message), { code });

describe('the address of the archive', () => {
  const found = async (variables: Readonly<Record<string, string>>, place = 's3://log'): Promise<unknown> => {
    const keys = { AUDIT_ARCHIVE_S3_ACCESS_KEY_ID: 'id', AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY: 'key' };
    const given = { ...keys, ...variables };
    const store = openStore(place, given);
    try {
      const check = archivePart({ place, variables: given }).checks.find(({ name }) => name === 'tls');
      return await check?.look({ store });
    } finally {
      store.close();
    }
  };

  it('must be one of TLS, unless the store is on this machine', async () => {
    const of = (AUDIT_ARCHIVE_S3_ENDPOINT: string): Promise<unknown> => found({ AUDIT_ARCHIVE_S3_ENDPOINT });
    expect(await of('http://store.example:9000')).toMatchObject({
      status: 'failed',
      remedy: 'name an address with `https:` in AUDIT_ARCHIVE_S3_ENDPOINT',
    });
    expect(await of('http://127.0.0.1:9000')).toMatchObject({ status: 'ok' });
    expect(await of('https://store.example')).toMatchObject({ status: 'ok' });
    expect(await found({})).toMatchObject({ status: 'ok' });
    expect(await found({}, tmpdir())).toMatchObject({ status: 'skipped' });
  });
});

describe('the remedy for a refused certificate', () => {
  // Each text is what a driver reported of a server with such a certificate.
  it('is a new certificate or the right time if the certificate has expired', () => {
    const expected = expect.stringMatching(/^renew .*clock/);
    expect(remedyOf(withCode('certificate has expired', 'CERT_HAS_EXPIRED'))).toEqual(expected);
    const log = '14 UNAVAILABLE: No connection established. Last error: Error: certificate has expired.';
    expect(remedyOf(new ProblemError('log-unavailable', log))).toEqual(expected);
    const store = "the archive's store fails: Error (CERT_HAS_EXPIRED)";
    expect(remedyOf(new ProblemError('archive-unavailable', store))).toEqual(expected);
  });

  it('is the right time if the certificate is not valid yet', () =>
    expect(remedyOf(new Error('certificate is not yet valid'))).toContain('correct the clock'));

  it('is the name of the server if the certificate is for another one', () => {
    const message = "Hostname/IP does not match certificate's altnames: Host: localhost.";
    expect(remedyOf(new Error(message))).toContain('THE_URL as its certificate does');
    const provider = 'https://localhost:1/ does not answer: ERR_TLS_CERT_ALTNAME_INVALID';
    expect(remedyOf(new Error(provider))).toContain('THE_URL as its certificate does');
  });

  it('is the authority if nobody knows it', () => {
    for (const text of [
      'self-signed certificate in certificate chain',
      'unable to verify the first certificate; if the root CA is installed locally, try --use-system-ca',
      'https://localhost:1/ does not answer: UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ])
      expect(remedyOf(new Error(text))).toContain('CA_FILE');
  });

  it('is a client certificate if the server demands one', () => {
    const postgres = withCode('connection requires a valid client certificate', '28000');
    expect(remedyOf(postgres)).toContain('CERT_FILE and KEY_FILE');
    const nats = 'error:0A000412:SSL routines:ssl3_read_bytes:ssl/tls alert bad certificate';
    expect(remedyOf(new Error(nats))).toContain('CERT_FILE and KEY_FILE');
    const { client: _, ...without } = settings;
    expect(tlsRemedyOf(new Error(nats), without)).toContain('without a certificate');
  });

  it('is none for another error', () => {
    expect(remedyOf(withCode('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED'))).toBeUndefined();
    expect(remedyOf(undefined)).toBeUndefined();
  });
});
