import { createServer as createHttp, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcp, type Server as TcpServer } from 'node:net';
import { once } from 'node:events';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createOutbound, OutboundError, type OutboundOptions, type OutboundRequest } from '../src/index.js';

const faultOf = async (answer: Promise<unknown>): Promise<string> => {
  try {
    await answer;
    return 'none';
  } catch (error) {
    return error instanceof OutboundError
      ? `${error.fault} ${error.sent ? 'sent' : 'unsent'}`
      : String(error);
  }
};
const portOf = (server: TcpServer): number => {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

const coders: { readonly [coding: string]: (text: string) => Buffer } = {
  gzip: gzipSync,
  'x-gzip': gzipSync,
  deflate: deflateSync,
  br: brotliCompressSync,
};

describe('a request to an address that somebody else names', () => {
  const loopback: OutboundOptions = { allowed: ['127.0.0.0/8'], own: [] };
  const open = new Set<ServerResponse>();
  const heard: string[] = [];
  const methods: string[] = [];
  let server: Server;
  let silent: TcpServer;
  let port = 0;

  beforeAll(async () => {
    server = createHttp((request, response) => {
      open.add(response);
      heard.push(request.url ?? '');
      methods.push(`${request.method ?? ''} ${request.headers['content-length'] ?? 'no body'}`);
      request.resume();
      switch (request.url) {
        case '/huge':
          response.writeHead(200).end('x'.repeat(100_000));
          return;
        case '/slow': {
          response.writeHead(200);
          const timer = setInterval(() => response.write('x'), 10);
          response.once('close', () => clearInterval(timer));
          return;
        }
        case '/hang':
          return;
        case '/gzip':
        case '/x-gzip':
        case '/deflate':
        case '/br':
        case '/zstd':
        case '/GZIP': {
          const coding = request.url.slice(1);
          response
            .writeHead(200, { 'content-encoding': coding })
            .end((coders[coding.toLowerCase()] ?? Buffer.from)('fine'));
          return;
        }
        case '/bomb':
          response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('x'.repeat(1_000_000)));
          return;
        case '/not-gzip':
        case '/not-deflate':
        case '/not-br':
          response.writeHead(200, { 'content-encoding': request.url.slice(5) }).end('fine');
          return;
        case '/empty-gzip':
        case '/empty-br':
        case '/empty-zstd':
          response.writeHead(204, { 'content-encoding': request.url.slice(7) }).end();
          return;
        case '/reset-gzip':
          response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': '10' });
          response.write(gzipSync('fine').subarray(0, 5), () => request.socket.destroy());
          return;
        case '/reset-empty-gzip':
          response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': '10' });
          response.flushHeaders();
          setImmediate(() => request.socket.destroy());
          return;
        case '/half-gzip':
          response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('fine').subarray(0, -6));
          return;
        case '/latin-1':
          response.writeHead(200, { 'content-type': 'text/plain; charset=iso-8859-1' });
          response.end(Buffer.from('f\u00fcnf', 'latin1'));
          return;
        case '/stalls':
          response.writeHead(200).write('fine');
          return;
        case '/reset':
          request.socket.destroy();
          return;
        case '/half':
          response.writeHead(200, { 'content-length': '10' });
          response.write('half', () => request.socket.destroy());
          return;
        case '/redirect':
          response.writeHead(302, { location: `http://127.0.0.1:${port}/elsewhere` }).end();
          return;
        default:
          response.writeHead(200, { 'x-host': String(request.headers.host) }).end('fine');
      }
    });
    silent = createTcp((socket) => socket.on('error', () => undefined).resume());
    server.listen(0, '127.0.0.1');
    silent.listen(0, '127.0.0.1');
    await Promise.all([once(server, 'listening'), once(silent, 'listening')]);
    port = portOf(server);
  });
  afterAll(async () => {
    for (const response of open) response.destroy();
    server.closeAllConnections();
    await Promise.all([server, silent].map((one) => new Promise((resolve) => one.close(resolve))));
  });

  const post = (path: string, over: Partial<OutboundRequest> = {}, options = loopback, host = '127.0.0.1') =>
    createOutbound(options).post({
      url: `http://${host}:${port}${path}`,
      headers: {},
      body: '{}',
      deadlineMs: 400,
      maxBytes: 1000,
      ...over,
    });

  it('is answered with status, headers and body', async () => {
    const answer = await post('/');
    expect([answer.status, answer.body, answer.headers['x-host']]).toEqual([
      200,
      'fine',
      `127.0.0.1:${port}`,
    ]);
  });

  it('uses the given method, and sends a body if there is one', async () => {
    methods.length = 0;
    const request = { url: `http://127.0.0.1:${port}/`, headers: {}, deadlineMs: 10_000, maxBytes: 1000 };
    const { send } = createOutbound(loopback);
    await send('GET', { ...request, body: null });
    await send('PATCH', { ...request, body: '{"a":1}' });
    expect(methods).toEqual(['GET no body', 'PATCH 7']);
  });

  it('leaves the rest of a long answer unread on request', async () => {
    const answer = await post('/huge', { brokenBody: 'cut' });
    expect([answer.status, answer.body]).toEqual([200, 'x'.repeat(1000)]);
  });

  it.each([
    ['/stalls', 'fine'],
    ['/half', 'half'],
    ['/not-gzip', ''],
    ['/zstd', ''],
  ])('returns what is there of the body of %s on request', async (path, body) => {
    const answer = await post(path, { brokenBody: 'cut' });
    expect([answer.status, answer.body]).toEqual([200, body]);
    if (path !== '/stalls') expect((await faultOf(post(path))).split(' ')[1]).toBe('sent');
  });

  it.each(['/gzip', '/x-gzip', '/deflate', '/br', '/GZIP'])(
    'decodes an answer that is compressed although nobody asked for it: %s',
    async (path) => {
      expect((await post(path)).body).toBe('fine');
    },
  );

  it('counts the bytes of a compressed answer after it is decoded', async () => {
    expect(await faultOf(post('/bomb'))).toBe('too-large sent');
  });

  it.each(['/zstd', '/not-gzip', '/not-deflate', '/not-br', '/half-gzip'])(
    'refuses an answer that it cannot decode: %s',
    async (path) => {
      expect(await faultOf(post(path))).toBe('unreadable sent');
    },
  );

  it('names a content coding that it does not know', async () => {
    await expect(post('/zstd')).rejects.toThrow('the content coding `zstd`, which is not known');
  });

  it.each(['/empty-gzip', '/empty-br', '/empty-zstd'])(
    'takes an empty answer as empty, whatever its content coding is: %s',
    async (path) => {
      const { status, body } = await post(path);
      expect([status, body]).toEqual([204, '']);
    },
  );

  it.each(['/reset-gzip', '/reset-empty-gzip'])(
    'says of a compressed answer that breaks off that it broke off: %s',
    async (path) => {
      expect(await faultOf(post(path))).toBe('reset sent');
    },
  );

  it('keeps the bytes of an answer that is not UTF-8', async () => {
    expect((await post('/latin-1')).bytes).toEqual(Buffer.from([0x66, 0xfc, 0x6e, 0x66]));
  });

  it('gives up at its deadline, however slowly the answer arrives', async () => {
    expect(await faultOf(post('/hang'))).toBe('timeout sent');
    expect(await faultOf(post('/slow'))).toBe('timeout sent');
  });

  it('refuses answers that are too long or broken off, and says that the request was sent', async () => {
    expect(await faultOf(post('/huge'))).toBe('too-large sent');
    expect(await faultOf(post('/half'))).toBe('reset sent');
    expect(await faultOf(post('/reset'))).toBe('reset sent');
  });

  it('follows no redirect', async () => {
    expect((await post('/redirect')).status).toBe(302);
    expect(heard).not.toContain('/elsewhere');
  });

  it('reaches addresses that are not public only if allowed, and never its own or link-local ones', async () => {
    expect(await faultOf(post('/', {}, { allowed: [], own: [] }))).toBe('address-refused unsent');
    const own = { allowed: ['127.0.0.0/8'], own: [`127.0.0.1:${port}`] };
    expect(await faultOf(post('/', {}, own))).toBe('address-refused unsent');
    for (const host of ['169.254.169.254', '[fe80::1]', '0.0.0.0', '[::ffff:169.254.169.254]', '2852039166'])
      expect(await faultOf(post('/', {}, { allowed: ['0.0.0.0/0', '::/0'], own: [] }, host))).toBe(
        'address-refused unsent',
      );
  });

  it('goes to the judged address, even if the name then resolves to another', async () => {
    const answers = [['127.0.0.1'], ['169.254.169.254']];
    const resolve = (): Promise<readonly string[]> => Promise.resolve(answers.shift() ?? []);
    const options = { ...loopback, resolve };
    expect((await post('/', {}, options, 'agents.example.com')).body).toBe('fine');
    expect(answers).toHaveLength(1);
    expect(await faultOf(post('/', {}, options, 'agents.example.com'))).toBe('address-refused unsent');
  });

  it('goes to the next address of a name if one accepts no connection', async () => {
    const resolve = (): Promise<readonly string[]> => Promise.resolve(['127.0.0.9', '127.0.0.1']);
    expect((await post('/', {}, { ...loopback, resolve }, 'two.example.com')).body).toBe('fine');
  });

  it('may use another protocol than HTTP, under the same rules', async () => {
    const place = {
      host: '127.0.0.1',
      port: portOf(silent),
      clear: true,
      signal: AbortSignal.timeout(10_000),
    };
    const socket = await createOutbound(loopback).connect(place);
    expect(socket.remotePort).toBe(place.port);
    socket.destroy();
    const connect = (options: OutboundOptions): Promise<string> =>
      faultOf(createOutbound(options).connect(place));
    expect(await connect({ allowed: [], own: [] })).toBe('address-refused unsent');
    expect(await connect({ ...loopback, own: [`127.0.0.1:${place.port}`] })).toBe('address-refused unsent');
    const resolve = (): Promise<readonly string[]> => Promise.resolve(['93.184.215.14']);
    expect(await connect({ ...loopback, resolve })).toBe('address-refused unsent');
    expect(await connect({ ...loopback, resolve: () => Promise.resolve([]) })).toBe('not-resolved unsent');
  });

  it('is refused if one of several addresses may not be reached', async () => {
    const resolve = (): Promise<readonly string[]> => Promise.resolve(['127.0.0.1', '10.0.0.1']);
    expect(await faultOf(post('/', {}, { ...loopback, resolve }, 'both.example.com'))).toBe(
      'address-refused unsent',
    );
  });

  it('fails if the name is not resolved in time, or not at all', async () => {
    const never = (): Promise<readonly string[]> => new Promise(() => undefined);
    const fails = (): Promise<readonly string[]> => Promise.reject(new Error('ENOTFOUND'));
    expect(await faultOf(post('/', {}, { ...loopback, resolve: never }, 'a.example'))).toBe('timeout unsent');
    expect(await faultOf(post('/', {}, { ...loopback, resolve: fails }, 'a.example'))).toBe(
      'not-resolved unsent',
    );
  });

  it('sends nothing if the check before the write throws', async () => {
    heard.length = 0;
    const beforeSend = (): void => {
      throw new Error('the lease has run out');
    };
    await expect(post('/checked', { beforeSend })).rejects.toThrow('the lease has run out');
    expect((await post('/after')).status).toBe(200);
    expect(heard).toEqual(['/after']);
  });

  it('says that nothing was sent if there is no connection or no trusted TLS', async () => {
    const closed = createTcp();
    closed.listen(0, '127.0.0.1');
    await once(closed, 'listening');
    const gone = portOf(closed);
    await new Promise((resolve) => closed.close(resolve));
    expect(await faultOf(post('/', { url: `http://127.0.0.1:${gone}/` }))).toBe('not-connected unsent');
    expect(await faultOf(post('/', { url: `https://127.0.0.1:${portOf(silent)}/` }))).toBe('timeout unsent');
  });

  it.each(['ftp://127.0.0.1/', 'no url', 'http://user:secret@127.0.0.1/', 'file:///etc/passwd'])(
    'is refused for `%s`',
    async (url) => {
      expect(await faultOf(post('/', { url }))).toBe('bad-url unsent');
    },
  );
});
