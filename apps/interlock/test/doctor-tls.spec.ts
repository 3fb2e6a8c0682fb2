import { describe, expect, it } from '@jest/globals';
import { ProblemError } from '@interlock/kernel';
import { tlsRemedyOf } from '../src/doctor/tls.js';

const settings = { authority: 'CA_FILE', address: 'THE_URL', client: 'CERT_FILE and KEY_FILE' };
const remedyOf = (error: unknown): string | undefined => tlsRemedyOf(error, settings);
const withCode = (message: string, code: string): Error => Object.assign(new Error(message), { code });

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

  it('is the right time if the certificate is not valid yet', () => {
    expect(remedyOf(new Error('certificate is not yet valid'))).toContain('correct the clock');
  });

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
