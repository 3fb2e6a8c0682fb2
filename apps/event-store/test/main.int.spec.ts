import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CancelledError, EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { startEventStore } from '../src/index.js';
import { bracketed } from '../src/service/server.js';
import {
  gossipMessages,
  GossipService,
  ServerFeaturesService,
  sharedMessages,
} from '../src/wire/protocol.js';
import { selfSigned } from './certificate.js';
import { build, Child } from './child.js';
import { collect, counted, numbers, refusal, startBench, temporaryFolder } from './harness.js';
import {
  type Client,
  credentials,
  logVerbosity,
  makeGenericClientConstructor,
  type ServiceDefinition,
  setLogVerbosity,
} from '@grpc/grpc-js';

const folder = temporaryFolder();

beforeAll(() => {
  build();
  // Like the command: our error contains what the library would print of a taken port, and the
  // tests check it.
  setLogVerbosity(logVerbosity.NONE);
});

afterAll(() => folder.remove());

/** Calls a unary method without parameters. */
async function call<Response>(definition: unknown, method: string, address: string): Promise<Response> {
  const client = new (makeGenericClientConstructor(definition as ServiceDefinition, 'Service'))(
    address,
    credentials.createInsecure(),
  );
  type Call = (request: unknown, callback: (error: Error | null, response: Response) => void) => void;
  try {
    return await new Promise<Response>((resolve, reject) => {
      (client as Client & Record<string, Call>)[method]?.(new sharedMessages.Empty(), (error, response) =>
        error === null ? resolve(response) : reject(error),
      );
    });
  } finally {
    client.close();
  }
}

describe('the command', () => {
  it('serves a file, prints its address when ready, and stops at SIGTERM and SIGINT', async () => {
    for (const [signal, args] of [
      ['SIGTERM', []],
      ['SIGINT', []],
      ['SIGTERM', ['--writer-thread']],
    ] as const) {
      const file = join(folder.path, `${signal}${args.length}.db`);
      const child = new Child(['--db', file, '--port', '0', ...args]);
      const client = EventStoreDBClient.connectionString(
        `esdb://127.0.0.1:${await child.listening()}?tls=false`,
      );
      await client.appendToStream('served', counted(1));
      const subscription = client.subscribeToAll();
      await new Promise((resolve) => subscription.once('caughtUp', resolve));
      const ended = new Promise((resolve) => subscription.once('error', resolve));
      child.signal(signal);
      expect(await ended).toBeInstanceOf(CancelledError);
      expect((await child.finished).code).toBe(0);
      // After a graceful stop the log is complete without its write-ahead log.
      expect([file, `${file}-wal`, `${file}-shm`].map((path) => existsSync(path))).toEqual([
        true,
        false,
        false,
      ]);
      await client.dispose();
    }
  });

  it('ends the reads of a slow client like all others, though it takes none of the data', async () => {
    const child = new Child(['--memory', '--port', '0']);
    const client = EventStoreDBClient.connectionString(
      `esdb://127.0.0.1:${await child.listening()}?tls=false`,
    );
    // More data than a connection buffers without its reader.
    for (let n = 0; n < 120; n += 1)
      await client.appendToStream('large', jsonEvent({ type: 'Large', data: { text: 'x'.repeat(200_000) } }));
    const held = [client.subscribeToAll(), client.subscribeToStream('large'), client.readStream('large')];
    const ends = held.map(
      (read) =>
        new Promise((resolve) => {
          read.once('data', () => read.pause());
          read.once('error', resolve);
        }),
    );
    await Promise.all(held.map((read) => once(read, 'data')));
    child.signal('SIGTERM');
    // A call's reset and its connection's end follow each other. A client without CPU for a while
    // may see the second first.
    const names = (await Promise.all(ends)).map((end) => (end instanceof Error ? end.constructor.name : end));
    for (const name of names) expect(name).toMatch(/^(?:Cancelled|Unavailable)Error$/);
    expect((await child.finished).code).toBe(0);
    await client.dispose();
  });

  it('stops gracefully even if told twice', async () => {
    const child = new Child(['--memory', '--port', '0']);
    const port = await child.listening();
    const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`);
    const subscription = client.subscribeToAll();
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    const ended = new Promise((resolve) => subscription.once('error', resolve));
    // A silent client delays the stop.
    const silent = connect(port, '127.0.0.1');
    await once(silent, 'connect');
    child.signal('SIGINT');
    expect(await ended).toBeInstanceOf(CancelledError);
    child.signal('SIGINT');
    expect((await child.finished).code).toBe(0);
    silent.destroy();
    await client.dispose();
  });

  it('serves from memory, with the side port, on the given host and port', async () => {
    const child = new Child(['--memory', '--host', '127.0.0.1', '--port', '0', '--faults-port', '0']);
    const port = await child.listening();
    const url = (await child.line(/^faults (http:.*)$/))[1] ?? '';
    expect((await fetch(`${url}/faults`)).status).toBe(200);
    const second = await new Child(['--memory', '--port', String(port)]).finished;
    expect(second.code).toBe(1);
    expect(second.errors).toContain(String(port));
    child.signal('SIGTERM');
    await child.finished;
  });

  it('serves with TLS to the users of a file', async () => {
    const hashing = new Child(['--hash-password'], { input: 'sesame\n' });
    const { output } = await hashing.finished;
    expect(output).toMatch(/^scrypt:/);
    const { cert, key } = selfSigned();
    const [certFile, keyFile, usersFile] = ['cert.pem', 'key.pem', 'users.json'].map((name) =>
      join(folder.path, name),
    ) as [string, string, string];
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
    writeFileSync(usersFile, JSON.stringify([{ name: 'ali', password_hash: output }]));
    const child = new Child([
      '--memory',
      '--port',
      '0',
      '--tls-cert',
      certFile,
      '--tls-key',
      keyFile,
      '--users',
      usersFile,
    ]);
    const client = EventStoreDBClient.connectionString(
      `esdb://ali:sesame@127.0.0.1:${await child.listening()}?tls=true&tlsCAFile=${encodeURIComponent(certFile)}`,
    );
    expect(await client.appendToStream('cave', counted(1))).toMatchObject({ success: true });
    await client.dispose();
    child.signal('SIGTERM');
    await child.finished;
  });

  it('refuses invalid arguments, with its usage', async () => {
    for (const [args, text] of [
      [[], '--db'],
      [['--db', 'x', '--port', 'no'], '`no`'],
      [['--port', '70000', '--memory'], '`70000`'],
      [['--what'], '--what'],
      [['--memory', '--users', 'u'], '--tls-cert'],
      [['--memory', '--writer-thread'], '--db'],
      [['--memory', '--tls-cert', 'c'], 'together'],
      [['--memory', '--db', 'x'], 'exclude'],
      [['--db', ''], '--db is empty'],
      [['--memory', '--port', '1e3'], '`1e3`'],
      [['--memory', '--port', '0x50'], '`0x50`'],
      [['--memory', 'x'], "'x'"],
    ] as const) {
      const { code, errors } = await new Child(args).finished;
      expect(code).toBe(2);
      expect(errors).toContain(text);
      expect(errors).toContain('usage: interlock-event-store');
    }
    const help = await new Child(['--help']).finished;
    expect(help).toMatchObject({ code: 0, errors: '' });
    expect(help.output).toContain('usage: interlock-event-store');
  });

  it('names the faults of a certificate and of the users', async () => {
    const [{ cert, key }, { key: other }] = [selfSigned(), selfSigned()];
    const path = (name: string, content: string): string => {
      const at = join(folder.path, name);
      writeFileSync(at, content);
      return at;
    };
    const [certFile, keyFile, otherFile] = [path('a.crt', cert), path('a.key', key), path('b.key', other)];
    const users = (content: string) => ['--users', path(`users-${content.length}.json`, content)];
    const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
      [otherFile, [], /^the certificate and its key cannot be used: .*mismatch\n$/],
      [certFile, [], /^the certificate and its key cannot be used: /],
      [path('empty.key', '\n'), [], /^the certificate or its key is empty\n$/],
      [keyFile, users('{'), /^`.*users-1\.json` is not a list of users: .*JSON/],
      [
        keyFile,
        users('[{"name":"ann","password_hash":"scrypt:c2FsdA==:aGFzaA=="}]'),
        /^`.*` is not a list of users: user `ann` has no password_hash\n$/,
      ],
    ];
    for (const [withKey, more, message] of cases) {
      const { code, errors } = await new Child([
        '--memory',
        '--tls-cert',
        certFile,
        '--tls-key',
        withKey,
        ...more,
      ]).finished;
      expect(code).toBe(1);
      expect(errors).toMatch(message);
    }
  });

  it('prints an IPv6 address in its form before a port', () =>
    expect(['::1', '127.0.0.1', 'localhost'].map(bracketed)).toEqual(['[::1]', '127.0.0.1', 'localhost']));

  it('names a file that it cannot open', async () => {
    const { code, errors } = await new Child(['--db', join(folder.path, 'none', 'log.db'), '--port', '0'])
      .finished;
    expect(code).toBe(1);
    expect(errors).toContain('unable to open');
  });
});

describe('the server', () => {
  it('lists its methods in lower case under its version, and reports itself as the leader in gossip', async () => {
    const { store, close } = await startBench();
    const address = `127.0.0.1:${store.port}`;
    type Supported = import('@eventstore/db-client/generated/serverfeatures_pb.js').SupportedMethods;
    const supported = (
      await call<Supported>(ServerFeaturesService, 'getSupportedMethods', address)
    ).toObject();
    expect(supported.eventStoreServerVersion).toBe('24.6.0');
    expect(
      supported.methodsList.map(({ serviceName, methodName }) => `${serviceName}/${methodName}`),
    ).toEqual(
      expect.arrayContaining([
        'event_store.client.streams.streams/batchappend',
        'event_store.client.streams.streams/append',
        'event_store.client.streams.streams/read',
        'event_store.client.streams.streams/delete',
        'event_store.client.streams.streams/tombstone',
        'event_store.client.gossip.gossip/read',
        'event_store.client.operations.operations/startscavenge',
      ]),
    );
    type Info = import('@eventstore/db-client/generated/gossip_pb.js').ClusterInfo;
    const { membersList } = (await call<Info>(GossipService, 'read', address)).toObject();
    expect(membersList).toHaveLength(1);
    expect(membersList[0]).toMatchObject({
      state: gossipMessages.MemberInfo.VNodeState.LEADER,
      isAlive: true,
      httpEndPoint: { address: '127.0.0.1', port: store.port },
    });
    await close();
  });

  it('is found by gossip', async () => {
    const { store, close } = await startBench();
    const client = EventStoreDBClient.connectionString(
      `esdb+discover://127.0.0.1:${store.port}?tls=false&nodePreference=leader`,
    );
    await client.appendToStream('found', counted(1));
    expect(numbers(await collect(client.readStream('found')))).toEqual([0]);
    await client.dispose();
    await close();
  });

  it('is found by gossip at the address that the client knows, if it listens on all', async () => {
    const { store, close } = await startBench('memory', { host: '0.0.0.0' });
    const client = EventStoreDBClient.connectionString(`esdb+discover://127.0.0.1:${store.port}?tls=false`);
    expect(await client.appendToStream('found', counted(1))).toMatchObject({ success: true });
    type Info = import('@eventstore/db-client/generated/gossip_pb.js').ClusterInfo;
    expect(
      (await call<Info>(GossipService, 'read', `127.0.0.1:${store.port}`))
        .getMembersList()[0]
        ?.getHttpEndPoint()
        ?.getAddress(),
    ).toBe('127.0.0.1');
    await client.dispose();
    await close();
  });

  it('answers on a Unix socket in addition to its port', async () => {
    const socket = join(folder.path, 'log.sock');
    const { close } = await startBench('memory', { socket });
    type Info = import('@eventstore/db-client/generated/gossip_pb.js').ClusterInfo;
    expect((await call<Info>(GossipService, 'read', `unix:${socket}`)).getMembersList()).toHaveLength(1);
    await close();
  });

  it('takes over the socket of a killed server, but not one in use, nor another file', async () => {
    const socket = join(folder.path, 'left.sock');
    const child = new Child(['--memory', '--port', '0', '--socket', socket]);
    await child.listening();
    expect(await refusal(startEventStore({ memory: true, socket }))).toHaveProperty(
      'message',
      expect.stringMatching(/address|bind|EADDRINUSE/i),
    );
    child.signal('SIGKILL');
    await child.finished;
    expect(existsSync(socket)).toBe(true);
    await (await startEventStore({ memory: true, socket })).stop();
    const file = join(folder.path, 'precious');
    writeFileSync(file, 'data');
    await refusal(startEventStore({ memory: true, socket: file }));
    expect(existsSync(file)).toBe(true);
  });

  it('does not start if its port is taken, and releases its file', async () => {
    const taken = createServer();
    const port = await new Promise<number>((resolve) =>
      taken.listen(0, '127.0.0.1', () => resolve((taken.address() as { port: number }).port)),
    );
    const file = join(folder.path, 'taken.db');
    expect(String(await refusal(startEventStore({ file, port })))).toContain(String(port));
    await new Promise((resolve) => taken.close(resolve));
    await (await startEventStore({ file, port })).stop();
  });

  it('answers accepted calls and cancels open ones when it stops', async () => {
    const { store, client, close } = await startBench();
    const subscription = client.subscribeToStream('stopping');
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    const ended = new Promise((resolve) => subscription.once('error', resolve));
    const appends = Array.from({ length: 20 }, (_, n) =>
      client.appendToStream('stopping', counted(1, n)).then(
        () => 'done',
        (error: unknown) => error,
      ),
    );
    await appends[0];
    await store.stop();
    expect(await ended).toBeInstanceOf(CancelledError);
    const outcomes = await Promise.all(appends);
    expect(outcomes[0]).toBe('done');
    for (const outcome of outcomes)
      expect(outcome === 'done' || outcome instanceof CancelledError).toBe(true);
    await close().catch(() => undefined);
  });
});
