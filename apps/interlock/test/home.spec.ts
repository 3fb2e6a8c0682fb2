import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseBundleKeys } from '@interlock/policy';
import { Home, writeWhole } from '../src/home.js';
import { readOptions } from '../bin/options.js';

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'interlock-home-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('options', () => {
  it('have defaults, which the environment overrides, and arguments override both', () => {
    expect(readOptions([], {}, '/w')).toEqual({
      home: '/w/.interlock',
      port: 8080,
      demo: true,
      processes: false,
      workers: 1,
      open: false,
      invite: false,
      help: false,
    });
    expect(readOptions([], { INTERLOCK_HOME: 'h', INTERLOCK_PORT: '9' }, '/w')).toMatchObject({
      home: '/w/h',
      port: 9,
    });
    expect(
      readOptions(
        ['--home', '/x', '--port', '0', '--no-demo', '--processes'],
        { INTERLOCK_HOME: 'h', INTERLOCK_PORT: '9' },
        '/w',
      ),
    ).toEqual({
      home: '/x',
      port: 0,
      demo: false,
      processes: true,
      workers: 1,
      open: false,
      invite: false,
      help: false,
    });
    expect(readOptions([], { INTERLOCK_HOME: '', INTERLOCK_PORT: '' }, '/w')).toMatchObject({
      home: '/w/.interlock',
      port: 8080,
    });
  });

  it('split the services into the given number of processes', () => {
    for (const workers of [1, 2, 3])
      expect(readOptions(['--workers', `${workers}`], {}, '/w')).toMatchObject({ workers, processes: false });
  });

  it.each([
    [['--workers', '0']],
    [['--workers', '4']],
    [['--workers', '1.5']],
    [['--workers', '']],
    [['--workers', '2', '--processes']],
  ])('%j is refused', (args) =>
    expect(() => readOptions(args, {}, '/w')).toThrow(/number of processes|exclude/),
  );

  it.each(['x', '70000', '-1', '', '1e3', '0x50', ' 80', '80 ', '80.0', '+80'])(
    'the port `%s` is refused',
    (port) => {
      expect(() => readOptions([`--port=${port}`], {}, '/w')).toThrow('is not a port');
      if (port !== '') expect(() => readOptions([], { INTERLOCK_PORT: port }, '/w')).toThrow('is not a port');
    },
  );

  it.each([[['--home', '']], [['--home=']], [['--nope']], [['stray']]])('%j is refused', (args) =>
    expect(() => readOptions(args, {}, '/w')).toThrow(),
  );
});

describe('the home', () => {
  it.each([
    ['without a marker', null],
    ['with the marker of another format', '1\n'],
    ['with an empty marker', ''],
  ])('with a log of another format, %s, is refused before anything is written', (_, marker) => {
    const old = mkdtempSync(join(dir, 'old-'));
    mkdirSync(join(old, 'log'));
    writeFileSync(join(old, 'log', 'events.db'), 'a log');
    if (marker !== null) writeFileSync(join(old, 'format'), marker);
    const before = readdirSync(old, { recursive: true });
    expect(() => new Home(old)).toThrow(
      expect.objectContaining({
        code: 'home-format',
        remedy: expect.stringContaining('audit export --whole'),
      }),
    );
    expect(readdirSync(old, { recursive: true })).toEqual(before);
  });

  it('opens again with its own log', () => {
    const made = join(dir, 'made');
    writeFileSync(new Home(made).path('log', 'events.db'), 'a log');
    expect(new Home(made).dir).toBe(made);
  });

  it('makes its secrets once, readable by its owner only', () => {
    const home = new Home(join(dir, 'a'));
    const secrets = home.secrets();
    expect(new Home(join(dir, 'a')).secrets()).toEqual(secrets);
    expect(secrets.gateway_key).not.toBe(secrets.postgres_password);
    expect(secrets.gateway_key).toMatch(/^[0-9a-f]{64}$/);
    expect(modeOf(home.path('secrets', 'secrets.json'))).toBe(0o600);
    expect(new Home(join(dir, 'b')).secrets().gateway_key).not.toBe(secrets.gateway_key);
  });

  it('makes a secret anew that was removed from the file, and keeps the others', () => {
    const home = new Home(join(dir, 'a'));
    const { postgres_password: before, ...others } = home.secrets();
    writeWhole(home.path('secrets', 'secrets.json'), JSON.stringify(others));
    const { postgres_password: after, ...kept } = home.secrets();
    expect([after === before, typeof after, kept]).toEqual([false, 'string', others]);
    expect(home.secrets().postgres_password).toBe(after);
  });

  it('refuses files of secrets that are not JSON, and quotes nothing of them', () => {
    const home = new Home(join(dir, 'broken'));
    for (const [file, read] of [
      ['secrets.json', () => home.secrets()],
      ['bus.json', () => home.busPasswords()],
    ] as const) {
      writeWhole(home.path('secrets', file), 'hunter2');
      expect(read).toThrow(`${home.path('secrets', file)} is not JSON`);
      expect(read).not.toThrow(/hunter2/);
    }
  });

  it('makes the key that signs the log once, readable by its owner only', () => {
    const keys = new Home(join(dir, 'keys')).auditKeys('log.example/one');
    const [key, pem] = [
      readFileSync(join(keys, '1.vkey'), 'utf8'),
      readFileSync(join(keys, '1.pem'), 'utf8'),
    ];
    expect(key).toMatch(/^log\.example\/one\+/);
    expect([modeOf(join(keys, '1.pem')), modeOf(keys)]).toEqual([0o600, 0o700]);
    expect(
      readFileSync(join(new Home(join(dir, 'keys')).auditKeys('log.example/two'), '1.pem'), 'utf8'),
    ).toBe(pem);
  });

  it('makes the keys that sign exported bundles once, one of each algorithm, readable by their owner only', () => {
    const file = new Home(join(dir, 'bundles')).bundleKeys();
    const text = readFileSync(file, 'utf8');
    expect([modeOf(file), parseBundleKeys(text).map(({ alg, state }) => `${alg} ${state}`)]).toEqual([
      0o600,
      ['HMAC-SHA256 active', 'Ed25519 active'],
    ]);
    expect(readFileSync(new Home(join(dir, 'bundles')).bundleKeys(), 'utf8')).toBe(text);
    expect(readFileSync(new Home(join(dir, 'others')).bundleKeys(), 'utf8')).not.toBe(text);
  });

  it('writes runtime.json whole and private, and removes a stale one at the next start', () => {
    const home = new Home(join(dir, 'c'));
    home.writeRuntime({
      version: 1,
      ready: true,
      pid: 1,
      http: 'h',
      nats: { url: 'n', user: 'u', password: 'p' },
      event_store: 'e',
      postgres: 'p',
      devices: [],
    });
    expect(modeOf(home.path('runtime.json'))).toBe(0o600);
    expect(JSON.parse(readFileSync(home.path('runtime.json'), 'utf8'))).toMatchObject({
      version: 1,
      ready: true,
    });
    new Home(join(dir, 'c')).lock();
    expect(existsSync(home.path('runtime.json'))).toBe(false);
  });

  it('an existing file with other rights becomes private', () => {
    const path = join(dir, 'loose');
    writeFileSync(path, 'old');
    chmodSync(path, 0o644);
    writeWhole(path, 'new');
    expect(modeOf(path)).toBe(0o600);
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  it('cannot be locked twice, but can be after a crash', () => {
    const home = new Home(join(dir, 'd'));
    home.lock();
    home.lock();
    writeFileSync(home.path('interlock.pid'), '999999999');
    expect(() => home.lock()).not.toThrow();
  });

  it('remembers ports', () => {
    const home = new Home(join(dir, 'e'));
    expect(home.ports()).toEqual({});
    home.keepPorts({ nats: 1234 });
    expect(new Home(join(dir, 'e')).ports()).toEqual({ nats: 1234 });
  });
});
