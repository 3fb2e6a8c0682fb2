import { execFileSync, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer as createTcpServer, type AddressInfo, type Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { missingForNetconfd, newTlsIdentity, pemOf, type TlsIdentity } from '@interlock/testing';
import {
  acceptCallHomeTls,
  capability,
  certificateFingerprint,
  connectNetconfTls,
  elementBuilder,
  NETCONF_NS,
  NetconfConnectError,
  NetconfHostKeyError,
  NetconfServerSession,
  NetconfTimeoutError,
  okReply,
  readClientCertificate,
  serialiseXml,
  type CalledConnection,
  type CallHomeTlsOptions,
} from '../src/index.js';
import { describeWith } from './left-out.js';
import { startNetconfd, type Netconfd } from './netconfd.js';
import { failure } from './wire.js';

const box = elementBuilder('urn:example:box');
let device: TlsIdentity;
let client: TlsIdentity;
beforeAll(async () => {
  [device, client] = await Promise.all([newTlsIdentity('device'), newTlsIdentity('client')]);
});

const servers: Server[] = [];
const sockets = new Set<TLSSocket>();
const stops: (() => void)[] = [];
afterEach(() => {
  jest.restoreAllMocks();
  for (const stop of stops.splice(0)) stop();
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** Starts a TLS server that asks for the client's certificate, and returns its port. */
const listen = async (onSession: (socket: TLSSocket) => void, options: TlsOptions = {}): Promise<number> => {
  const { certificate: cert, key } = device;
  const server = createServer(
    { cert, key, ca: client.ca, requestCert: true, rejectUnauthorized: true, ...options },
    (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      onSession(socket);
    },
  );
  server.on('tlsClientError', () => undefined);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
};

/** Starts a TCP server that says nothing, and returns its port. */
const mute = async (): Promise<number> => {
  const open = new Set<Socket>();
  const server = createTcpServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
  });
  stops.push(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  return (server.address() as AddressInfo).port;
};

type ConnectTlsOptions = Parameters<typeof connectNetconfTls>[0];

const pinOf = ({ certificate }: TlsIdentity): string =>
  certificateFingerprint(new X509Certificate(certificate));

const optionsFor = (port: number, more: Partial<ConnectTlsOptions> = {}): ConnectTlsOptions => ({
  host: '127.0.0.1',
  port,
  hostKey: { known: [pinOf(device)] },
  credentials: readClientCertificate(pemOf(client)),
  ...more,
});

describeWith(missingForNetconfd(), 'netconfd (yuma123) behind TLS', () => {
  let server: Netconfd;
  beforeAll(async () => {
    server = await startNetconfd();
  });
  afterAll(() => server.stop());

  /** Serves each connection by the program that sshd starts for the subsystem `netconf`. */
  const serve = (): Promise<number> =>
    listen((socket) => {
      const [program, ...args] = server.subsystem;
      const { username: USER, homedir: HOME } = userInfo();
      const session = spawn(program, args, {
        stdio: ['pipe', 'pipe', 'ignore'],
        env: { USER, HOME, SSH_CONNECTION: `127.0.0.1 1 127.0.0.1 ${args[0]!.match(/=(\d+)@/)![1]}` },
      });
      session.stdin.on('error', () => undefined);
      socket.pipe(session.stdin);
      session.stdout.pipe(socket);
      socket.once('close', () => void session.kill());
      session.once('exit', () => void socket.end());
    });

  it('is edited and committed, and each session has a connection of its own', async () => {
    const port = await serve();
    const [one, other] = await Promise.all([
      connectNetconfTls(optionsFor(port)),
      connectNetconfTls(optionsFor(port)),
    ]);
    expect(one.session.sessionId).not.toBe(other.session.sessionId);
    await one.editConfig({
      target: 'candidate',
      config: [box('box', box('cell', box('id', 'tls-1'), box('power', 300), box('state', 'UNLOCKED')))],
    });
    await one.commit();
    const running = await other.getConfig('running', { subtree: [box('box')] });
    expect(serialiseXml(running)).toContain('tls-1');
    await one.close();
    await other.close();
    expect(sockets.size).toBeGreaterThanOrEqual(2);
  });

  it('answers over a connection that it opened itself', async () => {
    const connection = await accept(await serve());
    await using session = await connection.open();
    const running = await session.getConfig('running', { subtree: [box('box')] });
    expect(serialiseXml(running)).toContain('<data');
  });
});

/** The near end of a call: a listener of ours, to which the device's TLS port is joined. */
const callOf = async (port: number): Promise<Socket> => {
  const listener = createTcpServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', () => resolve()));
  const inbound = new Promise<Socket>((resolve) => listener.once('connection', resolve));
  const dialled = connect((listener.address() as AddressInfo).port, '127.0.0.1');
  const peer = connect(port, '127.0.0.1');
  for (const end of [dialled, peer]) end.on('error', () => undefined);
  dialled.pipe(peer).pipe(dialled);
  const socket = await inbound;
  listener.close();
  return socket;
};

/** Serves one NETCONF session that answers every request. */
const serving = (socket: TLSSocket): void => {
  new NetconfServerSession(socket, {
    sessionId: 1,
    capabilities: [capability.base10, capability.base11],
    onRpc: () => Promise.resolve(okReply),
    onEnd: () => undefined,
  });
};

const accept = async (port: number, more: Partial<CallHomeTlsOptions> = {}): Promise<CalledConnection> =>
  acceptCallHomeTls(await callOf(port), {
    credentials: readClientCertificate(pemOf(client)),
    refusalOf: () => undefined,
    ...more,
  });

describe('a call over TLS', () => {
  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'is identified by the key, and holds one session, over %s',
    async (maxVersion) => {
      const asked: string[] = [];
      const connection = await accept(await listen(serving, { maxVersion }), {
        refusalOf: (fingerprint) => void asked.push(fingerprint),
      });
      expect([connection.fingerprint, ...asked]).toEqual([pinOf(device), pinOf(device)]);
      const session = await connection.open();
      expect((await session.rpc(elementBuilder(NETCONF_NS)('ping'))).ok).toBe(true);
      expect(await failure(connection.open())).toBeInstanceOf(NetconfConnectError);
      await session.close();
      await connection.closed;
    },
  );

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'of a device that is refused shows it no client certificate, over %s',
    async (maxVersion) => {
      const seen: unknown[] = [];
      const greet = (socket: TLSSocket): void => {
        seen.push(socket.getPeerX509Certificate()?.subject);
        socket.write('<hello');
      };
      const port = await listen(greet, { maxVersion, rejectUnauthorized: false });
      const refusal = new NetconfHostKeyError(pinOf(device), 'unknown');
      expect(await failure(accept(port, { refusalOf: () => refusal }))).toBe(refusal);
      const fault = new Error('the inventory cannot be read');
      const thrown = accept(port, {
        refusalOf: () => {
          throw fault;
        },
      });
      expect(await failure(thrown)).toMatchObject({ name: 'NetconfConnectError', cause: fault });
      const hostKey = { known: [pinOf(client)] };
      await failure(connectNetconfTls(optionsFor(port, { hostKey })));
      // A device that is accepted sees the certificate, so the server would have shown it above.
      (await accept(port)).end();
      expect(seen).toEqual([expect.stringContaining('CN=client')]);
    },
  );

  it('is over at once when the device closes it before a session', async () => {
    const port = await listen((socket) => {
      socket.write('<hello');
      setImmediate(() => socket.end());
    });
    const connection = await accept(port);
    await connection.closed;
    expect(await failure(connection.open())).toMatchObject({ permanent: false });
  });

  it('is refused by a device that does not accept the certificate', async () => {
    const port = await listen(serving, { ca: device.ca });
    expect(await failure(accept(port))).toBeInstanceOf(NetconfConnectError);
  });

  it('ends in time if the device does not finish its handshake', async () => {
    expect(await failure(accept(await mute(), { timeoutMs: 300 }))).toMatchObject({
      constructor: NetconfTimeoutError,
      phase: 'connect',
    });
  });

  it('ends in time if the device says no hello', async () => {
    const timeoutMs = 2 ** 30;
    const port = await listen((socket) => void socket.resume());
    // The time is over once the handshake has shown the key, however long that took.
    const refusalOf = (): undefined => {
      const end = performance.now() + timeoutMs;
      jest.spyOn(performance, 'now').mockReturnValue(end);
    };
    expect(await failure(accept(port, { timeoutMs, refusalOf }))).toMatchObject({
      constructor: NetconfTimeoutError,
      phase: 'hello',
    });
  });

  it('ends when the caller aborts', async () => {
    const aborting = new AbortController();
    const accepting = failure(accept(await listen((socket) => socket.resume()), { signal: aborting.signal }));
    aborting.abort();
    expect(await accepting).toMatchObject({ name: 'NetconfAbortedError' });
  });

  it('ends if the device floods it before a session', async () => {
    const flood = Buffer.alloc(1 << 20, ' ');
    const port = await listen((socket) => {
      const more = (): void => {
        while (!socket.destroyed && socket.write(flood));
      };
      socket.on('drain', more);
      more();
    });
    const connection = await accept(port);
    await connection.closed;
  });
});

describe('a connection over TLS', () => {
  it('is refused for a key that is not known, and for a revoked one', async () => {
    const port = await listen(() => undefined);
    const unknown = { known: [pinOf(client)] };
    expect(await failure(connectNetconfTls(optionsFor(port, { hostKey: unknown })))).toMatchObject({
      constructor: NetconfHostKeyError,
      fingerprint: pinOf(device),
      reason: 'changed',
    });
    const revoked = { known: [pinOf(device)], revoked: [pinOf(device)] };
    expect(await failure(connectNetconfTls(optionsFor(port, { hostKey: revoked })))).toMatchObject({
      reason: 'revoked',
    });
  });

  it.each<[string, TlsOptions]>([
    ['TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }],
    ...['AES128-SHA', 'AES256-SHA256', 'ECDHE-ECDSA-AES128-SHA', 'ECDHE-RSA-AES128-SHA'].map(
      (ciphers): [string, TlsOptions] => [
        `only ${ciphers}`,
        { ciphers: `${ciphers}:@SECLEVEL=0`, maxVersion: 'TLSv1.2' },
      ],
    ),
    ['only a cipher without encryption', { ciphers: 'NULL-SHA256:@SECLEVEL=0', maxVersion: 'TLSv1.2' }],
  ])('is refused by a server that offers %s', async (_name, options) => {
    const port = await listen(() => undefined, options);
    expect(await failure(connectNetconfTls(optionsFor(port)))).toBeInstanceOf(NetconfConnectError);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'is closed by a server that does not know the client, over %s',
    async (version) => {
      const port = await listen(() => undefined, { ca: device.ca, maxVersion: version });
      const fault = await failure(connectNetconfTls(optionsFor(port)));
      expect(fault).toBeInstanceOf(NetconfConnectError);
      expect(fault).toMatchObject({ sent: false });
    },
  );

  it('lets no server renegotiate, because the key is checked once', async () => {
    const renegotiated = Promise.withResolvers<Error | null>();
    const port = await listen(
      (socket) => {
        socket.once('data', () => {
          socket.renegotiate({ rejectUnauthorized: false }, (error) => renegotiated.resolve(error));
        });
        socket.once('close', () => renegotiated.resolve(new Error('closed')));
      },
      { maxVersion: 'TLSv1.2' },
    );
    const opening = failure(connectNetconfTls(optionsFor(port, { timeouts: { helloMs: 2000 } })));
    expect(await renegotiated.promise).toBeInstanceOf(Error);
    expect(await opening).toBeInstanceOf(Error);
  });

  it('ends in time if the server answers no hello', async () => {
    const port = await listen((socket) => socket.resume());
    expect(await failure(connectNetconfTls(optionsFor(port, { timeouts: { helloMs: 100 } })))).toMatchObject({
      constructor: NetconfTimeoutError,
      phase: 'hello',
    });
  });

  it('ends when the caller aborts', async () => {
    const port = await listen((socket) => socket.resume());
    const aborting = new AbortController();
    const opening = failure(connectNetconfTls(optionsFor(port, { signal: aborting.signal })));
    aborting.abort();
    expect(await opening).toMatchObject({ name: 'NetconfAbortedError' });
  });
});

describe('a client certificate', () => {
  /** A key that OpenSSL refuses as too weak, with its certificate. */
  const weak = (): string => {
    const home = mkdtempSync(join(tmpdir(), 'interlock-weak-'));
    try {
      const [key, certificate] = [join(home, 'key.pem'), join(home, 'cert.pem')];
      const args = ['req', '-x509', '-newkey', 'rsa:1024', '-nodes', '-subj', '/CN=weak', '-days', '2'];
      execFileSync('openssl', [...args, '-keyout', key, '-out', certificate], { stdio: 'ignore' });
      return readFileSync(certificate, 'utf8') + readFileSync(key, 'utf8');
    } finally {
      rmSync(home, { recursive: true });
    }
  };
  const broken = '-----BEGIN CERTIFICATE-----\nMAAA\n-----END CERTIFICATE-----\n';

  it.each<[string, () => string, RegExp]>([
    ['a key that is too weak', weak, /too small|cannot be read/],
    ['a chain that cannot be read', () => `${pemOf(client)}\n${broken}`, /cannot be read/],
    [
      'an encrypted key',
      () => pemOf(client).replaceAll('PRIVATE KEY', 'ENCRYPTED PRIVATE KEY'),
      /passphrase/,
    ],
    ['two keys', () => `${pemOf(client)}\n${device.key}`, /one private key/],
    ['a key of another certificate', () => `${client.certificate}\n${device.key}`, /does not belong/],
    ['nothing', () => '', /one PEM text/],
  ])('with %s is refused before a connection is opened', (_name, pem, message) => {
    expect(() => readClientCertificate(pem())).toThrow(message);
    expect(() => readClientCertificate(pem())).toThrow(NetconfConnectError);
  });

  it.each([
    ['the chain before it', () => `${client.ca}\n${client.certificate}\n${client.key}`],
    ['its key before it', () => `${client.key}\n${client.certificate}`],
    ['lines of Windows, and words around', () => `Bag Attributes\n${pemOf(client)}`.replaceAll('\n', '\r\n')],
  ])('is read with %s', async (_name, pem) => {
    const opened = Promise.withResolvers<string>();
    const port = await listen((socket) => opened.resolve(String(socket.getPeerX509Certificate()?.subject)));
    const credentials = readClientCertificate(pem());
    const opening = failure(connectNetconfTls(optionsFor(port, { credentials, timeouts: { helloMs: 500 } })));
    expect(await opened.promise).toContain('CN=client');
    await opening;
  });
});
