import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { lintBundle, type Invariant, type LintCheck, type LintOptions, type RuleV1 } from '../src/index.js';
import { catalogue, rule } from './samples.js';

type Expected = {
  readonly checks?: readonly string[];
  readonly checks_include?: readonly string[];
  readonly rule_ids?: readonly string[];
  readonly severity?: string;
  readonly passed?: boolean;
  readonly missing_reasons_line?: number;
};
type Case = {
  readonly id: string;
  readonly input: { readonly rules?: readonly unknown[]; readonly text?: string };
  readonly expect: Expected | null;
  readonly settled?: Expected;
};
const { cases } = JSON.parse(
  readFileSync(new URL('../../../fixtures/acceptance/lint.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly Case[] };

describe('acceptance: lint', () => {
  it.each(cases)('$id', ({ input, expect: stated, settled }) => {
    const { passed, findings } = lintBundle(input.text ?? JSON.stringify({ rules: input.rules }));
    const wanted = settled ?? stated!;
    const checks = [...new Set(findings.map(({ check }) => check))];
    if (wanted.checks !== undefined) expect(checks).toEqual(wanted.checks);
    for (const check of wanted.checks_include ?? []) expect(checks).toContain(check);
    const first = findings.find(({ check }) => check === (wanted.checks ?? wanted.checks_include)?.[0]);
    if (wanted.rule_ids !== undefined) expect(first?.rule_ids.toSorted()).toEqual(wanted.rule_ids);
    if (wanted.severity !== undefined) expect(first?.severity).toBe(wanted.severity);
    if (wanted.passed !== undefined) expect(passed).toBe(wanted.passed);
    if (wanted.missing_reasons_line !== undefined)
      expect(findings.find(({ check }) => check === 'missing_reasons')?.line).toBe(
        wanted.missing_reasons_line,
      );
  });
});

const lint = (rules: readonly Partial<RuleV1>[], options: LintOptions = {}, version = '1.0.0') =>
  lintBundle(JSON.stringify({ version, rules }, null, 2), options);
const risk = (op: '<=' | '>=' | '<' | '>', value: number) => ({ field: 'risk_score', op, value });

/** Applies a JSON Patch, as far as suggestions use it. */
const patched = (
  bundle: { readonly rules: readonly object[] },
  steps: readonly { readonly op: string; readonly path: string; readonly value?: unknown }[],
): string => {
  const copy = structuredClone(bundle) as unknown as Record<string, unknown>;
  for (const { op, path, value } of steps) {
    const names = path.split('/').slice(1);
    const last = names.pop()!;
    const parent = names.reduce<Record<string, unknown>>(
      (at, name) => at[name] as Record<string, unknown>,
      copy,
    );
    if (op === 'remove') (parent as unknown as unknown[]).splice(Number(last), 1);
    else parent[last] = value;
  }
  return JSON.stringify(copy);
};

describe('a suggestion', () => {
  const clean = rule({ id: 'clean', action: 'inbox.allow' });
  it.each<[LintCheck, readonly object[]]>([
    [
      'duplicate_ids',
      [
        rule({ id: 'a', agent: 'x' }),
        rule({ id: 'a', agent: 'y' }),
        rule({ id: 'a', agent: 'z' }),
        rule({ id: 'a-2', agent: 'w' }),
      ],
    ],
    [
      'missing_reasons',
      [
        rule({ reason: 'short' }),
        { ...rule({ id: 'b', agent: 'x', effect: 'deny', conditions: [risk('>=', 80)] }), reason: undefined },
      ],
    ],
    ['conflicts', [rule({ id: 'a' }), rule({ id: 'b', effect: 'deny', conditions: [risk('>=', 80)] })]],
    ['unreachable_rules', [rule({ id: 'a' }), rule({ id: 'b', priority: 1 })]],
    ['never_matches', [rule({ id: 'a', conditions: [risk('>', 5), risk('<', 5)] }), clean]],
    ['budget_sanity', [rule({ effect: 'needs_approval' })]],
    ['invalid_conditions', [{ ...rule(), conditions: [{ field: 'risk_score', op: '=>', value: 4 }] }]],
    ['disabled_rules', [rule({ enabled: false }), clean]],
  ])('of %s applies and removes the finding', (check, rules) => {
    const bundle = JSON.parse(JSON.stringify({ version: '1.0.0', rules })) as {
      readonly rules: readonly object[];
    };
    const found = lintBundle(JSON.stringify(bundle)).findings.filter((one) => one.check === check);
    expect(found.length).toBeGreaterThan(0);
    const again = lintBundle(
      patched(
        bundle,
        found.flatMap(({ suggestion }) => suggestion!.patch),
      ),
    );
    expect(again.findings.filter((one) => one.check === check)).toEqual([]);
  });
});

describe('a finding', () => {
  it('states its line and column, even if a rule has a member twice', () => {
    const text =
      '{ "rules": [\n  { "id": "a", "agent": "*", "action": "*", "effect": "allow", "priority": 1,\n    "reason": "long enough, this one", "reason": "no" }\n] }';
    expect(lintBundle(text).findings).toMatchObject([
      { check: 'missing_reasons', pointer: '/rules/0/reason', line: 3, column: 50 },
    ]);
    expect(text.split('\n')[2]!.slice(49)).toBe('"no" }');
  });

  it('of a conflict, and of an override, shows a request that both rules match', () => {
    const [conflict] = lint([
      rule({ id: 'a', conditions: [risk('<=', 40)] }),
      rule({ id: 'b', effect: 'deny', conditions: [risk('>=', 40)] }),
    ]).findings;
    expect(conflict).toMatchObject({
      check: 'conflicts',
      severity: 'error',
      rule_ids: ['a', 'b'],
      witness: { context: { risk_score: 40 } },
    });
    expect(
      lint([
        rule({ id: 'a', conditions: [risk('<=', 40)] }),
        rule({ id: 'b', effect: 'deny', priority: 200, conditions: [risk('>=', 40)] }),
      ]).findings,
    ).toMatchObject([
      { check: 'overridden', rule_ids: ['a', 'b'], witness: { context: { risk_score: 40 } } },
    ]);
  });

  it('of an unreachable rule names the one rule that covers it, or says that several do', () => {
    const several = lint([
      rule({ id: 'a', conditions: [risk('<', 50)] }),
      rule({ id: 'b', conditions: [risk('>=', 50)] }),
      rule({ id: 'c', priority: 1, conditions: [risk('>', 10)] }),
    ]);
    expect(several.findings.map(({ message }) => message)).toEqual([
      'rule `c` is never reached: the rules before it together take every request that it would match',
    ]);
    expect(lint([rule({ id: 'a' }), rule({ id: 'c', priority: 1 })]).findings[0]!.message).toContain(
      'rule `a` takes every request',
    );
  });
});

describe('a bundle that the schema would refuse', () => {
  it.each([
    ['null'],
    ['[]'],
    ['{}'],
    ['{"rules":1}'],
    ['{"rules":[null,3,"x",[]]}'],
    ['{"rules":[{"id":7,"conditions":"all"}]}'],
    [
      '{"rules":[{"id":"a","conditions":[null,{},{"field":1,"op":"==","value":1},{"field":"f","op":"==","value":null}]}]}',
    ],
  ])('%s is still checked', (text) => {
    const { passed, findings } = lintBundle(text);
    expect(passed).toBe(false);
    expect(findings.every(({ line, column }) => line >= 1 && column >= 1)).toBe(true);
  });

  it('is reported beside the findings of readable rules', () => {
    const { findings } = lintBundle(
      JSON.stringify({
        rules: [
          rule({ id: 'a' }),
          { ...rule({ id: 'b' }), priority: 'high' },
          rule({ id: 'c', effect: 'deny' }),
        ],
      }),
    );
    expect(findings.map(({ check, rule_ids }) => [check, ...rule_ids])).toEqual([
      ['schema', 'b'],
      ['conflicts', 'a', 'c'],
      ['unreachable_rules', 'a'],
    ]);
  });

  it('is not JSON, and the message names the place', () =>
    expect(() => lintBundle('{\n "rules": [}')).toThrow(/2:\d+/));
});

describe('fields', () => {
  it('that the action does not declare, or of another type, are invalid where the catalogue is known', () => {
    const { findings } = lint(
      [
        rule({
          action: 'cell_failover',
          conditions: [
            { field: 'parameters.nope', op: '==', value: 1 },
            { field: 'parameters.power_raise_db', op: '==', value: 'x' },
          ],
        }),
      ],
      { world: { catalogue } },
    );
    expect(findings.map(({ check, pointer }) => [check, pointer])).toEqual([
      ['invalid_conditions', '/rules/0/conditions/0/field'],
      ['invalid_conditions', '/rules/0/conditions/1/value'],
    ]);
  });
});

describe('an invariant', () => {
  const noDelete: Invariant = {
    id: 'no-prod',
    description: 'nothing is deployed to prod by itself',
    never: 'ALLOW',
    agent: '*',
    action: 'planner.deploy',
    conditions: [{ field: 'parameters.env', op: '==', value: 'prod' }],
  };
  const world = { catalogue };

  it('that a bundle breaks is an error with a request that breaks it', () => {
    const { passed, findings } = lint([rule({ id: 'all', conditions: [risk('<', 30)] })], {
      world,
      invariants: [noDelete],
    });
    expect(passed).toBe(false);
    expect(findings).toMatchObject([
      {
        check: 'invariants',
        rule_ids: ['all'],
        witness: { action: 'planner.deploy', context: { 'parameters.env': 'prod' } },
      },
    ]);
  });

  it('that it keeps gives no finding, even if a rule of lower priority would break it', () => {
    const guard = rule({
      id: 'guard',
      effect: 'deny',
      action: 'planner.deploy',
      priority: 200,
      conditions: [{ field: 'parameters.env', op: '!=', value: 'staging' }],
    });
    const { findings } = lint([guard, rule({ id: 'all' })], {
      world: { ...world, domains: { 'parameters.env': { values: ['prod', 'staging'] } } },
      invariants: [noDelete],
    });
    expect(findings.filter(({ check }) => check === 'invariants')).toEqual([]);
  });
});

describe('a bundle that is not a bundle at all', () => {
  it('is checked in time proportional to its size: thousands of empty rules, and of rules with one id', () => {
    expect(lint(Array.from({ length: 8000 }, () => ({})) as never).passed).toBe(false);
    const twins = lint(Array.from({ length: 4000 }, () => rule({ id: 'same' }))).findings.filter(
      ({ check }) => check === 'duplicate_ids',
    );
    expect(twins.map(({ suggestion }) => suggestion?.patch.length)).toEqual([3999]);
  });

  it('with objects and language names in place of texts is reported like any other', () => {
    const odd = [
      {
        id: 'a',
        action: { toString: 1 },
        agent: { valueOf: 1 },
        effect: 'constructor',
        conditions: [{ field: { toString: 1 }, op: 'constructor', value: 1 }],
      },
    ];
    const { findings } = lint(odd as never);
    expect(findings.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['schema', 'invalid_conditions', 'missing_reasons']),
    );
    expect(JSON.stringify(findings)).not.toContain('native code');
  });
});

describe('an action type that is not registered', () => {
  it('keeps its rules in the analysis: overlaps and unreachable rules are still found', () => {
    const rules = [
      rule({ id: 'c1', action: 'x1', effect: 'allow' }),
      rule({ id: 'c2', action: 'x1', effect: 'deny' }),
      rule({ id: 'u1', action: 'x2', priority: 9 }),
      rule({ id: 'u2', action: 'x2', priority: 8 }),
    ];
    expect(
      lint(rules, { world: { catalogue } }).findings.map(({ check, rule_ids: ids }) => [check, ids.join()]),
    ).toEqual(
      expect.arrayContaining([
        ['conflicts', 'c1,c2'],
        ['unreachable_rules', 'u2'],
      ]),
    );
  });

  it('is an error if the action types are known, and its rule gets no reachability finding', () => {
    const rules = [
      rule({ id: 'a', action: 'warp_drive', conditions: [{ field: 'parameters.speed', op: '>', value: 1 }] }),
      rule({ id: 'b', action: '*' }),
    ];
    expect(lint(rules, { world: { catalogue } }).findings).toMatchObject([
      {
        check: 'schema',
        severity: 'error',
        rule_ids: ['a'],
        pointer: '/rules/0/action',
        message: 'rule `a`: action type `warp_drive` is not registered',
      },
    ]);
    expect(lint(rules).findings.filter(({ check }) => check === 'schema')).toEqual([]);
  });
});

describe('a version after another', () => {
  const previous = { version: '1.4.0', rules: [rule({ id: 'a', conditions: [risk('<=', 40)] })] };
  const wider = [rule({ id: 'a', conditions: [risk('<=', 50)] })];

  it('that allows more is a warning unless it is a MAJOR step, or an error if the tenant wants it', () => {
    expect(lint(wider, { previous }, '1.5.0').findings).toMatchObject([
      { check: 'more_permissive', severity: 'warning', pointer: '/version', rule_ids: ['a'] },
    ]);
    expect(lint(wider, { previous, severities: { more_permissive: 'error' } }, '1.5.0').passed).toBe(false);
    expect(lint(wider, { previous }, '2.0.0').findings).toEqual([]);
  });

  it('that allows less, or the same in other words, gives no finding', () => {
    expect(lint([rule({ id: 'a', conditions: [risk('<=', 30)] })], { previous }, '1.4.1').findings).toEqual(
      [],
    );
    expect(
      lint(
        [
          rule({ id: 'b', conditions: [risk('<', 20)] }),
          rule({ id: 'c', conditions: [risk('>=', 20), risk('<=', 40)] }),
        ],
        { previous },
        '1.4.1',
      ).findings,
    ).toEqual([]);
  });
});
