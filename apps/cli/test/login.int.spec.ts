import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { roleScopes, type Role } from '@interlock/contracts';
import { createDevIssuer, createLogger, type AuthSettings } from '@interlock/platform';
import {
  buildApps,
  commandLine,
  freePort,
  type IdentityProvider,
  runProgram,
  type RunResult,
  startIdentityProvider,
  until,
} from '@interlock/testing';
import type { Contexts } from '../src/connection/contexts.js';
import { root } from './cli-home.js';

type Edge = { readonly url: string; readonly stop: () => Promise<void> };
type EdgeEntry = {
  readonly createEdge: (options: object) => Promise<Edge>;
  readonly LoginState: new (file: string) => { readonly invite: (subject: string) => string };
};

const folder = mkdtempSync(join(tmpdir(), 'interlock-login-'));
const asked: IncomingMessage['headers'][] = [];
const server = createServer((request, response) => {
  asked.push(request.headers);
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"items":[],"next":null}');
});
let provider: IdentityProvider;
let byProvider: Edge;
let byInvitation: Edge;
let entry: EdgeEntry;
const invitations = join(folder, 'invited.json');

const run = (args: readonly string[], more: Record<string, string> = {}): Promise<RunResult> => {
  const { INTERLOCK_URL: _url, INTERLOCK_TOKEN: _token, INTERLOCK_HOME: _home, ...env } = process.env;
  return runProgram(process.execPath, [commandLine, ...args], {
    cwd: folder,
    env: { ...env, NODE_OPTIONS: undefined, INTERLOCK_CONFIG_DIR: join(folder, 'config'), ...more },
  });
};
const interlock = (...args: readonly string[]): Promise<RunResult> => run(args);
const contextsFile = join(folder, 'config', 'contexts.json');
const kept = (): Contexts => JSON.parse(readFileSync(contextsFile, 'utf8')) as Contexts;

const startEdge = (port: number, auth: AuthSettings, login: object): Promise<Edge> =>
  entry.createEdge({
    host: '127.0.0.1',
    port,
    logger: createLogger({ level: 'silent' }),
    services: [
      {
        name: 'safety-rails',
        prefixes: ['/api/v1/autonomous'],
        origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      },
    ],
    auth,
    console: {
      site: folder,
      login: {
        keys: [randomBytes(32)],
        record: () => Promise.resolve({ recorded: [], requested: [] }),
        ...login,
      },
    },
  });

beforeAll(async () => {
  await buildApps('apps/cli', 'apps/edge');
  entry = (await import(pathToFileURL(join(root, 'apps/edge/dist/main.js')).href)) as EdgeEntry;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  provider = await startIdentityProvider({
    people: { ann: { name: 'Ann', tenant: 'acme', roles: ['operator'] } },
    redirectUris: [`${url}/session/callback`],
  });
  byProvider = await startEdge(
    port,
    {
      issuer: provider.issuer,
      audience: 'interlock',
      jwks: { url: `${provider.issuer}/jwks` },
      claims: { roles: 'roles' },
    },
    {
      stateFile: join(folder, 'provider.json'),
      provider: {
        issuer: provider.issuer,
        name: 'Example',
        clientId: provider.client.id,
        clientSecret: provider.client.secret,
        scope: 'openid profile',
        publicUrl: url,
        resource: provider.resources.interlock,
        device: { clientId: provider.device.id, scope: 'openid profile' },
      },
    },
  );
  const issuer = await createDevIssuer();
  byInvitation = await startEdge(0, issuer.auth, {
    stateFile: invitations,
    people: [
      { subject: 'ben', name: 'Ben', role: 'operator', tenants: ['demo'] },
      { subject: 'ada', name: 'Ada', role: 'administrator', tenants: ['demo'] },
    ],
    mint: (
      { subject, role, tenants }: { subject: string; role: Role; tenants: readonly string[] },
      ttlS: number,
    ) =>
      issuer.token({
        tenant: tenants[0] ?? '',
        scopes: roleScopes[role],
        sub: subject,
        kind: 'person',
        ttlS,
      }),
  });
});
afterAll(async () => {
  await Promise.all([byProvider.stop(), byInvitation.stop(), provider.stop()]);
  server.closeAllConnections();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('interlock login by an identity provider', () => {
  it('shows the address for the consent, and stores the tokens where nobody else can read them', async () => {
    const { NODE_OPTIONS: _options, ...env } = process.env;
    const login = spawn(process.execPath, [commandLine, 'login', byProvider.url, '--context', 'work'], {
      cwd: folder,
      env: { ...env, INTERLOCK_CONFIG_DIR: join(folder, 'config') },
    });
    let said = '';
    for (const stream of [login.stdout, login.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
    const ended = new Promise((resolve) => login.once('close', resolve));
    const url = await until(() => /Open (\S+)/.exec(said)?.[1], 'the address to say yes at');
    await provider.approve(url);
    expect([await ended, said]).toEqual([0, expect.stringContaining('as ann, tenant acme')]);
    const file = join(folder, 'config', 'contexts.json');
    expect([statSync(file).mode & 0o777, statSync(join(folder, 'config')).mode & 0o777]).toEqual([
      0o600, 0o700,
    ]);
    expect(kept()).toMatchObject({ current: 'work', contexts: { work: { tenant: 'acme' } } });
  });

  it('makes every command connect there, with one renewal of tokens for simultaneous commands', async () => {
    const contexts = kept();
    const before = contexts.contexts['work'];
    if (before?.credential?.kind !== 'oidc') throw new Error('nobody logged in');
    // The token must be renewed now, and the new one lives until both commands have run, however
    // far apart they begin.
    const due = { ...before, credential: { ...before.credential, renew_at: 0 } };
    writeFileSync(
      contextsFile,
      JSON.stringify({ ...contexts, contexts: { ...contexts.contexts, work: due } }),
    );
    const ran = await Promise.all([interlock('actions', 'list'), interlock('actions', 'list')]);
    expect(ran.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, 'No actions.\n'],
      [0, 'No actions.\n'],
    ]);
    const tokens = new Set(asked.slice(-2).map(({ authorization }) => authorization));
    expect([tokens.size, tokens.has(`Bearer ${before.credential.access_token}`)]).toEqual([1, false]);
    expect(asked.at(-1)).toMatchObject({ 'x-tenant-id': 'acme' });
    expect(JSON.parse((await interlock('whoami')).stdout)).toMatchObject({
      subject: 'ann',
      kind: 'person',
      roles: ['operator'],
    });
  });

  it('reports that a command needs more than the network', async () => {
    expect(await interlock('dead', 'list')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('needs direct access') as unknown,
    });
  });

  it('ends here and at the provider', async () => {
    const before = kept().contexts['work']?.credential;
    expect(await interlock('logout')).toMatchObject({ code: 0, stdout: 'logged out of `work`\n' });
    expect(kept().contexts['work']?.credential).toBeNull();
    expect((await interlock('whoami')).stderr).toContain('no one is logged in');
    if (before?.kind !== 'oidc') throw new Error('nobody was logged in');
    const again = await fetch(`${provider.issuer}/token`, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: provider.device.id,
        refresh_token: before.refresh_token ?? '',
      }),
    });
    expect(await again.json()).toMatchObject({ error: 'invalid_grant' });
  });
});

const invite = (who = 'ben'): string =>
  `${byInvitation.url}/login#invitation=${new entry.LoginState(invitations).invite(who)}`;

describe('interlock login by invitation', () => {
  it('accepts a link once, and begins a session that can be listed and ended', async () => {
    const link = invite();
    expect(await interlock('login', '--invitation', link, '--context', 'home')).toMatchObject({ code: 0 });
    expect((await interlock('login', '--invitation', link)).stderr).toContain('unauthenticated');
    expect((await interlock('login', '--invitation', byInvitation.url)).code).toBe(2);
    expect((await interlock('login', byInvitation.url)).stderr).toContain('--invitation LINK');
    const list = (await interlock('sessions', 'list')).stdout;
    const id = /^([0-9a-f-]{36}) .*interlock command line/m.exec(list)?.[1] ?? '';
    expect((await interlock('sessions', 'revoke')).code).toBe(2);
    expect(await interlock('sessions', 'revoke', id)).toMatchObject({ code: 0 });
    expect((await interlock('whoami')).stderr).toContain('the session has ended');
  });

  it('allows changes like the console', async () => {
    await interlock('login', '--invitation', invite(), '--context', 'home');
    expect(await interlock('kill-switch', 'engage', '--reason', 'x')).toMatchObject({ code: 0 });
    expect(asked.at(-1)?.authorization).toMatch(/^Bearer ey/);
    expect(await interlock('logout')).toMatchObject({ code: 0 });
  });
});

describe('the address of a command', () => {
  it('is the context in use, or another one for a single call', async () => {
    const list = await interlock('context', 'list');
    expect(list.stdout).toMatch(/^\* +home +\S+ +demo +logged out$/m);
    expect(await interlock('context', 'use', 'nowhere')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('there are work, home') as unknown,
    });
    expect((await interlock('context', 'use', 'work')).code).toBe(0);
    expect((await interlock('whoami')).stderr).toContain('to the context `work`');
    expect((await interlock('--context', 'home', 'whoami')).stderr).toContain('to the context `home`');
    expect((await interlock('context', 'remove', 'work')).code).toBe(0);
    expect(kept()).toMatchObject({ current: null });
  });

  it('is an address with a token from a file or the environment, and never one without', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, 'a.token.here\n');
    const url = byInvitation.url;
    const bearers = async (args: readonly string[], env: Record<string, string>) => {
      expect(await run([...args, 'actions', 'list'], env)).toMatchObject({ code: 0 });
      return asked.at(-1)?.authorization;
    };
    expect(await bearers(['--url', url, '--token-file', file], {})).toBe('Bearer a.token.here');
    expect(await bearers([], { INTERLOCK_URL: url, INTERLOCK_TOKEN_FILE: file })).toBe('Bearer a.token.here');
    expect(await bearers([], { INTERLOCK_URL: url, INTERLOCK_TOKEN: 'mine' })).toBe('Bearer mine');
    expect(await interlock('--url', url, 'actions', 'list')).toMatchObject({ code: 2 });
    expect(await run(['actions', 'list'], { INTERLOCK_URL: url })).toMatchObject({ code: 2 });
    expect(await interlock('--url', 'ftp://x', 'actions', 'list')).toMatchObject({ code: 2 });
    expect((await interlock('login', url, '--token-file', file)).stderr).toContain('unauthenticated');
  });
});

describe('the package of the command line', () => {
  it('installs without a registry or workspace, and works with any installation', async () => {
    const elsewhere = join(folder, 'elsewhere');
    mkdirSync(elsewhere);
    const { NODE_OPTIONS: _options, INIT_CWD: _cwd, ...env } = process.env;
    const at = { cwd: elsewhere, env: { ...env, INTERLOCK_CONFIG_DIR: join(folder, 'none') } };
    const exec = promisify(execFile);
    const packed = await exec(process.execPath, [join(root, 'apps/cli/pack.mjs'), folder], at);
    writeFileSync(join(elsewhere, 'package.json'), '{"private":true}');
    const [, tarball = ''] = packed.stdout.trim().split('  ');
    await exec('npm', ['install', '--offline', '--no-audit', tarball], at);
    expect(readdirSync(join(elsewhere, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([
      '@interlock',
    ]);
    const own = (...args: readonly string[]) =>
      exec(join(elsewhere, 'node_modules', '.bin', 'interlock'), args, at);
    const { version } = JSON.parse(readFileSync(join(root, 'apps/cli/package.json'), 'utf8')) as {
      version: string;
    };
    expect((await own('--version')).stdout).toContain(version);
    writeFileSync(join(folder, 'token'), 'a.token.here\n');
    const where = ['--url', byInvitation.url, '--token-file', join(folder, 'token')];
    await own(...where, 'actions', 'list');
    expect(asked.at(-1)?.authorization).toBe('Bearer a.token.here');
    await expect(own('projections', 'list')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('needs direct access') as unknown,
    });
  });
});

describe('an invitation', () => {
  it('can be given and revoked by an administrator', async () => {
    await interlock('login', '--invitation', invite('ada'), '--context', 'admin');
    const invited = await interlock('people', 'invite', 'Cy', '--role', 'policy-author');
    const link = /^http\S+$/m.exec(invited.stdout)?.[0] ?? '';
    const id = /^Cy is (\S+);/.exec(invited.stdout)?.[1] ?? '';
    expect((await interlock('login', '--invitation', link, '--context', 'cy')).stdout).toContain('as Cy');
    expect((await interlock('people', 'list')).stderr).toContain('missing-scope');
    const list = await interlock('--context', 'admin', 'people', 'list');
    expect(list.stdout).toMatch(new RegExp(`^${id} .*Cy .*policy_author`, 'm'));
    expect(await interlock('--context', 'admin', 'people', 'remove', id)).toMatchObject({ code: 0 });
    expect((await interlock('whoami')).stderr).toContain('the session has ended');
  });
});
