import { beforeAll, describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { bundleStream } from '@interlock/policy';
import { bundle, bundlesOf } from './bundle-world.js';
import { first, looser, stricter, useFlips } from './flips-world.js';
import { promoteAll } from './traffic.js';
import { activate, after, bundlesPath, codeOf, failoverRule, readFlips } from './world.js';

const { registry, call, person, draft, approve, activated, flips, evaluated } = useFlips();
const bundles = bundlesOf(registry);

describe('approval', () => {
  it('requires another person than the author', async () => {
    const { body } = await bundles.draft('0.7.0');
    const path = `${bundlesPath}/${String(body['id'])}/approvals`;
    expect(codeOf(await call('POST', path))).toBe('403 same-person');
    expect(
      codeOf(await call('POST', path, { as: await registry.parts.issuer.service(['POLICY_ACTIVATE']) })),
    ).toBe('403 person-required');
    const read = await readFlips(call, `${bundlesPath}/${String(body['id'])}`);
    const given = await call('POST', path, {
      as: await bundles.bob(),
      body: { ...read, note: 'looks right' },
    });
    expect(given.body).toMatchObject({
      approval_id: expect.any(String),
      bundle_hash: body['bundle_hash'],
      note: 'looks right',
      version: '0.7.0',
    });
    expect((await call('POST', path, { as: await bundles.bob(), body: read })).body['approval_id']).toBe(
      given.body['approval_id'],
    );
  });

  it('applies to the content that was read, and is void after a change', async () => {
    const { id, approval_id } = await bundles.approved('0.8.0');
    expect(
      codeOf(
        await call('POST', `${bundlesPath}/${id}/approvals`, {
          as: await bundles.bob(),
          body: { bundle_hash: '0'.repeat(64) },
        }),
      ),
    ).toBe('409 approval-mismatch');
    const changed = await call('PUT', `${bundlesPath}/${id}`, {
      body: bundle('0.8.0', { rules: [failoverRule({ effect: 'deny' })] }),
      headers: { 'if-match': '"2"' },
    });
    const { bundle_hash } = changed.body;
    expect(changed.status).toBe(200);
    expect(
      codeOf(await call('POST', `${bundlesPath}/${id}/activate`, { body: { approval_id, bundle_hash } })),
    ).toBe('409 approval-mismatch');
    expect(codeOf(await call('POST', `${bundlesPath}/${id}/activate`, { body: { bundle_hash } }))).toBe(
      '409 approval-required',
    );
  });

  it('names the hash that was read, as an activation does; without it, the refusal says where to find the hash but not its value', async () => {
    const {
      body: { id, bundle_hash },
    } = await bundles.draft('0.8.1');
    const path = `${bundlesPath}/${String(id)}`;
    const { flip_list_hash } = await readFlips(call, path);
    const as = await bundles.bob();
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

  it('recognises the author by every token, even if the token lists another tenant first', async () => {
    const { body } = await bundles.draft('0.9.0');
    const abroad = await registry.parts.issuer.person(['POLICY_ACTIVATE'], {
      tenant: 'other',
      tenants: ['demo'],
    });
    expect(
      codeOf(
        await call('POST', `${bundlesPath}/${String(body['id'])}/approvals?tenant_id=demo`, { as: abroad }),
      ),
    ).toBe('403 same-person');
  });

  it("is also required for a tenant's first bundle", async () => {
    const as = await registry.parts.issuer.person(['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE'], {
      tenant: 'fresh',
    });
    const { body } = await call('POST', bundlesPath, { body: bundle('1.0.0'), as });
    expect(codeOf(await activate(call, `${bundlesPath}/${String(body['id'])}`, { as }))).toBe(
      '409 approval-required',
    );
    expect((await call('GET', `${bundlesPath}/active`, { as })).body).toEqual({ active: null, canary: null });
  });
});

describe('an approval', () => {
  const tenant = 'approvals';
  beforeAll(async () => {
    await activated(tenant, '1.0.0', first);
    for (const score of [10, 50, 90]) await evaluated(tenant, score);
  });

  it('needs a note if it allows something that is denied; spaces do not count as a note', async () => {
    const {
      body: { id },
    } = await draft(tenant, '1.1.0', looser);
    const refused = await approve(tenant, id);
    expect([codeOf(refused), refused.body['request']]).toEqual([
      '409 flip-note-required',
      `${bundlesPath}/${String(id)}/flip-list`,
    ]);
    expect(codeOf(await approve(tenant, id, { note: '  ' }))).toBe('409 flip-note-required');
    const given = await approve(tenant, id, { note: 'seen: 90 asks a person now' });
    expect([given.status, given.body]).toMatchObject([
      201,
      {
        note: 'seen: 90 asks a person now',
        flip_list_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
        against_hash: expect.any(String),
        version: '1.1.0',
      },
    ]);
    const { body: shown } = await call('GET', `${bundlesPath}/${String(id)}`, {
      as: await person(tenant),
      headers: after(given),
    });
    expect(shown['approvals']).toMatchObject([
      { approval_id: given.body['approval_id'], flip_list_hash: given.body['flip_list_hash'] },
    ]);
  });

  it('keeps the note sealed in the log', async () => {
    const {
      body: { id },
    } = await draft(tenant, '1.3.0', looser);
    await approve(tenant, id, { note: 'a secret of mine' });
    const [approval] = (
      await collect(registry.parts.log.store.read(bundleStream(tenant, String(id))))
    ).filter(({ type }) => type === 'BundleApproved');
    expect((approval!.data as { note: string }).note).toMatch(/^enc:1:/);
  });

  it('needs no note if nothing that is denied gets through', async () => {
    const {
      body: { id },
    } = await draft(tenant, '1.4.0', stricter);
    expect((await approve(tenant, id)).status).toBe(201);
  });

  it('is bound to the flip list that was read', async () => {
    const {
      body: { id },
    } = await draft(tenant, '1.5.0', looser);
    const [one, two] = [await flips(tenant, id), await flips(tenant, id, { max_evaluations: 1 })];
    const note = 'seen';
    const { bundle_hash, flip_list_hash } = two.body;
    expect(
      codeOf(await approve(tenant, id, { flip_list_hash: one.body['flip_list_hash'], bundle_hash, note })),
    ).toBe('409 approval-mismatch');
    expect(codeOf(await approve(tenant, id, { flip_list_hash: '0'.repeat(64), bundle_hash, note }))).toBe(
      '409 approval-mismatch',
    );
    expect(codeOf(await approve(tenant, id, { flip_list_hash: 'x', bundle_hash, note }))).toBe(
      '422 validation-failed',
    );
    const given = await approve(tenant, id, { flip_list_hash, bundle_hash, note });
    expect(given.body).toMatchObject({
      flip_list_hash: two.body['flip_list_hash'],
      against_hash: two.body['against_hash'],
    });
    expect((await approve(tenant, id, { flip_list_hash, bundle_hash, note })).body['approval_id']).toBe(
      given.body['approval_id'],
    );
  });

  it('is refused with a list for other content', async () => {
    const {
      body: { id },
    } = await draft(tenant, '1.6.0', looser);
    const list = await flips(tenant, id);
    const changed = await call('PUT', `${bundlesPath}/${String(id)}`, {
      body: { version: '1.6.0', rules: stricter },
      headers: { 'if-match': '"1"' },
      as: await person(tenant),
    });
    expect(changed.status).toBe(200);
    expect(
      codeOf(
        await approve(tenant, id, {
          flip_list_hash: list.body['flip_list_hash'],
          bundle_hash: changed.body['bundle_hash'],
          note: 'seen',
        }),
      ),
    ).toBe('409 approval-mismatch');
  });

  it('is refused with a list against a bundle that is no longer active', async () => {
    const stale = 'stale';
    await activated(stale, '1.0.0', first);
    const {
      body: { id },
    } = await draft(stale, '2.0.0', looser);
    const list = await flips(stale, id);
    const next = await activated(stale, '1.1.0', stricter);
    await promoteAll(registry.parts.log.store, stale);
    const refused = await approve(stale, id, {
      flip_list_hash: list.body['flip_list_hash'],
      bundle_hash: list.body['bundle_hash'],
      note: 'seen',
    });
    expect([codeOf(refused), refused.body]).toMatchObject([
      '409 approval-stale',
      { approved_against: list.body['against_hash'], active_hash: next.body['bundle_hash'] },
    ]);
    expect((await approve(stale, id, { note: 'seen' })).body).toMatchObject({
      against_hash: next.body['bundle_hash'],
    });
  });

  it('can be given by several people at once who have read the same list', async () => {
    const {
      body: { id },
    } = await draft(tenant, '1.8.0', looser);
    const { bundle_hash, flip_list_hash } = (await flips(tenant, id)).body;
    const given = await Promise.all(
      ['bob', 'cid', 'dan'].map((sub) =>
        approve(tenant, id, { bundle_hash, flip_list_hash, note: 'seen' }, sub),
      ),
    );
    expect(given.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(new Set(given.map(({ body }) => body['approved_by'])).size).toBe(3);
  });

  it('is the same when the command is repeated', async () => {
    const {
      body: { id },
    } = await draft(tenant, '1.7.0', looser);
    const headers = { 'idempotency-key': 'approve-1' };
    const { bundle_hash, flip_list_hash } = (await flips(tenant, id)).body;
    const again = async (note: string) =>
      call('POST', `${bundlesPath}/${String(id)}/approvals`, {
        body: { bundle_hash, flip_list_hash, note },
        headers,
        as: await person(tenant, 'bob'),
      });
    const one = await again('seen');
    const two = await again('seen');
    expect([two.status, two.body]).toEqual([one.status, one.body]);
    expect(codeOf(await again('another'))).toBe('409 idempotency-conflict');
  });
});
