import { beforeAll, describe, expect, it } from '@jest/globals';
import { bundleIdOf } from '@interlock/policy';
import { encodeCursor } from '@interlock/postgres';
import { activate, after, approve, codeOf, useRegistry, type Answer } from './world.js';

const registry = useRegistry();
const { call } = registry;
const base = '/api/v1/policy/bundles';
const rule = (over: object = {}) => ({
  id: 'r',
  agent: '*',
  action: '*',
  effect: 'allow',
  priority: 1,
  conditions: [{ field: 'risk_score', op: '<=', value: 40 }],
  reason: 'A reason long enough',
  ...over,
});
const bundle = (version: string, over: object = {}) => ({
  version,
  rules: [rule()],
  notes: 'what it is for',
  metadata: { ticket: 'T-1' },
  ...over,
});
const at = (version: string): string => `${base}/${bundleIdOf('demo', version)}`;
const clone = (version: string, body: object = {}, headers: Record<string, string> = {}): Promise<Answer> =>
  call('POST', `${at(version)}/clone`, { body, headers });
const begin = async (version: string): Promise<Answer> => {
  await approve(call, at(version), {
    as: await registry.parts.issuer.person(['POLICY_ACTIVATE'], { sub: 'bob' }),
  });
  const active = await activate(call, at(version));
  expect(active.status).toBe(200);
  return active;
};
const checks = ({ body }: Answer): readonly string[] =>
  (body['lint'] as { findings: { check: string; severity: string }[] }).findings.map(
    ({ check, severity }) => `${check} ${severity}`,
  );

beforeAll(async () => {
  expect((await call('POST', base, { body: bundle('1.2.3') })).status).toBe(201);
});

describe('cloning', () => {
  it('makes a draft of the next version with the same content, and names its origin', async () => {
    const made = await clone('1.2.3');
    const from = (await call('GET', at('1.2.3'), { headers: after(made) })).body;
    expect(made.body).toMatchObject({
      id: bundleIdOf('demo', '1.2.4'),
      version: '1.2.4',
      status: 'draft',
      source: 'clone',
      rules: from['rules'],
      notes: from['notes'],
      metadata: from['metadata'],
      revision: '0',
      approvals: [],
      cloned_from: { bundle_id: from['id'], version: '1.2.3', bundle_hash: from['bundle_hash'] },
    });
    expect((await call('GET', at('1.2.4'))).body).toMatchObject({
      cloned_from: made.body['cloned_from'],
      source: 'clone',
    });
  });

  it('skips taken versions, and accepts other notes', async () => {
    expect((await clone('1.2.3')).body['version']).toBe('1.2.5');
    expect((await clone('1.2.3', { bump: 'minor', notes: 'new' })).body).toMatchObject({
      version: '1.3.0',
      notes: 'new',
    });
    expect((await clone('1.2.3', { bump: 'minor' })).body['version']).toBe('1.4.0');
    expect((await clone('1.2.3', { bump: 'major' })).body['version']).toBe('2.0.0');
    expect((await clone('1.2.3', { version: '9.0.1' })).body['version']).toBe('9.0.1');
  });

  it('is refused for a version that exists, is malformed or too long, and for an unknown bundle', async () => {
    expect(codeOf(await clone('1.2.3', { version: '9.0.1' }))).toBe('409 already-exists');
    expect(codeOf(await clone('1.2.3', { version: '1.2' }))).toBe('422 bundle-invalid');
    expect(codeOf(await clone('1.2.3', { version: '12345.12345.12345' }))).toBe('422 validation-failed');
    expect(codeOf(await clone('1.2.3', { bump: 'sideways' }))).toBe('422 validation-failed');
    expect(codeOf(await clone('3.3.3'))).toBe('404 not-found');
    expect((await call('POST', base, { body: bundle('9.9.999999999999') })).status).toBe(201);
    expect(codeOf(await clone('9.9.999999999999'))).toBe('422 bundle-invalid');
  });

  it('makes the author of the original an author of the clone, who cannot approve it', async () => {
    const [ann, bob] = [
      await registry.parts.issuer.person(['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE'], { sub: 'ann' }),
      await registry.parts.issuer.person(['POLICY_WRITE'], { sub: 'bob' }),
    ];
    expect((await call('POST', base, { as: ann, body: bundle('0.6.0') })).status).toBe(201);
    const made = await call('POST', `${at('0.6.0')}/clone`, { as: bob, body: {} });
    expect([made.status, made.body['version']]).toEqual([201, '0.6.1']);
    expect(
      codeOf(
        await call('POST', `${at('0.6.1')}/approvals`, {
          as: ann,
          body: { bundle_hash: null, flip_list_hash: null },
        }),
      ),
    ).toBe('403 same-person');
  });

  it('at the same moment gives each clone its own version', async () => {
    const made = await Promise.all(Array.from({ length: 12 }, () => clone('9.0.1')));
    expect(made.map(({ body }) => String(body['version'])).sort()).toEqual(
      Array.from({ length: 12 }, (_, i) => `9.0.${i + 2}`).sort(),
    );
  });

  it('again with the same idempotency key answers like the first, though newer versions exist', async () => {
    const headers = { 'idempotency-key': 'clone-once' };
    const first = await clone('9.0.1', {}, headers);
    expect(first.body['version']).toBe('9.0.14');
    expect((await clone('9.0.1')).body['version']).toBe('9.0.15');
    const again = await clone('9.0.1', {}, headers);
    expect([again.status, again.body]).toEqual([first.status, first.body]);
  });

  it('accepts an active or a superseded bundle too, but not a deleted one', async () => {
    await begin('1.2.3');
    await begin('1.2.4');
    const read = await call('GET', `${base}/active`);
    expect(read.status).toBe(200);
    expect((await clone('1.2.3', { version: '5.0.0' })).status).toBe(201);
    expect((await clone('1.2.4', { version: '5.0.1' })).status).toBe(201);
    await call('DELETE', at('5.0.0'));
    expect(codeOf(await clone('5.0.0'))).toBe('404 not-found');
  });
});

describe('the lint report of a draft', () => {
  const wider = [rule({ conditions: [{ field: 'risk_score', op: '<=', value: 50 }] })];

  it('reports that it is more permissive than the active bundle, unless it is a MAJOR step', async () => {
    expect(checks(await call('POST', base, { body: bundle('1.6.0', { rules: wider }) }))).toEqual([
      'more_permissive warning',
    ]);
    expect(checks(await call('POST', base, { body: bundle('6.0.0', { rules: wider }) }))).toEqual([]);
    expect(checks(await call('POST', base, { body: bundle('1.6.1') }))).toEqual([]);
    expect(
      checks(
        await call('PUT', at('1.6.1'), {
          body: bundle('1.6.1', { rules: wider }),
          headers: { 'if-match': '"0"' },
        }),
      ),
    ).toEqual(['more_permissive warning']);
    expect(checks(await clone('1.6.0'))).toEqual(['more_permissive warning']);
  });

  it("follows the tenant's settings for its bundles", async () => {
    expect(
      (
        await call('PUT', '/api/v1/policy/lint/settings', {
          body: { severities: { more_permissive: 'error' } },
        })
      ).status,
    ).toBe(200);
    const made = await call('POST', base, { body: bundle('1.7.0', { rules: wider }) });
    expect([made.status, checks(made), (made.body['lint'] as { passed: boolean }).passed]).toEqual([
      201,
      ['more_permissive error'],
      false,
    ]);
  });
});

describe('the history of a bundle', () => {
  it("goes page by page, each event once, in the log's order", async () => {
    const whole = (await call('GET', `${at('1.2.3')}/history`)).body['items'] as {
      type: string;
      stream: string;
      revision: string;
    }[];
    expect(whole.map(({ type }) => type)).toEqual([
      'BundleCreated',
      'FlipListMade',
      'BundleApproved',
      'BundleReleased',
      'BundleActivated',
      'BundleActivated',
    ]);
    const seen: unknown[] = [];
    for (let next: string | null = ''; next !== null;) {
      const { body }: Answer = await call(
        'GET',
        `${at('1.2.3')}/history?limit=2${next === '' ? '' : `&cursor=${next}`}`,
      );
      seen.push(...(body['items'] as unknown[]));
      next = body['next'] as string | null;
    }
    expect(seen).toEqual(whole);
  });

  it.each([
    'limit=0',
    'cursor=%21',
    'cursor=WyJ4Il0',
    'cursor=Wy0xXQ',
    `cursor=${encodeCursor('bundle-history', [-1])}`,
    `cursor=${encodeCursor('policy-versions', [1])}`,
    'colour=red',
  ])('?%s is refused', async (query) => {
    expect(codeOf(await call('GET', `${at('1.2.3')}/history?${query}`))).toBe('422 validation-failed');
  });
});
