import { describe, expect, it } from '@jest/globals';
import { bundleIdOf } from '@interlock/policy';
import { codeOf, pointersOf, useRegistry } from './world.js';

const registry = useRegistry();
const { call } = registry;
const base = '/api/v1/policy/bundles';
const rule = (over: object = {}) => ({
  id: 'a',
  agent: '*',
  action: 'cell_failover',
  effect: 'allow',
  priority: 100,
  conditions: [{ field: 'risk_score', op: '<=', value: 40 }],
  reason: 'A reason long enough',
  ...over,
});
const save = async (version: string, ...rules: readonly object[]): Promise<string> => {
  const made = await call('POST', base, { body: { version, rules } });
  expect(made.status).toBe(201);
  return String(made.body['id']);
};

describe('GET /bundles/{id}/diff/{other_id}', () => {
  it('lists differences in words and in meaning, with a request for each change', async () => {
    const [from, to] = [
      await save('1.0.0', rule(), rule({ id: 'gone', action: 'inbox.archive' })),
      await save(
        '1.1.0',
        rule({ conditions: [{ field: 'risk_score', op: '<=', value: 50 }] }),
        rule({ id: 'new', effect: 'deny', action: 'inbox.allow', conditions: [] }),
      ),
    ];
    const { body } = await call('GET', `${base}/${from}/diff/${to}`);
    expect(body).toMatchObject({
      from: { id: from, version: '1.0.0' },
      to: { id: to, version: '1.1.0' },
      added: ['new'],
      removed: ['gone'],
      modified: ['a'],
      unchanged: [],
      changes: [{ rule_id: 'a', fields: [{ field: 'conditions' }] }],
      semantic: { changed: 'yes', more_permissive: 'yes', more_restrictive: 'yes', truncated: false },
    });
    const examples = (
      body['semantic'] as {
        examples: {
          action: string;
          from: string;
          to: string;
          before: string | null;
          after: string | null;
          context: Record<string, unknown>;
        }[];
      }
    ).examples;
    expect(
      examples
        .map(({ action, from: was, to: is, before, after }) => [action, was, is, before, after].join(' '))
        .sort(),
    ).toEqual([
      'cell_failover ABSTAIN ALLOW  a',
      'inbox.allow ABSTAIN DENY  new',
      'inbox.archive ALLOW ABSTAIN gone ',
    ]);
    const risk = Number(examples.find(({ to: is }) => is === 'ALLOW')!.context['risk_score']);
    expect(risk > 40 && risk <= 50).toBe(true);
  });

  it('of a bundle and itself is empty; changed words alone change no decision', async () => {
    const id = bundleIdOf('demo', '1.0.0');
    expect((await call('GET', `${base}/${id}/diff/${id}`)).body).toMatchObject({
      added: [],
      removed: [],
      modified: [],
      changes: [],
      fields: [],
      unchanged: ['a', 'gone'],
      semantic: { changed: 'no', examples: [], truncated: false },
    });
    const worded = await save(
      '1.0.1',
      rule({ reason: 'Another reason, as long' }),
      rule({ id: 'gone', action: 'inbox.archive' }),
    );
    expect((await call('GET', `${base}/${id}/diff/${worded}`)).body).toMatchObject({
      modified: ['a'],
      semantic: { changed: 'no' },
    });
  });

  it('answers 404 for a bundle that does not exist', async () => {
    const [id, none] = [bundleIdOf('demo', '1.0.0'), bundleIdOf('demo', '9.9.9')];
    expect(
      [
        await call('GET', `${base}/${id}/diff/${none}`),
        await call('GET', `${base}/${none}/diff/${id}`),
        await call('GET', `${base}/x/diff/y`),
      ].map(codeOf),
    ).toEqual(Array(3).fill('404 not-found'));
  });
});

describe('POST /analyse', () => {
  const path = '/api/v1/policy/analyse';

  it('answers each question with a request as evidence, for a stored bundle by id or version, or a submitted one', async () => {
    const rules = [
      rule(),
      rule({ id: 'b', priority: 50, conditions: [{ field: 'risk_score', op: '<=', value: 20 }] }),
    ];
    const id = await save('2.0.0', ...rules);
    const questions = [
      { kind: 'implies', rule: 'b', other: 'a' },
      { kind: 'implies', rule: 'a', other: 'b' },
      { kind: 'disjoint', rule: 'a', other: 'b' },
      { kind: 'reachable', rule: 'b' },
      { kind: 'gaps', action: 'cell_failover' },
      {
        kind: 'invariant',
        never: 'ALLOW',
        action: 'cell_failover',
        conditions: [{ field: 'risk_score', op: '>', value: 40 }],
      },
    ];
    const answers = await Promise.all(
      [{ bundle_id: id }, { version: '2.0.0' }, { bundle: { rules } }].map((which) =>
        call('POST', path, { body: { ...which, questions } }),
      ),
    );
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(
        (body['answers'] as { kind: string; answer: string }[]).map(
          ({ kind, answer }) => `${kind} ${answer}`,
        ),
      ).toEqual(['implies yes', 'implies no', 'disjoint no', 'reachable no', 'gaps yes', 'invariant yes']);
    }
    expect(answers[0]!.body['bundle']).toEqual({ id, version: '2.0.0' });
    expect(answers[1]!.body).toEqual(answers[0]!.body);
    expect((answers[0]!.body['answers'] as object[])[4]).toMatchObject({
      witness: { action: 'cell_failover', decision: 'ABSTAIN', rule_id: null },
    });
  });

  it('compares a bundle with another', async () => {
    const { body } = await call('POST', path, {
      body: {
        version: '1.1.0',
        other: { version: '1.0.0' },
        questions: [
          { kind: 'more_permissive' },
          { kind: 'bundle_equivalent' },
          { kind: 'bundle_implies' },
          { kind: 'bundle_disjoint' },
        ],
      },
    });
    expect((body['answers'] as { answer: string }[]).map(({ answer }) => answer)).toEqual([
      'yes',
      'no',
      'no',
      'no',
    ]);
    expect((body['answers'] as object[])[0]).toMatchObject({
      witness: { decision: 'ALLOW', rule_id: 'a', other: { decision: 'ABSTAIN', rule_id: null } },
    });
  });

  it("knows the tenant's own invariants by their ids", async () => {
    await call('PUT', '/api/v1/policy/lint/settings', {
      body: {
        invariants: [
          {
            id: 'calm',
            never: 'ALLOW',
            action: 'cell_failover',
            conditions: [{ field: 'posture', op: '==', value: 'RED' }],
          },
        ],
      },
    });
    const { body } = await call('POST', path, {
      body: { version: '1.0.0', questions: [{ kind: 'invariant', id: 'calm' }] },
    });
    expect(body['answers']).toMatchObject([
      { answer: 'no', counter_example: { decision: 'ALLOW', context: { posture: 'RED' } } },
    ]);
  });

  it('names every violation, and writes nothing', async () => {
    const head = await registry.parts.log.store.head();
    expect(
      pointersOf(
        await call('POST', path, {
          body: { version: '1.0.0', questions: [{ kind: 'why' }, { kind: 'implies' }] },
        }),
      ),
    ).toEqual(['/questions/0/kind']);
    expect(
      pointersOf(
        await call('POST', path, {
          body: {
            version: '1.0.0',
            questions: [{ kind: 'implies', rule: 'x', other: 'a' }, { kind: 'bundle_equivalent' }],
          },
        }),
      ),
    ).toEqual(['/questions/0/rule', '/other']);
    expect(
      pointersOf(
        await call('POST', path, {
          body: { bundle: { rules: [rule({ action: 'warp' })] }, questions: [{ kind: 'gaps' }] },
        }),
      ),
    ).toEqual(['/bundle/rules/0/action']);
    expect(pointersOf(await call('POST', path, { body: { questions: [{ kind: 'gaps' }] } }))).toEqual(['']);
    expect(
      pointersOf(await call('POST', path, { body: { version: '1.0.0', bundle_id: 'x', questions: [] } })),
    ).toEqual(['']);
    expect(
      [
        await call('POST', path, { body: { version: '7.7.7', questions: [{ kind: 'gaps' }] } }),
        await call('POST', path, { body: [] }),
        await call('POST', path),
        await call('POST', path, { body: '{' }),
      ].map(codeOf),
    ).toEqual(['404 not-found', '422 validation-failed', '422 validation-failed', '400 malformed-json']);
    expect(await registry.parts.log.store.head()).toEqual(head);
  });

  it('needs a token that may read policies', async () => {
    expect(
      codeOf(
        await call('POST', path, { body: {}, as: await registry.parts.issuer.person(['POLICY_AUDIT']) }),
      ),
    ).toBe('403 missing-scope');
  });
});
