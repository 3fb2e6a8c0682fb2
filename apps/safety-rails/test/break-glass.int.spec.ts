import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect, testMetadata } from '@interlock/kernel';
import { tenantStream } from '@interlock/rails';
import { buildApps, commandLine, freePort, testContext } from '@interlock/testing';
import type { RunningService, ServiceContext } from '@interlock/platform';
import { importJWK, SignJWT, type JWK } from 'jose';
import { start } from '../src/main.js';
import { requestRails, startRails, type RailsAnswer, type StartedRails } from './started-rails.js';

const folder = mkdtempSync(join(tmpdir(), 'interlock-break-glass-'));
const keyFile = join(folder, 'safe.jwk');
const registered = join(folder, 'registered');
const environment = { KILL_SWITCH_RELEASE_PEOPLE: '1', KILL_SWITCH_BREAK_GLASS_FILE: registered };
const stream = 'kill_switch-demo:tenant';

/** The issuer's keys, for as long as the identity provider is there. */
let issuer: Server;
let keysPort: number;
let auth: ServiceContext['auth'];
let started: StartedRails;
let another: RunningService;

const interlock = (...args: readonly string[]): Promise<{ stdout: string; stderr: string }> => {
  const { NODE_OPTIONS: _options, ...env } = process.env;
  return promisify(execFile)(process.execPath, [commandLine, ...args], {
    cwd: folder,
    env: { ...env, INTERLOCK_CONFIG_DIR: folder },
  });
};
const at = (service: RunningService): string => `http://127.0.0.1:${service.http.port}`;
const signed = async (stop: object): Promise<string> => {
  const key = JSON.parse(readFileSync(keyFile, 'utf8')) as JWK;
  return new SignJWT({ stop })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'interlock-stop+jwt', kid: key.kid ?? '' })
    .setAudience('interlock-kill-switch')
    .setJti(crypto.randomUUID())
    .setIssuedAt(Date.now() / 1000)
    .setExpirationTime(Date.now() / 1000 + 60)
    .sign(await importJWK(key, 'EdDSA'));
};
const send = async (request: string, to: RunningService = started.rails): Promise<RailsAnswer> =>
  requestRails({ ...started, rails: to }, 'POST', '/kill-switch/break-glass', {
    headers: { authorization: `Break-Glass ${request}` },
  });
const byToken = async (body: object): Promise<RailsAnswer> =>
  requestRails(started, 'POST', '/kill-switch', {
    headers: await started.parts.issuer.person(['AUTONOMOUS_KILL']),
    body,
  });
const engagedBy = async (): Promise<readonly unknown[]> =>
  (await collect(started.parts.log.store.read(stream)))
    .filter(({ type }) => type === 'KillSwitchEngaged')
    .map(({ metadata }) => metadata.actor);
/**
 * Nobody can call the registration while the identity provider is gone: it stands in the log
 * already.
 */
const isRegistered = (tenant: string): Promise<unknown> =>
  started.parts.log.store.append(
    tenantStream(tenant),
    [
      {
        id: crypto.randomUUID(),
        type: 'TenantCreated',
        data: { tenant_id: tenant },
        metadata: testMetadata({ tenant_id: tenant }),
      },
    ],
    'any',
  );

beforeAll(async () => {
  await buildApps('apps/cli');
  keysPort = await freePort();
  started = await startRails(environment, (parts) => {
    const { jwks, ...rest } = parts.issuer.auth;
    auth = { ...rest, jwks: { url: `http://127.0.0.1:${keysPort}/jwks` } };
    issuer = createServer((_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(jwks)),
    );
    return Promise.resolve({ auth });
  });
  await isRegistered('demo');
  another = await start({ ...testContext(started.parts, 'safety-rails', environment), auth });
});
afterAll(async () => {
  await another.stop();
  await started.stop();
  issuer.closeAllConnections();
  issuer.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('where the identity provider is gone', () => {
  it('nobody gets in, and who has the offline key stops all the same', async () => {
    expect((await byToken({ scope: 'tenant', engaged: true, reason: 'stop' })).status).toBe(503);
    const made = await interlock('break-glass', 'create', 'safe', '-o', keyFile, '--register', registered);
    expect(made.stdout).toMatch(/^safe [\w-]{43}\n$/);
    expect([statSync(keyFile).mode & 0o777, readFileSync(registered, 'utf8')]).toEqual([0o600, made.stdout]);
    await expect(interlock('break-glass', 'create', 'safe', '-o', keyFile)).rejects.toMatchObject({
      code: 1,
    });
    const { stdout } = await interlock(
      ...['--url', at(started.rails), '--tenant', 'demo'],
      ...['stop', '--break-glass', keyFile, '--reason', 'nobody can log in'],
    );
    expect(JSON.parse(stdout)).toMatchObject({ scope: 'tenant', tenant_id: 'demo', engaged: true });
    expect(await engagedBy()).toEqual([{ kind: 'service', service: 'break-glass.safe' }]);
  });

  it('refuses what no registered key has signed, and what asks for a tenant of the system', async () => {
    const request = await signed({ scope: 'tenant', tenant_id: 'demo', reason: 'x' });
    expect((await send(`${request.slice(0, -6)}AAAAAA`)).status).toBe(401);
    expect((await send(await signed({ scope: 'tenant', tenant_id: '_system', reason: 'x' }))).status).toBe(
      422,
    );
    const none = await requestRails(started, 'POST', '/kill-switch/break-glass', {
      headers: { authorization: 'Bearer x' },
    });
    expect(none.status).toBe(401);
  });
});

describe('a stop of a tenant that nobody knows', () => {
  it('is engaged, and says that the name was never seen, with those that look like it', async () => {
    const stop = { scope: 'tenant', tenant_id: 'dmeo', reason: 'mistyped' };
    for (const more of [{}, { scope: 'account', account_id: 'a' }, { scope: 'agent', agent: 'a' }])
      expect(await send(await signed({ ...stop, ...more }))).toMatchObject({
        status: 200,
        body: { tenant_id: 'dmeo', engaged: true, known: false, near: ['demo'] },
      });
    await isRegistered('deme');
    expect(await send(await signed(stop))).toMatchObject({ body: { known: false, near: ['deme', 'demo'] } });
    const mistyped = await interlock(
      ...['--url', at(started.rails), '--tenant', 'dmeo'],
      ...['stop', '--break-glass', keyFile, '--reason', 'mistyped'],
    ).catch((error: unknown) => error);
    expect(mistyped).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('never seen the tenant dmeo') as unknown,
    });
    await isRegistered('dmeo');
    expect(await send(await signed(stop))).toMatchObject({ body: { tenant_id: 'dmeo', known: true } });
  });

  it('may always be one of every tenant', async () => {
    expect(await send(await signed({ scope: 'global', reason: 'whatever its name is' }))).toMatchObject({
      status: 200,
      body: { scope: 'global', tenant_id: null, engaged: true },
    });
  });
});

describe('a request that somebody kept', () => {
  it('engages nothing a second time, at no instance, nor after people have released', async () => {
    await new Promise<void>((resolve) => issuer.listen(keysPort, '127.0.0.1', resolve));
    const free = { scope: 'tenant', engaged: false, reason: 'over' };
    expect(await byToken(free)).toMatchObject({ status: 200, body: { engaged: false } });
    const stop = { scope: 'tenant', tenant_id: 'demo', reason: 'again' };
    const [used, unused] = [await signed(stop), await signed(stop)];
    expect(await send(used)).toMatchObject({ status: 200, body: { engaged: true } });
    for (const service of [started.rails, another])
      expect(await send(used, service)).toMatchObject({
        status: 401,
        body: { detail: 'the request was used before' },
      });
    expect((await byToken(free)).status).toBe(200);
    for (const request of [used, unused])
      expect(await send(request, another)).toMatchObject({
        status: 401,
        body: { code: 'unauthenticated' },
      });
    expect(await engagedBy()).toHaveLength(2);
    expect(await send(await signed(stop))).toMatchObject({ status: 200, body: { engaged: true } });
  });
});

describe('a switch whose stream holds a forged event', () => {
  it('is engaged by the offline key, and by a person, and released by nobody', async () => {
    const free = { scope: 'tenant', engaged: false, reason: 'over' };
    expect((await byToken(free)).status).toBe(200);
    const forged = {
      id: crypto.randomUUID(),
      type: 'KillSwitchReleased',
      data: { scope: 'tenant', tenant_id: 'demo', action_type: null, reason: 'forged' },
      metadata: testMetadata({ writer: 'budget-ledger' }),
    };
    await started.parts.log.store.append(stream, [forged], 'any');
    const stop = { scope: 'tenant', tenant_id: 'demo', reason: 'forged' };
    const before = (await engagedBy()).length;
    expect(await send(await signed(stop))).toMatchObject({ status: 200, body: { engaged: true } });
    expect(await engagedBy()).toHaveLength(before + 1);
    expect(await byToken({ ...free, engaged: true })).toMatchObject({ status: 200, body: { engaged: true } });
    expect(await byToken(free)).toMatchObject({ status: 500, body: { code: 'forged-event' } });
  });
});
