import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { createDevIssuer, OpenAtOnce, startService, streamLimits } from '../src/index.js';
import { demoEffects, demoModule, Journal } from './demo.js';
import { fakeContext } from './fake-context.js';
import { issuer, journal, parts, request, running, startDemoService, token } from './http-service.js';

startDemoService();

describe('server-sent events', () => {
  it('come one by one, and end with the client', async () => {
    const abort = new AbortController();
    const response = await fetch(`http://127.0.0.1:${running.http.port}/api/v1/things/stream`, {
      signal: abort.signal,
    });
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    let text = '';
    for await (const chunk of response.body!) {
      text += Buffer.from(chunk as Uint8Array).toString();
      if (text.includes('id: 3\n')) break;
    }
    abort.abort();
    expect(text).toContain('id: 2\nevent: tick\ndata: {"i":2}\n\n');
    await until(() => journal.entries.includes('stream ended'), 'the source was told');
  });

  it('end when the token of the client ends', async () => {
    const ending = await issuer.token({
      tenant: 'demo',
      scopes: ['POLICY_READ'],
      sub: 'ticker',
      kind: 'service',
      ttlS: 1,
    });
    const response = await fetch(`http://127.0.0.1:${running.http.port}/api/v1/things/guarded-stream`, {
      headers: { authorization: `Bearer ${ending}` },
    });
    expect(response.status).toBe(200);
    expect(await response.text()).toContain('event: tick');
  });

  it('are bounded in number, and one that ends makes room', async () => {
    const address = `http://127.0.0.1:${running.http.port}/api/v1/things/stream`;
    const aborts = Array.from({ length: streamLimits.perTenant }, () => new AbortController());
    const opened = await Promise.all(aborts.map(({ signal }) => fetch(address, { signal })));
    expect(opened.every(({ status }) => status === 200)).toBe(true);
    const refused = await fetch(address);
    expect([
      refused.status,
      ((await refused.json()) as { code: string }).code,
      refused.headers.get('content-type'),
    ]).toEqual([429, 'rate-limited', 'application/problem+json; charset=utf-8']);
    aborts.pop()!.abort();
    const abort = new AbortController();
    await until(async () => {
      const again = await fetch(address, { signal: abort.signal });
      if (again.status !== 200) await again.text();
      return again.status === 200;
    }, 'there is room again');
    for (const one of [...aborts, abort]) one.abort();
  });
});

describe('what stays open', () => {
  const bound = (): OpenAtOnce => new OpenAtOnce({ what: 'streams', perTenant: 3, perPrincipal: 2 });
  const caller = (subject: string, kind: 'person' | 'service' = 'person', tenant = 'demo') =>
    ({ subject, kind, tenants: [tenant] }) as const;
  const codeOf = (work: () => unknown): string => {
    try {
      work();
      return 'none';
    } catch (error) {
      return (error as { readonly code: string }).code;
    }
  };

  it('is bounded for a principal, so that nobody takes the whole of the tenant', () => {
    const open = bound();
    const leave = open.enter('demo', caller('ann'));
    open.enter('demo', caller('ann'));
    expect(codeOf(() => open.enter('demo', caller('ann')))).toBe('rate-limited');
    expect(codeOf(() => open.enter('other', caller('ann')))).toBe('rate-limited');
    open.enter('demo', caller('bert'));
    expect(codeOf(() => open.enter('demo', caller('carl')))).toBe('rate-limited');
    leave();
    leave();
    open.enter('demo', caller('carl'));
    expect(codeOf(() => open.enter('demo', caller('dora')))).toBe('rate-limited');
  });

  it('is counted apart for a service, and for the same name in another tenant', () => {
    const open = bound();
    for (const one of [caller('ann'), caller('ann', 'service'), caller('ann', 'person', 'other')])
      for (let i = 0; i < 2; i += 1) open.enter(`${one.kind}-${one.tenants[0]}`, one);
    expect(codeOf(() => open.enter('third', caller('ann', 'service')))).toBe('rate-limited');
  });
});

describe('a rate limit', () => {
  it('refuses what is too much from one token, says when to come back, and leaves health alone', async () => {
    const limited = fakeContext(issuer.auth, { INTERLOCK_RATE_LIMIT: '3' }, 'limited');
    const service = await startService(limited.context, demoModule, {
      title: 'Limited',
      effects: demoEffects,
    });
    try {
      const call = (path: string, as: string): Promise<Response> =>
        fetch(`http://127.0.0.1:${service.http.port}${path}`, { headers: { authorization: `Bearer ${as}` } });
      const statuses: number[] = [];
      for (let i = 0; i < 4; i += 1) statuses.push((await call('/api/v1/things', token)).status);
      expect(statuses).toEqual([200, 200, 200, 429]);
      const refused = await call('/api/v1/things', token);
      expect(await refused.json()).toMatchObject({ code: 'rate-limited', status: 429 });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      const other = await issuer.token({
        tenant: 'other',
        scopes: ['POLICY_READ'],
        sub: 'bert',
        kind: 'person',
      });
      expect((await call('/api/v1/things', other)).status).toBe(200);
      for (let i = 0; i < 5; i += 1) expect((await call('/health/live', token)).status).toBe(200);
    } finally {
      await service.stop();
    }
  });

  it('counts made-up tokens, spellings of the header and no token as one stranger', async () => {
    const limited = fakeContext(issuer.auth, { INTERLOCK_RATE_LIMIT: '8' }, 'strangers');
    const service = await startService(limited.context, demoModule, {
      title: 'Limited',
      effects: demoEffects,
    });
    const call = (headers: Record<string, string>): Promise<number> =>
      fetch(`http://127.0.0.1:${service.http.port}/api/v1/things`, { headers }).then(({ status }) => status);
    try {
      const foreign = await (
        await createDevIssuer()
      ).token({
        tenant: 'demo',
        scopes: ['POLICY_READ'],
        sub: 'anna',
        kind: 'person',
      });
      const strange = [
        {},
        { authorization: 'Bearer made.up.1' },
        { authorization: 'bearer made.up.2' },
        { authorization: `Bearer ${foreign}` },
        { authorization: 'Basic YTpi' },
        { authorization: '' },
        { 'x-forwarded-for': '203.0.113.7' },
        { 'x-forwarded-for': '203.0.113.8', authorization: 'Bearer x' },
      ];
      for (const headers of strange) expect(await call(headers)).toBe(401);
      for (const headers of strange) expect(await call(headers)).toBe(429);
      // Other tokens of one principal, and other spellings of its header, are the principal still.
      const own: number[] = [];
      for (let i = 0; i < 9; i += 1) {
        const one = await issuer.token({
          tenant: 'demo',
          scopes: i % 2 === 0 ? ['POLICY_READ'] : ['POLICY_READ', 'POLICY_WRITE'],
          sub: 'anna',
          kind: 'person',
          ttlS: 600 + i,
        });
        own.push(await call({ authorization: `${i % 3 === 0 ? 'bearer' : 'Bearer'} ${one}` }));
      }
      expect(own).toEqual([...Array.from({ length: 8 }, () => 200), 429]);
    } finally {
      await service.stop();
    }
  });

  it('that is not a number keeps a service from starting', async () => {
    await expect(
      startService(fakeContext(issuer.auth, { INTERLOCK_RATE_LIMIT: 'many' }).context, demoModule, {
        title: 'x',
        effects: demoEffects,
      }),
    ).rejects.toMatchObject({ code: 'validation-failed' });
  });
});

describe('a stop', () => {
  it("runs the module's hooks, ends open streams, and closes nothing that is shared", async () => {
    const own = fakeContext(issuer.auth, {}, 'stopping');
    let entries: string[] = [];
    const service = await startService(own.context, demoModule, {
      title: 'Stopping',
      effects: demoEffects,
      onReady: (_running, app) => {
        entries = app.get(Journal).entries;
      },
    });
    const stream = await fetch(`http://127.0.0.1:${service.http.port}/api/v1/things/stream`);
    const ended = (async () => {
      for await (const _chunk of stream.body!) {
        /* until it ends */
      }
    })().catch(() => undefined);
    await Promise.all([service.stop(), service.stop()]);
    await ended;
    expect(entries).toContain('shutdown');
    expect(own.closed).toEqual([]);
    await expect(
      new Promise((resolve, reject) => {
        connect(service.http.port, '127.0.0.1').once('connect', resolve).once('error', reject);
      }),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('lets what is being answered end', async () => {
    const own = fakeContext(issuer.auth, {}, 'gentle');
    let its: Journal | undefined;
    const service = await startService(own.context, demoModule, {
      title: 'Gentle',
      effects: demoEffects,
      onReady: (_running, app) => {
        its = app.get(Journal);
      },
    });
    const answer = fetch(`http://127.0.0.1:${service.http.port}/api/v1/things/slow`);
    await until(() => its!.entries.includes('slow began'), 'it is being answered');
    const stopped = service.stop();
    its!.release();
    expect(await (await answer).json()).toEqual({ slow: true });
    await stopped;
  });

  it('leaves another service of the process alone', async () => {
    const own = { ...fakeContext(issuer.auth, {}, 'neighbour').context, metrics: parts.context.metrics };
    const neighbour = await startService(own, demoModule, { title: 'Neighbour', effects: demoEffects });
    await neighbour.stop();
    expect((await request('GET', '/health/ready')).status).toBe(200);
  });
});
