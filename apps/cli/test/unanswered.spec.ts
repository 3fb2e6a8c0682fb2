import { describe, expect, it } from '@jest/globals';
import { unanswered } from '../src/connection/unanswered.js';

const coded = (code: string): Error => Object.assign(new Error('no connection'), { code });
const wrapped = (cause: Error): Error =>
  new Error('discovery failed', { cause: new TypeError('fetch failed', { cause }) });

describe('a request without an answer', () => {
  it('is explained by its innermost code, and the steps follow', () => {
    expect(unanswered(wrapped(coded('ECONNREFUSED')), 'is it running?')).toBe(
      ' (ECONNREFUSED): is it running?',
    );
    expect(unanswered(wrapped(coded('ECONNREFUSED')))).toBe(' (ECONNREFUSED)');
    expect(unanswered(new TypeError('bad port'))).toBe('');
  });

  it('needs the authority of its certificate if this machine does not know it', () => {
    for (const code of [
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
      'SELF_SIGNED_CERT_IN_CHAIN',
      'DEPTH_ZERO_SELF_SIGNED_CERT',
      'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
    ])
      expect(unanswered(wrapped(coded(code)), 'is it running?')).toBe(
        ` (${code}): name the authority of its certificate in NODE_EXTRA_CA_CERTS`,
      );
    expect(unanswered(coded('CERT_HAS_EXPIRED'))).toBe(' (CERT_HAS_EXPIRED)');
  });
});
