import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { questionKinds } from '@interlock/policy';
import { useRegistry, type Answer } from './world.js';

const registry = useRegistry();
const { call } = registry;

const junk = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom<unknown>(
    '',
    ' ',
    '\u0000',
    '\ud800',
    '__proto__',
    'constructor',
    -0,
    1e308,
    1e-320,
    2 ** 53,
    [],
    {},
    null,
    'enc:1:x:y',
    '*',
  ),
);
const mostly = (good: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 7, arbitrary: good }, { weight: 1, arbitrary: junk });
const names = fc.constantFrom('*', 'a', 'cell_failover', 'knowledge.delete', 'constructor');
const condition = fc.record(
  {
    field: mostly(
      fc.constantFrom('risk_score', 'posture', 'time.hour', 'parameters.env', 'toString', 'nope', 'dry_run'),
    ),
    op: mostly(fc.constantFrom('>=', '<=', '==', '!=', '<', '>', '=>')),
    value: mostly(
      fc.oneof(
        fc.integer(),
        fc.double(),
        fc.string(),
        fc.boolean(),
        fc.constantFrom('RED', 'prod', 40, -1e308, Number.MAX_VALUE),
      ),
    ),
  },
  { requiredKeys: [] },
);
const rule = fc.record(
  {
    id: mostly(fc.constantFrom('a', 'b', 'c', 'd', '__proto__', 'constructor')),
    agent: mostly(names),
    action: mostly(names),
    effect: mostly(fc.constantFrom('allow', 'deny', 'needs_approval')),
    priority: mostly(fc.integer({ min: -3, max: 3 })),
    enabled: mostly(fc.boolean()),
    conditions: mostly(fc.array(mostly(condition), { maxLength: 4 })),
    reason: mostly(fc.string()),
    budget: mostly(fc.record({ cost: mostly(fc.nat()) })),
    approvals_required: mostly(fc.integer({ min: 0, max: 2 })),
  },
  { requiredKeys: ['id', 'agent', 'action', 'effect', 'priority'] },
);
const bundle = fc.record(
  {
    version: mostly(fc.tuple(fc.nat(9), fc.nat(9), fc.nat(99)).map((parts) => parts.join('.'))),
    rules: mostly(fc.array(mostly(rule), { maxLength: 8 })),
    notes: mostly(fc.string()),
    metadata: mostly(fc.dictionary(fc.string(), junk as fc.Arbitrary<fc.JsonValue>)),
    team: mostly(fc.constant(null)),
  },
  { requiredKeys: ['version', 'rules'] },
);
const question = fc.record(
  {
    kind: mostly(fc.constantFrom(...questionKinds)),
    rule: mostly(fc.constantFrom('a', 'b', 'constructor')),
    other: mostly(fc.constantFrom('a', 'b')),
    never: mostly(fc.constantFrom('ALLOW', 'DENY')),
    agent: mostly(names),
    action: mostly(names),
    conditions: mostly(fc.array(condition, { maxLength: 2 })),
    decision: mostly(fc.constantFrom('ALLOW', 'DENY')),
    id: mostly(fc.constant('x')),
  },
  { requiredKeys: ['kind'] },
);
const sound = fc
  .array(
    fc.record({
      agent: fc.constantFrom('*', 'a'),
      action: fc.constantFrom('*', 'cell_failover'),
      effect: fc.constantFrom('allow', 'deny', 'needs_approval'),
      priority: fc.nat(2),
      conditions: fc.array(
        fc.oneof(
          fc.record({
            field: fc.constant('risk_score'),
            op: fc.constantFrom('<', '>=', '!='),
            value: fc.double({ noNaN: true, noDefaultInfinity: true }),
          }),
          fc.record({ field: fc.constant('posture'), op: fc.constant('=='), value: fc.string() }),
        ),
        { maxLength: 2 },
      ),
    }),
    { minLength: 2, maxLength: 4 },
  )
  .map((rules) => ({ rules: rules.map((one, i) => ({ ...one, id: 'ab'[i] ?? `r${i}` })) }));
const asked = fc.oneof(
  fc.record({ kind: fc.constantFrom('gaps', 'bundle_equivalent', 'more_permissive') }),
  fc.record({
    kind: fc.constantFrom('implies', 'disjoint'),
    rule: fc.constant('a'),
    other: fc.constant('b'),
  }),
  fc.record({ kind: fc.constant('reachable'), rule: fc.constant('b') }),
);
const analysis = fc.oneof(
  fc.record({
    bundle: sound,
    other: fc.record({ bundle: sound }),
    questions: fc.array(asked, { minLength: 1, maxLength: 4 }),
  }),
  fc.record(
    {
      bundle: mostly(fc.oneof(bundle, sound)),
      other: mostly(fc.record({ bundle })),
      questions: mostly(fc.array(question, { maxLength: 4 })),
    },
    { requiredKeys: ['bundle', 'questions'] },
  ),
);
const policy = fc.record(
  {
    name: mostly(fc.string()),
    action_types: mostly(fc.array(names)),
    decision: mostly(fc.constantFrom('ALLOW', 'DENY', 'CONFIRM')),
    conditions: mostly(fc.array(condition, { maxLength: 2 })),
    min_confidence: mostly(fc.double()),
    status: mostly(fc.constantFrom('active', 'disabled')),
  },
  { requiredKeys: ['name', 'action_types', 'decision'] },
);
const settings = fc.record(
  {
    invariants: mostly(fc.array(mostly(question), { maxLength: 2 })),
    severities: mostly(fc.record({ more_permissive: mostly(fc.constant('error')) })),
  },
  { requiredKeys: [] },
);
const team = fc.record(
  {
    name: mostly(fc.string()),
    agents: mostly(fc.array(fc.string())),
    accounts: mostly(fc.array(fc.string())),
  },
  { requiredKeys: ['name'] },
);

const version = fc.tuple(fc.nat(99), fc.nat(99), fc.nat(99)).map((parts) => parts.join('.'));
const soundPolicy = fc.record({
  name: fc.constant('n'),
  action_types: fc.constant(['*']),
  decision: fc.constantFrom('ALLOW', 'DENY'),
  min_confidence: fc.double({ min: 0, max: 1, noNaN: true }),
});
/**
 * Draws valid values as often as fuzzed ones, so that the code behind the checks is reached too.
 */
const half = (good: fc.Arbitrary<unknown>, fuzzed: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.oneof(good, fuzzed);

const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value ?? null)) as unknown;
const runs = process.env['INTERLOCK_LONG_TESTS'] === 'true' ? 3000 : 80;

describe('any request', () => {
  it.each([
    [
      'POST',
      '/api/v1/policy/bundles',
      half(
        fc.tuple(sound, version).map(([one, of]) => ({ ...one, version: of })),
        bundle,
      ),
      201,
    ],
    ['POST', '/api/v1/policy/lint', half(sound, bundle), 200],
    ['POST', '/api/v1/policy/analyse', analysis, 200],
    ['POST', '/api/v1/policies/demo', half(soundPolicy, policy), 201],
    [
      'PUT',
      '/api/v1/policy/lint/settings',
      half(fc.constant({ severities: { more_permissive: 'error' } }), settings),
      200,
    ],
    ['PUT', '/api/v1/policy/teams/some', half(fc.record({ name: fc.constantFrom('a', 'b') }), team), 200],
  ])(
    '%s %s is answered, or refused with a problem that blames the sender',
    async (method, path, body, done) => {
      const seen = new Map<number, number>();
      await fc.assert(
        fc.asyncProperty(
          fc.oneof({ weight: 8, arbitrary: body }, { weight: 1, arbitrary: junk }),
          async (value) => {
            const answer: Answer = await call(method, path, { body: asJson(value) });
            seen.set(answer.status, (seen.get(answer.status) ?? 0) + 1);
            expect([
              answer.status < 500,
              answer.status === done || typeof answer.body['code'] === 'string',
              JSON.stringify(answer.body),
            ]).toEqual([true, true, expect.any(String)]);
          },
        ),
        { numRuns: runs },
      );
      // Some requests were accepted and some refused for their content, so the fuzzed part was
      // checked.
      expect([...seen.keys()]).toEqual(expect.arrayContaining([done, 422]));
    },
  );

  it('every accepted draft can be read, linted, compared with itself, cloned and analysed', async () => {
    const { body } = await call('GET', '/api/v1/policy/bundles?limit=10');
    const items = body['items'] as { id: string }[];
    expect(items.length).toBeGreaterThan(5);
    for (const { id } of items) {
      const path = `/api/v1/policy/bundles/${id}`;
      const answers = await Promise.all([
        call('GET', path),
        call('GET', `${path}/lint`),
        call('GET', `${path}/diff/${id}`),
        call('GET', `${path}/history`),
        call('POST', `${path}/clone`, { body: {} }),
        call('POST', '/api/v1/policy/analyse', { body: { bundle_id: id, questions: [{ kind: 'gaps' }] } }),
      ]);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 201, 200]);
    }
  });
});
