import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { collect, CommandHandler } from '@interlock/kernel';
import {
  bundleDecider,
  bundleHash,
  bundleIdOf,
  bundleSchema,
  bundleStream,
  rolloutDecider,
  rolloutStream,
} from '@interlock/policy';
import { encodeCursor } from '@interlock/postgres';
import { bundle, bundlesOf } from './bundle-world.js';
import {
  activate,
  after,
  approve,
  bundlesPath,
  codeOf,
  failoverRule,
  readFlips,
  useRegistry,
  type Answer,
} from './world.js';

const registry = useRegistry();
const { call } = registry;
const { bob, draft, approved, activated, wholly } = bundlesOf(registry);

describe('drafting a bundle', () => {
  it('answers with the draft, its hash and its location, and can be read from there on', async () => {
    const made = await draft('0.1.0');
    expect(made.body).toMatchObject({
      version: '0.1.0',
      status: 'draft',
      active: false,
      canary_pct: 0,
      source: 'api',
      source_signature: null,
      revision: '0',
      position: expect.stringMatching(/^\d+/),
      bundle_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(made.headers.get('etag')).toBe('"0"');
    const read = await call('GET', `${bundlesPath}/${String(made.body['id'])}`, { headers: after(made) });
    const { lint, ...written } = made.body;
    expect(lint).toEqual({
      passed: true,
      counts: { error: 0, warning: 0, info: 0 },
      findings: [],
      truncated: false,
    });
    expect(read.body).toEqual(written);
    expect((await call('GET', `${bundlesPath}/version/0.1.0`)).body).toEqual(written);
  });

  it('never names the author', async () => {
    const made = await draft('0.1.1');
    expect(made.body['created_by']).toMatch(/^person:[0-9a-f-]{36}$/);
    expect(
      JSON.stringify(
        await collect(registry.parts.log.store.read(bundleStream('demo', String(made.body['id'])))),
        (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value),
      ),
    ).not.toContain('anna');
  });

  it('names every violation, semantic ones included, and stores nothing', async () => {
    const refused = await call('POST', bundlesPath, {
      body: bundle('0.2.0', {
        rules: [
          failoverRule(),
          failoverRule({ effect: 'maybe' }),
          failoverRule({ id: 'c', action: 'warp_drive', conditions: [] }),
          failoverRule({
            id: 'd',
            conditions: [
              { field: 'riskscore', op: '<=', value: 1 },
              { field: 'posture', op: '==', value: 3 },
            ],
          }),
        ],
      }),
    });
    expect(codeOf(refused)).toBe('422 bundle-invalid');
    expect((refused.body['violations'] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      '/rules/1/effect',
      '/rules/1/id',
      '/rules/2/action',
      '/rules/3/conditions/0/field',
      '/rules/3/conditions/1/value',
    ]);
    expect((await call('GET', `${bundlesPath}/version/0.2.0`)).status).toBe(404);
  });

  it.each([
    ['not json', '{"version"', '400 malformed-json'],
    ['nothing', undefined, '422 bundle-invalid'],
    ['a list', [], '422 bundle-invalid'],
  ])('%s is refused', async (_, body, code) => {
    expect(codeOf(await call('POST', bundlesPath, { body }))).toBe(code);
  });

  it('uses a version once, even if twenty requests ask for it at the same moment', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        call('POST', bundlesPath, { body: bundle('0.3.0', { notes: `by ${i}` }) }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(answers.filter(({ status }) => status !== 201).map(codeOf))).toEqual(
      new Set(['409 already-exists']),
    );
  });

  it('answers a repeat with the same idempotency key like the first; with other content it is refused', async () => {
    const headers = { 'idempotency-key': 'draft-0.4.0' };
    const [first, second] = [
      await call('POST', bundlesPath, { body: bundle('0.4.0'), headers }),
      await call('POST', bundlesPath, { body: bundle('0.4.0'), headers }),
    ];
    expect([second.status, second.body]).toEqual([first.status, first.body]);
    expect(
      codeOf(await call('POST', bundlesPath, { body: bundle('0.4.0', { notes: 'other' }), headers })),
    ).toBe('409 idempotency-conflict');
  });

  it('keeps the versions of tenants apart', async () => {
    const as = await registry.parts.issuer.person(['POLICY_READ', 'POLICY_WRITE'], { tenant: 'other' });
    const made = await call('POST', bundlesPath, { body: bundle('0.1.0'), as });
    expect([made.status, made.body['id']]).toEqual([201, bundleIdOf('other', '0.1.0')]);
    expect(
      (await call('GET', `${bundlesPath}/${String(made.body['id'])}`, { headers: after(made) })).status,
    ).toBe(404);
  });
});

describe('changing and deleting a draft', () => {
  it('needs the revision that was read', async () => {
    const { body } = await draft('0.5.0');
    const path = `${bundlesPath}/${String(body['id'])}`;
    expect(codeOf(await call('PUT', path, { body: bundle('0.5.0', { notes: 'x' }) }))).toBe(
      '428 revision-required',
    );
    for (const tag of ['"7"', '"x"', 'W/"0"']) {
      const stale = { body: bundle('0.5.0', { notes: 'x' }), headers: { 'if-match': tag } };
      expect(codeOf(await call('PUT', path, stale))).toBe('412 stale-revision');
    }
    const changed = await call('PUT', path, {
      body: bundle('0.5.0', { notes: 'x' }),
      headers: { 'if-match': '"0"' },
    });
    expect([changed.status, changed.headers.get('etag'), changed.body['notes']]).toEqual([200, '"1"', 'x']);
    expect(
      codeOf(
        await call('PUT', path, { body: bundle('0.5.0', { notes: 'y' }), headers: { 'if-match': '"0"' } }),
      ),
    ).toBe('412 stale-revision');
    expect((await call('GET', path, { headers: after(changed) })).body).toMatchObject({
      notes: 'x',
      revision: '1',
    });
  });

  it('a deleted draft is gone, its events are not, and its version is free', async () => {
    const { body } = await draft('0.6.0');
    const path = `${bundlesPath}/${String(body['id'])}`;
    const gone = await call('DELETE', path);
    expect(gone.body).toMatchObject({ deleted: true, version: '0.6.0' });
    expect((await call('GET', path, { headers: after(gone) })).status).toBe(404);
    expect((await draft('0.6.0')).body).toMatchObject({ id: body['id'], revision: '2' });
    const { body: history } = await call('GET', `${path}/history`);
    expect((history['items'] as { type: string }[]).map(({ type }) => type)).toEqual([
      'BundleCreated',
      'BundleDeleted',
      'BundleCreated',
    ]);
  });

  it('answers 404 for what does not exist', async () => {
    const path = `${bundlesPath}/${bundleIdOf('demo', '77.0.0')}`;
    const answers = await Promise.all([
      call('GET', path),
      call('GET', `${bundlesPath}/nonsense`),
      call('DELETE', path),
      call('GET', `${path}/history`),
      call('POST', `${path}/activate`),
      call('PUT', path, { body: bundle('77.0.0'), headers: { 'if-match': '"0"' } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404]);
  });
});

describe('activation', () => {
  it('makes one bundle active at 100 %; the previous one is superseded and stays readable', async () => {
    const first = await activated('1.0.0');
    expect(first.body).toMatchObject({
      status: 'active',
      active: true,
      canary_pct: 100,
      version: '1.0.0',
      activated_by: expect.stringMatching(/^person:/),
    });
    const second = await activated('1.1.0');
    const { body } = await call('GET', `${bundlesPath}/active`, { headers: await wholly() });
    expect(body['active']).toMatchObject({ version: '1.1.0', approval_id: second.body['approval_id'] });
    expect((await call('GET', `${bundlesPath}/version/1.0.0`)).body).toMatchObject({
      status: 'superseded',
      active: false,
      canary_pct: 0,
      approval_id: first.body['approval_id'],
    });
    expect((await call('GET', `${bundlesPath}?active_only=true`)).body['items']).toHaveLength(1);
    expect((await call('GET', `${bundlesPath}?status=superseded`)).body['items']).toMatchObject([
      { version: '1.0.0' },
    ]);
  });

  it('changes nothing when repeated; a superseded bundle cannot return, and neither can be changed or deleted', async () => {
    const active = (await call('GET', `${bundlesPath}/version/1.1.0`)).body;
    const again = await activate(call, `${bundlesPath}/${String(active['id'])}`);
    expect(again.body).toMatchObject({ status: 'active', activated_at: active['activated_at'] });
    const old = bundleIdOf('demo', '1.0.0');
    expect(codeOf(await activate(call, `${bundlesPath}/${old}`))).toBe('409 wrong-state');
    for (const id of [old, String(active['id'])]) {
      expect(codeOf(await call('DELETE', `${bundlesPath}/${id}`))).toBe('409 not-a-draft');
      const { body, headers } = await call('GET', `${bundlesPath}/${id}`);
      expect(
        codeOf(
          await call('PUT', `${bundlesPath}/${id}`, {
            body: bundle(String(body['version']), { notes: 'x' }),
            headers: { 'if-match': headers.get('etag')! },
          }),
        ),
      ).toBe('409 not-a-draft');
    }
  });

  it('makes one bundle the canary and refuses the others if several come at once', async () => {
    const ready = await Promise.all(['2.0.0', '2.1.0', '2.2.0', '2.3.0'].map(approved));
    const answers = await Promise.all(
      ready.map(({ id, approval_id }) => activate(call, `${bundlesPath}/${id}`, { body: { approval_id } })),
    );
    expect(answers.map((answer) => (answer.status === 200 ? '200' : codeOf(answer))).sort()).toEqual([
      '200',
      ...Array<string>(3).fill('409 canary-running'),
    ]);
    const headers = after(answers.find(({ status }) => status === 200)!);
    expect((await call('GET', `${bundlesPath}?active_only=true`, { headers })).body['items']).toHaveLength(1);
    expect((await call('GET', `${bundlesPath}?status=canary`, { headers })).body['items']).toHaveLength(1);
    expect(
      (await call('GET', `${bundlesPath}?active_only=true`, { headers: await wholly() })).body['items'],
    ).toHaveLength(1);
  });

  it('continues after a crash between release and rollout', async () => {
    const { id, approval_id } = await approved('3.0.0');
    const context = {
      commandId: crypto.randomUUID(),
      tenantId: 'demo',
      actor: { kind: 'person', person_id: 'ann' } as const,
      now: new Date().toISOString(),
      correlationId: 'c',
      causationId: 'c',
    };
    await new CommandHandler(registry.parts.log.store, bundleDecider, {
      backoff: () => Promise.resolve(),
    }).handle(bundleStream('demo', id), { kind: 'ReleaseBundle', approval_id }, context);
    expect(codeOf(await call('DELETE', `${bundlesPath}/${id}`))).toBe('409 not-a-draft');
    expect((await activate(call, `${bundlesPath}/${id}`, { body: { approval_id } })).body).toMatchObject({
      status: 'canary',
      version: '3.0.0',
    });
    await wholly();
  });

  it('activates only approved content, however changes, approvals and activations race', async () => {
    for (let round = 0; round < 5; round += 1) {
      const version = `4.0.${round}`;
      const { body } = await draft(version);
      const path = `${bundlesPath}/${String(body['id'])}`;
      const approver = await bob();
      await Promise.all([
        approve(call, path, { as: approver }).then(() => activate(call, path)),
        ...['"0"', '"1"', '"2"'].map((tag) =>
          call('PUT', path, { body: bundle(version, { notes: `at ${tag}` }), headers: { 'if-match': tag } }),
        ),
        readFlips(call, path)
          .then((read) =>
            call('POST', `${path}/approvals`, {
              as: approver,
              body: { ...read, bundle_hash: body['bundle_hash'] },
            }),
          )
          .then(() => activate(call, path)),
      ]);
      const { state } = await new CommandHandler(registry.parts.log.store, bundleDecider, {
        backoff: () => Promise.resolve(),
      }).load(bundleStream('demo', String(body['id'])));
      const rollout = await new CommandHandler(registry.parts.log.store, rolloutDecider, {
        backoff: () => Promise.resolve(),
      }).load(rolloutStream('demo'));
      if (state.status === 'none') throw new Error('no bundle');
      const begun = [rollout.state.active, rollout.state.canary].find((one) => one?.bundle_id === body['id']);
      if (begun !== undefined && begun !== null) {
        expect([state.status, bundleHash(state.content)]).toEqual(['released', begun.bundle_hash]);
        expect(state.approvals.find(({ approval_id: id }) => id === begun.approval_id)?.bundle_hash).toBe(
          begun.bundle_hash,
        );
        await wholly();
      } else {
        expect(state.status).toBe('draft');
      }
    }
  });

  it('has a history of the whole life, the rollout included', async () => {
    const { body } = await call('GET', `${bundlesPath}/${bundleIdOf('demo', '1.0.0')}/history`);
    expect((body['items'] as { type: string }[]).map(({ type }) => type)).toEqual([
      'BundleCreated',
      'FlipListMade',
      'BundleApproved',
      'BundleReleased',
      'BundleActivated',
      'BundleActivated',
      'CanaryPromoted',
    ]);
  });
});

describe('acceptance: bundles', () => {
  it('bundle.list.active_only', async () => {
    const { cases } = JSON.parse(
      readFileSync(new URL('../../../fixtures/acceptance/bundles.json', import.meta.url), 'utf8'),
    ) as {
      cases: {
        id: string;
        input: { drafts: number; active: number; active_only: boolean };
        expect: { count: number };
      }[];
    };
    const { input, expect: wanted } = cases.find(({ id }) => id === 'bundle.list.active_only')!;
    const [as, other] = [
      await registry.parts.issuer.person(['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE'], {
        tenant: 'seeded',
      }),
      await registry.parts.issuer.person(['POLICY_ACTIVATE'], { tenant: 'seeded', sub: 'bob' }),
    ];
    for (let i = 0; i < input.drafts; i += 1)
      expect((await call('POST', bundlesPath, { body: bundle(`1.0.${i}`), as })).status).toBe(201);
    const made = await call('POST', bundlesPath, { body: bundle('2.0.0'), as });
    await approve(call, `${bundlesPath}/${String(made.body['id'])}`, { as: other });
    const active = await activate(call, `${bundlesPath}/${String(made.body['id'])}`, { as });
    expect((await call('GET', bundlesPath, { as, headers: after(active) })).body['items']).toHaveLength(
      input.drafts + input.active,
    );
    expect(
      (await call('GET', `${bundlesPath}?active_only=${input.active_only}`, { as })).body['items'],
    ).toHaveLength(wanted.count);
  });
});

describe('reading bundles', () => {
  it('goes page by page, each bundle once', async () => {
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const { body }: Answer = await call(
        'GET',
        `${bundlesPath}?limit=3${next === '' ? '' : `&cursor=${next}`}`,
      );
      seen.push(...(body['items'] as { version: string }[]).map(({ version }) => version));
      next = body['next'] as string | null;
    }
    expect(seen.length).toBeGreaterThan(10);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toContain('0.1.0');
  });

  it.each([
    'limit=0',
    'limit=201',
    'limit=many',
    'status=asleep',
    'active_only=perhaps',
    'cursor=%21',
    'cursor=WyJ4IiwieSJd',
    `cursor=${encodeCursor('bundles', ['2026-01-01T00:00:00.000Z', 'x'])}`,
    `cursor=${encodeCursor('policies', ['2026-01-01T00:00:00.000Z', '00000000-0000-4000-8000-000000000001'])}`,
    'color=red',
  ])('?%s is refused', async (query) => {
    expect(codeOf(await call('GET', `${bundlesPath}?${query}`))).toBe('422 validation-failed');
  });

  it('serves the schema', async () => {
    expect((await call('GET', '/api/v1/policy/schema')).body).toEqual(
      JSON.parse(JSON.stringify(bundleSchema)),
    );
  });
});
