import { once } from 'node:events';
import { createServer } from 'node:https';
import { describe, expect, it } from '@jest/globals';
import { generate } from 'selfsigned';
import { createOutbound, OutboundError } from '../src/index.js';

type Options = NonNullable<Parameters<typeof generate>[1]>;
const day = 86_400_000;
const named = (name: string): NonNullable<Options['extensions']>[number] => ({
  name: 'subjectAltName',
  altNames: [{ type: 2, value: name }],
});
const authority = { name: 'basicConstraints', cA: true, critical: true } as const;

/** How a request ends at a server with this certificate, which its client is told to trust. */
const answered = async (options: Options): Promise<string> => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'hooks.example.org' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ...options,
  });
  const server = createServer({ key, cert }, (_request, response) => response.end('fine'));
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const outbound = createOutbound({
    allowed: ['127.0.0.0/8'],
    own: [],
    ca: cert,
    resolve: () => Promise.resolve(['127.0.0.1']),
  });
  try {
    const { body } = await outbound.post({
      url: `https://hooks.example.org:${typeof address === 'object' ? (address?.port ?? 0) : 0}/`,
      headers: {},
      body: '{}',
      deadlineMs: 60_000,
      maxBytes: 1000,
    });
    return body;
  } catch (error) {
    return error instanceof OutboundError
      ? `${error.fault} ${error.sent ? 'sent' : 'unsent'}`
      : String(error);
  } finally {
    server.closeAllConnections();
    server.close();
  }
};

describe('a certificate', () => {
  it('is trusted for its name, in its time and for its purpose', async () => {
    expect(await answered({ extensions: [authority, named('hooks.example.org')] })).toBe('fine');
  });

  it.each<[string, Options]>([
    [
      'is expired',
      {
        notBeforeDate: new Date(Date.now() - 9 * day),
        notAfterDate: new Date(Date.now() - day),
        extensions: [authority, named('hooks.example.org')],
      },
    ],
    [
      'is not valid yet',
      {
        notBeforeDate: new Date(Date.now() + day),
        notAfterDate: new Date(Date.now() + 9 * day),
        extensions: [authority, named('hooks.example.org')],
      },
    ],
    ['is for another name', { extensions: [authority, named('other.example.org')] }],
    [
      'is for clients only',
      {
        extensions: [
          authority,
          named('hooks.example.org'),
          { name: 'extKeyUsage', clientAuth: true, serverAuth: false },
        ],
      },
    ],
  ])('that %s is not trusted, and nothing is sent', async (_, options) => {
    expect(await answered(options)).toBe('not-trusted unsent');
  });
});
