import { execFile } from 'node:child_process';
import { createHmac, generateKeyPairSync, randomBytes, verify as verifyBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Command } from 'commander';
import { canonicalJson } from '@interlock/kernel';
import {
  firstBundleKeys,
  lintChecks,
  parseBundleKeys,
  publicBundleKey,
  type BundleEnvelope,
} from '@interlock/policy';
import { buildApps } from '@interlock/testing';
import { addPolicy } from '../src/commands/policy.js';
import { CliError } from '../src/session.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);
type Ran = { readonly code: number; readonly stdout: string; readonly stderr: string };
type Rule = { readonly [name: string]: unknown };

let dir: string;
const secret = 'the shared secret of this test, long enough';
const pair = generateKeyPairSync('ed25519');

/** The commands as the program has them, without starting one for each: in an empty folder, with no home to find. */
const policy = async (
  args: readonly string[],
  env: { readonly [name: string]: string } = {},
): Promise<Ran> => {
  const [stdout, stderr]: [string[], string[]] = [[], []];
  const writes = [
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => stdout.push(String(text)) > 0),
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => stderr.push(String(text)) > 0),
  ];
  const program = new Command('interlock')
    .option('--home <dir>')
    .option('--tenant <tenant>', '', 'demo')
    .option('--as <name>');
  addPolicy(program, () => program.opts());
  Object.assign(process.env, env);
  process.exitCode = 0;
  try {
    await program.parseAsync(['policy', ...args], { from: 'user' });
    return { code: Number(process.exitCode), stdout: stdout.join(''), stderr: stderr.join('') };
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return {
      code: error.exitCode,
      stdout: stdout.join(''),
      stderr: `${stderr.join('')}${error.message === '' ? '' : `interlock: ${error.message}\n`}`,
    };
  } finally {
    process.exitCode = 0;
    for (const name of Object.keys(env)) delete process.env[name];
    for (const write of writes) write.mockRestore();
  }
};
/** The built program, as CI calls it. */
const built = async (args: readonly string[], input = ''): Promise<Ran> => {
  const work = run(process.execPath, [join(root, 'apps', 'cli', 'dist', 'main.js'), 'policy', ...args], {
    cwd: dir,
    env: { PATH: process.env['PATH'] },
    maxBuffer: 1e8,
  });
  work.child.stdin?.end(input);
  try {
    const { stdout, stderr } = await work;
    return { code: 0, stdout, stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as Ran;
    return { code, stdout, stderr };
  }
};
const file = (name: string, content: unknown): string => {
  writeFileSync(join(dir, name), typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return name;
};
const rule = (over: Rule = {}): Rule => ({
  id: 'night',
  agent: 'ran-optimizer',
  action: 'cell_failover',
  effect: 'allow',
  priority: 100,
  reason: 'Low-risk failover is routine',
  conditions: [{ field: 'risk_score', op: '<=', value: 40 }],
  ...over,
});
const bundle = (rules: readonly Rule[] = [rule()], version = '1.0.0') => ({ version, rules });

beforeAll(async () => {
  await buildApps('apps/cli');
  dir = mkdtempSync(join(tmpdir(), 'interlock-policy-'));
  for (const name of ['HMAC_SECRET', 'INTERLOCK_HOME']) delete process.env[name];
  process.env['INIT_CWD'] = dir;
  process.env['INTERLOCK_HOME'] = join(dir, 'no-home');
  file('clean.json', bundle());
  file(
    'faulty.json',
    `{ "version": "1.0.0", "rules": [
  { "id": "yes", "agent": "*", "action": "cell_failover", "effect": "allow", "priority": 1, "reason": "<&\\"'> is \\u0001 no reason" },
  { "id": "no", "agent": "*", "action": "cell_failover", "effect": "deny", "priority": 1, "reason": "short",
    "conditions": [{ "field": "risk_score", "op": ">", "value": 80 }] },
  { "id": "<&\\u0001>", "agent": "*", "action": "*", "effect": "deny", "priority": 0, "reason": "A reason long enough" },
  { "id": "<'\ufffe'>", "agent": "*", "action": "*", "effect": "deny", "priority": 0, "reason": "short" }
] }`,
  );
  file('warned.json', bundle([rule({ reason: 'short' })]));
  file('k.pem', pair.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string);
  file('p.pem', pair.publicKey.export({ format: 'pem', type: 'spki' }) as string);
});
afterAll(() => {
  rmSync(dir, { recursive: true, force: true });
});

describe('interlock policy lint', () => {
  it('says nothing but the count of a clean bundle, exit code 0', async () => {
    expect(await policy(['lint', 'clean.json'])).toEqual({
      code: 0,
      stdout: '1 file: 0 errors, 0 warnings, 0 info\n',
      stderr: '',
    });
  });

  it('names file, line and column of each finding, with a request that shows it and what would mend it, exit code 1', async () => {
    const { code, stdout } = await policy(['lint', 'clean.json', 'faulty.json']);
    expect(code).toBe(1);
    expect(stdout).toContain(
      'faulty.json:3:3: error conflicts: rules `yes` and `no` allow and deny the same request at priority 1\n    for example: ',
    );
    expect(stdout).toContain(
      'faulty.json:3:101: warning missing_reasons: the reason of rule `no` has 5 characters, at least 10 are needed\n    suggestion: ',
    );
    expect(stdout).toMatch(/2 files: 3 errors, \d+ warnings?, \d+ info\n$/);
  });

  it.each([
    ['error', 0],
    ['warning', 1],
  ])('--fail-on %s: a warning ends with exit code %i', async (severity, code) => {
    expect((await policy(['lint', 'warned.json', '--fail-on', severity])).code).toBe(code);
  });

  it('as JSON has the report of each file', async () => {
    const { code, stdout } = await policy(['lint', 'warned.json', '--format', 'json']);
    expect([code, JSON.parse(stdout)]).toMatchObject([
      0,
      {
        passed: true,
        files: [
          {
            file: 'warned.json',
            passed: true,
            counts: { warning: 1 },
            findings: [{ check: 'missing_reasons', line: 10 }],
          },
        ],
      },
    ]);
  });

  it('knows the built-in action types, and those of a catalogue', async () => {
    file(
      'own.json',
      bundle([
        rule({ action: 'antenna_tilt', conditions: [{ field: 'parameters.degrees', op: '<=', value: 3 }] }),
      ]),
    );
    file('catalogue.json', {
      items: [
        {
          action_type: 'antenna_tilt',
          title: 'Tilt',
          parameters_schema: { type: 'object', properties: { degrees: { type: 'number' } } },
          impact_fields: [],
          reversible: true,
          read_only: false,
          external_contact: false,
          handler: null,
        },
      ],
      next: null,
    });
    expect(await policy(['lint', 'own.json'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining(
        'own.json:7:17: error schema: rule `night`: action type `antenna_tilt` is not registered',
      ),
    });
    expect((await policy(['lint', 'own.json', '--catalogue', 'catalogue.json'])).code).toBe(0);
  });

  it("holds the tenant's invariants and severities, and the bundle before", async () => {
    file('settings.json', {
      invariants: [
        { id: 'no-night', description: 'never by itself', never: 'ALLOW', action: 'cell_failover' },
      ],
      severities: { disabled_rules: 'error' },
      revision: '3',
      position: null,
    });
    expect((await policy(['lint', 'clean.json', '--settings', 'settings.json'])).stdout).toContain(
      'error invariants: the invariant `no-night` does not hold',
    );
    file('before.json', bundle([], '0.9.0'));
    file('looser.json', bundle([rule()], '0.10.0'));
    expect(
      (await policy(['lint', 'looser.json', '--previous', 'before.json', '--fail-on', 'warning'])).stdout,
    ).toContain('warning more_permissive');
  });

  it('as it is built: from files, from the standard input, of what cannot be read', async () => {
    expect(await built(['lint', 'clean.json'])).toEqual({
      code: 0,
      stdout: '1 file: 0 errors, 0 warnings, 0 info\n',
      stderr: '',
    });
    expect(await built(['lint', '-'], JSON.stringify(bundle([rule({ effect: 'maybe' })])))).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('-:1:'),
    });
    expect(await built(['lint', 'nowhere.json'])).toEqual({
      code: 2,
      stdout: '',
      stderr: 'interlock: nowhere.json cannot be read\n',
    });
    expect(await built(['lint'])).toMatchObject({ code: 2, stdout: '' });
  });

  it.each<readonly [string, readonly string[]]>([
    ['no file', ['lint']],
    ['a file that is not there', ['lint', 'clean.json', 'nowhere.json']],
    ['no JSON', ['lint', 'text.json']],
    ['what is no bundle', ['lint', 'list.json']],
    ['an exported bundle', ['lint', 'signed.json']],
    ['an unknown format', ['lint', 'clean.json', '--format', 'html']],
    ['an unknown option', ['lint', 'clean.json', '--nope']],
    ['a catalogue that is none', ['lint', 'clean.json', '--catalogue', 'clean.json']],
    ['settings that are none', ['lint', 'clean.json', '--settings', 'bad-settings.json']],
    ['no running system', ['lint', 'clean.json', '--online', '--catalogue', 'clean.json']],
    ['an output that cannot be written', ['lint', 'clean.json', '-o', 'no/such/folder/out.txt']],
  ])('%s ends with exit code 2', async (_, args) => {
    file('text.json', '{ "version": ');
    file('list.json', []);
    file('bad-settings.json', { invariants: [{ id: 'x' }] });
    file('signed.json', { format: 'interlock-bundle/1', bundle: bundle() });
    const ran = await policy(args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).not.toBe('');
  });

  describe('as SARIF 2.1.0', () => {
    type Result = {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly locations: readonly {
        readonly physicalLocation: {
          readonly artifactLocation: { readonly uri: string; readonly index: number };
          readonly region: { readonly startLine: number; readonly startColumn: number };
        };
      }[];
    };
    type Sarif = {
      readonly $schema: string;
      readonly version: string;
      readonly runs: readonly {
        readonly tool: {
          readonly driver: {
            readonly name: string;
            readonly version: string;
            readonly rules: readonly {
              readonly id: string;
              readonly shortDescription: { readonly text: string };
            }[];
          };
        };
        readonly columnKind: string;
        readonly artifacts: readonly { readonly location: { readonly uri: string } }[];
        readonly results: readonly Result[];
      }[];
    };

    it('has every member that its schema requires, and a place for every finding', async () => {
      file('with space#.json', readFileSync(join(dir, 'faulty.json'), 'utf8'));
      const ran = await policy([
        'lint',
        'faulty.json',
        './with space#.json',
        '--format',
        'sarif',
        '-o',
        'out.sarif',
      ]);
      expect(ran).toMatchObject({ code: 1, stdout: '' });
      const sarif = JSON.parse(readFileSync(join(dir, 'out.sarif'), 'utf8')) as Sarif;
      expect([sarif.version, sarif.runs.length]).toEqual(['2.1.0', 1]);
      expect(sarif.$schema).toMatch(/sarif-schema-2\.1\.0\.json$/);
      const {
        tool: { driver },
        columnKind,
        artifacts,
        results,
      } = sarif.runs[0]!;
      expect(driver.name).not.toBe('');
      expect(driver.rules.map(({ id }) => id)).toEqual([...lintChecks]);
      for (const {
        shortDescription: { text },
      } of driver.rules)
        expect(text).not.toBe('');
      expect(columnKind).toBe('utf16CodeUnits');
      expect(artifacts.map(({ location: { uri } }) => uri)).toEqual(['faulty.json', 'with%20space%23.json']);
      expect(results.length).toBeGreaterThan(5);
      for (const { ruleId, ruleIndex, level, message, locations } of results) {
        expect(driver.rules[ruleIndex]!.id).toBe(ruleId);
        expect(['error', 'warning', 'note']).toContain(level);
        expect(message.text).not.toBe('');
        const [
          {
            physicalLocation: {
              artifactLocation: { uri, index },
              region,
            },
          },
        ] = locations as Result['locations'] & { readonly 0: Result['locations'][number] };
        expect(artifacts[index]!.location.uri).toBe(uri);
        expect(
          Number.isInteger(region.startLine) &&
            region.startLine >= 1 &&
            Number.isInteger(region.startColumn) &&
            region.startColumn >= 1,
        ).toBe(true);
      }
      expect(results.find(({ ruleId }) => ruleId === 'conflicts')).toMatchObject({
        level: 'error',
        locations: [{ physicalLocation: { region: { startLine: 3, startColumn: 3 } } }],
      });
    });

    it('of a clean bundle has no results', async () => {
      const { code, stdout } = await policy(['lint', 'clean.json', '--format', 'sarif']);
      expect([code, (JSON.parse(stdout) as Sarif).runs[0]!.results]).toEqual([0, []]);
    });
  });

  describe('as JUnit XML', () => {
    /** Elements and attributes, strictly: throws for what is not well-formed. */
    const parsed = (
      xml: string,
    ): readonly {
      readonly name: string;
      readonly attributes: { readonly [name: string]: string };
      readonly text: string;
    }[] => {
      const found: { name: string; attributes: { [name: string]: string }; text: string }[] = [];
      const open: typeof found = [];
      const decoded = (text: string): string =>
        text.replaceAll(/&(#\d+|\w+);|&/g, (whole, name?: string) => {
          const known: { readonly [name: string]: string } = { amp: '&', lt: '<', gt: '>', quot: '"' };
          const character =
            name?.startsWith('#') === true ? String.fromCodePoint(Number(name.slice(1))) : known[name ?? ''];
          if (character === undefined) throw new Error(`no entity: ${whole}`);
          return character;
        });
      let rest = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '');
      for (const character of rest)
        if (character.codePointAt(0)! < 32 && !'\t\n\r'.includes(character))
          throw new Error('a control character');
      while (rest !== '') {
        const match = /^(?:<(\/?)([a-z-]+)((?: [a-z]+="[^"<]*")*)>|([^<]+))/.exec(rest);
        if (match === null) throw new Error(`not well-formed at ${rest.slice(0, 40)}`);
        const [all, slash, name, attributes, text] = match;
        rest = rest.slice(all.length);
        if (text !== undefined) {
          if (open.at(-1) === undefined && text.trim() !== '') throw new Error('text outside');
          if (open.length > 0) open.at(-1)!.text += decoded(text);
        } else if (slash === '/') {
          if (open.pop()?.name !== name) throw new Error(`</${name!}> closes nothing`);
        } else {
          const element = {
            name: name!,
            attributes: Object.fromEntries(
              [...attributes!.matchAll(/ ([a-z]+)="([^"]*)"/g)].map(([, key, value]) => [
                key!,
                decoded(value!),
              ]),
            ),
            text: '',
          };
          found.push(element);
          open.push(element);
        }
      }
      if (open.length > 0) throw new Error('not closed');
      return found;
    };

    it('is well-formed whatever stands in a bundle, with a test for each check', async () => {
      const { code, stdout } = await policy(['lint', 'faulty.json', 'clean.json', '--format', 'junit']);
      expect(code).toBe(1);
      const elements = parsed(stdout);
      expect(elements[0]).toMatchObject({
        name: 'testsuites',
        attributes: { tests: `${2 * lintChecks.length}`, errors: '0' },
      });
      expect(
        elements.filter(({ name }) => name === 'testcase').map(({ attributes }) => attributes['name']),
      ).toEqual([...lintChecks, ...lintChecks]);
      const failures = elements.filter(({ name }) => name === 'failure');
      expect(elements[0]!.attributes['failures']).toBe(`${failures.length}`);
      expect(failures.map(({ attributes }) => attributes['message']).join()).toContain(
        'rules `yes` and `no` allow and deny the same request',
      );
      expect(failures.map(({ text }) => text).join()).toContain('`"<\'\u{fffd}\'>"`');
    });

    it('counts as failed what fails the command', async () => {
      const [errors, warnings] = [
        await policy(['lint', 'warned.json', '--format', 'junit']),
        await policy(['lint', 'warned.json', '--format', 'junit', '--fail-on', 'warning']),
      ];
      expect([
        errors.code,
        parsed(errors.stdout)[0]!.attributes['failures'],
        warnings.code,
        parsed(warnings.stdout)[0]!.attributes['failures'],
      ]).toEqual([0, '0', 1, '1']);
      expect(parsed(errors.stdout).find(({ name }) => name === 'system-out')?.text).toContain(
        'warned.json:10:',
      );
    });
  });
});

describe('interlock policy simulate', () => {
  it('tries a bundle out on the curated cases, exit code 0', async () => {
    const { code, stdout } = await policy(['simulate', 'clean.json']);
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('bundle 1.0.0: 9 cases: allow 0, deny 0, needs_approval 0, no_match 9'),
    ]);
  });

  it('makes the same synthetic cases of the same seed', async () => {
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

  it("holds cases of one's own against what they are to come to", async () => {
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

  it('fails where more is spent than may be', async () => {
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

  it('names each case whose decision changes, exit code 1; of the same meaning none, exit code 0', async () => {
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

  it('tells what differs word for word, and requests that are decided otherwise', async () => {
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

  it('a change that changes no decision is told as that; none at all is exit code 0', async () => {
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

describe('interlock policy sign and verify', () => {
  const signedText = (file: string): BundleEnvelope =>
    JSON.parse(readFileSync(join(dir, file), 'utf8')) as BundleEnvelope;
  const contentOf = ({ signatures: _, ...content }: BundleEnvelope): string => canonicalJson(content);
  const pem = (name: string): string => readFileSync(join(dir, name), 'utf8');

  it('sign with a private key, and verify with the public one alone', async () => {
    const ran = await policy(['sign', 'clean.json', '--key', 'k.pem', '--key-id', 'ci-1', '-o', 'ed.json']);
    expect([ran.code, ran.stdout]).toEqual([0, '']);
    const envelope = signedText('ed.json');
    expect(envelope).toMatchObject({
      signed_by: [{ alg: 'Ed25519', key_id: 'ci-1' }],
      provenance: { tenant: 'demo', exported_by: 'service:cli' },
    });
    expect(
      verifyBytes(
        null,
        Buffer.from(contentOf(envelope)),
        pair.publicKey,
        Buffer.from(envelope.signatures[0]!.value, 'hex'),
      ),
    ).toBe(true);
    const hex = (pair.publicKey.export({ format: 'der', type: 'spki' }) as Buffer)
      .subarray(-32)
      .toString('hex');
    for (const key of ['p.pem', hex])
      expect(await policy(['verify', 'ed.json', '--key', key])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('verified by ci-1'),
      });
  });

  it("sign with the environment's secret, as HMAC of Node makes it", async () => {
    const { code, stdout, stderr } = await policy(['sign', 'clean.json', '--expires-in-h', '72'], {
      HMAC_SECRET: secret,
    });
    expect([code, stderr]).toEqual([0, expect.not.stringContaining(secret)]);
    const envelope = JSON.parse(stdout) as BundleEnvelope;
    expect(envelope.signatures[0]!.value).toBe(
      createHmac('sha256', secret).update(contentOf(envelope)).digest('hex'),
    );
    expect(Date.parse(envelope.expires_at) - Date.parse(envelope.provenance.exported_at)).toBe(
      72 * 3_600_000,
    );
    file('mac.json', stdout);
    expect((await policy(['verify', 'mac.json'], { HMAC_SECRET: secret })).code).toBe(0);
    expect(await policy(['verify', 'mac.json'], { HMAC_SECRET: `${secret}!` })).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('bundle-key-unknown'),
    });
  });

  it('sign with every algorithm of a key file, and verify by what the registry shows of it', async () => {
    const keys = firstBundleKeys({ secret: randomBytes(32), seed: randomBytes(32), at: '2026-11-20' });
    file('keys.json', keys);
    file('public.json', { keys: parseBundleKeys(keys).map(publicBundleKey) });
    await policy(['sign', 'clean.json', '--key', 'keys.json', '-o', 'both.json']);
    expect(signedText('both.json').signatures.map(({ alg }) => alg)).toEqual(['HMAC-SHA256', 'Ed25519']);
    expect(
      await policy(['verify', 'both.json', '--keys', 'public.json', '--demand', 'Ed25519', '--json']),
    ).toMatchObject({ code: 0, stdout: expect.stringContaining('"verified": true') });
    expect(
      await policy(['verify', 'both.json', '--keys', 'public.json', '--demand', 'HMAC-SHA256']),
    ).toMatchObject({ code: 1, stdout: expect.stringContaining('bundle-key-unknown') });
    expect(
      (await policy(['verify', 'both.json', '--keys', 'keys.json', '--demand', 'HMAC-SHA256,Ed25519'])).code,
    ).toBe(0);
  });

  it('a file that was changed, or is of another key, is not verified', async () => {
    await policy(['sign', 'clean.json', '--key', 'k.pem', '-o', 'ed.json']);
    file('changed.json', {
      ...signedText('ed.json'),
      bundle: { ...signedText('ed.json').bundle, notes: 'other' },
    });
    expect(await policy(['verify', 'changed.json', '--key', 'p.pem'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('not verified: bundle-signature-invalid'),
    });
    file(
      'other.pem',
      generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }) as string,
    );
    expect((await policy(['verify', 'ed.json', '--key', 'other.pem'])).code).toBe(1);
  });

  it.each<readonly [string, readonly string[]]>([
    ['no key', ['sign', 'clean.json']],
    ['a key that is none', ['sign', 'clean.json', '--key', 'clean.json']],
    ['a bundle without version', ['sign', 'unversioned.json', '--key', 'k.pem']],
    ['a bundle that is faulty', ['sign', 'invalid.json', '--key', 'k.pem']],
    ['too long a time', ['sign', 'clean.json', '--key', 'k.pem', '--expires-in-h', '9999']],
    ['a name that no key can have', ['sign', 'clean.json', '--key', 'keys-bad.json']],
    ['nothing to verify with', ['verify', 'ed.json']],
    ['what is not exported', ['verify', 'clean.json', '--key', 'p.pem']],
    ['an algorithm that is none', ['verify', 'ed.json', '--key', 'p.pem', '--demand', 'RS256']],
    ['a private key to verify with', ['verify', 'ed.json', '--key', 'k.pem']],
    ['a file that is not there', ['verify', 'nowhere.json', '--key', 'p.pem']],
    ['two kinds of keys', ['verify', 'ed.json', '--key', 'p.pem', '--keys', 'public.json']],
  ])('%s ends with exit code 2, and tells no key', async (_, args) => {
    file('unversioned.json', { rules: [rule()] });
    file('invalid.json', bundle([rule({ effect: 'maybe' })]));
    file('keys-bad.json', { keys: [{ id: 'a key', alg: 'HMAC-SHA256', secret }] });
    const ran = await policy(args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    for (const value of [secret, pem('k.pem').split('\n')[1]!]) expect(ran.stderr).not.toContain(value);
  });

  it('leaves nothing half written', async () => {
    await policy(['sign', 'clean.json', '--key', 'k.pem', '-o', 'ed.json']);
    expect(readdirSync(dir).filter((name) => name.endsWith('.part'))).toEqual([]);
  });
});
