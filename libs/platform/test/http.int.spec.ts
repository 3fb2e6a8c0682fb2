import { describe, expect, it } from '@jest/globals';
import type { Scope } from '@interlock/contracts';
import { until } from '@interlock/testing';
import { issuer, parts, post, request, running, spans, startDemoService } from './http-service.js';

startDemoService();

describe('an error', () => {
  it('of ours goes out with its members, which replace nothing', async () => {
    const { status, body } = await request('GET', '/api/v1/things/fail/problem');
    expect([status, body]).toEqual([
      412,
      expect.objectContaining({
        status: 412,
        code: 'stale-revision',
        detail: 'it is at revision 3',
        revision: '3',
        remedy: 'read it again',
        instance: '/api/v1/things/fail/problem',
      }),
    ]);
  });

  it('of another kind says nothing of the inside, and the log has it under the trace id', async () => {
    const { status, body } = await request('GET', '/api/v1/things/fail/error');
    expect([status, body.code, body.error]).toEqual([500, 'internal-error', 'Internal server error']);
    expect(JSON.stringify(body)).not.toMatch(/hunter2|secret|\.ts|at /);
    const line = parts.lines
      .map((text) => JSON.parse(text) as { level: string; trace_id?: string; err?: { message: string } })
      .find(({ level, trace_id: id }) => level === 'error' && id === body.trace_id);
    expect(line?.err?.message).toContain('hunter2');
  });
});

describe('a trace', () => {
  it("goes on from the caller's, through a body, to the answer", async () => {
    spans.reset();
    const { body } = await post(JSON.stringify({ name: 'abc', inner: { size: 1 } }), {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    });
    const span = await until(
      () => spans.getFinishedSpans().find(({ name }) => name === 'POST /api/v1/things'),
      'the span has ended',
    );
    expect(span.spanContext().traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(span.parentSpanContext?.spanId).toBe('b7ad6b7169203331');
    expect(span.attributes).toMatchObject({
      'http.response.status_code': 201,
      'interlock.tenant_id': 'demo',
      'interlock.service': 'demo-service',
    });
    expect((body.command as { traceparent: string }).traceparent).toBe(
      `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`,
    );
  });

  it('names no person of the path', async () => {
    spans.reset();
    await request('GET', '/api/v1/audit/people/ann%40example.org', undefined, {
      accept: 'text/event-stream',
    });
    const span = await until(() => spans.getFinishedSpans().at(-1), 'the span has ended');
    expect(span.attributes).toMatchObject({
      'url.path': '/api/v1/audit/people/:person',
      'url.scheme': 'http',
    });
    expect(JSON.stringify(span.attributes)).not.toContain('ann');
  });

  it('of a client that waits for events is in no duration', async () => {
    const measured = async (): Promise<string | undefined> =>
      (await parts.context.metrics.metrics()).match(
        /^http_request_duration_seconds_count.*route="unknown".*$/m,
      )?.[0];
    const before = await measured();
    spans.reset();
    await request('GET', '/api/v1/nothing', undefined, { accept: 'text/event-stream' });
    await until(() => spans.getFinishedSpans().at(-1), 'the span has ended');
    expect(await measured()).toBe(before);
    await request('GET', '/api/v1/nothing');
    await until(async () => (await measured()) !== before, 'another request is measured');
  });

  it("is the caller's alone where many ask at once", async () => {
    const ids = Array.from({ length: 20 }, (_, i) => `${i + 1}`.padStart(32, '0'));
    const answers = await Promise.all(
      ids.map((id) =>
        post(JSON.stringify({ name: 'abc', inner: { size: 1 } }), {
          traceparent: `00-${id}-b7ad6b7169203331-01`,
        }),
      ),
    );
    expect(
      answers.map(({ body }) => (body.command as { traceparent: string }).traceparent.split('-')[1]),
    ).toEqual(ids);
  });
});

describe('what is told', () => {
  it('is a line for each request, with trace and tenant', async () => {
    const { body } = await post(JSON.stringify({ name: 'abc', inner: { size: 1 } }));
    const traceId = (body.command as { traceparent: string }).traceparent.split('-')[1];
    const line = await until(
      () =>
        parts.lines
          .map((text) => JSON.parse(text) as Record<string, unknown>)
          .find((l) => l.message === 'request' && l.trace_id === traceId),
      'the line is there',
    );
    expect(line).toMatchObject({
      level: 'info',
      service: 'demo-service',
      tenant_id: 'demo',
      method: 'POST',
      route: '/api/v1/things',
      status: 201,
    });
  });

  it('is measured by route pattern, service and status', async () => {
    await request('DELETE', '/api/v1/things/some-id');
    const metrics = async (tenant: string, scopes: readonly Scope[]): Promise<Response> =>
      fetch(`http://127.0.0.1:${running.http.port}/metrics`, {
        headers: {
          authorization: `Bearer ${await issuer.token({ tenant, scopes, sub: 'prometheus', kind: 'service' })}`,
        },
      });
    expect((await fetch(`http://127.0.0.1:${running.http.port}/metrics`)).status).toBe(401);
    expect((await metrics('_system', ['ALERT_READ'])).status).toBe(403);
    const foreign = await metrics('demo', ['METRICS_READ']);
    expect([foreign.status, await foreign.json()]).toMatchObject([403, { code: 'wrong-tenant' }]);
    const text = await (await metrics('_system', ['METRICS_READ'])).text();
    expect(text).toMatch(
      /http_request_duration_seconds_count\{service="demo-service",method="DELETE",route="\/api\/v1\/things\/:id",status="200"\} 1/,
    );
    expect(text).toContain('process_cpu_seconds_total');
    expect(text).not.toContain('some-id');
  });
});

describe('the OpenAPI document', () => {
  it("names every route with its scopes, and none of the platform's", async () => {
    const { body } = await request('GET', '/openapi.json');
    const document = body as unknown as {
      openapi: string;
      info: { title: string };
      paths: Record<string, Record<string, { 'x-required-scopes'?: string[]; security?: object[] }>>;
      components: { securitySchemes: object };
    };
    expect([document.openapi, document.info.title]).toEqual(['3.1.0', 'Demo']);
    expect(Object.keys(document.paths).sort()).toEqual([
      '/api/v1/things',
      '/api/v1/things/fail/{how}',
      '/api/v1/things/guarded-stream',
      '/api/v1/things/in/{stream}',
      '/api/v1/things/kept',
      '/api/v1/things/of/{tenantId}',
      '/api/v1/things/slow',
      '/api/v1/things/stream',
      '/api/v1/things/tenant',
      '/api/v1/things/waited',
      '/api/v1/things/{id}',
    ]);
    expect(document.paths['/api/v1/things']!.post).toMatchObject({
      'x-required-scopes': ['POLICY_WRITE', 'POLICY_ACTIVATE'],
      security: [{ bearer: [] }],
    });
    expect(document.components.securitySchemes).toHaveProperty('bearer');
  });
});
