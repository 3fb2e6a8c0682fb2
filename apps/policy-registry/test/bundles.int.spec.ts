import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
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
import {
  activate,
  after,
  approve,
  codeOf,
  readFlips,
  startRegistry,
  type Answer,
  type Call,
} from './running.js';
import { promoteAll } from './traffic.js';

let registry: Awaited<ReturnType<typeof startRegistry>>;
let call: Call;
const base = '/api/v1/policy/bundles';
const rule = (over: object = {}) => ({
  id: 'cf-night',
  agent: 'ran-optimizer',
  action: 'cell_failover',
  effect: 'allow',
  priority: 100,
  conditions: [{ field: 'risk_score', op: '<=', value: 40 }],
  reason: 'Low-risk failover is routine',
  ...over,
});
const bundle = (version: string, over: object = {}) => ({ version, rules: [rule()], ...over });
const bob = () =>
  registry.parts.issuer.person(['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE'], { sub: 'bob' });
const draft = async (version: string): Promise<Answer> => {
  const made = await call('POST', base, { body: bundle(version) });
  expect(made.status).toBe(201);
  return made;
};
const approved = async (version: string): Promise<{ readonly id: string; readonly approval_id: string }> => {
  const { body } = await draft(version);
  const approval = await approve(call, `${base}/${String(body['id'])}`, { as: await bob() });
  expect(approval.status).toBe(201);
  return { id: String(body['id']), approval_id: String(approval.body['approval_id']) };
};
const activated = async (version: string): Promise<Answer> => {
  const { id, approval_id } = await approved(version);
  return activate(call, `${base}/${id}`, { body: { approval_id } });
};

/** Lets the canary decide alone; headers to see that. */
const wholly = async (): Promise<Record<string, string>> => ({
  'interlock-min-position': await promoteAll(registry.parts.log.store, 'demo'),
});

beforeAll(async () => {
  registry = await startRegistry();
  ({ call } = registry);
});
afterAll(async () => {
  await registry.stop();
});

describe('drafting a bundle', () => {
  it('answers with the draft, its hash and its place, and can be read from there on', async () => {
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
    const read = await call('GET', `${base}/${String(made.body['id'])}`, { headers: after(made) });
    const { lint, ...written } = made.body;
    expect(lint).toEqual({
      passed: true,
      counts: { error: 0, warning: 0, info: 0 },
      findings: [],
      truncated: false,
    });
    expect(read.body).toEqual(written);
    expect((await call('GET', `${base}/version/0.1.0`)).body).toEqual(written);
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

  it('names every violation, those of meaning too, and keeps nothing', async () => {
    const refused = await call('POST', base, {
      body: bundle('0.2.0', {
        rules: [
          rule(),
          rule({ effect: 'maybe' }),
          rule({ id: 'c', action: 'warp_drive', conditions: [] }),
          rule({
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
    expect((await call('GET', `${base}/version/0.2.0`)).status).toBe(404);
  });

  it.each([
    ['not json', '{"version"', '400 malformed-json'],
    ['nothing', undefined, '422 bundle-invalid'],
    ['a list', [], '422 bundle-invalid'],
  ])('%s is refused', async (_, body, code) => {
    expect(codeOf(await call('POST', base, { body }))).toBe(code);
  });

  it('a version exists once, also when twenty ask for it at the same moment', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        call('POST', base, { body: bundle('0.3.0', { notes: `by ${i}` }) }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(new Set(answers.filter(({ status }) => status !== 201).map(codeOf))).toEqual(
      new Set(['409 already-exists']),
    );
  });

  it('a repeat with the same idempotency key answers as the first did; with other content it is refused', async () => {
    const headers = { 'idempotency-key': 'draft-0.4.0' };
    const [first, second] = [
      await call('POST', base, { body: bundle('0.4.0'), headers }),
      await call('POST', base, { body: bundle('0.4.0'), headers }),
    ];
    expect([second.status, second.body]).toEqual([first.status, first.body]);
    expect(codeOf(await call('POST', base, { body: bundle('0.4.0', { notes: 'other' }), headers }))).toBe(
      '409 idempotency-conflict',
    );
  });

  it('each tenant has its own versions', async () => {
    const as = await registry.parts.issuer.person(['POLICY_READ', 'POLICY_WRITE'], { tenant: 'other' });
    const made = await call('POST', base, { body: bundle('0.1.0'), as });
    expect([made.status, made.body['id']]).toEqual([201, bundleIdOf('other', '0.1.0')]);
    expect((await call('GET', `${base}/${String(made.body['id'])}`, { headers: after(made) })).status).toBe(
      404,
    );
  });
});

describe('changing and deleting a draft', () => {
  it('needs the revision that was read', async () => {
    const { body } = await draft('0.5.0');
    const path = `${base}/${String(body['id'])}`;
    expect(codeOf(await call('PUT', path, { body: bundle('0.5.0', { notes: 'x' }) }))).toBe(
      '428 revision-required',
    );
    expect(
      codeOf(
        await call('PUT', path, { body: bundle('0.5.0', { notes: 'x' }), headers: { 'if-match': '"7"' } }),
      ),
    ).toBe('412 stale-revision');
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
    const path = `${base}/${String(body['id'])}`;
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

  it('what is not there is not found', async () => {
    const path = `${base}/${bundleIdOf('demo', '77.0.0')}`;
    const answers = await Promise.all([
      call('GET', path),
      call('GET', `${base}/nonsense`),
      call('DELETE', path),
      call('GET', `${path}/history`),
      call('POST', `${path}/activate`),
      call('PUT', path, { body: bundle('77.0.0'), headers: { 'if-match': '"0"' } }),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404, 404]);
  });
});

describe('approval', () => {
  it('is given by another person than the author', async () => {
    const { body } = await draft('0.7.0');
    const path = `${base}/${String(body['id'])}/approvals`;
    expect(codeOf(await call('POST', path))).toBe('403 same-person');
    expect(
      codeOf(await call('POST', path, { as: await registry.parts.issuer.service(['POLICY_ACTIVATE']) })),
    ).toBe('403 person-required');
    const read = await readFlips(call, `${base}/${String(body['id'])}`);
    const given = await call('POST', path, { as: await bob(), body: { ...read, note: 'looks right' } });
    expect(given.body).toMatchObject({
      approval_id: expect.any(String),
      bundle_hash: body['bundle_hash'],
      note: 'looks right',
      version: '0.7.0',
    });
    expect((await call('POST', path, { as: await bob(), body: read })).body['approval_id']).toBe(
      given.body['approval_id'],
    );
  });

  it('is of the content that was looked at, and void when it changes', async () => {
    const { id, approval_id } = await approved('0.8.0');
    expect(
      codeOf(
        await call('POST', `${base}/${id}/approvals`, {
          as: await bob(),
          body: { bundle_hash: '0'.repeat(64) },
        }),
      ),
    ).toBe('409 approval-mismatch');
    const changed = await call('PUT', `${base}/${id}`, {
      body: bundle('0.8.0', { rules: [rule({ effect: 'deny' })] }),
      headers: { 'if-match': '"2"' },
    });
    const { bundle_hash } = changed.body;
    expect(changed.status).toBe(200);
    expect(codeOf(await call('POST', `${base}/${id}/activate`, { body: { approval_id, bundle_hash } }))).toBe(
      '409 approval-mismatch',
    );
    expect(codeOf(await call('POST', `${base}/${id}/activate`, { body: { bundle_hash } }))).toBe(
      '409 approval-required',
    );
  });

  it('and an activation name what was read: without its hash they are refused, with the place where it stands and never the hash', async () => {
    const {
      body: { id, bundle_hash },
    } = await draft('0.8.1');
    const path = `${base}/${String(id)}`;
    const { flip_list_hash } = await readFlips(call, path);
    const as = await bob();
    const place = `/api/v1/policy/bundles/${String(id)}`;
    for (const [to, body, code, request] of [
      ['approvals', {}, '428 digest-required', place],
      ['approvals', { flip_list_hash }, '428 digest-required', place],
      ['approvals', { bundle_hash }, '428 digest-required', `${place}/flip-list`],
      ['approvals', { bundle_hash: '0'.repeat(64), flip_list_hash }, '409 approval-mismatch', place],
      [
        'approvals',
        { bundle_hash, flip_list_hash: '0'.repeat(64) },
        '409 approval-mismatch',
        `${place}/flip-list`,
      ],
      ['activate', {}, '428 digest-required', place],
      ['activate', { bundle_hash: '0'.repeat(64) }, '409 approval-mismatch', place],
    ] as const) {
      const refused = await call('POST', `${path}/${to}`, { as, body });
      expect([to, body, codeOf(refused), refused.body['request']]).toEqual([to, body, code, request]);
      expect(JSON.stringify(refused.body)).not.toMatch(
        new RegExp(`${String(bundle_hash)}|${String(flip_list_hash)}`),
      );
    }
  });

  it('an author is the author by every token: one that is of another tenant first makes no second person', async () => {
    const { body } = await draft('0.9.0');
    const abroad = await registry.parts.issuer.person(['POLICY_ACTIVATE'], {
      tenant: 'other',
      tenants: ['demo'],
    });
    expect(
      codeOf(await call('POST', `${base}/${String(body['id'])}/approvals?tenant_id=demo`, { as: abroad })),
    ).toBe('403 same-person');
  });

  it("also a tenant's first bundle needs one", async () => {
    const as = await registry.parts.issuer.person(['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE'], {
      tenant: 'fresh',
    });
    const { body } = await call('POST', base, { body: bundle('1.0.0'), as });
    expect(codeOf(await activate(call, `${base}/${String(body['id'])}`, { as }))).toBe(
      '409 approval-required',
    );
    expect((await call('GET', `${base}/active`, { as })).body).toEqual({ active: null, canary: null });
  });
});

describe('activation', () => {
  it('makes one bundle active at 100 %; the one before is superseded and stays readable', async () => {
    const first = await activated('1.0.0');
    expect(first.body).toMatchObject({
      status: 'active',
      active: true,
      canary_pct: 100,
      version: '1.0.0',
      activated_by: expect.stringMatching(/^person:/),
    });
    const second = await activated('1.1.0');
    const { body } = await call('GET', `${base}/active`, { headers: await wholly() });
    expect(body['active']).toMatchObject({ version: '1.1.0', approval_id: second.body['approval_id'] });
    expect((await call('GET', `${base}/version/1.0.0`)).body).toMatchObject({
      status: 'superseded',
      active: false,
      canary_pct: 0,
      approval_id: first.body['approval_id'],
    });
    expect((await call('GET', `${base}?active_only=true`)).body['items']).toHaveLength(1);
    expect((await call('GET', `${base}?status=superseded`)).body['items']).toMatchObject([
      { version: '1.0.0' },
    ]);
  });

  it('the same again changes nothing; a superseded one does not come back; neither can be changed or deleted', async () => {
    const active = (await call('GET', `${base}/version/1.1.0`)).body;
    const again = await activate(call, `${base}/${String(active['id'])}`);
    expect(again.body).toMatchObject({ status: 'active', activated_at: active['activated_at'] });
    const old = bundleIdOf('demo', '1.0.0');
    expect(codeOf(await activate(call, `${base}/${old}`))).toBe('409 wrong-state');
    for (const id of [old, String(active['id'])]) {
      expect(codeOf(await call('DELETE', `${base}/${id}`))).toBe('409 not-a-draft');
      const { body, headers } = await call('GET', `${base}/${id}`);
      expect(
        codeOf(
          await call('PUT', `${base}/${id}`, {
            body: bundle(String(body['version']), { notes: 'x' }),
            headers: { 'if-match': headers.get('etag')! },
          }),
        ),
      ).toBe('409 not-a-draft');
    }
  });

  it('of several at once, one is the canary and the others are refused', async () => {
    const ready = await Promise.all(['2.0.0', '2.1.0', '2.2.0', '2.3.0'].map(approved));
    const answers = await Promise.all(
      ready.map(({ id, approval_id }) => activate(call, `${base}/${id}`, { body: { approval_id } })),
    );
    expect(answers.map((answer) => (answer.status === 200 ? '200' : codeOf(answer))).sort()).toEqual([
      '200',
      ...Array<string>(3).fill('409 canary-running'),
    ]);
    const headers = after(answers.find(({ status }) => status === 200)!);
    expect((await call('GET', `${base}?active_only=true`, { headers })).body['items']).toHaveLength(1);
    expect((await call('GET', `${base}?status=canary`, { headers })).body['items']).toHaveLength(1);
    expect(
      (await call('GET', `${base}?active_only=true`, { headers: await wholly() })).body['items'],
    ).toHaveLength(1);
  });

  it('goes on where a crash between release and rollout left it', async () => {
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
    }).handle(bundleStream('demo', id), { type: 'ReleaseBundle', approval_id }, context);
    expect(codeOf(await call('DELETE', `${base}/${id}`))).toBe('409 not-a-draft');
    expect((await activate(call, `${base}/${id}`, { body: { approval_id } })).body).toMatchObject({
      status: 'canary',
      version: '3.0.0',
    });
    await wholly();
  });

  it('what is active is what was approved, however changes, approvals and activations race', async () => {
    for (let round = 0; round < 5; round += 1) {
      const version = `4.0.${round}`;
      const { body } = await draft(version);
      const path = `${base}/${String(body['id'])}`;
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

  it('its history tells the whole life, the rollout included', async () => {
    const { body } = await call('GET', `${base}/${bundleIdOf('demo', '1.0.0')}/history`);
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

describe('seed 003, bundles', () => {
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
      expect((await call('POST', base, { body: bundle(`1.0.${i}`), as })).status).toBe(201);
    const made = await call('POST', base, { body: bundle('2.0.0'), as });
    await approve(call, `${base}/${String(made.body['id'])}`, { as: other });
    const active = await activate(call, `${base}/${String(made.body['id'])}`, { as });
    expect((await call('GET', base, { as, headers: after(active) })).body['items']).toHaveLength(
      input.drafts + input.active,
    );
    expect(
      (await call('GET', `${base}?active_only=${input.active_only}`, { as })).body['items'],
    ).toHaveLength(wanted.count);
  });
});

describe('reading bundles', () => {
  it('goes page by page, each bundle once', async () => {
    const seen: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const { body }: Answer = await call('GET', `${base}?limit=3${next === '' ? '' : `&cursor=${next}`}`);
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
    'color=red',
  ])('?%s is refused', async (query) => {
    expect(codeOf(await call('GET', `${base}?${query}`))).toBe('422 validation-failed');
  });

  it('serves the schema', async () => {
    expect((await call('GET', '/api/v1/policy/schema')).body).toEqual(
      JSON.parse(JSON.stringify(bundleSchema)),
    );
  });
});
