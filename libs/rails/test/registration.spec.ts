import { describe, expect, it } from '@jest/globals';
import { answeredActionType, answeredEntry, type JsonObject } from '@interlock/contracts';
import { isProblem } from '@interlock/kernel';
import {
  builtInActionTypes,
  checkActionType,
  checkParameters,
  schemaLimits,
  schemaViolations,
} from '../src/index.js';

const webhook = { kind: 'webhook', url: 'https://agents.example.com/x', secret_ref: 'env:HANDLER_DEMO__X' };
const body = (over: object = {}): object => ({
  title: 'Sort a message',
  parameters: { type: 'object', properties: { folder: { type: 'string' }, ids: { type: 'array' } } },
  handler: webhook,
  ...over,
});
const pointersOf = (name: string, given: unknown, builtIn?: string): readonly string[] => {
  try {
    checkActionType(
      name,
      given,
      builtInActionTypes.find((one) => one.action_type === builtIn),
    );
    return [];
  } catch (error) {
    if (!isProblem(error, 'validation-failed')) throw error;
    return (error.violations ?? []).map(({ pointer }) => pointer);
  }
};

describe('the registration of an action type', () => {
  it('names what is missing beside what is wrong', () =>
    expect(pointersOf('mail.sort', { title: null, kpis: null })).toEqual(['/parameters', '/title', '/kpis']));

  it('says everything that the catalogue needs, with what nobody said', () => {
    expect(checkActionType('mail.sort', body(), undefined)).toMatchObject({
      action_type: 'mail.sort',
      reversible: false,
      read_only: false,
      external_contact: true,
      on_unknown: 'ask',
      handler: {
        service: 'agent-gateway',
        name: 'mail.sort',
        endpoint: { ...webhook, steps: ['apply', 'status'], timeout_ms: 10_000, max_calls: 8 },
      },
    });
    expect(
      checkActionType('mail.sort', body({ reversible: true }), undefined).handler?.endpoint?.steps,
    ).toEqual(['apply', 'undo', 'status']);
  });

  it('takes back what the API answers, as the same content', () => {
    const own = ['inbox.quarantine', 'knowledge.delete'].map((name) =>
      builtInActionTypes.find((one) => one.action_type === name)!,
    );
    const contents = [
      checkActionType(
        'mail.sort',
        body({ confidence_threshold: 0.8, undo_within_s: 60, reversible: true }),
        undefined,
      ),
      checkActionType('mail.tag', body({ handler: { kind: 'nats' }, reversible: true }), undefined),
      checkActionType('mail.none', body({ handler: null, confidence_threshold: 0 }), undefined),
      ...own.map((builtIn) => checkActionType(builtIn.action_type, { handler: webhook }, builtIn)),
    ];
    for (const content of contents) {
      const answer = answeredActionType({ ...content, version: 3 });
      expect(answeredEntry(answer)).toEqual({ ...content, version: 3 });
      const builtIn = own.find((one) => one.action_type === content.action_type);
      const seen = { built_in: builtIn !== undefined, revision: '3', position: null, retired: false };
      expect(checkActionType(content.action_type, { ...answer, ...seen }, builtIn)).toEqual(content);
    }
    expect(builtInActionTypes.map((entry) => answeredEntry(answeredActionType(entry)))).toEqual(
      builtInActionTypes,
    );
  });

  it('names no other type than its address, and no secret that the tenant may not use', () => {
    expect(pointersOf('mail.sort', body({ action_type: 'mail.other' }))).toEqual(['/action_type']);
    const registered = (secret_ref: string) =>
      checkActionType('mail.sort', body({ handler: { ...webhook, secret_ref } }), undefined, (reference) =>
        reference === 'env:PGPASSWORD' ? 'is refused' : null,
      );
    expect(() => registered('env:PGPASSWORD')).toThrow(
      expect.objectContaining({ violations: [{ pointer: '/handler/secret_ref', detail: 'is refused' }] }),
    );
    expect(registered('file:mail').handler?.endpoint).toMatchObject({ secret_ref: 'file:mail' });
  });

  it.each<[string, object, readonly string[]]>([
    ['an unknown member', { more: 1 }, ['/more']],
    ['no title', { title: undefined }, ['/title']],
    ['no parameters', { parameters: undefined }, ['/parameters']],
    ['a threshold above 1', { confidence_threshold: 1.1 }, ['/confidence_threshold']],
    [
      'an undo that the handler has not',
      { reversible: true, handler: { ...webhook, steps: [] } },
      ['/handler/steps'],
    ],
    ['KPIs that nobody observes', { kpis: ['a'] }, ['/handler/steps']],
    ['an undo of what cannot be undone', { on_unknown: 'undo' }, ['/on_unknown']],
    ['an impact that is not a parameter', { impact: { cost: 'price' } }, ['/impact/cost']],
    [
      'a webhook without address and secret',
      { handler: { kind: 'webhook' } },
      ['/handler/url', '/handler/secret_ref'],
    ],
    [
      'a secret in place of its reference',
      { handler: { ...webhook, secret_ref: 'whsec_abc' } },
      ['/handler/secret_ref'],
    ],
    [
      'an address with a password',
      { handler: { ...webhook, url: 'https://a:b@c.example' } },
      ['/handler/url'],
    ],
    ['another protocol', { handler: { ...webhook, url: 'file:///etc/passwd' } }, ['/handler/url']],
    ['an address on the bus', { handler: { kind: 'nats', url: 'https://a.example' } }, ['/handler/url']],
    ['a schema that is none', { parameters: { type: 'object', properties: 3 } }, ['/parameters']],
    [
      'an older dialect',
      { parameters: { $schema: 'http://json-schema.org/draft-07/schema#', type: 'object' } },
      ['/parameters'],
    ],
  ])('is refused for %s', (_, over, pointers) =>
    expect(pointersOf('mail.sort', JSON.parse(JSON.stringify(body(over))))).toEqual(pointers),
  );

  it('is refused for a name that is none, or that is kept for tools', () => {
    expect(pointersOf('Mail Sort', body())).toEqual(['/action_type']);
    expect(pointersOf('mcp.files.delete', body())).toEqual(['/action_type']);
  });

  it('leaves of a built-in agent type only the handler to the tenant', () => {
    const name = 'knowledge.delete';
    expect(pointersOf(name, { handler: webhook }, name)).toEqual([]);
    expect(pointersOf(name, { handler: webhook, reversible: true, title: 'Mine' }, name)).toEqual([
      '/reversible',
      '/title',
    ]);
    const builtIn = builtInActionTypes.find((one) => one.action_type === name);
    expect(checkActionType(name, { handler: webhook }, builtIn)).toMatchObject({
      title: builtIn?.title,
      reversible: false,
      parameters_schema: builtIn?.parameters_schema,
    });
  });

  it.each(
    builtInActionTypes
      .filter(({ handler }) => handler === null)
      .map((one) => [one.action_type, one] as const),
  )('%s can be given a handler', (name, builtIn) =>
    expect(checkActionType(name, { handler: webhook }, builtIn).handler?.service).toBe('agent-gateway'),
  );
});

describe('a schema of parameters', () => {
  const faults = (schema: JsonObject): readonly (string | undefined)[] =>
    schemaViolations(schema, '').map(({ code }) => code);
  const nested = (depth: number): JsonObject =>
    depth === 0 ? { type: 'string' } : { type: 'object', not: nested(depth - 1) };

  it('is bounded in size and depth', () => {
    expect(faults(nested(schemaLimits.depth - 1))).toEqual([]);
    expect(faults(nested(schemaLimits.depth + 1))).toEqual(['depth']);
    expect(faults({ title: 'x'.repeat(schemaLimits.characters) })).toEqual(['size']);
  });

  it('is bounded in what its references come to, and refers to nothing outside and not to itself', () => {
    const doubled = Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [
        `d${i}`,
        i === 19
          ? { type: 'string' }
          : { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
      ]),
    );
    expect(faults({ $ref: '#/$defs/d0', $defs: doubled })).not.toEqual([]);
    expect(faults({ $ref: '#/$defs/a', $defs: { a: { type: 'string' } } })).toEqual([]);
    expect(faults({ properties: { a: { $ref: '#' } } })).toEqual(['$ref']);
    expect(faults({ $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/a' } } })).toContain('$ref');
    expect(faults({ $ref: 'https://example.com/schema' })).toEqual(['$ref']);
    expect(faults({ $ref: '#/$defs/gone' })).toEqual(['$ref']);
    expect(faults({ $id: 'https://example.com/x', $dynamicRef: '#a' })).toEqual(['$id', '$dynamicRef']);
  });

  it.each(['properties', '$defs', 'enum', 'const', 'default', 'examples'])(
    'is bounded below a parameter that is called `%s`',
    (name) => {
      const again = { $ref: '#/$defs/a' };
      const below = (keyword: string): JsonObject => ({ [keyword]: { [name]: again } });
      for (const keyword of ['properties', 'patternProperties', 'definitions', 'dependentSchemas']) {
        const a = { allOf: [below(keyword), below(keyword)] };
        expect(faults({ properties: { a: again }, $defs: { a } })).toContain('$ref');
        expect(faults({ [keyword]: { [name]: { pattern: '(?=a)' } } })).toEqual(['pattern']);
      }
    },
  );

  it('may have a parameter with the name of any keyword', () => {
    const named = ['$id', '$ref', 'pattern', 'patternProperties', 'enum', 'properties', '$defs'];
    const properties = Object.fromEntries(named.map((name) => [name, { type: 'string' }]));
    expect(faults({ properties, patternProperties: properties, $defs: properties })).toEqual([]);
  });

  it.each(['(?=a)b', '(a)\\1', '(?:a{50}){50}', '['])(
    'has no pattern like `%s`, which is not matched in linear time',
    (pattern) => {
      expect(faults({ type: 'object', properties: { a: { pattern } } })).toEqual(['pattern']);
      expect(faults({ patternProperties: { [pattern]: {} } })).toEqual(['pattern']);
    },
  );

  it.each(['^[a-z]+$', '^[a-z0-9]+@[a-z.]+$', '^(a+)+$', '.*.*.*x', '^\\d{4}-\\d{2}$'])(
    'may have one like `%s`',
    (pattern) => expect(faults({ properties: { a: { pattern } } })).toEqual([]),
  );

  const type = (parameters: JsonObject) =>
    checkActionType('mail.sort', body({ parameters: { type: 'object', ...parameters } }), undefined);
  const codes = (parameters: JsonObject, given: JsonObject): readonly (string | undefined)[] =>
    checkParameters(type(parameters), given).map(({ code }) => code);

  it('tells two patterns apart', () => {
    const properties = { a: { pattern: '^a$' }, b: { pattern: '^b$' } };
    expect(codes({ properties }, { a: 'a', b: 'b' })).toEqual([]);
    expect(codes({ properties }, { a: 'b', b: 'b' })).toEqual(['pattern']);
    expect(codes({ patternProperties: { '^a': false, '^b': true } }, { b: 1 })).toEqual([]);
    expect(codes({ patternProperties: { '^a': false, '^b': true } }, { a: 1 })).not.toEqual([]);
  });

  it('lets nothing through that takes more work than patterns may take, under `not` neither', () => {
    const given = { a: 'a'.repeat(100_000) };
    expect(codes({ properties: { a: { pattern: '^a+$' } } }, { a: 'a'.repeat(20_000) })).toEqual([]);
    expect(codes({ properties: { a: { pattern: '^a+b?a+$' } } }, given)).toEqual(['pattern-work']);
    expect(codes({ properties: { a: { not: { pattern: '^a+b?a+$' } } } }, given)).toEqual(['pattern-work']);
    expect(codes({ properties: { a: { pattern: '^a+$' } } }, { a: 'a' })).toEqual([]);
  });

  it('lets nothing through that takes more checks than a request may take', () => {
    const allOf = Array.from({ length: 600 }, (_, i) => ({ minimum: i }));
    const many = { list: Array.from({ length: 5000 }, () => -1) };
    expect(codes({ properties: { list: { items: { allOf } } } }, many)).toEqual(['work']);
    expect(codes({ properties: { list: { items: { minimum: -1 } } } }, many)).toEqual([]);
  });

  it('counts each value of a list of values as a check, and names a hundred faults at most', () => {
    const ofMany = { items: { enum: Array.from({ length: 1000 }, (_, i) => `e${i}`) } };
    const items = (count: number): JsonObject => ({ list: Array.from({ length: count }, () => 'x') });
    expect(codes({ properties: { list: ofMany } }, items(1000))).toEqual(['work']);
    expect(codes({ properties: { list: ofMany } }, items(200))).toHaveLength(100);
  });

  it('refuses parameters by a schema that cannot be read any more', () => {
    const old = { ...type({}), parameters_schema: { properties: { a: { pattern: '(?=a)' } } } };
    expect(checkParameters({ ...old, handler: null }, { a: 'a' })).toMatchObject([
      { pointer: '/parameters', code: 'schema', detail: expect.stringContaining('looks around') },
    ]);
  });

  it('finds items that are the same whatever the order of their members', () => {
    const properties = { list: { uniqueItems: true } };
    expect(codes({ properties }, { list: [{ a: 1, b: 2 }, { a: 1 }, [], 1, '1'] })).toEqual([]);
    expect(
      codes(
        { properties },
        {
          list: [
            { a: 1, b: 2 },
            { b: 2, a: 1 },
          ],
        },
      ),
    ).toEqual(['uniqueItems']);
  });

  it('takes a property by the name of a keyword', () => {
    expect(
      faults({ type: 'object', properties: { $id: { type: 'string' }, pattern: { type: 'string' } } }),
    ).toEqual([]);
  });

  it('checks by JSON Schema 2020-12 where a tenant wrote it', () => {
    const content = checkActionType(
      'mail.sort',
      body({
        parameters: {
          type: 'object',
          properties: { pair: { prefixItems: [{ type: 'string' }], items: false } },
          unevaluatedProperties: false,
        },
      }),
      undefined,
    );
    expect(checkParameters(content, { pair: ['a'] })).toEqual([]);
    expect(checkParameters(content, { pair: ['a', 1] })).not.toEqual([]);
    expect(checkParameters(content, { other: 1 })).not.toEqual([]);
  });
});
