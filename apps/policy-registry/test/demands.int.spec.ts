import { describe, expect, it } from '@jest/globals';
import { bundleIdOf } from '@interlock/policy';
import { activate, approve, codeOf, useRegistry, type Answer } from './world.js';

const registry = useRegistry();
const { call } = registry;
const base = '/api/v1/policy/bundles';
const settings = '/api/v1/policy/lint/settings';
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
const never = {
  id: 'red',
  description: 'nothing is allowed in posture RED',
  never: 'ALLOW',
  action: '*',
  conditions: [{ field: 'posture', op: '==', value: 'RED' }],
};
const stop = rule({
  id: 'stop',
  effect: 'deny',
  priority: 2,
  conditions: [{ field: 'posture', op: '==', value: 'RED' }],
});

const begin = async (version: string, ...rules: readonly object[]): Promise<Answer> => {
  expect((await call('POST', base, { body: { version, rules } })).status).toBe(201);
  const path = `${base}/${bundleIdOf('demo', version)}`;
  const approval = await approve(call, path, {
    as: await registry.parts.issuer.person(['POLICY_ACTIVATE'], { sub: 'bob' }),
    note: 'looked at',
  });
  expect(approval.status).toBe(201);
  return activate(call, path);
};
const faults = (answer: Answer): readonly string[] =>
  (answer.body['violations'] as { pointer: string; code: string }[]).map(
    ({ pointer, code }) => `${pointer} ${code}`,
  );

describe('the demands of a tenant on its bundles', () => {
  it('keep a bundle that breaks an invariant from deciding, and allow one that satisfies it', async () => {
    expect((await call('PUT', settings, { body: { invariants: [never] } })).status).toBe(200);
    const refused = await begin('1.0.0', rule());
    expect([codeOf(refused), faults(refused)]).toEqual(['422 bundle-invalid', ['/rules invariant']]);
    expect((await call('GET', `${base}/${bundleIdOf('demo', '1.0.0')}`)).body['status']).toBe('draft');
    expect((await begin('1.0.1', rule(), stop)).body).toMatchObject({ status: 'active' });
  });

  it('keep a more permissive bundle without a MAJOR step from deciding only if the tenant wants that', async () => {
    const wider = rule({ conditions: [{ field: 'risk_score', op: '<=', value: 50 }] });
    expect(
      (
        await call('PUT', settings, {
          body: { invariants: [never], severities: { more_permissive: 'error' } },
        })
      ).status,
    ).toBe(200);
    expect(faults(await begin('1.1.0', wider, stop))).toEqual(['/version more-permissive']);
    expect((await begin('2.0.0', wider, stop)).body).toMatchObject({ status: 'canary' });
  });

  it('are empty by default: an overlap, a missing reason or a more permissive rule is allowed', async () => {
    const as = await registry.parts.issuer.person(['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE'], {
      tenant: 'free',
    });
    const other = await registry.parts.issuer.person(['POLICY_ACTIVATE'], { tenant: 'free', sub: 'bob' });
    for (const [version, rules, status] of [
      ['1.0.0', [rule({ reason: '' }), stop], 'active'],
      ['1.0.1', [rule({ conditions: [] })], 'canary'],
    ] as const) {
      expect((await call('POST', base, { body: { version, rules }, as })).status).toBe(201);
      const path = `${base}/${bundleIdOf('free', version)}`;
      expect((await approve(call, path, { as: other, note: 'looked at' })).status).toBe(201);
      expect((await activate(call, path, { as })).body).toMatchObject({ status });
    }
  });
});
