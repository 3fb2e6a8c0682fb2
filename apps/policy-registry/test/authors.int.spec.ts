import { describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { bundleStream } from '@interlock/policy';
import { after, codeOf, useRegistry, type Answer } from './world.js';

const registry = useRegistry();
const { call } = registry;
const base = '/api/v1/policy/bundles';
const rules = [
  {
    id: 'cf-night',
    agent: 'ran-optimizer',
    action: 'cell_failover',
    effect: 'allow',
    priority: 100,
    conditions: [{ field: 'risk_score', op: '<=', value: 40 }],
    reason: 'Low-risk failover is routine',
  },
];
const all = ['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE'] as const;
const person = (sub: string): Promise<Record<string, string>> => registry.parts.issuer.person(all, { sub });
const service = (): Promise<Record<string, string>> => registry.parts.issuer.service(all);
const draftOf = async (
  version: string,
  as: Record<string, string>,
): Promise<{ readonly path: string; readonly bundle_hash: unknown }> => {
  const { status, body } = await call('POST', base, { as, body: { version, rules } });
  expect(status).toBe(201);
  return { path: `${base}/${String(body['id'])}`, bundle_hash: body['bundle_hash'] };
};
/** Approves the draft with the flip list that was read. */
const approve = async (
  { path, bundle_hash }: { readonly path: string; readonly bundle_hash: unknown },
  sub: string,
): Promise<Answer> => {
  const { body } = await call('POST', `${path}/flip-list`, { body: {} });
  return call('POST', `${path}/approvals`, {
    as: await person(sub),
    body: { bundle_hash, flip_list_hash: body['flip_list_hash'], note: 'read' },
  });
};

describe('the author of a bundle', () => {
  it.each([
    ['1.0.1', 'ann ', 'ann'],
    ['1.0.2', 'bea', 'BEA'],
    ['1.0.3', 'c\u200bid', 'cid'],
    ['1.0.4', 'dan', 'person:dan'],
    ['1.0.5', '\uff45\uff56\uff45', 'eve'],
  ])('of %s wrote as %j, is also known as %j, and may not approve it', async (version, author, approver) => {
    const draft = await draftOf(version, await person(author));
    expect(codeOf(await approve(draft, approver))).toBe('403 same-person');
    expect((await approve(draft, 'somebody-else')).status).toBe(201);
  });

  it('includes its editors in any spelling, whose earlier approval no longer counts', async () => {
    const draft = await draftOf('1.1.0', await person('ann'));
    const approved = await approve(draft, 'bob');
    const { approval_id } = approved.body;
    const edit = async (notes: string): Promise<Answer> => {
      const { body } = await call('GET', draft.path, { as: await person('BOB'), headers: after(approved) });
      return call('PUT', draft.path, {
        as: await person('BOB'),
        body: { version: '1.1.0', rules, notes },
        headers: { 'if-match': `"${String(body['revision'])}"` },
      });
    };
    const changed = await edit('changed');
    expect(changed.status).toBe(200);
    const back = await call('PUT', draft.path, {
      as: await person('BOB'),
      body: { version: '1.1.0', rules },
      headers: { 'if-match': `"${String(changed.body['revision'])}"` },
    });
    expect(back.body['bundle_hash']).toBe(draft.bundle_hash);
    expect(
      codeOf(
        await call('POST', `${draft.path}/activate`, {
          as: await person('ann'),
          body: { approval_id, bundle_hash: draft.bundle_hash },
        }),
      ),
    ).toBe('403 same-person');
  });
});

describe("a service's draft", () => {
  it('cannot be approved until a person adopts it, and then by another person', async () => {
    const draft = await draftOf('2.0.0', await service());
    expect(codeOf(await approve(draft, 'bob'))).toBe('403 person-required');
    const adopt = async (as: Record<string, string>, body: object): Promise<Answer> =>
      call('POST', `${draft.path}/adopt`, { as, body });
    expect(codeOf(await adopt(await service(), { bundle_hash: draft.bundle_hash }))).toBe(
      '403 person-required',
    );
    expect(codeOf(await adopt(await person('ann'), {}))).toBe('422 validation-failed');
    expect(codeOf(await adopt(await person('ann'), { bundle_hash: '0'.repeat(64) }))).toBe(
      '409 approval-mismatch',
    );
    const adopted = await adopt(await person('ann'), { bundle_hash: draft.bundle_hash });
    expect(adopted).toMatchObject({
      status: 200,
      body: { version: '2.0.0', status: 'draft', bundle_hash: draft.bundle_hash },
    });
    expect((await adopt(await person('ann'), { bundle_hash: draft.bundle_hash })).body['revision']).toBe(
      adopted.body['revision'],
    );
    expect(codeOf(await adopt(await person('bob'), { bundle_hash: draft.bundle_hash }))).toBe(
      '409 wrong-state',
    );
    expect(codeOf(await approve(draft, 'ANN'))).toBe('403 same-person');
    expect((await approve(draft, 'bob')).status).toBe(201);
    const events = await collect(
      registry.parts.log.store.read(bundleStream('demo', draft.path.slice(base.length + 1))),
    );
    expect(events.find(({ type }) => type === 'BundleAdopted')).toMatchObject({
      data: { version: '2.0.0', bundle_hash: draft.bundle_hash },
      metadata: { actor: { kind: 'person', person_id: await registry.parts.people.idOf('demo', 'ann') } },
    });
  });

  it('belongs to the person who edits it', async () => {
    const draft = await draftOf('2.1.0', await service());
    const changed = await call('PUT', draft.path, {
      as: await person('ann'),
      body: { version: '2.1.0', rules, notes: 'read and changed' },
      headers: { 'if-match': '"0"' },
    });
    expect((await approve({ ...draft, bundle_hash: changed.body['bundle_hash'] }, 'bob')).status).toBe(201);
  });
});
