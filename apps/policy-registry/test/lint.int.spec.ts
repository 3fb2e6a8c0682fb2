import { describe, expect, it } from '@jest/globals';
import { codeOf, useRegistry } from './world.js';

const registry = useRegistry();
const { call } = registry;
const path = '/api/v1/policy/lint';
const text = `{ "version": "1.0.0", "rules": [
  { "id": "a", "agent": "*", "action": "cell_failover", "effect": "allow", "priority": 1, "reason": "short" },
  { "id": "b", "agent": "*", "action": "cell_failover", "effect": "deny", "priority": 1, "reason": "A reason long enough",
    "conditions": [{ "field": "parameters.nope", "op": "==", "value": 1 }] }
] }`;

describe('POST /lint', () => {
  it("answers with each finding's place in the submitted body, by the declarations of the tenant's action types", async () => {
    const { status, body } = await call('POST', path, { body: text });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      passed: false,
      counts: { error: 1, warning: 1, info: 0 },
      findings: [
        { check: 'invalid_conditions', rule_ids: ['b'], line: 4, column: 31 },
        {
          check: 'missing_reasons',
          rule_ids: ['a'],
          line: 2,
          suggestion: { patch: [{ op: 'replace', path: '/rules/0/reason' }] },
        },
      ],
    });
  });

  it('writes nothing, whatever is sent', async () => {
    const head = await registry.parts.log.store.head();
    for (const body of [text, '{"rules":[]}', '{"rules":[1]}', '{"rules":[{"id":7}],"more":null}'])
      expect((await call('POST', path, { body })).status).toBe(200);
    expect(await registry.parts.log.store.head()).toEqual(head);
  });

  it('finds the same in a stored bundle', async () => {
    const { body: made } = await call('POST', '/api/v1/policy/bundles', {
      body: { version: '1.0.0', rules: [{ id: 'a', agent: '*', action: '*', effect: 'allow', priority: 1 }] },
    });
    expect((await call('GET', `/api/v1/policy/bundles/${String(made['id'])}/lint`)).body).toMatchObject({
      passed: true,
      counts: { warning: 1 },
      findings: [{ check: 'missing_reasons', line: 12, column: 17 }],
    });
    expect(codeOf(await call('GET', '/api/v1/policy/bundles/nonsense/lint'))).toBe('404 not-found');
  });

  it.each([
    ['what is not JSON', '{"rules":', '400 malformed-json'],
    ['no body', undefined, '422 validation-failed'],
    ['no bundle', '{}', '422 validation-failed'],
    ['a list', '[]', '422 validation-failed'],
    ['a body that is too large', { rules: [], notes: 'x'.repeat(300_000) }, '413 payload-too-large'],
  ])('%s is refused', async (_, body, code) => {
    expect(codeOf(await call('POST', path, { body }))).toBe(code);
  });
});

describe('/lint/settings', () => {
  const settings = '/api/v1/policy/lint/settings';
  const invariant = {
    id: 'no-delete',
    description: 'nothing is deleted by itself',
    never: 'ALLOW',
    action: 'knowledge.delete',
  };
  const deletes = {
    version: '1.0.0',
    rules: [
      { id: 'all', agent: '*', action: '*', effect: 'allow', priority: 1, reason: 'Everything is allowed' },
    ],
  };
  const found = async (): Promise<readonly string[]> =>
    (
      (await call('POST', path, { body: deletes })).body['findings'] as { check: string; severity: string }[]
    ).map(({ check, severity }) => `${check} ${severity}`);

  it('are empty until they are set, then stored, with the defaults written out', async () => {
    expect((await call('GET', settings)).body).toEqual({
      invariants: [],
      severities: {},
      revision: '-1',
      position: null,
    });
    expect(await found()).toEqual([]);
    const set = await call('PUT', settings, { body: { invariants: [invariant] } });
    expect([set.status, set.headers.get('etag'), set.body]).toEqual([
      200,
      '"0"',
      {
        invariants: [{ ...invariant, agent: '*', conditions: [] }],
        severities: {},
        revision: '0',
        position: expect.stringMatching(/^\d+/),
      },
    ]);
    expect((await call('GET', settings)).body).toEqual(set.body);
    expect(await found()).toEqual(['invariants error']);
    expect(
      (
        await call('POST', path, {
          body: deletes,
          as: await registry.parts.issuer.person(['POLICY_READ'], { tenant: 'other' }),
        })
      ).body['passed'],
    ).toBe(true);
  });

  it('can make a check more serious, never less', async () => {
    expect(
      (
        await call('PUT', settings, {
          body: { severities: { missing_reasons: 'error', disabled_rules: 'warning' } },
          headers: { 'if-match': '"0"' },
        })
      ).headers.get('etag'),
    ).toBe('"1"');
    const report = await call('POST', path, {
      body: { rules: [{ id: 'a', agent: '*', action: '*', effect: 'allow', priority: 1, enabled: false }] },
    });
    expect(report.body).toMatchObject({ passed: false, counts: { error: 1, warning: 1, info: 0 } });
    for (const severities of [
      { missing_reasons: 'info' },
      { conflicts: 'warning' },
      { nonsense: 'error' },
      { disabled_rules: 'fatal' },
    ])
      expect(codeOf(await call('PUT', settings, { body: { severities } }))).toBe('422 validation-failed');
  });

  it('name every violation, semantic ones too', async () => {
    const refused = await call('PUT', settings, {
      body: {
        invariants: [
          { ...invariant, action: 'warp' },
          { ...invariant, conditions: [{ field: 'risk_score', op: '==', value: 'x' }] },
        ],
      },
    });
    expect((refused.body['violations'] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      '/invariants/0/action',
      '/invariants/1/id',
      '/invariants/1/conditions/0/value',
    ]);
    expect(
      codeOf(
        await call('PUT', settings, { body: { invariants: [{ id: 'x', never: 'CONFIRM', action: '*' }] } }),
      ),
    ).toBe('422 validation-failed');
    expect(codeOf(await call('PUT', settings, { body: [] }))).toBe('422 validation-failed');
  });

  it('require the right to activate, and are pinned if a revision is named', async () => {
    expect(
      codeOf(
        await call('PUT', settings, {
          body: {},
          as: await registry.parts.issuer.person(['POLICY_READ', 'POLICY_WRITE']),
        }),
      ),
    ).toBe('403 missing-scope');
    expect(codeOf(await call('PUT', settings, { body: {}, headers: { 'if-match': '"0"' } }))).toBe(
      '412 stale-revision',
    );
  });
});
