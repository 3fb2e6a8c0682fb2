import { execFileSync, spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { missingForNetconfd, newTlsIdentity, pemOf, type TlsIdentity } from '@interlock/testing';
import {
  certificateFingerprint,
  connectNetconfTls,
  elementBuilder,
  NetconfConnectError,
  NetconfHostKeyError,
  NetconfTimeoutError,
  readClientCertificate,
  serialiseXml,
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
afterEach(() => {
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
