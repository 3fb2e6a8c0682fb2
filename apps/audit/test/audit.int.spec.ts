import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { testMetadata } from '@interlock/kernel';
import type { RunningService } from '@interlock/platform';
import { startParts, testContext, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';

let parts: Parts;
let service: RunningService;
let serial = 0;

const append = async (stream: string, count = 1): Promise<void> => {
  for (let i = 0; i < count; i += 1) {
    serial += 1;
    await parts.log.store.append(
      stream,
      [
        {
          id: `00000000-0000-4000-8000-${String(serial).padStart(12, '0')}`,
          type: 'SomethingHappened',
          data: { n: serial },
          metadata: testMetadata(),
        },
      ],
      'any',
    );
  }
};
const get = async (
  path: string,
  over: { tenant?: string; tenants?: string[]; scopes?: ('AUDIT_READ' | 'ALERT_READ')[] } = {},
): Promise<{
  status: number;
  lines: { stream: string; revision: string; position: string; data: { n: number } }[];
  code?: string;
  position: string | null;
  type: string | null;
}> => {
  const { scopes = ['AUDIT_READ'], ...rest } = over;
  const response = await fetch(`http://127.0.0.1:${service.http.port}/api/v1/audit${path}`, {
    headers: await parts.issuer.person(scopes, rest),
  });
  const text = await response.text();
  const type = response.headers.get('content-type');
  return {
    status: response.status,
    type,
    position: response.headers.get('interlock-position'),
    lines:
      type?.startsWith('application/x-ndjson') === true
        ? text
            .trim()
            .split('\n')
            .filter((l) => l !== '')
            .map((l) => JSON.parse(l) as { readonly stream: string })
            // The reads of this suite are recorded too.
            .filter(({ stream }) => !stream.startsWith('access-'))
            .map((line) => line as never)
        : [],
    ...(response.ok ? {} : { code: (JSON.parse(text) as { code: string }).code }),
  };
};

beforeAll(async () => {
  parts = await startParts();
  service = await start(testContext(parts, 'audit'));
  await append('action-demo:a', 3);
  await append('action-other:b', 2);
  await append('policy-demo:p', 1);
});
afterAll(async () => {
  await service.stop();
  await parts.stop();
});

describe('the log for the auditor', () => {
  it('reads one stream as NDJSON, from a revision, so many', async () => {
    const all = await get('/streams/action-demo:a');
    expect(all).toMatchObject({ status: 200, type: 'application/x-ndjson; charset=utf-8' });
    expect(all.lines.map((l) => l.revision)).toEqual(['0', '1', '2']);
    expect((await get('/streams/action-demo:a?from=1&limit=1')).lines.map((l) => l.revision)).toEqual(['1']);
    expect((await get('/streams/action-demo:a?from=9')).lines).toEqual([]);
  });

  it('reads the whole log of a tenant in its order, resumes after a position, ends at one', async () => {
    const all = await get('/events');
    expect(all.lines.map((l) => l.stream)).toEqual([
      'action-demo:a',
      'action-demo:a',
      'action-demo:a',
      'policy-demo:p',
    ]);
    const second = all.lines[1]!.position;
    expect((await get(`/events?after=${second}`)).lines.map((l) => l.data.n)).toEqual([3, 6]);
    expect((await get(`/events?until=${second}`)).lines.map((l) => l.data.n)).toEqual([1, 2]);
    expect(BigInt(all.position!)).toBeGreaterThanOrEqual(BigInt(all.lines.at(-1)!.position));
  });

  it('only some categories where asked', async () => {
    expect((await get('/events?category=policy')).lines.map((l) => l.stream)).toEqual(['policy-demo:p']);
  });

  it("another tenant's events are not shown, unless the token allows that tenant", async () => {
    expect((await get('/streams/action-other:b')).code).toBe('wrong-tenant');
    expect((await get('/events?tenant_id=other')).code).toBe('wrong-tenant');
    expect((await get('/events?tenant_id=other', { tenants: ['other'] })).lines).toHaveLength(2);
    expect((await get('/events', { tenant: 'nobody' })).lines).toEqual([]);
  });

  it('bad questions are refused, each with its code', async () => {
    expect((await get('/streams/nope')).code).toBe('unknown-stream');
    expect((await get('/streams/action-demo:nothing')).code).toBe('unknown-stream');
    expect((await get('/events?after=x')).code).toBe('validation-failed');
    expect((await get('/streams/action-demo:a?from=-1')).code).toBe('validation-failed');
    expect((await get('/events', { scopes: ['ALERT_READ'] })).code).toBe('missing-scope');
  });
});
