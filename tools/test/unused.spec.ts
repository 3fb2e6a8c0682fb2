import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import process from 'node:process';

import { expect, it } from '@jest/globals';

import { root } from '../run/node.mjs';

/** A workspace of one library and one service, with one unused thing of each kind. */
const files: { readonly [path: string]: string } = {
  'package.json': '{ "name": "sample", "private": true, "workspaces": ["libs/*", "apps/*"] }',
  'libs/sums/package.json': JSON.stringify({
    name: '@interlock/sums',
    exports: './src/index.ts',
    dependencies: { nats: '2.29.3' },
  }),
  'libs/sums/src/index.ts':
    "export { add, subtract } from './sums.js';\n/** @public */\nexport type { Sum } from './sums.js';\n",
  'libs/sums/src/sums.ts':
    'export type Sum = number;\nexport const add = (a: Sum, b: Sum): Sum => a + b;\nexport const subtract = (a: Sum, b: Sum): Sum => add(a, -b);\n',
  'libs/sums/src/left-over.ts': 'export const product = 1;\n',
  'apps/desk/package.json': JSON.stringify({
    name: '@interlock-apps/desk',
    exports: './src/main.ts',
    dependencies: { '@interlock/sums': '*' },
  }),
  'apps/desk/src/main.ts':
    "import { add } from '@interlock/sums';\nexport const start = (): number => add(1, 2);\n",
};

it('the linter names unused files, dependencies and exports, and no entry of a service or @public export', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-unused-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const { stdout } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/knip/bin/knip.js'),
      '--directory',
      folder,
      '--config',
      join(root, 'knip.json'),
      '--reporter',
      'json',
    ],
    { env: { ...process.env, NODE_OPTIONS: '' }, encoding: 'utf8' },
  );
  rmSync(folder, { recursive: true });
  type Named = readonly { readonly name: string }[];
  const { issues } = JSON.parse(stdout) as {
    readonly issues: readonly ({ readonly file: string } & { readonly [kind: string]: Named })[];
  };
  const found = issues.flatMap(({ file, ...kinds }) =>
    Object.entries(kinds).flatMap(([kind, named]) => named.map(({ name }) => `${kind} ${file} ${name}`)),
  );
  expect(found.sort()).toEqual([
    'dependencies libs/sums/package.json nats',
    'exports libs/sums/src/index.ts subtract',
    'exports libs/sums/src/sums.ts subtract',
    'files libs/sums/src/left-over.ts libs/sums/src/left-over.ts',
  ]);
});
