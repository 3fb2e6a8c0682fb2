import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { missingEntries, platformOf, staleProjects } from '../lockfile.mjs';
import { declareImports, importedPackages, projectFaults } from '../projects.mjs';
import { referencesOf, sameReferences } from '../references.mjs';
import { buildable, readProjects } from '../run/workspace.mjs';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-workspace-'));
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ devDependencies: { '@jest/globals': '30.0.0' } }),
  );
});
afterEach(() => rmSync(folder, { recursive: true }));

function project(
  path: string,
  dependencies: readonly string[],
  files: Record<string, string>,
  tags: readonly string[] = ['type:domain', 'scope:shared', 'runtime:any'],
): void {
  mkdirSync(join(folder, path), { recursive: true });
  const manifest = {
    name: `@x/${path.split('/')[1]}`,
    dependencies: Object.fromEntries(dependencies.map((name) => [name, '*'])),
    nx: { name: path.split('/')[1], tags },
  };
  writeFileSync(join(folder, path, 'package.json'), JSON.stringify(manifest));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, name, '..'), { recursive: true });
    writeFileSync(join(folder, path, name), text);
  }
}

describe('the projects of a workspace', () => {
  it('are the folders with a package.json, with their dependencies on one another', () => {
    project('libs/a', ['ajv'], { 'src/index.ts': '' });
    project('apps/b', ['@x/a', 'ajv'], { 'src/deep/main.ts': '' });
    mkdirSync(join(folder, 'libs/stray'));
    expect(readProjects(folder)).toEqual([
      {
        name: '@x/a',
        nx: 'a',
        folder: 'libs/a',
        tags: ['type:domain', 'scope:shared', 'runtime:any'],
        dependencies: [],
        hasSources: true,
      },
      {
        name: '@x/b',
        nx: 'b',
        folder: 'apps/b',
        tags: ['type:domain', 'scope:shared', 'runtime:any'],
        dependencies: ['@x/a'],
        hasSources: true,
      },
    ]);
  });

  it('can be built if they and all their dependencies have sources', () => {
    project('libs/a', [], { 'src/index.ts': '' });
    project('libs/empty', [], { 'test/a.spec.ts': '' });
    project('libs/b', ['@x/a'], { 'src/index.ts': '' });
    project('libs/c', ['@x/b', '@x/empty'], { 'src/index.ts': '' });
    project('apps/d', ['@x/c'], { 'src/main.ts': '' });
    expect(buildable(readProjects(folder)).map(({ nx }) => nx)).toEqual(['a', 'b']);
  });
});

describe('the references of a project', () => {
  it('are its dependencies in the workspace', () => {
    project('libs/a', [], {});
    project('apps/b', ['@x/a', 'ajv'], {});
    const projects = readProjects(folder);
    expect(projects.map((each) => referencesOf(each, projects))).toEqual([[], [{ path: '../../libs/a' }]]);
  });

  it('are the same in any order', () => {
    expect(sameReferences([{ path: 'a' }, { path: 'b' }], [{ path: 'b' }, { path: 'a' }])).toBe(true);
    expect(sameReferences([{ path: 'a' }], [{ path: 'a' }, { path: 'b' }])).toBe(false);
  });
});

describe('the faults of a project', () => {
  it('are none if everything is declared', () => {
    project('libs/a', ['ajv'], {
      'src/index.ts':
        "import { b } from './b.js';\nimport fs from 'node:fs';\nimport ajv from 'ajv/dist/2020.js';",
      'test/a.spec.ts': "import { it } from '@jest/globals';",
    });
    expect(projectFaults(folder)).toEqual([]);
  });

  it('include an imported package that is not declared, for sources even if the root has it', () => {
    project('libs/a', [], {
      'src/index.ts': "import { it } from '@jest/globals';",
      'test/a.spec.ts': "import pg from 'pg';",
    });
    expect(projectFaults(folder)).toEqual([
      'libs/a/src/index.ts: `@jest/globals` is not declared in libs/a/package.json',
      'libs/a/test/a.spec.ts: `pg` is not declared in libs/a/package.json',
    ]);
  });

  it('include a missing tag, and a catch-all folder', () => {
    project('libs/a', [], { 'src/utils/a.ts': '' }, ['type:domain', 'runtime:any']);
    expect(projectFaults(folder)).toEqual([
      'libs/a/package.json: 0 tags `scope:…`, one is needed',
      'libs/a/src/utils: no folder is called `utils`',
    ]);
  });

  it.each([
    ['a plain import', "import a from 'a';", ['a']],
    ['a scoped one, of a file within', "import type { A } from '@a/b/c.js';", ['@a/b']],
    ['one over several lines', "import {\n  a,\n  b,\n} from 'a';", ['a']],
    ['one for its effect', "import 'reflect-metadata';", ['reflect-metadata']],
    ['one at run time', "const a = await import('a');", ['a']],
    ['an export from', "export { a } from 'a';", ['a']],
    ['built-in and relative ones', "import 'fs';\nimport 'node:fs';\nimport './a.js';", []],
    ['a word in a text', 'const from = \'import x from "y"\';', []],
  ])('are found in %s', (_what, text, packages) => expect([...importedPackages(text)]).toEqual(packages));
});

describe('the lockfile', () => {
  it.each([
    ['@swc/core-darwin-arm64', { cpu: ['arm64'], os: ['darwin'] }],
    ['@unrs/resolver-binding-linux-arm-musleabihf', { cpu: ['arm'], libc: ['musl'], os: ['linux'] }],
    ['@swc/core-win32-x64-msvc', { cpu: ['x64'], os: ['win32'] }],
    ['@swc/core-linux-x64-gnu', { cpu: ['x64'], libc: ['glibc'], os: ['linux'] }],
    ['fsevents', undefined],
  ])('reads the platform of %s from its name', (name, platform) =>
    expect(platformOf(name)).toEqual(platform),
  );

  const core = {
    version: '1.0.0',
    dev: true,
    optionalDependencies: { 'core-linux-x64-gnu': '1.0.0', 'core-darwin-x64': '1.0.0' },
  };

  it('lacks the pinned packages of platforms that it does not name', () => {
    const packages = {
      '': {},
      'node_modules/core': core,
      'node_modules/core-linux-x64-gnu': { version: '1.0.0' },
    };
    expect(missingEntries({ packages })).toEqual({
      missing: {
        'node_modules/core-darwin-x64': {
          version: '1.0.0',
          cpu: ['x64'],
          dev: true,
          optional: true,
          os: ['darwin'],
        },
      },
      unknown: [],
    });
  });

  it('finds them beside the package, around it, and in its own folder', () => {
    const entry = { version: '1.0.0' };
    const packages = {
      'node_modules/a': entry,
      'node_modules/a/node_modules/core': core,
      'node_modules/a/node_modules/core/node_modules/core-linux-x64-gnu': entry,
      'node_modules/a/node_modules/core-darwin-x64': entry,
    };
    expect(missingEntries({ packages })).toEqual({ missing: {}, unknown: [] });
  });

  it('names the entries that it cannot complete by itself', () => {
    const packages = {
      'node_modules/core': { version: '1.0.0', optionalDependencies: { fsevents: '~2.3.2' } },
    };
    expect(missingEntries({ packages }).unknown).toEqual(['node_modules/core: fsevents@~2.3.2']);
  });
});

describe("the lockfile's entries of our projects", () => {
  const packages = {
    'libs/a': { version: '0.1.0', dependencies: { ajv: '8.20.0' } },
    'node_modules/ajv': { version: '8.20.0' },
    'node_modules/pg': { version: '8.0.0' },
  };

  it('match their package.json, in any order', () => {
    const manifests = { 'libs/a': { dependencies: { pg: '8.0.0', ajv: '8.20.0' } } };
    const lock = { packages: { ...packages, 'libs/a': { dependencies: { ajv: '8.20.0', pg: '8.0.0' } } } };
    expect(staleProjects(lock, manifests)).toEqual({ stale: {}, uninstalled: [] });
  });

  it('are stale if a dependency was added, changed or removed', () => {
    expect(
      staleProjects({ packages }, { 'libs/a': { dependencies: { ajv: '8.20.0', pg: '8.0.0' } } }).stale,
    ).toEqual({ 'libs/a': { version: '0.1.0', dependencies: { ajv: '8.20.0', pg: '8.0.0' } } });
    expect(
      Object.keys(staleProjects({ packages }, { 'libs/a': { dependencies: { ajv: '8.21.0' } } }).stale),
    ).toEqual(['libs/a']);
    expect(staleProjects({ packages }, { 'libs/a': {} }).stale).toEqual({ 'libs/a': { version: '0.1.0' } });
  });

  it('need npm if a dependency is not installed at all', () => {
    expect(
      staleProjects({ packages }, { 'libs/a': { dependencies: { left: '1.0.0' } } }).uninstalled,
    ).toEqual(['libs/a/package.json: left']);
    expect(
      staleProjects({ packages }, { 'libs/new': { dependencies: {}, bin: { a: 'a.js' } } }).uninstalled,
    ).toEqual(['libs/new: a new project']);
  });
});

describe('undeclared imports', () => {
  it('are declared at the installed version, projects of the workspace at any, and for tests alone if only they import them', () => {
    project('libs/a', ['ajv'], {
      'src/index.ts':
        "import type { Pool } from 'pg';\nimport { b } from '@x/b';\nimport ajv from 'ajv';\nimport gone from 'gone';",
      'test/a.spec.ts':
        "import pg from 'pg';\nimport nats from 'nats';\nimport { it } from '@jest/globals';\nimport { until } from '@interlock/testing';",
    });
    const packages = {
      'node_modules/nats': { version: '2.0.0' },
      'node_modules/pg': { version: '8.0.0' },
      'node_modules/ajv': { version: '8.20.0' },
      'node_modules/@x/b': { link: true },
    };
    writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }));
    expect(declareImports(folder)).toEqual([
      'libs/a/package.json: pg 8.0.0',
      'libs/a/package.json: @x/b *',
      'libs/a/package.json: nats 2.0.0',
    ]);
    expect(JSON.parse(readFileSync(join(folder, 'libs/a/package.json'), 'utf8'))).toMatchObject({
      dependencies: { '@x/b': '*', ajv: '*', pg: '8.0.0' },
      devDependencies: { nats: '2.0.0' },
    });
    expect(projectFaults(folder)).toEqual([
      'libs/a/src/index.ts: `gone` is not declared in libs/a/package.json',
    ]);
    expect(declareImports(folder)).toEqual([]);
  });
});
