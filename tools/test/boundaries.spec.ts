import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import process from 'node:process';

import { beforeAll, describe, expect, it } from '@jest/globals';

import { depConstraints, tagFaults } from '../eslint/boundaries.mjs';
import { root } from '../run/node.mjs';

type Finding = { rule: string | null; message: string };

const boundaries = '@nx/enforce-module-boundaries';

/** Refused texts: the file, the text, and the rule that refuses it. */
const refused: readonly (readonly [string, string, string, string])[] = [
  [
    'a comment before code on its line, which ends past column 100',
    'libs/policy/src/x.ts',
    `/** ${'word '.repeat(20)}*/ export const a = 1;`,
    'interlock/prose-width',
  ],
  [
    'a domain file importing node:fs',
    'libs/policy/src/x.ts',
    "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;",
    'no-restricted-imports',
  ],
  [
    'a domain file importing a built-in module by its old name',
    'libs/policy/src/x.ts',
    "import { readFileSync } from 'fs/promises';\nexport const a = readFileSync;",
    'no-restricted-imports',
  ],
  [
    'a domain file importing kysely',
    'libs/rails/src/x.ts',
    "import { sql } from 'kysely';\nexport const a = sql;",
    'no-restricted-imports',
  ],
  [
    'a domain file importing a type of Nest',
    'libs/rails/src/x.ts',
    "import type { Type } from '@nestjs/common';\nexport type A = Type;",
    'no-restricted-imports',
  ],
  [
    'a domain file importing the client of the log',
    'libs/twin/src/x.ts',
    "import { EventStoreDBClient } from '@eventstore/db-client';\nexport const a = EventStoreDBClient;",
    'no-restricted-imports',
  ],
  [
    'a domain file importing rxjs',
    'libs/kernel/src/x.ts',
    "import { of } from 'rxjs';\nexport const a = of;",
    'no-restricted-imports',
  ],
  [
    'a domain file importing at run time',
    'libs/kernel/src/x.ts',
    "export const a = import('nats');",
    'no-restricted-syntax',
  ],
  [
    'a domain file reading Date.now',
    'libs/policy/src/x.ts',
    'export const a = Date.now();',
    'no-restricted-properties',
  ],
  [
    'a domain file reading the clock through new Date()',
    'libs/policy/src/x.ts',
    'export const a = new Date();',
    'no-restricted-syntax',
  ],
  [
    'a domain file reading a random number',
    'libs/policy/src/x.ts',
    'export const a = Math.random();',
    'no-restricted-properties',
  ],
  [
    'a domain file reading the environment',
    'libs/policy/src/x.ts',
    "export const a = process.env['A'];",
    'no-restricted-globals',
  ],
  [
    'a domain file reading the environment through globalThis',
    'libs/policy/src/x.ts',
    "export const a = globalThis.process.env['A'];",
    'no-restricted-globals',
  ],
  [
    'a domain file using crypto',
    'libs/policy/src/x.ts',
    'export const a = crypto.randomUUID();',
    'no-restricted-globals',
  ],
  [
    'a domain lib importing an infra lib',
    'libs/rails/src/x.ts',
    "import { a } from '@interlock/eventstore';\nexport const b = a;",
    boundaries,
  ],
  [
    'a domain lib importing another context',
    'libs/rails/src/x.ts',
    "import { a } from '@interlock/policy';\nexport const b = a;",
    boundaries,
  ],
  [
    'a contract importing the domain',
    'libs/contracts/src/x.ts',
    "import { a } from '@interlock/twin';\nexport const b = a;",
    boundaries,
  ],
  [
    'an infra lib importing a context',
    'libs/postgres/src/x.ts',
    "import { a } from '@interlock/rails';\nexport const b = a;",
    boundaries,
  ],
  [
    'an infra lib importing the platform',
    'libs/postgres/src/x.ts',
    "import { a } from '@interlock/testing';\nexport const b = a;",
    boundaries,
  ],
  [
    'an app importing another app',
    'apps/safety-rails/src/x.ts',
    "import { a } from '@interlock-apps/alerting';\nexport const b = a;",
    boundaries,
  ],
  [
    'an app importing the test parts',
    'apps/safety-rails/src/x.ts',
    "import { a } from '@interlock/testing';\nexport const b = a;",
    boundaries,
  ],
  [
    'an app importing another context',
    'apps/posture/src/x.ts',
    "import { a } from '@interlock/twin';\nexport const b = a;",
    boundaries,
  ],
  [
    'a relative import into another project',
    'libs/rails/src/x.ts',
    "import { a } from '../../kernel/src/index.js';\nexport const b = a;",
    boundaries,
  ],
  [
    'a comment that switches a rule off',
    'libs/policy/src/x.ts',
    '// eslint-disable-next-line no-restricted-properties\nexport const a = Date.now();',
    'no-restricted-properties',
  ],
  ['an enum', 'apps/relay/src/x.ts', 'export enum A { b }', 'no-restricted-syntax'],
  ['a default export', 'apps/relay/src/x.ts', 'export default 1;', 'no-restricted-syntax'],
  ['export *', 'apps/relay/src/x.ts', "export * from './main.js';", 'no-restricted-syntax'],
  [
    'an interface for data',
    'apps/relay/src/x.ts',
    'export interface A { b: string }',
    'no-restricted-syntax',
  ],
  [
    'an explicit any',
    'apps/relay/src/x.ts',
    'export const a: any = 1;',
    '@typescript-eslint/no-explicit-any',
  ],
  ['console', 'apps/relay/src/x.ts', "console.log('a');", 'no-console'],
  [
    'a file of 401 lines of code',
    'apps/relay/src/x.ts',
    Array.from({ length: 401 }, (_, n) => `export const a${n} = ${n};\n`).join(''),
    'max-lines',
  ],
  ['a focused test', 'apps/relay/test/x.spec.ts', "it.only('a', () => undefined);", 'no-restricted-syntax'],
  [
    'a skipped suite',
    'apps/relay/test/x.spec.ts',
    "describe.skip('a', () => undefined);",
    'no-restricted-syntax',
  ],
  [
    'a skipped table of tests',
    'apps/relay/test/x.spec.ts',
    "it.skip.each([1])('a', () => undefined);",
    'no-restricted-syntax',
  ],
];

/** Accepted texts, which show that the linter does not refuse everything. */
const accepted: readonly (readonly [string, string, string])[] = [
  [
    'a clean domain file',
    'libs/rails/src/x.ts',
    "import { worst } from '@interlock/kernel';\nimport type { ProblemCode } from '@interlock/contracts';\nexport const a = (at: string): Date => new Date(at);\nexport type A = ProblemCode;\nexport const b = worst;",
  ],
  ['an interface for a port', 'libs/kernel/src/x.ts', 'export interface Clock { now(): string }'],
  [
    'an app reading the clock and the environment',
    'apps/relay/src/x.ts',
    "import { readFileSync } from 'node:fs';\nexport const a = [Date.now(), process.env['A'], readFileSync];",
  ],
  [
    'an app importing its context, an adapter and the platform',
    'apps/safety-rails/src/x.ts',
    "import { a } from '@interlock/rails';\nimport { b } from '@interlock/postgres';\nimport { c } from '@interlock/platform';\nexport const d = [a, b, c];",
  ],
  [
    'the auditor importing the contexts it evaluates again',
    'libs/replay/src/x.ts',
    "import { a } from '@interlock/rails';\nimport { b } from '@interlock/policy';\nexport const c = [a, b];",
  ],
  [
    'a test importing the test parts',
    'libs/rails/test/x.spec.ts',
    "import { readFileSync } from 'node:fs';\nimport { a } from '@interlock/testing';\nexport const b = [a, readFileSync, Date.now()];",
  ],
  [
    'a test importing the test parts that are built on what it tests',
    'libs/eventstore/test/x.spec.ts',
    "import { a } from '@interlock/testing';\nexport const b = a;",
  ],
  [
    'a comment that cannot be wrapped',
    'libs/policy/src/x.ts',
    `// https://example.com/${'word/'.repeat(20)}\nexport const a = 1;\nexport const b = a; ${' '.repeat(90)}// prettier-ignore`,
  ],
  ['a file of 400 lines', 'apps/relay/src/x.ts', 'export const a = 1;\n' + '// line\n'.repeat(399)],
];

const cases = [
  ...refused.map(([, file, text]) => ({ file, text })),
  ...accepted.map(([, file, text]) => ({ file, text })),
];
let findings: Finding[][] = [];

beforeAll(() => {
  const env = { ...process.env, NX_DAEMON: 'false', NODE_OPTIONS: '' };
  const lint = spawnSync(process.execPath, ['tools/eslint/lint-texts.mjs'], {
    cwd: root,
    env,
    input: JSON.stringify(cases),
    encoding: 'utf8',
  });
  expect(lint.stderr).toBe('');
  findings = JSON.parse(lint.stdout) as Finding[][];
});

describe('the linter refuses', () => {
  it.each(refused.map(([what, , , rule], at) => [what, rule, at] as const))('%s', (_what, rule, at) =>
    expect(findings[at]?.map((finding) => finding.rule)).toContain(rule),
  );
});

describe('the linter accepts', () => {
  it.each(accepted.map(([what], at) => [what, at] as const))('%s', (_what, at) =>
    expect(findings[refused.length + at]).toEqual([]),
  );
});

/** Texts that Oxlint must refuse or accept. */
const typed: readonly (readonly [string, string | null])[] = [
  ['export const a = (): void => {\n  Promise.resolve();\n};', 'no-floating-promises'],
  ['export const a = async (): Promise<void> => {\n  await 1;\n};', 'await-thenable'],
  ['export const a = (b: Promise<void>): number => (b ? 1 : 2);', 'no-misused-promises'],
  [
    "export const a = (b: 'c' | 'd'): void => {\n  switch (b) {\n    case 'c':\n  }\n};",
    'switch-exhaustiveness-check',
  ],
  ["import { b } from './circle.js';\nexport const a = (): unknown => b;", 'no-cycle'],
  [
    "export const a = (b: 'c' | 'd'): void => {\n  switch (b) {\n    case 'c':\n      return;\n    default:\n  }\n};",
    null,
  ],
  ['export const a = (): void => {\n  [1].forEach(async () => Promise.resolve());\n};', null],
];

describe('the linter that knows types', () => {
  it('refuses unawaited promises, incomplete switches and import cycles, and nothing else', () => {
    const folder = mkdtempSync(join(tmpdir(), 'interlock-lint-'));
    writeFileSync(
      join(folder, 'tsconfig.json'),
      '{ "compilerOptions": { "strict": true, "module": "nodenext" } }',
    );
    typed.forEach(([text], at) => {
      writeFileSync(join(folder, `case${at}.ts`), text);
      if (text.includes('circle'))
        writeFileSync(join(folder, 'circle.ts'), `export { a as b } from './case${at}.js';`);
    });
    const { stdout } = spawnSync(
      process.execPath,
      [
        join(root, 'node_modules/oxlint/bin/oxlint'),
        '--config',
        join(root, '.oxlintrc.json'),
        '--format',
        'json',
        '--threads',
        '1',
        folder,
      ],
      { cwd: root, env: { ...process.env, NODE_OPTIONS: '' }, encoding: 'utf8' },
    );
    rmSync(folder, { recursive: true });
    const { diagnostics } = JSON.parse(stdout) as {
      readonly diagnostics: readonly { readonly code: string; readonly filename: string }[];
    };
    expect(
      typed.map(
        (_, at) =>
          diagnostics
            .find(({ filename }) => basename(filename) === `case${at}.ts`)
            ?.code.replace(/^.*\((.*)\)$/, '$1') ?? null,
      ),
    ).toEqual(typed.map(([, rule]) => rule));
  });
});

describe('the tags of a project', () => {
  it('are one of each axis', () =>
    expect(tagFaults(['type:domain', 'scope:rails', 'runtime:any'])).toEqual([]));

  it.each([
    [
      'none',
      [],
      [
        '0 tags `type:…`, one is needed',
        '0 tags `scope:…`, one is needed',
        '0 tags `runtime:…`, one is needed',
      ],
    ],
    ['one missing', ['type:domain', 'scope:rails'], ['0 tags `runtime:…`, one is needed']],
    [
      'two of a kind',
      ['type:domain', 'type:app', 'scope:rails', 'runtime:any'],
      ['2 tags `type:…`, one is needed'],
    ],
    ['an unknown one', ['type:domain', 'scope:nowhere', 'runtime:any'], ['unknown tag `scope:nowhere`']],
  ])('are refused if there is %s', (_what, tags, faults) => expect(tagFaults(tags)).toEqual(faults));

  it('never let a project depend on an app', () => {
    for (const tests of [false, true]) {
      expect(
        depConstraints({ tests }).flatMap(({ onlyDependOnLibsWithTags }) => onlyDependOnLibsWithTags),
      ).not.toContain('type:app');
    }
  });
});
