import { once } from 'node:events';
import { createServer, connect as tcpConnect, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  acceptCallHome,
  capability,
  classifyError,
  connectNetconf,
  elementBuilder,
  NETCONF_NS,
  NetconfServerSession,
  okReply,
  type CalledConnection,
  type ConnectOptions,
  type NetconfClient,
} from '../src/index.js';
import { startSshPeer, type SshPeer, type SshPeerOptions } from './ssh-peer.js';
import { failure } from './wire.js';

const nc = elementBuilder(NETCONF_NS);
const stops: (() => Promise<unknown>)[] = [];

const serving = (channel: Duplex): void => {
  new NetconfServerSession(channel, {
    sessionId: 1,
    capabilities: [capability.base10, capability.base11],
    onRpc: async (operation) =>
      operation.name === 'close-session'
        ? { ...okReply, close: true }
        : operation.name === 'hang'
          ? new Promise(() => undefined)
          : okReply,
    onEnd: () => undefined,
  });
};

const start = async (options: SshPeerOptions = { onChannel: serving }): Promise<SshPeer> => {
  const peer = await startSshPeer(options);
  stops.push(() => peer.stop());
  return peer;
};

const to = (peer: SshPeer, more: Partial<ConnectOptions> = {}): Promise<NetconfClient> =>
  connectNetconf({
    host: '127.0.0.1',
    port: peer.port,
    username: 'user',
    credentials: { password: 'secret' },
    hostKey: { known: [peer.fingerprint] },
    ...more,
  });

const losing =
  (lost: number, got: string[]) =>
  (channel: Duplex): void => {
    const session = (got.push('session'), got.filter((one) => one === 'session').length);
    new NetconfServerSession(channel, {
      sessionId: session,
      capabilities: [capability.base10, capability.base11, 'http://netconfcentral.org/ns/yuma-proc?module=x'],
      onRpc: async (operation) => {
        got.push(operation.name);
        return session <= lost ? new Promise(() => undefined) : okReply;
      },
      onEnd: () => undefined,
    });
  };

/** Accepts a connection as the call of the peer. */
const called = (peer: SshPeer, socket: Socket): Promise<CalledConnection> =>
  acceptCallHome(socket, {
    loginOf: (fingerprint) =>
      fingerprint === peer.fingerprint
        ? { username: 'user', credentials: { password: 'secret' } }
        : undefined,
  });

/**
 * Returns the near end of a call: the peer's SSH port is joined to a connection to a listener of
 * ours.
 */
const callOf = async (peer: SshPeer): Promise<Socket> => {
  const listener = createServer();
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const inbound = new Promise<Socket>((resolve) => listener.once('connection', resolve));
  const dialled = tcpConnect((listener.address() as AddressInfo).port, '127.0.0.1');
  const device = tcpConnect(peer.port, '127.0.0.1');
  for (const end of [dialled, device]) end.on('error', () => undefined);
  dialled.pipe(device).pipe(dialled);
  const socket = await inbound;
  listener.close();
  return socket;
};

afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

describe('connecting over SSH', () => {
  it('ends in a session, and close leaves no connection behind', async () => {
    const peer = await start();
    const client = await to(peer);
    expect((await client.rpc(nc('ping'))).ok).toBe(true);
    const [socket] = peer.sockets;
    const closed = new Promise((resolve) => socket?.once('close', resolve));
    await client.close();
    await closed;
    await client.close();
    expect(await failure(client.lock('running'))).toMatchObject({ name: 'NetconfClosedError', sent: false });
  });

  it('writes the request after a check in the same step, and joins all other writes', async () => {
    const peer = await start();
    const socket = tcpConnect({ host: '127.0.0.1', port: peer.port });
    const connection = await called(peer, socket);
    await using client = await connection.open();
    stops.push(async () => connection.end());
    const plain = client.rpc(nc('ping'));
    expect(socket.writableCorked).toBe(1);
    const before = socket.bytesWritten - socket.writableLength;
    const checked = client.rpc(nc('ping'), { beforeSend: () => undefined });
    expect(socket.writableCorked).toBe(0);
    expect(socket.bytesWritten - socket.writableLength).toBeGreaterThan(before);
    expect((await plain).ok && (await checked).ok).toBe(true);
  });

  it('returns a session only after it has answered, if the server may lose the first request', async () => {
    const got: string[] = [];
    const peer = await start({ onChannel: losing(1, got) });
    await using client = await to(peer);
    expect(client.sessionId).toBe('2');
    await client.lock('candidate');
    expect(got).toEqual(['session', 'get-config', 'session', 'get-config', 'lock']);
  });

  it('closes itself at the end of a block', async () => {
    const peer = await start();
    let session: NetconfClient['session'] | undefined;
    {
      await using client = await to(peer);
      session = client.session;
    }
    expect(session.endedBy).toBeDefined();
  });

  it('never sends a login to a host whose key is not known', async () => {
    const peer = await start();
    const unknown = await failure(to(peer, { hostKey: { known: [] } }));
    expect(unknown).toMatchObject({
      name: 'NetconfHostKeyError',
      reason: 'unknown',
      fingerprint: peer.fingerprint,
    });
    const changed = await failure(
      to(peer, { hostKey: { known: ['SHA256:another'], trustOnFirstUse: () => undefined } }),
    );
    expect(changed).toMatchObject({ name: 'NetconfHostKeyError', reason: 'changed' });
    expect(peer.logins).toEqual([]);
    expect([unknown, changed].map(classifyError)).toEqual(['permanent', 'permanent']);
  });

  it('trusts on first use only if configured, and reports the fingerprint', async () => {
    const peer = await start();
    const messages: string[] = [];
    const client = await to(peer, {
      hostKey: { known: [], trustOnFirstUse: (fingerprint) => messages.push(fingerprint) },
    });
    expect(messages).toEqual([peer.fingerprint]);
    await client.close();
  });

  it('reports a refused login, a refused subsystem and old algorithms as permanent', async () => {
    const login = await failure(to(await start(), { credentials: { password: 'wrong' } }));
    expect(login).toMatchObject({ name: 'NetconfConnectError', permanent: true, sent: false });
    expect(String((login as Error).message)).not.toContain('wrong');
    const bare = await start({ noSubsystem: true });
    expect(await failure(to(bare))).toMatchObject({ name: 'NetconfConnectError', permanent: true });
    await Promise.all([...bare.sockets].map((socket) => once(socket, 'close')));
    const old = await start({ algorithms: { kex: ['diffie-hellman-group14-sha1'] } });
    expect(await failure(to(old))).toMatchObject({ name: 'NetconfConnectError', permanent: true });
    expect(old.logins).toEqual([]);
  });

  it('reports a closed port as retryable', async () => {
    const peer = await start();
    await peer.stop();
    const error = await failure(to(peer));
    expect(error).toMatchObject({ name: 'NetconfConnectError', permanent: false });
    expect(classifyError(error)).toBe('retryable');
  });

  it('gives up on a peer that accepts and says nothing', async () => {
    const mute = createServer((socket) => void socket.resume());
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as AddressInfo;
    const error = await failure(
      connectNetconf({
        host: '127.0.0.1',
        port,
        username: 'u',
        credentials: { password: 'p' },
        hostKey: { known: ['x'] },
        timeouts: { connectMs: 20 },
      }),
    );
    expect(error).toMatchObject({ name: 'NetconfTimeoutError', phase: 'connect', sent: false });
    await new Promise((resolve) => mute.close(resolve));
  });

  it('gives up on a server with working SSH and frozen NETCONF, in each phase by its own limit', async () => {
    const frozen = await start({ onChannel: () => undefined });
    expect(await failure(to(frozen, { timeouts: { connectMs: 60_000, helloMs: 20 } }))).toMatchObject({
      name: 'NetconfTimeoutError',
      phase: 'hello',
    });
    const client = await to(await start(), { timeouts: { rpcMs: 20 } });
    expect(await failure(client.rpc(nc('hang')))).toMatchObject({
      name: 'NetconfTimeoutError',
      phase: 'rpc',
      timeoutMs: 20,
      sent: true,
    });
    client.destroy();
  });

  it('is aborted while connecting and before', async () => {
    const frozen = await start({ onChannel: () => undefined });
    expect(await failure(to(frozen, { signal: AbortSignal.abort() }))).toMatchObject({
      name: 'NetconfAbortedError',
      sent: false,
    });
    const abort = new AbortController();
    const connecting = failure(to(frozen, { signal: abort.signal }));
    abort.abort();
    expect(await connecting).toMatchObject({ name: 'NetconfAbortedError', sent: false });
  });

  it('notices a cut wire', async () => {
    const peer = await start();
    const client = await to(peer);
    await client.rpc(nc('ping'));
    const call = failure(client.rpc(nc('hang')));
    for (const socket of peer.sockets) socket.destroy();
    expect(await call).toMatchObject({ name: 'NetconfClosedError', sent: true });
    await client.session.ended;
  });

  it('sends close-session to a server that does not answer, and then disconnects', async () => {
    const peer = await start({
      onChannel: (channel) =>
        void new NetconfServerSession(channel, {
          sessionId: 1,
          capabilities: [capability.base11],
          onRpc: () => new Promise(() => undefined),
          onEnd: () => undefined,
        }),
    });
    const client = await to(peer);
    await client.close({ timeoutMs: 20 });
    expect(client.session.endedBy).toMatchObject({ name: 'NetconfTimeoutError' });
  });
});

describe('a device that calls home', () => {
  it('serves several sessions on its one connection, and the end of one leaves the others', async () => {
    const peer = await start();
    const connection = await called(peer, await callOf(peer));
    expect(connection.fingerprint).toBe(peer.fingerprint);
    const [first, second] = await Promise.all([connection.open(), connection.open()]);
    expect((await first.rpc(nc('ping'))).ok).toBe(true);
    await first.close();
    expect((await second.rpc(nc('ping'))).ok).toBe(true);
    await using third = await connection.open();
    expect((await third.rpc(nc('ping'))).ok).toBe(true);
    expect(peer.sockets.size).toBe(1);
    connection.end();
    await connection.closed;
    expect(await failure(second.rpc(nc('ping')))).toMatchObject({ name: 'NetconfClosedError' });
    expect(await failure(connection.open())).toMatchObject({ name: 'NetconfConnectError', permanent: false });
  });

  it('is nobody while it shows a key that it does not hold', async () => {
    const victim = await start();
    const liar = await start({ claims: victim.publicKey });
    const asked: string[] = [];
    const refused = acceptCallHome(await callOf(liar), {
      loginOf: (fingerprint) => {
        asked.push(fingerprint);
        return { username: 'user', credentials: { password: 'secret' } };
      },
    });
    expect(await failure(refused)).toMatchObject({ name: 'NetconfConnectError' });
    expect([asked, liar.logins]).toEqual([[], []]);
  });

  it('keeps its other sessions when one is not opened in time, or is given up', async () => {
    let isSlow = false;
    const peer = await start({ onChannel: serving, ignoresChannels: () => isSlow });
    const connection = await called(peer, await callOf(peer));
    stops.push(async () => connection.end());
    const first = await connection.open();
    isSlow = true;
    expect(await failure(connection.open({ timeouts: { connectMs: 20 } }))).toMatchObject({
      name: 'NetconfTimeoutError',
    });
    const abort = new AbortController();
    const aborted = failure(connection.open({ signal: abort.signal }));
    abort.abort();
    expect(await aborted).toMatchObject({ name: 'NetconfAbortedError' });
    expect((await first.rpc(nc('ping'))).ok).toBe(true);
    isSlow = false;
    await using next = await connection.open();
    expect((await next.rpc(nc('ping'))).ok).toBe(true);
  });

  it('is refused with an unknown key before any login is sent', async () => {
    const peer = await start();
    const asked: string[] = [];
    const socket = await callOf(peer);
    const refused = await failure(
      acceptCallHome(socket, { loginOf: (fingerprint) => void asked.push(fingerprint) }),
    );
    expect(refused).toMatchObject({ name: 'NetconfHostKeyError', reason: 'unknown' });
    expect(asked).toEqual([peer.fingerprint]);
    expect(peer.logins).toEqual([]);
    expect(socket.destroyed).toBe(true);
  });

  it('is refused with the error of the search for its login', async () => {
    const peer = await start();
    const fault = new Error('the secret cannot be read');
    const refused = await failure(
      acceptCallHome(await callOf(peer), {
        loginOf: () => {
          throw fault;
        },
      }),
    );
    expect(refused).toMatchObject({ name: 'NetconfConnectError', cause: fault });
    expect(peer.logins).toEqual([]);
  });

  it('is logged in to once only, and with a key that can be read', async () => {
    const peer = await start();
    const wrong = acceptCallHome(await callOf(peer), {
      loginOf: () => ({ username: 'user', credentials: { password: 'wrong' } }),
    });
    expect(await failure(wrong)).toMatchObject({ name: 'NetconfConnectError', permanent: true });
    expect(peer.logins).toEqual(['user']);
    const unreadable = acceptCallHome(await callOf(peer), {
      loginOf: () => ({ username: 'user', credentials: { privateKey: '-----BEGIN nonsense' } }),
    });
    expect(await failure(unreadable)).toMatchObject({ name: 'NetconfConnectError', permanent: true });
    expect(peer.logins).toEqual(['user']);
  });

  it('ends the wait for a caller that says nothing, or hangs up', async () => {
    const listener = createServer();
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    stops.push(() => new Promise((resolve) => listener.close(resolve)));
    const call = async (): Promise<readonly [Socket, Socket]> => {
      const inbound = new Promise<Socket>((resolve) => listener.once('connection', resolve));
      const caller = tcpConnect((listener.address() as AddressInfo).port, '127.0.0.1');
      return [await inbound, caller];
    };
    const loginOf = (): undefined => undefined;
    const [mute] = await call();
    expect(await failure(acceptCallHome(mute, { loginOf, timeoutMs: 20 }))).toMatchObject({
      name: 'NetconfTimeoutError',
      phase: 'connect',
    });
    const [inbound, caller] = await call();
    const hungUp = failure(acceptCallHome(inbound, { loginOf }));
    caller.destroy();
    expect(await hungUp).toMatchObject({ name: 'NetconfConnectError', permanent: false });
  });

  it('opens the session again on the same connection, if the server may have lost its first request', async () => {
    const got: string[] = [];
    const peer = await start({ onChannel: losing(1, got) });
    const connection = await called(peer, await callOf(peer));
    stops.push(async () => connection.end());
    const client = await connection.open();
    expect(client.sessionId).toBe('2');
    expect(got).toEqual(['session', 'get-config', 'session', 'get-config']);
  });

  it('ends a connection that opens no channel in time, so that the device can call again', async () => {
    const peer = await start({ ignoresChannels: () => true });
    const connection = await called(peer, await callOf(peer));
    expect(await failure(connection.open({ timeouts: { connectMs: 20 } }))).toMatchObject({
      name: 'NetconfTimeoutError',
      phase: 'connect',
    });
    await connection.closed;
  });
});
