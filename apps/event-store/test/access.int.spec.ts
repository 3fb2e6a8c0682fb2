import { randomBytes } from 'node:crypto';
import { connect as connectSocket } from 'node:net';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AccessDeniedError,
  binaryEvent,
  type Credentials,
  EventStoreDBClient,
  eventTypeFilter,
  excludeSystemEvents,
  jsonEvent,
  streamNameFilter,
} from '@eventstore/db-client';
import { type EventStore, hashPassword, startEventStore, type User } from '../src/index.js';
import { parseUsers } from '../src/model/users.js';
import { selfSigned } from './certificate.js';
import { collect, counted, refusal } from './harness.js';

const { cert, key } = selfSigned();

/** A valid hash without a known password. */
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

  it('accepts a password with a colon, an empty one, and credentials of a single call', async () => {
    const ann = connect({ username: 'ann', password: 'second: with a colon' });
    expect(store.url).toBe(`esdb://127.0.0.1:${store.port}?tls=true`);
    expect(await ann.appendToStream('open', counted(2))).toMatchObject({ success: true });
    expect(
      await ann.appendToStream('open', counted(1, 2), { credentials: { username: 'bob', password: '' } }),
    ).toMatchObject({ nextExpectedRevision: 2n });
    expect(await collect(bob().readStream('open'))).toHaveLength(3);
  });

  it('distinguishes a missing name from a wrong or malformed one', async () => {
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

  it('disconnects clients that do not speak TLS, and serves the others', async () => {
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

  it('ends a subscription when its right to read is revoked, and follows no link past an access list', async () => {
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

describe('a user with rights', () => {
  let store: EventStore;
  const clients: EventStoreDBClient[] = [];
  const as = (username: string): EventStoreDBClient => {
    const client = new EventStoreDBClient(
      { endpoint: { address: '127.0.0.1', port: store.port } },
      { rootCertificate: Buffer.from(cert) },
      { username, password: 'first' },
    );
    clients.push(client);
    return client;
  };
  const by = (writer: unknown) => [jsonEvent({ type: 'done', data: {}, metadata: { writer } as never })];
  const denied = async (work: Promise<unknown>): Promise<void> => {
    expect(await refusal(work)).toMatchObject({ type: 'access-denied' });
  };

  beforeAll(async () => {
    const password_hash = await hashPassword('first');
    store = await startEventStore({
      memory: true,
      tls: { cert, key },
      users: [
        { name: 'root', password_hash, groups: ['$admins'] },
        {
          name: 'rails',
          password_hash,
          rights: { writes: { rails: ['action-'] }, reads: ['action-', 'lease-'] },
        },
        {
          name: 'both',
          password_hash,
          rights: { writes: { rails: ['action-'], ledger: ['budget-'] }, reads: 'all' },
        },
        { name: 'reader', password_hash, rights: { writes: {}, reads: 'all' } },
      ],
    });
    await as('root').appendToStream('secret-1', counted(1));
  });
  afterAll(async () => {
    for (const client of clients) await client.dispose();
    await store.stop();
  });

  it.each(['batches', 'calls'])(
    'writes the streams with its prefixes, in its own name only (%s)',
    async (way) => {
      const options = way === 'calls' ? { credentials: { username: 'rails', password: 'first' } } : {};
      const stream = `action-${way}`;
      const client = as('rails');
      expect(await client.appendToStream(stream, by('rails'), options)).toMatchObject({ success: true });
      for (const writer of ['ledger', 'root', ['rails'], null, '__proto__', 'constructor'])
        await denied(client.appendToStream(stream, by(writer), options));
      await denied(client.appendToStream(stream, [...by('rails'), ...by('ledger')], options));
      await denied(client.appendToStream(stream, counted(1), options));
      await denied(
        client.appendToStream(
          stream,
          [binaryEvent({ type: 'x', data: Buffer.from(''), metadata: Buffer.from('{') })],
          options,
        ),
      );
      for (const other of ['action', 'actions-1', 'budget-1', 'secret-1', '$settings', '$$secret-1'])
        await denied(client.appendToStream(other, by('rails'), options));
      expect(await collect(client.readStream(stream))).toHaveLength(1);
    },
  );

  it('writes in each of several names only what that writer may write', async () => {
    const client = as('both');
    expect(await client.appendToStream('budget-1', by('ledger'))).toMatchObject({ success: true });
    await denied(client.appendToStream('budget-1', by('rails')));
    await denied(client.appendToStream('action-1', by('ledger')));
    await denied(as('reader').appendToStream('action-1', by('reader')));
  });

  it('limits how long its streams are kept, and neither deletes them nor opens them to others', async () => {
    const client = as('rails');
    await client.appendToStream('action-kept', by('rails'));
    expect(await client.setStreamMetadata('action-kept', { maxCount: 1 })).toMatchObject({ success: true });
    await denied(client.setStreamMetadata('action-kept', { acl: { readRoles: ['$all'] } }));
    await denied(client.setStreamMetadata('action-kept', { truncateBefore: 5 }));
    await denied(client.setStreamMetadata('budget-1', { maxCount: 1 }));
    await denied(client.deleteStream('action-kept'));
    await denied(client.tombstoneStream('action-kept'));
  });

  it('reads the streams with its prefixes, and $all through a filter that keeps to them', async () => {
    const client = as('rails');
    await denied(collect(client.readStream('secret-1')));
    await denied(collect(client.readStream('$$secret-1')));
    await denied(collect(client.readAll()));
    const filters = [
      streamNameFilter({ prefixes: ['secret-'] }),
      streamNameFilter({ prefixes: ['action-', 'secret-'] }),
      streamNameFilter({ prefixes: ['a'] }),
      streamNameFilter({ regex: '^action-' }),
      eventTypeFilter({ prefixes: ['action-'] }),
      excludeSystemEvents(),
    ];
    for (const filter of filters)
      await denied(new Promise((_, reject) => client.subscribeToAll({ filter }).once('error', reject)));
    const allowed = streamNameFilter({ prefixes: ['action-', 'lease-demo:'] });
    for await (const { event } of client.subscribeToAll({ filter: allowed })) {
      expect(event?.streamId).toMatch(/^action-/);
      break;
    }
    expect((await collect(as('reader').readAll())).map(({ event }) => event?.streamId)).toContain('secret-1');
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
    ...[
      'null',
      '{}',
      '{"writes":{}}',
      '{"writes":[],"reads":"all"}',
      '{"writes":{},"reads":"some"}',
      '{"writes":{"a":"b-"},"reads":"all"}',
      '{"writes":{"a":[""]},"reads":"all"}',
      '{"writes":{},"reads":["$"]}',
      '{"writes":{},"reads":"all","deletes":[]}',
    ].map((rights) => [
      `rights such as ${rights}`,
      `[{"name":"a","password_hash":"${HASH}","rights":${rights}}]`,
      'rights of user `a`',
    ]),
    [
      'groups beside rights',
      `[{"name":"a","password_hash":"${HASH}","groups":["g"],"rights":{"writes":{},"reads":"all"}}]`,
      'groups and rights',
    ],
  ])('are refused with %s', (_, text, message) => {
    expect(() => parseUsers(text)).toThrow(message);
    expect(() => parseUsers(text)).not.toThrow('secret');
  });
});
