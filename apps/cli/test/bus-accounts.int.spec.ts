import { mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { inboxOf, subject } from '@interlock/contracts';
import type { BusLogin } from '@interlock/jetstream';
import { buildApps, atThisPace, until } from '@interlock/testing';
import type { NatsConnection } from 'nats';
import { OperatorMode } from './operator-mode.js';

let bus: OperatorMode;
beforeAll(async () => {
  await buildApps('apps/cli');
});
const startBus = async (): Promise<void> => {
  bus = new OperatorMode();
  await bus.start();
};
const stopBus = (): Promise<void> => bus.stop();

const submitOf = (user: string): string =>
  subject({ kind: 'rpc', service: 'safety-rails', command: 'submit', caller: user });
const has = (text: string): unknown => expect.stringContaining(text);
const refused = { code: 'AUTHORIZATION_VIOLATION' };
const comesIn = async (user: string, login: BusLogin): Promise<void> => {
  await (await bus.connect(user, login)).close();
};
const isOut = (user: string, login: BusLogin): Promise<void> =>
  expect(bus.connect(user, login)).rejects.toMatchObject(refused);
const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
const contents = (): readonly string[] =>
  [bus.keys, bus.out].flatMap(filesIn).map((file) => `${file} ${readFileSync(file, 'utf8')}`);

/** Runs the command in a process of its own; it must succeed without warnings. */
const program = async (...args: readonly string[]): Promise<string> => {
  const ran = await bus.program(...args);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  return ran.stdout;
};

/** Lets the rails answer a request. */
const answering = async (): Promise<NatsConnection> => {
  const rails = await bus.connect('safety-rails', { credsFile: bus.creds('safety-rails') });
  rails.subscribe('interlock.rpc.safety-rails.submit.*', {
    callback: (_error, message) => message.respond('answer'),
  });
  await rails.flush();
  return rails;
};

const asked = async (user: string, connection: NatsConnection): Promise<string> =>
  (await connection.request(submitOf(user), '{}', { timeout: atThisPace(5000) })).string();

describe('interlock bus accounts, in operator mode', () => {
  beforeEach(startBus);
  afterEach(stopBus);

  it('makes keys for their owner alone, prints none, and changes nothing on a second run', async () => {
    await bus.tenant('acme', 'acme.app');
    const first = await program();
    for (const file of filesIn(bus.keys)) expect([file, statSync(file).mode & 0o777]).toEqual([file, 0o600]);
    for (const file of filesIn(join(bus.out, 'creds')))
      expect([file, statSync(file).mode & 0o777]).toEqual([file, 0o600]);
    const seeds = filesIn(bus.keys).map((file) => readFileSync(file, 'utf8').trim());
    expect(seeds.length).toBeGreaterThan(20);
    const open = [
      first,
      ...filesIn(bus.out)
        .filter((file) => !file.endsWith('.creds'))
        .map((file) => readFileSync(file, 'utf8')),
    ].join('\n');
    expect(seeds.filter((seed) => open.includes(seed))).toEqual([]);
    const before = contents();
    expect(await program()).toBe(`nothing changed in ${bus.out}\n`);
    expect(contents()).toEqual(before);
    await bus.tenant('globex', 'globex.app');
    expect((await bus.must()).split('\n').sort()).toEqual([
      '',
      'accounts/tenant_globex.jwt is written',
      'users/globex.app.jwt is written',
    ]);
  });

  it('makes the same output again after a loss, except for its issue times', async () => {
    await bus.tenant('acme', 'acme.app');
    await bus.must();
    await bus.serve();
    await bus.must('--push');
    const login = bus.tenantLogin('acme.app');
    rmSync(bus.out, { recursive: true });
    await bus.must('--push');
    await comesIn('acme.app', login);
    await comesIn('acme.app', bus.tenantLogin('acme.app'));
  });

  it("creates its services' streams, and admits a later tenant without a restart; its requests are answered", async () => {
    await bus.must();
    await bus.serve();
    expect(await program('--push')).toContain('SERVICES is pushed to 1 server\n');
    await bus.tenant('acme', 'acme.app');
    await bus.must();
    await isOut('acme.app', bus.tenantLogin('acme.app'));
    await answering();
    expect(await bus.must('--push')).toBe(
      `nothing changed in ${bus.out}\ntenant_acme is pushed to 1 server\n`,
    );
    expect(await bus.must('--push')).toBe(
      `nothing changed in ${bus.out}\nthe servers have every account as it is\n`,
    );
    const acme = await bus.connect('acme.app', bus.tenantLogin('acme.app'));
    expect(await asked('acme.app', acme)).toBe('answer');
    // Its intent is in the stream of the services' account.
    const intents = await (
      await bus.connect('operator', { credsFile: bus.creds('operator') })
    ).jetstreamManager();
    acme.publish(subject({ kind: 'intents', tenant: 'acme', user: 'acme.app' }), '{}', {
      reply: `${inboxOf('acme.app')}.x`,
    });
    await acme.flush();
    await until(
      async () => (await intents.streams.info('INTENTS')).state.messages === 1,
      'the intent is stored',
    );
  });

  it('disconnects a revoked user, whatever it holds, and keeps the others', async () => {
    await bus.tenant('acme', 'acme.app', 'acme.other');
    await bus.must();
    await bus.serve();
    await bus.must('--push');
    const [app, other] = [bus.tenantLogin('acme.app'), bus.tenantLogin('acme.other')];
    const connection = await bus.connect('acme.app', app);
    await bus.tell('acme', bus.revoked('acme.app'));
    expect(await bus.must('--push')).toContain('users/acme.app.jwt is gone\n');
    await connection.closed();
    await isOut('acme.app', app);
    await comesIn('acme.other', other);
    // The revoked key is refused under another name, but accepted again for the same user.
    await bus.tell('acme', bus.registered('acme.third', bus.publicKey('acme.app')));
    const ran = await bus.accounts('--push');
    expect([ran.code, ran.stderr]).toEqual([
      0,
      'interlock: the key of acme.third is that of another user of acme, which was revoked: acme.third is not let in until it has a key of its own\n',
    ]);
    await isOut('acme.app', app);
    await bus.tell('acme', bus.revoked('acme.third'), bus.registered('acme.app'));
    await bus.must('--push');
    await comesIn('acme.app', bus.tenantLogin('acme.app'));
  });

  it('disconnects a removed tenant, even if a server starts with the earlier configuration', async () => {
    await bus.tenant('acme', 'acme.app');
    await bus.must();
    await bus.serve();
    await bus.must('--push');
    const login = bus.tenantLogin('acme.app');
    const connection = await bus.connect('acme.app', login);
    await bus.tell('acme', { type: 'TenantRemoved', data: { tenant_id: 'acme' } });
    expect(await bus.must('--push')).toContain('tenant_acme is pushed to 1 server\n');
    await connection.closed();
    await isOut('acme.app', login);
    await bus.nats.restart();
    await isOut('acme.app', login);
    expect(await bus.must('--push', '--delete')).toContain('deleted: tenant_acme\n');
    expect(await bus.must('--push', '--delete')).not.toContain('tenant_acme');
    await isOut('acme.app', login);
    // A recreated tenant has its former account, but its users' former credentials are invalid.
    await bus.tenant('acme', 'acme.new');
    await bus.must('--push');
    await comesIn('acme.new', bus.tenantLogin('acme.new'));
    await isOut('acme.app', login);
  });

  it('keeps a removed tenant closed if the servers delete nothing', async () => {
    await bus.tenant('acme', 'acme.app');
    await bus.must();
    await bus.serve((text) => text.replace('allow_delete: true', 'allow_delete: false'));
    await bus.must('--push');
    const login = bus.tenantLogin('acme.app');
    await bus.tell('acme', { type: 'TenantRemoved', data: { tenant_id: 'acme' } });
    const ran = await bus.accounts('--push', '--delete');
    expect(ran).toMatchObject({
      code: 0,
      stderr: has('not deleted, and still closed to everybody: tenant_acme; '),
    });
    await isOut('acme.app', login);
  });

  it("replaces an account's keys without an interruption: the old ones are valid until they are retired", async () => {
    await bus.must();
    await bus.serve();
    await bus.must('--push');
    const old = { creds: readFileSync(bus.creds('posture'), 'utf8') };
    const [first, second] = [
      await bus.connect('posture', old),
      await bus.connect(
        'posture',
        { credsFile: bus.creds('posture') },
        { reconnectTimeWait: 20, maxReconnectAttempts: -1 },
      ),
    ];
    // Until they are told, the servers know the system's user by its former keys.
    await bus.must('--rotate', 'SERVICES', 'SYS');
    await bus.must('--push');
    await comesIn('posture', old);
    await comesIn('posture', { credsFile: bus.creds('posture') });
    expect(first.isClosed()).toBe(false);
    const back = (async () => {
      for await (const { type } of second.status()) if (type === 'reconnect') return;
    })();
    await bus.must('--retire', 'SERVICES', 'SYS', '--push');
    await first.closed();
    await isOut('posture', old);
    await back;
    await second.flush();
    expect(readdirSync(join(bus.keys, 'SERVICES')).sort()).toEqual(['1.retired', '2', 'identity.nk']);
  });

  it('writes every account into the configuration of servers that cannot learn accounts while they run', async () => {
    await bus.tenant('acme', 'acme.app');
    await bus.must('--resolver', 'memory');
    await bus.serve();
    const rails = await answering();
    expect(await asked('acme.app', await bus.connect('acme.app', bus.tenantLogin('acme.app')))).toBe(
      'answer',
    );
    await rails.close();
    expect(await bus.accounts('--resolver', 'memory', '--push')).toMatchObject({
      code: 2,
      stderr: has('take no accounts while they run'),
    });
    expect(await bus.program('--push')).toMatchObject({
      code: 1,
      stderr: has('their resolver is not `full`'),
    });
  });
});

describe('its refusals', () => {
  beforeEach(startBus);
  afterEach(stopBus);

  it('accepts only the keys of its output, and makes none otherwise', async () => {
    await bus.tenant('acme', 'acme.app');
    await bus.must();
    const before = contents();
    const other = join(bus.dir, 'other');
    expect(await bus.cli('--keys', other, '--out', bus.out)).toMatchObject({
      code: 1,
      stderr: has('`operator` was given out with its key'),
    });
    expect(() => readdirSync(other)).toThrow();
    rmSync(join(bus.keys, 'SERVICES', 'identity.nk'));
    expect(await bus.accounts()).toMatchObject({
      code: 1,
      stderr: has('`SERVICES` was given out with its key'),
    });
    expect(contents()).toEqual(
      before.filter((line) => !line.startsWith(join(bus.keys, 'SERVICES', 'identity.nk'))),
    );
  });

  it('closes no account because of another log, unless forced', async () => {
    await bus.must();
    mkdirSync(join(bus.keys, 'tenant_gone'));
    expect(await bus.accounts()).toMatchObject({
      code: 1,
      stderr:
        'interlock: the log has no tenant gone, which has an account: is it the right log? With --prune they are treated as removed\n',
    });
    expect(await bus.must('--prune')).toBe('accounts/tenant_gone.jwt is written\n');
  });

  it('admits no user with an invalid public key, and reports it', async () => {
    await bus.tenant('acme', 'acme.app');
    await bus.tell('acme', bus.registered('acme.bad', `U${'A'.repeat(55)}`));
    expect(await bus.accounts()).toMatchObject({
      code: 0,
      stderr: 'interlock: the key of acme.bad is not a public key of an nkey: it is not let in\n',
    });
    expect(filesIn(join(bus.out, 'users'))).toEqual([join(bus.out, 'users', 'acme.app.jwt')]);
  });

  it('prints the static form without folders', async () => {
    await bus.tenant('acme', 'acme.app');
    const { code, stdout } = await bus.cli();
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(new RegExp(`"tenant_acme": \\{[^]*nkey: "${bus.publicKey('acme.app')}"`)),
    ]);
  });
});

describe('wrong use', () => {
  beforeAll(startBus);
  afterAll(stopBus);

  it.each<readonly [string, readonly string[]]>([
    ['operator mode needs both --keys and --out', ['--keys', 'k']],
    ['operator mode needs both --keys and --out', ['--out', 'o']],
    ['--resolver is full or memory', ['--keys', 'k', '--out', 'o', '--resolver', 'url']],
    ['set NATS_URL', ['--keys', 'k', '--out', 'o', '--push']],
    ['rotate SYS and push first', ['--keys', 'k', '--out', 'o', '--rotate', 'SYS', '--retire', 'SYS']],
    ['there is no account `nobody`', ['--keys', 'k', '--out', 'o', '--rotate', 'nobody']],
  ])('%s: %j', async (message, args) => {
    const absolute = args.map((word) => (word === 'k' ? bus.keys : word === 'o' ? bus.out : word));
    expect(await bus.cli(...absolute)).toMatchObject({ code: 2, stderr: has(message) });
  });
});
