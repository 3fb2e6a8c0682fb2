import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDevIssuer, startService, type DevIssuer, type RunningService } from '../src/index.js';
import { demoEffects, demoModule, Journal, unscopedController } from './demo.js';
import { fakeContext, type FakeParts } from './fake-context.js';

let issuer: DevIssuer;
let parts: FakeParts;
let running: RunningService;
let journal: Journal;
let token: string;

const url = (path: string): string => `http://127.0.0.1:${running.http.port}${path}`;
const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url(path), { headers });
const post = (path: string, body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(url(path), {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
  });
const json = async (response: Response): Promise<Record<string, unknown>> =>
  (await response.json()) as Record<string, unknown>;

beforeAll(async () => {
  issuer = await createDevIssuer();
  parts = fakeContext(issuer.auth);
  token = await issuer.token({
    tenant: 'demo',
    scopes: ['POLICY_READ', 'POLICY_WRITE'],
    sub: 'anna',
    kind: 'person',
    tenants: ['other'],
    teams: ['noc'],
  });
  running = await startService(parts.context, demoModule, {
    title: 'Demo',
    effects: demoEffects,
    onReady: (_running, app) => {
      journal = app.get(Journal);
    },
  });
});
afterAll(async () => {
  await running.stop();
});

describe('a started service', () => {
  it('answers that it lives without a token', async () => {
    const response = await get('/health/live');
    expect([response.status, await json(response)]).toEqual([
      200,
      { service: 'demo-service', status: 'live' },
    ]);
  });

  it('names every check of its readiness', async () => {
    const response = await get('/health/ready');
    expect(response.status).toBe(200);
    expect(await json(response)).toEqual({
      service: 'demo-service',
      status: 'ready',
      checks: ['log', 'bus', 'database', 'journal'].map((name) => ({ name, ok: true })),
    });
  });

  it('is not ready while a part fails, and says which without the cause', async () => {
    parts.broken.add('database');
    try {
      const response = await get('/health/ready');
      const body = await response.text();
      expect(response.status).toBe(503);
      expect((JSON.parse(body) as { checks: object[] }).checks[2]).toEqual({
        name: 'database',
        ok: false,
        code: 'database-unavailable',
        detail: 'the database does not answer',
      });
      expect(body).not.toContain('secret detail');
    } finally {
      parts.broken.clear();
    }
  });

  it('hands the principal to the route', async () => {
    const body = await json(
      await get('/api/v1/things', { authorization: `Bearer ${token}`, 'interlock-min-position': '12/9' }),
    );
    expect(body).toMatchObject({
      service: 'demo-service',
      position: '12/9',
      principal: {
        tenant_id: 'demo',
        tenants: ['demo', 'other'],
        kind: 'person',
        teams: ['noc'],
        scopes: ['POLICY_READ', 'POLICY_WRITE'],
      },
    });
  });

  it('ran the hooks of the module', () => expect(journal.entries[0]).toBe('init'));

  it('refuses to start with a route that has neither a scope nor says that it is public', async () => {
    const start = startService(
      fakeContext(issuer.auth).context,
      { controllers: [unscopedController()] },
      { title: 'Open', effects: demoEffects },
    );
    await expect(start).rejects.toMatchObject({
      code: 'missing-scope',
      detail: expect.stringContaining('`GET /api/v1/open/door/:id`'),
    });
  });

  it('refuses to start with a route of which no table says what it may do', async () => {
    const start = startService(fakeContext(issuer.auth).context, demoModule, { title: 'Demo' });
    await expect(start).rejects.toMatchObject({
      code: 'missing-scope',
      detail: expect.stringContaining('`DELETE /api/v1/things/:id`'),
    });
  });

  it('refuses a program on a route that loosens, and lets a person in', async () => {
    const of = async (kind: 'person' | 'service'): Promise<Response> =>
      fetch(`http://127.0.0.1:${running.http.port}/api/v1/things/7`, {
        method: 'DELETE',
        headers: {
          authorization: `Bearer ${await issuer.token({ tenant: 'demo', scopes: ['POLICY_WRITE'], sub: 'anna', kind })}`,
        },
      });
    const refused = await of('service');
    expect([refused.status, await json(refused)]).toMatchObject([403, { code: 'person-required' }]);
    expect((await of('person')).status).toBe(200);
  });

  it('takes a body that fits, with its headers', async () => {
    const response = await post('/api/v1/things', JSON.stringify({ name: 'abc', inner: { size: 3 } }), {
      'idempotency-key': 'key-1',
      'if-match': '"7"',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    expect(response.status).toBe(201);
    expect(await json(response)).toMatchObject({
      revision: '7',
      body: { name: 'abc', inner: { size: 3 } },
      command: {
        commandId: 'key-1',
        causationId: 'key-1',
        tenantId: 'demo',
        actor: { kind: 'person' },
        traceparent: expect.stringMatching(/^00-0af7651916cd43dd8448eb211c80319c-[0-9a-f]{16}-01$/),
      },
    });
  });
});
