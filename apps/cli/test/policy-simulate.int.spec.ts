import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { policy, file, rule, bundle, writePolicyFiles, removePolicyFiles } from './policy-files.js';
import { root } from './cli-home.js';

beforeAll(writePolicyFiles);
afterAll(removePolicyFiles);

describe('interlock policy simulate', () => {
  it('tries a bundle on the curated cases, exit code 0', async () => {
    const { code, stdout } = await policy(['simulate', 'clean.json']);
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('bundle 1.0.0: 9 cases: allow 0, deny 0, needs_approval 0, no_match 9'),
    ]);
  });

  it('makes the same synthetic cases for the same seed', async () => {
    const of = async (seed: string): Promise<string> =>
      (
        await policy([
          'simulate',
          'clean.json',
          '--dataset',
          'synthetic',
          '--seed',
          seed,
          '--count',
          '120',
          '--format',
          'json',
        ])
      ).stdout;
    const [one, again, other] = [await of('7'), await of('7'), await of('8')];
    expect(one).toBe(again);
    expect(one).not.toBe(other);
    expect(JSON.parse(one)).toMatchObject({ total: 120 });
  });

  const cases = (expect: unknown) => ({
    cases: [
      {
        id: 'low',
        agent: 'ran-optimizer',
        action: 'cell_failover',
        context: { risk_score: 10 },
        expect: { effect: 'allow', rule_id: 'night' },
      },
      { id: 'high', agent: 'ran-optimizer', action: 'cell_failover', context: { risk_score: 90 }, expect },
    ],
  });

  const recipes = readdirSync(join(root, 'docs', 'recipes')).map((name) =>
    join(root, 'docs', 'recipes', name),
  );

  it.each(recipes)('tries each bundle of %s on its own cases, all as expected', async (recipe) => {
    const { cases } = JSON.parse(readFileSync(recipe, 'utf8')) as { readonly cases: readonly unknown[] };
    const ran = await policy([
      'simulate',
      '--cases',
      recipe,
      '--max-cost',
      '1e6',
      '--max-compute',
      '1e6',
      '--format',
      'json',
    ]);
    expect(ran.code).toBe(0);
    const reports = [JSON.parse(ran.stdout)].flat() as readonly {
      readonly total: number;
      readonly failures: readonly unknown[];
    }[];
    expect(reports.flatMap(({ failures }) => failures)).toEqual([]);
    expect(reports.reduce((sum, { total }) => sum + total, 0)).toBe(cases.length);
  });

  it("tries another bundle on a recipe's cases, and a recipe's several bundles on those of their versions", async () => {
    const named = (n: string): string => recipes.find((name) => name.includes(`/${n}-`))!;
    const ran = await policy(['simulate', 'clean.json', '--cases', named('01')]);
    expect(ran).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('not as expected: case-1: no_match, expected allow'),
    });
    expect((await policy(['simulate', named('01'), '--cases', named('01')])).code).toBe(0);
    expect((await policy(['simulate', named('16')])).stderr).toContain('is a recipe with the bundles');
    expect((await policy(['simulate'])).stderr).toContain('name a bundle, or a recipe with --cases');
  });

  it("compares the user's cases with their expectations", async () => {
    file('cases.json', cases('no_match'));
    expect((await policy(['simulate', 'clean.json', '--cases', 'cases.json'])).code).toBe(0);
    file('wrong.json', cases('deny'));
    const ran = await policy(['simulate', 'clean.json', '--dataset', 'custom', '--cases', 'wrong.json']);
    expect(ran).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('not as expected: high: no_match, expected deny'),
    });
    expect(
      await policy(['simulate', 'clean.json', '--cases', 'wrong.json', '--format', 'junit']),
    ).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('<failure message="no_match, expected deny" type="unexpected">'),
    });
  });

  it('fails if the cost limit is exceeded', async () => {
    file(
      'dear.json',
      bundle([rule({ action: '*', agent: '*', conditions: [], budget: { cost: 10, compute: 1 } })]),
    );
    expect(await policy(['simulate', 'dear.json', '--max-cost', '90'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('cost 90 of 90, compute 9 of 100'),
    });
    expect(await policy(['simulate', 'dear.json', '--max-cost', '89.9'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('cost 90 of 89.9: too much'),
    });
  });

  it.each<readonly [string, readonly string[]]>([
    ['an invalid bundle', ['simulate', 'invalid.json']],
    ['no such file', ['simulate', 'nowhere.json']],
    ['cases without a file', ['simulate', 'clean.json', '--dataset', 'custom']],
    [
      'cases for another dataset',
      ['simulate', 'clean.json', '--dataset', 'fixtures', '--cases', 'cases.json'],
    ],
    ['cases that are none', ['simulate', 'clean.json', '--cases', 'clean.json']],
    ['a case of an unknown field', ['simulate', 'clean.json', '--cases', 'unknown.json']],
    ['an expectation that is none', ['simulate', 'clean.json', '--cases', 'odd.json']],
    ['too few synthetic cases', ['simulate', 'clean.json', '--dataset', 'synthetic', '--count', '3']],
    ['a seed that is none', ['simulate', 'clean.json', '--dataset', 'synthetic', '--seed', 'x']],
    ['a limit that is none', ['simulate', 'clean.json', '--max-cost', '-1']],
    ['a replay without a running system', ['simulate', 'clean.json', '--dataset', 'replay']],
    ['a version without a running system', ['simulate', '1.2.3']],
  ])('%s ends with exit code 2', async (_, args) => {
    file('invalid.json', bundle([rule({ effect: 'maybe' })]));
    file('cases.json', cases('deny'));
    file('unknown.json', [{ agent: 'a', action: 'cell_failover', context: { riskscore: 1 } }]);
    file('odd.json', cases('perhaps'));
    const ran = await policy(args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toMatch(/^(?:interlock|error): /);
  });
});

describe('interlock policy compare and diff', () => {
  beforeAll(() => {
    file(
      'stricter.json',
      bundle(
        [
          rule({ conditions: [{ field: 'risk_score', op: '<=', value: 30 }] }),
          rule({ id: 'deploys', agent: 'planner', action: 'planner.deploy', conditions: [] }),
        ],
        '1.1.0',
      ),
    );
    file('same.json', bundle([rule({ id: 'renamed' })], '1.2.0'));
  });

  it('names each case whose decision changes, exit code 1; for equivalent bundles none, exit code 0', async () => {
    const changed = await policy(['compare', 'clean.json', 'stricter.json']);
    expect([changed.code, changed.stdout]).toEqual([
      1,
      expect.stringMatching(
        /planner planner\.deploy: no_match → allow by rule deploys\n[\s\S]*1\.0\.0 → 1\.1\.0: \d of 9 cases changed: allow \+/,
      ),
    ]);
    expect((await policy(['compare', 'clean.json', 'same.json', '--dataset', 'synthetic'])).code).toBe(0);
    expect(
      JSON.parse((await policy(['compare', 'clean.json', 'stricter.json', '--format', 'json'])).stdout),
    ).toMatchObject({ changed: expect.any(Number), a: { total: 9 }, b: { total: 9 } });
  });

  it('shows differences in words, and requests with another decision', async () => {
    const { code, stdout } = await policy(['diff', 'clean.json', 'stricter.json']);
    expect(code).toBe(1);
    expect(stdout).toContain(
      '+ deploys\n~ night\n    conditions: [{"field":"risk_score","op":"<=","value":40}] → [{"field":"risk_score","op":"<=","value":30}]\n1 added, 0 removed, 1 modified, 0 unchanged\n',
    );
    expect(stdout).toMatch(
      /ALLOW → ABSTAIN {2}ran-optimizer cell_failover \{.*"risk_score":(?:3[1-9]|40|30\.\d+)/,
    );
    expect(stdout).toContain('some answers are looser: yes; some are stricter: yes');
  });

  it('reports a change without a changed decision; without any change the exit code is 0', async () => {
    expect(await policy(['diff', 'clean.json', 'same.json'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('no request is decided otherwise'),
    });
    expect(await policy(['diff', 'clean.json', 'clean.json'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('0 added, 0 removed, 0 modified, 1 unchanged'),
    });
    expect((await policy(['diff', 'clean.json'])).code).toBe(2);
  });
});
