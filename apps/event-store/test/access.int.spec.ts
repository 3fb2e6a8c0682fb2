import { randomBytes } from 'node:crypto';
import { connect as connectSocket } from 'node:net';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AccessDeniedError, binaryEvent, type Credentials, EventStoreDBClient } from '@eventstore/db-client';
import { type EventStore, hashPassword, startEventStore, type User } from '../src/index.js';
import { parseUsers } from '../src/users.js';
import { selfSigned } from './certificate.js';
import { collect, counted, refusal } from './harness.js';

const { cert, key } = selfSigned();

/** Of the form that a hash has; no password is known for it. */
const HASH = `scrypt:YQ==:${'A'.repeat(43)}=`;

describe('a server with TLS and users', () => {
  let store: EventStore;
  const clients: EventStoreDBClient[] = [];

  function connect(credentials?: Credentials): EventStoreDBClient {
    const client = new EventStoreDBClient(
      { endpoint: { address: '127.0.0.1', port: store.port } },
      { rootCertificate: Buffer.from(cert) },
      credentials,
    );
    clients.push(client);
    return client;
  }

  const admin = () => connect({ username: 'root', password: 'first' });
  const bob = () => connect({ username: 'bob', password: '' });

  beforeAll(async () => {
    const users: User[] = [
      { name: 'root', password_hash: await hashPassword('first'), groups: ['$admins'] },
      { name: 'ann', password_hash: await hashPassword('second: with a colon'), groups: ['writers'] },
      { name: 'bob', password_hash: await hashPassword('') },
    ];
    store = await startEventStore({ memory: true, tls: { cert, key }, users });
  });

  afterAll(async () => {
    for (const client of clients) await client.dispose();
    await store.stop();
  });

  it('takes a password with a colon, an empty one, and credentials of a single call', async () => {
    const ann = connect({ username: 'ann', password: 'second: with a colon' });
    expect(store.url).toBe(`esdb://127.0.0.1:${store.port}?tls=true`);
    expect(await ann.appendToStream('open', counted(2))).toMatchObject({ success: true });
    expect(
      await ann.appendToStream('open', counted(1, 2), { credentials: { username: 'bob', password: '' } }),
    ).toMatchObject({ nextExpectedRevision: 2n });
    expect(await collect(bob().readStream('open'))).toHaveLength(3);
  });

  it('tells who gives no name from who gives a wrong one, or what is none', async () => {
    const stranger = connect();
    for (const [credentials, code] of [
      [undefined, status.PERMISSION_DENIED],
      [{ username: 'bob', password: 'wrong' }, status.UNAUTHENTICATED],
      [{ username: '', password: '' }, status.UNAUTHENTICATED],
    ] as const) {
      const options = credentials === undefined ? {} : { credentials };
      for (const attempt of [
        () => stranger.appendToStream('open', counted(1), options),
        () => collect(stranger.readStream('open', options)),
        () => stranger.deleteStream('open', options),
      ]) {
        expect(await refusal(attempt())).toMatchObject({ type: 'access-denied', code });
      }
    }
  });

  it('lets nobody in without TLS', async () => {
    const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${store.port}?tls=false`);
    expect(await refusal(client.appendToStream('open', counted(1)))).toMatchObject({
      code: status.UNAVAILABLE,
    });
    await client.dispose();
  });

  it('cuts off who sends what is no TLS, and serves the others', async () => {
    for (const bytes of [
      randomBytes(500),
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    ]) {
      const socket = connectSocket(store.port, '127.0.0.1');
      socket
        .on('error', () => undefined)
        .resume()
        .write(bytes);
      await new Promise((resolve) => socket.once('close', resolve));
    }
    expect(await admin().appendToStream('still', counted(1))).toMatchObject({ success: true });
  });

  it('ends a subscription when its right to read is taken, and follows no link past a list', async () => {
    await admin().appendToStream('secret', counted(1));
    await admin().appendToStream('pointer', binaryEvent({ type: '$>', data: Buffer.from('0@secret') }));
    const subscription = bob().subscribeToStream('secret');
    const failed = new Promise((resolve) => subscription.once('error', resolve));
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    await admin().setStreamMetadata('secret', { acl: { readRoles: ['$admins'] } });
    expect(await failed).toBeInstanceOf(AccessDeniedError);
    const [forBob] = await collect(bob().readStream('pointer', { resolveLinkTos: true }));
    expect(forBob).toMatchObject({ link: { streamId: 'pointer' } });
    expect(forBob?.event).toBeUndefined();
    const [forAdmin] = await collect(admin().readStream('pointer', { resolveLinkTos: true }));
    expect(forAdmin?.event?.streamId).toBe('secret');
  });
});

describe('users', () => {
  it('need TLS', async () => {
    expect(String(await refusal(startEventStore({ memory: true, users: [] })))).toContain('TLS');
  });

  it('are read from a list', async () => {
    const password_hash = await hashPassword('x');
    expect(password_hash).not.toBe(await hashPassword('x'));
    expect(
      parseUsers(
        JSON.stringify([
          { name: 'a', password_hash },
          { name: 'b', password_hash, groups: ['g'] },
        ]),
      ),
    ).toEqual([
      { name: 'a', password_hash, groups: [] },
      { name: 'b', password_hash, groups: ['g'] },
    ]);
  });

  it.each([
    ['no list', '{}', 'not a list'],
    ['no object', '[1]', 'user 1 has no name'],
    ['no name', '[{"password_hash":"scrypt:a:b"}]', 'user 1 has no name'],
    ['a name with a colon', '[{"name":"a:b","password_hash":"scrypt:a:b"}]', 'user 1 has no name'],
    [
      'a name twice',
      `[{"name":"a","password_hash":"${HASH}"},{"name":"a","password_hash":"${HASH}"}]`,
      'user 2 has no name',
    ],
    [
      'a hash that no password makes',
      '[{"name":"a","password_hash":"scrypt:YQ==:YQ=="}]',
      'user `a` has no password_hash',
    ],
    ['a password in the clear', '[{"name":"a","password_hash":"secret"}]', '`a` has no password_hash'],
    ['groups that are none', `[{"name":"a","password_hash":"${HASH}","groups":"g"}]`, 'groups of user `a`'],
  ])('are refused with %s', (_, text, message) => {
    expect(() => parseUsers(text)).toThrow(message);
    expect(() => parseUsers(text)).not.toThrow('secret');
  });
});
