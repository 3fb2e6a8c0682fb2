import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { prepareLogAccess, startGuarded, type Guarded, type LogAccess } from '@interlock/embedded';
import { makeLogUsers, shutStrangersOut } from '../src/index.js';

const program = fileURLToPath(
  new URL('../../../apps/event-store/bin/interlock-event-store.js', import.meta.url),
);
let dir: string;
let access: LogAccess;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'interlock-prepare-'));
  access = await prepareLogAccess(dir, {}, ['admin']);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('the users of an EventStoreDB', () => {
  type User = { readonly password: string; readonly groups: readonly string[] };
  const users = new Map<string, User>();
  /** The management API, which answers as EventStoreDB does; the embedded log has none. */
  let management: Server;
  const address = (): string => access.addressOf((management.address() as AddressInfo).port, 'admin');

  beforeAll(async () => {
    const [cert, key, password] = await Promise.all(
      ['server.pem', 'server-key.pem', 'admin.password'].map((name) => readFile(join(dir, name), 'utf8')),
    );
    const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`;
    management = createServer({ cert: cert!, key: key! }, (request, response) => {
      void text(request).then((body) => {
        const answer = (status: number): void => void response.writeHead(status).end('{}');
        const [, name = '', command] =
          /^\/users\/([^/]*)(\/command\/reset-password)?$/.exec(request.url ?? '') ?? [];
        const given = (body === '' ? {} : JSON.parse(body)) as Partial<User> & {
          readonly loginName?: string;
          readonly newPassword?: string;
        };
        const known = users.get(name);
        if (request.headers.authorization !== authorization) answer(401);
        else if (request.method === 'POST' && name === '') {
          const { loginName = '', password: first = '', groups = [] } = given;
          if (users.has(loginName)) return answer(409);
          users.set(loginName, { password: first, groups });
          answer(201);
        } else if (known === undefined) answer(404);
        else {
          if (request.method === 'PUT') users.set(name, { ...known, groups: given.groups ?? [] });
          else if (command !== undefined) users.set(name, { ...known, password: given.newPassword ?? '' });
          answer(200);
        }
      });
    }).listen(0, '127.0.0.1');
    await once(management, 'listening');
  });
  afterAll(() => {
    management.close();
  });

  it('are made with their passwords and groups, and brought up to date where they are there', async () => {
    await makeLogUsers(address(), [
      { name: 'audit', password: 'first', writes: true },
      { name: 'relay', password: 'second', writes: false },
    ]);
    expect([...users]).toEqual([
      ['audit', { password: 'first', groups: ['interlock-writers'] }],
      ['relay', { password: 'second', groups: ['interlock-readers'] }],
    ]);
    await makeLogUsers(address(), [{ name: 'audit', password: 'third', writes: false }]);
    expect(users.get('audit')).toEqual({ password: 'third', groups: ['interlock-readers'] });
  });

  it('are made by an administrator only, over TLS', async () => {
    const account = { name: 'mallory', password: 'x', writes: true };
    const port = (management.address() as AddressInfo).port;
    for (const [url, code] of [
      [access.address(port), 'validation-failed'],
      [`esdb://admin:x@127.0.0.1:${port}?tls=false`, 'validation-failed'],
      [address().replace(/admin:[^@]+/, 'admin:wrong'), 'log-unavailable'],
    ] as const)
      await expect(makeLogUsers(url, [account])).rejects.toMatchObject({ code });
    expect(users.has('mallory')).toBe(false);
  });
});

describe('the access lists of a log', () => {
  let server: Guarded;
  let port: number;
  const clients: EventStoreDBClient[] = [];
  const as = (user: string): EventStoreDBClient => {
    const client = EventStoreDBClient.connectionString(
      access.addressOf(port, 'admin').replace('//admin:', `//${user}:`),
    );
    clients.push(client);
    return client;
  };
  const append = (user: string, stream: string): Promise<unknown> =>
    as(user).appendToStream(stream, jsonEvent({ type: 'Done', data: {} }));
  const readAll = async (user: string): Promise<number> => {
    let count = 0;
    for await (const _ of as(user).readAll()) count += 1;
    return count;
  };
  const denied = { type: 'access-denied' };

  beforeAll(async () => {
    const file = join(dir, 'users.json');
    const [admin] = JSON.parse(await readFile(file, 'utf8')) as readonly { readonly password_hash: string }[];
    const others = { writer: ['interlock-writers'], reader: ['interlock-readers'], stranger: [] };
    await writeFile(
      file,
      JSON.stringify([
        admin,
        ...Object.entries(others).map(([name, groups]) => ({
          name,
          groups,
          password_hash: admin!.password_hash,
        })),
      ]),
    );
    server = await startGuarded({
      program: process.execPath,
      args: ['--no-warnings', program, '--memory', '--port', '0', ...access.serverArguments],
      pidFile: join(dir, 'pid'),
      ready: /listening 127\.0\.0\.1:(\d+)/,
    });
    port = Number(server.match[1]);
  });
  afterAll(async () => {
    for (const client of clients) await client.dispose();
    await server.stop();
  });

  it('let everybody write who has a password until the log is prepared, and then nobody who is in no group', async () => {
    await append('stranger', 'action-demo:1');
    await expect(
      shutStrangersOut(access.addressOf(port, 'admin').replace('//admin:', '//writer:')),
    ).rejects.toMatchObject({
      code: 'log-unavailable',
    });
    expect(await shutStrangersOut(access.addressOf(port, 'admin'))).toBe(2);
    expect(await shutStrangersOut(access.addressOf(port, 'admin'))).toBe(0);
    await expect(append('stranger', 'action-demo:1')).rejects.toMatchObject(denied);
    await expect(readAll('stranger')).rejects.toMatchObject(denied);
    await expect(append('reader', 'action-demo:1')).rejects.toMatchObject(denied);
    await expect(append('writer', '$settings')).rejects.toMatchObject(denied);
    await expect(as('writer').deleteStream('action-demo:1')).rejects.toMatchObject(denied);
    expect(await append('writer', 'action-demo:1')).toMatchObject({ success: true });
    expect(await readAll('reader')).toBeGreaterThan(1);
    expect(await readAll('writer')).toBeGreaterThan(1);
  });
});
