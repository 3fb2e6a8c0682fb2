import { describe } from '@jest/globals';
import { toolDigest, toolFaults } from '@interlock/agents';
import type { ActionTypeV1, JsonObject } from '@interlock/contracts';
import { contentHash } from '@interlock/kernel';
import { parseXml } from '@interlock/netconf';
import { bodyLimit, readInput } from '@interlock/platform';
import {
  bundleViolations,
  fieldCatalogue,
  lintBundle,
  normalRule,
  RuleIndex,
  semanticDiff,
  type RuleInput,
  type RuleV1,
} from '@interlock/policy';
import { checkParameters, compileParameters, schemaViolations, shapeViolations } from '@interlock/rails';
import { bundles } from './hostile/bundles.js';
import { filled, holds, type Case } from './hostile/hold.js';

const nested = (open: string, inner: string, close: string, depth: number): string =>
  open.repeat(depth) + inner + close.repeat(depth);

describe('the longest hold of the event loop by', () => {
  describe('a body', () => {
    const bodies: readonly (readonly [name: string, text: () => string])[] = [
      ['lists in one another', () => nested('[', '', ']', bodyLimit / 2)],
      ['objects in one another', () => nested('{"a":', '1', '}', 40_000)],
      ['a long list at the limit of depth', () => nested('[', `${filled('1,', bodyLimit - 200)}1`, ']', 62)],
      ['empty objects', () => `[${filled('{},', bodyLimit - 8)}1]`],
      ['numbers', () => `[${filled('1e5,', bodyLimit - 8)}1]`],
      ['digits', () => `[${'9'.repeat(bodyLimit - 8)}]`],
      ['names', () => `{${Array.from({ length: 20_000 }, (_, i) => `"m${i}":1`).join()}}`],
      ['one name again and again', () => `{${filled('"a":1,', bodyLimit - 8)}"a":1}`],
      ["names that are every object's own", () => `[${filled('{"constructor":1},', bodyLimit - 8)}1]`],
      [
        'long names over many texts',
        () => nested(`{"${'x'.repeat(2000)}":`, `[${filled('"a",', 130_000)}1]`, '}', 60),
      ],
      ['quotes', () => `["${filled('\\"', bodyLimit - 8)}"]`],
      ['backslashes', () => `["${filled('\\\\', bodyLimit - 8)}"]`],
      ['halves of surrogate pairs', () => `["${filled('\\ud800', bodyLimit - 8)}"]`],
      [
        'what looks sealed',
        () => `["${filled('enc:1:aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa', bodyLimit - 8)}"]`,
      ],
    ];
    holds(
      bodies.map(([name, text]): Case => [
        name,
        () => {
          const bytes = new TextEncoder().encode(text());
          return () => {
            const { value, faults } = readInput(bytes);
            // Every accepted value is hashed somewhere.
            if (faults.length === 0) contentHash(value);
          };
        },
      ]),
    );
  });

  describe('a schema of parameters', () => {
    const properties = (count: number, make: (i: number) => JsonObject): JsonObject => ({
      type: 'object',
      properties: Object.fromEntries(Array.from({ length: count }, (_, i) => [`p${i}`, make(i)])),
    });
    const schemas: readonly (readonly [name: string, schema: () => JsonObject])[] = [
      ['many properties', () => properties(900, () => ({ type: 'number' }))],
      ['patterns', () => properties(300, (i) => ({ type: 'string', pattern: `(a${i}|b){1,20}[a-z]{1,30}` }))],
      [
        'patterns of letters',
        () => properties(300, (i) => ({ type: 'string', pattern: `\\p{L}${i}\\P{N}[\\p{Lu}]` })),
      ],
      [
        'a choice of many',
        () => properties(1, () => ({ anyOf: Array.from({ length: 700 }, (_, i) => ({ const: i })) })),
      ],
      [
        'unevaluated properties',
        () => ({
          type: 'object',
          allOf: Array.from({ length: 300 }, (_, i) => ({ properties: { [`p${i}`]: { type: 'number' } } })),
          unevaluatedProperties: false,
        }),
      ],
      [
        'references that fan out',
        () => ({
          type: 'object',
          $defs: Object.fromEntries(
            Array.from({ length: 20 }, (_, i) => [
              `d${i}`,
              i === 19 ? {} : { allOf: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
            ]),
          ),
          properties: { a: { $ref: '#/$defs/d0' } },
        }),
      ],
    ];
    holds(
      schemas.map(([name, make]): Case => [
        name,
        () => {
          const schema = make();
          return () => {
            if (schemaViolations(schema, '').length === 0) compileParameters(schema);
          };
        },
      ]),
    );

    holds([
      [
        'a tool that a server describes',
        () => {
          const tool = {
            name: 'read',
            title: null,
            description: filled('а ', 1_000_000),
            input_schema: { type: 'object', examples: [filled('x', 1_000_000)] },
            output_schema: null,
            annotations: null,
          };
          return () => [toolFaults('server', tool, []), toolDigest(tool)];
        },
      ],
    ]);
  });

  describe('parameters', () => {
    const values = (value: JsonObject | string | number, length = bodyLimit): JsonObject => ({
      a: Array.from({ length: Math.floor(length / (JSON.stringify(value).length + 1)) }, () => value),
    });
    const items = (schema: JsonObject): JsonObject => ({
      type: 'object',
      properties: { a: { type: 'array', items: schema } },
    });
    const wrong: readonly (readonly [name: string, schema: JsonObject, parameters: () => JsonObject])[] = [
      [
        'each of which has many faults',
        items({ allOf: Array.from({ length: 13 }, () => ({ type: 'string' })) }),
        () => values(1, 60_000),
      ],
      [
        'none of which is one of many texts',
        items({ enum: Array.from({ length: 4000 }, (_, i) => `e${i}`) }),
        () => values('zzzz'),
      ],
      [
        'none of which is one of many objects',
        items({ enum: Array.from({ length: 2000 }, (_, i) => ({ a: i })) }),
        () => values({ a: 9999 }),
      ],
      [
        'none of which is of any kind',
        items({ oneOf: Array.from({ length: 15 }, (_, i) => ({ const: i })) }),
        () => values('x', 60_000),
      ],
      [
        'that must all differ',
        { type: 'object', properties: { a: { type: 'array', uniqueItems: true } } },
        () => values({ a: 1 }),
      ],
      [
        'among which one is sought',
        { type: 'object', properties: { a: { type: 'array', contains: { const: 5 } } } },
        () => values(1),
      ],
    ];
    holds(
      wrong.map(([name, parameters_schema, parameters]): Case => [
        name,
        () => {
          const given = parameters();
          const type = { action_type: 'hostile', parameters_schema } as ActionTypeV1;
          checkParameters(type, {});
          return () => checkParameters(type, given);
        },
      ]),
    );
  });

  describe.each(Object.entries(bundles))('a bundle: %s', (_, make) => {
    const catalogue = fieldCatalogue([]);
    const text = (rules: readonly RuleInput[]): string => JSON.stringify({ version: '1.0.0', rules });
    holds([
      [
        'linted',
        () => {
          const bundle = text(make());
          return () => lintBundle(bundle);
        },
      ],
      [
        'checked and compiled',
        () => {
          const bundle: unknown = JSON.parse(text(make()));
          const rules = make().map((rule) => normalRule(rule));
          return () => [bundleViolations(bundle, catalogue), new RuleIndex(rules)];
        },
      ],
      [
        'compared with another one',
        () => {
          const before = make().map((rule) => normalRule(rule));
          const after = before.map((rule, i): RuleV1 => (i % 2 === 0 ? { ...rule, effect: 'deny' } : rule));
          return () => semanticDiff(before, after, {});
        },
      ],
    ]);
  });

  describe('a bundle with nothing right', () => {
    const wrong = { id: 1, agent: 2, action: 3, effect: 4, priority: 'x', conditions: 5, z: 6 };
    const bundle = `{"version":0,"rules":[${filled(`${JSON.stringify(wrong)},`, bodyLimit - 64)}1]}`;
    holds([['linted', () => () => lintBundle(bundle)]]);
  });

  describe('a plan', () => {
    const shapes: readonly (readonly [name: string, nodes: () => Parameters<typeof shapeViolations>[0]])[] = [
      [
        'thousands of nodes in a chain',
        () => Array.from({ length: 6000 }, (_, i) => ({ node_id: `n${i}`, depends_on: [`n${i + 1}`] })),
      ],
      [
        'thousands of nodes in cycles',
        () => Array.from({ length: 6000 }, (_, i) => ({ node_id: `n${i}`, depends_on: [`n${i ^ 1}`] })),
      ],
      [
        'a node that needs thousands',
        () => [{ node_id: 'a', depends_on: Array.from({ length: 30_000 }, (_, i) => `n${i}`) }],
      ],
    ];
    holds(
      shapes.map(([name, make]): Case => [
        name,
        () => {
          const nodes = make();
          return () => shapeViolations(nodes);
        },
      ]),
    );
  });

  describe('a reply of a device', () => {
    const most = 4 * 1024 * 1024;
    const prefixes = Array.from({ length: 95 }, (_, i) => i);
    const replies: readonly (readonly [name: string, text: () => string])[] = [
      ['empty elements', () => filled('<b/>', most - 64)],
      [
        'elements below many namespaces',
        () =>
          [
            prefixes.map((i) => `<p${i}:x xmlns:p${i}="u${i}">`).join(''),
            filled('<q/>', 790_000),
            prefixes.map((i) => `</p${94 - i}:x>`).join(''),
          ].join(''),
      ],
      [
        'attributes',
        () => filled(`<b ${Array.from({ length: 60 }, (_, i) => `a${i}="1"`).join(' ')}/>`, most - 64),
      ],
      ['sections of text', () => filled('<![CDATA[x]]>', most - 64)],
      ['references to characters', () => filled('&amp;', most - 64)],
      ['comments', () => filled('x<!---->', most - 64)],
      ['one long text', () => 'x'.repeat(most - 64)],
    ];
    holds(
      replies.map(([name, text]): Case => [
        name,
        () => {
          const reply = `<a>${text()}</a>`;
          return () => parseXml(reply);
        },
      ]),
    );
  });
});
