import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isProblem } from '@interlock/kernel';
import {
  bundleSchema,
  bundleViolations,
  checkBundle,
  fieldCatalogue,
  schemaFields,
  schemaViolations,
} from '../src/index.js';
import { actionTypes, catalogue } from './samples.js';

const rule = (over: Record<string, unknown> = {}) => ({
  id: 'a',
  agent: '*',
  action: 'cell_failover',
  effect: 'allow',
  priority: 1,
  ...over,
});
const violations = (input: unknown) => bundleViolations(input, catalogue);
const ofRules = (...rules: readonly unknown[]) => violations({ version: '1.0.0', rules });
const where = (found: ReturnType<typeof violations>) =>
  found.map(({ pointer, code }) => `${pointer} ${code}`);

describe('the shape of a bundle', () => {
  it('the schema in docs is the one that checks use', () => {
    expect(
      JSON.parse(
        readFileSync(new URL('../../../docs/schemas/policy-bundle.schema.json', import.meta.url), 'utf8'),
      ),
    ).toEqual(JSON.parse(JSON.stringify(bundleSchema)));
  });

  it.each(['1.0.0', '0.0.0', '10.20.30', '1234.1234.123456'])('version %s is valid', (version) => {
    expect(violations({ version, rules: [] })).toEqual([]);
  });
  it.each([
    '1.0',
    '1.0.0.0',
    '01.0.0',
    '1.0.0-rc.1',
    '1.0.0+b',
    'v1.0.0',
    ' 1.0.0',
    '1.0.0\n',
    '12345.12345.12345',
    '-1.0.0',
    1,
    null,
  ])('version %j is invalid', (version) => {
    expect(violations({ version, rules: [] }).map(({ pointer }) => pointer)).toContain('/version');
  });

  it('names every violation at once, each by its place', () => {
    const found = violations({
      version: 'x',
      extra: 1,
      rules: [
        rule({ effect: 'maybe', priority: 1.5 }),
        rule({ conditions: [{ field: '', op: '~', value: null, more: 1 }] }),
        rule({ agent: 'Not A Name', enabled: 'yes', budget: { cost: -1, gold: 2 } }),
        'text',
        { id: 'b', approvals_required: 3 },
      ],
    });
    expect(where(found)).toEqual([
      '/version pattern',
      '/extra additional',
      '/rules/0/effect enum',
      '/rules/0/priority type',
      '/rules/1/conditions/0/field min-length',
      '/rules/1/conditions/0/op enum',
      '/rules/1/conditions/0/value type',
      '/rules/1/conditions/0/more additional',
      '/rules/2/agent pattern',
      '/rules/2/enabled type',
      '/rules/2/budget/cost minimum',
      '/rules/2/budget/gold additional',
      '/rules/3 type',
      '/rules/4/agent required',
      '/rules/4/action required',
      '/rules/4/effect required',
      '/rules/4/priority required',
      '/rules/4/approvals_required maximum',
      '/rules/1/id duplicate-id',
      '/rules/2/id duplicate-id',
    ]);
  });

  it('only a denial may have a retry time', () => {
    expect(
      ofRules(
        rule({ effect: 'deny', retry_after_s: 1 }),
        rule({ id: 'b', effect: 'deny', retry_after_s: 2_592_000 }),
      ),
    ).toEqual([]);
    expect(
      where(
        ofRules(
          rule({ effect: 'deny', retry_after_s: 0 }),
          rule({ id: 'b', effect: 'deny', retry_after_s: 2_592_001 }),
          rule({ id: 'c', effect: 'deny', retry_after_s: 1.5 }),
        ),
      ),
    ).toEqual([
      '/rules/0/retry_after_s minimum',
      '/rules/1/retry_after_s maximum',
      '/rules/2/retry_after_s type',
    ]);
    expect(
      where(
        ofRules(
          rule({ effect: 'allow', retry_after_s: 60 }),
          rule({ id: 'b', effect: 'needs_approval', retry_after_s: 60 }),
        ),
      ),
    ).toEqual(['/rules/0/effect enum', '/rules/1/effect enum']);
  });

  it.each([null, [], 'text', 5, undefined])('%j is not a bundle', (input) => {
    expect(where(violations(input))).toEqual([' type']);
  });

  it('inherited members count as unknown', () => {
    expect(
      where(violations(JSON.parse('{"version":"1.0.0","rules":[],"__proto__":{},"constructor":1}'))),
    ).toEqual(['/__proto__ additional', '/constructor additional']);
  });

  it('quotes long input shortened, and escapes pointers', () => {
    const [first] = violations({ version: 'x'.repeat(500), rules: [], 'a/b~c': 1 });
    expect(first!.detail.length).toBeLessThan(200);
    expect(where(violations({ version: '1.0.0', rules: [], 'a/b~c': 1 }))).toEqual(['/a~1b~0c additional']);
  });

  it('reports faults in the order of the value, and none below a wrong type', () => {
    const schema = {
      type: 'object',
      properties: {
        a: { type: 'integer', minimum: 2, enum: [3] },
        list: { type: 'array', uniqueItems: true, items: { type: 'string' } },
      },
      required: ['must'],
      additionalProperties: false,
      if: { required: ['list'] },
      then: { properties: { a: { enum: [4] } } },
    } as const;
    expect(where(schemaViolations(schema, { odd: 1, list: [[1], [1]], a: 1.5 }, '/at'))).toEqual([
      '/at/must required',
      '/at/odd additional',
      '/at/list unique-items',
      '/at/list/0 type',
      '/at/list/1 type',
      '/at/a type',
      '/at/a enum',
    ]);
    expect(where(schemaViolations(schema, [], '/at'))).toEqual(['/at type']);
  });

  it('accepts exactly what a general validator accepts by the same schema', () => {
    // Compares plain Ajv with Ajv under the bundles' settings, own keyword and selected faults.
    // These change the messages, never the result.
    const { Ajv } = createRequire(new URL('../../rails/package.json', import.meta.url))('ajv') as {
      Ajv: new (options: object) => { compile: (schema: object) => (value: unknown) => boolean };
    };
    const validate = new Ajv({ allErrors: true, strict: false }).compile(bundleSchema);
    const junk = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.constant([]),
      fc.constant({}),
    );
    const mostly = <T>(good: fc.Arbitrary<T>): fc.Arbitrary<unknown> =>
      fc.oneof({ weight: 12, arbitrary: good as fc.Arbitrary<unknown> }, { weight: 1, arbitrary: junk });
    const condition = fc.record(
      {
        field: mostly(fc.constantFrom('risk_score', 'x')),
        op: mostly(fc.constantFrom('>=', '<', '==', '!=', '~')),
        value: mostly(fc.oneof(fc.integer(), fc.string(), fc.boolean())),
        odd: junk,
      },
      { requiredKeys: [] },
    );
    const some = fc.record(
      {
        id: mostly(fc.constantFrom('a', 'b-1', '')),
        agent: mostly(fc.constantFrom('*', 'x', 'X')),
        action: mostly(fc.constantFrom('*', 'y.z', '**')),
        effect: mostly(fc.constantFrom('allow', 'deny', 'no')),
        priority: mostly(fc.integer({ min: -2_000_000, max: 2_000_000 })),
        enabled: mostly(fc.boolean()),
        conditions: mostly(fc.array(condition, { maxLength: 2 })),
        reason: mostly(fc.string()),
        budget: mostly(fc.record({ cost: fc.integer({ min: -1, max: 9 }) })),
        approvals_required: mostly(fc.integer({ min: -1, max: 3 })),
        retry_after_s: mostly(fc.integer({ min: -1, max: 9 })),
      },
      { requiredKeys: ['id', 'agent', 'action', 'effect', 'priority'] },
    );
    const bundle = fc.record(
      {
        version: mostly(fc.constantFrom('1.0.0', '1.0')),
        rules: mostly(fc.array(mostly(some), { maxLength: 3 })),
        notes: mostly(fc.string()),
        metadata: mostly(fc.constant({ a: 1 })),
        team: mostly(fc.constantFrom(null, 'north', 'North', 'a b')),
      },
      { requiredKeys: ['version', 'rules'] },
    );
    let accepted = 0;
    fc.assert(
      fc.property(mostly(bundle), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as unknown;
        const fits = schemaViolations(bundleSchema, plain).length === 0;
        accepted += fits ? 1 : 0;
        expect(fits).toBe(validate(plain));
      }),
      { numRuns: 2000 },
    );
    expect(accepted).toBeGreaterThan(50);
  });
});

describe('the meaning of a bundle', () => {
  it('an action type must be registered', () => {
    expect(where(ofRules(rule({ action: 'cell_fail0ver' })))).toEqual([
      '/rules/0/action unknown-action-type',
    ]);
  });

  it.each([
    [{ field: 'risk_score', op: '<=', value: 40 }],
    [{ field: 'posture', op: '!=', value: 'RED' }],
    [{ field: 'parameters.power_raise_db', op: '>', value: 3 }],
    [{ field: 'time.hour', op: '>=', value: 8 }],
    [{ field: 'dry_run', op: '==', value: true }],
    [{ field: 'history.last_action_type', op: '==', value: 'x' }],
    [{ field: 'impact_by_kpi.drops', op: '<', value: 5 }],
  ])('%j is a condition of cell_failover', (condition) => {
    expect(ofRules(rule({ conditions: [condition] }))).toEqual([]);
  });

  it.each([
    [{ field: 'risk_scor', op: '<=', value: 40 }, '/field unknown-field'],
    [{ field: 'parameters.sender', op: '==', value: 'x' }, '/field unknown-field'],
    [{ field: 'parameters.neighbours', op: '==', value: 'x' }, '/field unknown-field'],
    [{ field: 'constructor', op: '==', value: 'x' }, '/field unknown-field'],
    [{ field: 'risk_score', op: '==', value: '40' }, '/value type-mismatch'],
    [{ field: 'posture', op: '==', value: true }, '/value type-mismatch'],
    [{ field: 'impact_by_kpi.gains', op: '<', value: 5 }, '/field unknown-field'],
  ])('%j is invalid: %s', (condition, fault) => {
    expect(where(ofRules(rule({ conditions: [condition] })))).toEqual([`/rules/0/conditions/0${fault}`]);
  });

  it('only numbers have an order', () => {
    expect(where(ofRules(rule({ conditions: [{ field: 'posture', op: '>=', value: 'RED' }] })))).toEqual([
      '/rules/0/conditions/0/value type',
    ]);
  });

  it('a rule for all action types may use what any of them declares, unless they disagree on its type', () => {
    const all = (field: string, value: unknown) =>
      where(ofRules(rule({ action: '*', conditions: [{ field, op: '==', value }] })));
    expect(all('parameters.power_raise_db', 3)).toEqual([]);
    expect(all('parameters.nested.size', 3)).toEqual([]);
    expect(all('parameters.sender', 'x')).toEqual(['/rules/0/conditions/0/field type-mismatch']);
    expect(all('parameters.nothing', 'x')).toEqual(['/rules/0/conditions/0/field unknown-field']);
  });

  it('checks the meaning of valid rules only, even beside invalid ones', () => {
    expect(
      where(ofRules(rule({ id: 'x', effect: 'maybe', action: 'nope' }), rule({ id: 'y', action: 'nope' }))),
    ).toEqual(['/rules/0/effect enum', '/rules/1/action unknown-action-type']);
  });

  it('checkBundle writes the defaults out, or refuses with all violations', () => {
    expect(checkBundle({ version: '1.0.0', rules: [rule({ budget: { cost: 2 } })] }, catalogue)).toEqual({
      version: '1.0.0',
      notes: '',
      metadata: {},
      rules: [{ ...rule(), enabled: true, conditions: [], reason: '', budget: { cost: 2, compute: 0 } }],
    });
    const attempt = (): unknown => {
      try {
        return checkBundle({ version: '1', rules: [rule({ action: 'no' })] }, catalogue);
      } catch (error) {
        return error;
      }
    };
    const error = attempt();
    expect(isProblem(error, 'bundle-invalid') && error.violations.length).toBe(2);
  });
});

describe('declared fields', () => {
  it('are the scalars of a schema, nested ones by path; names with dots, lists and mixed enums are not addressable', () => {
    expect(schemaFields(actionTypes[1]!.parameters_schema)).toEqual({
      'parameters.sender': 'string',
      'parameters.hard': 'boolean',
      'parameters.nested.size': 'number',
    });
    expect(schemaFields(actionTypes[2]!.parameters_schema)).toEqual({
      'parameters.env': 'string',
      'parameters.sender': 'number',
    });
  });

  it('an endlessly nested schema is read to a limited depth', () => {
    let schema: Record<string, unknown> = { type: 'string' };
    for (let i = 0; i < 50; i += 1) schema = { type: 'object', properties: { deeper: schema } };
    expect(schemaFields(schema as never)).toEqual({});
  });

  it("an empty catalogue declares the context's fields only", () => {
    expect([...fieldCatalogue([]).typesOf('risk_score', ['*'])]).toEqual(['number']);
    expect([...fieldCatalogue([]).typesOf('parameters.x', ['*'])]).toEqual([]);
  });
});
