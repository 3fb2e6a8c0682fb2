import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { bareEnvironment } from './build-apps.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** A folder outside of the repository in which only one packed package is installed. */
export type InstalledPackage = {
  readonly folder: string;
  /** Runs a module there, and returns what it prints. */
  readonly run: (program: string, ...args: readonly string[]) => Promise<string>;
  /** Checks a TypeScript module there with the package's own types. Rejects with the faults. */
  readonly check: (program: string) => Promise<void>;
  readonly remove: () => Promise<void>;
};

/** Packs a project by its `pack.mjs`, and installs the tarball without a registry. */
export const installPackage = async (project: string): Promise<InstalledPackage> => {
  const folder = await mkdtemp(join(tmpdir(), 'interlock-installed-'));
  const app = join(folder, 'app');
  await mkdir(app);
  const inApp = async (program: string, args: readonly string[]): Promise<string> => {
    try {
      return (await promisify(execFile)(program, args, { cwd: app, env: bareEnvironment })).stdout;
    } catch (error) {
      // What a test printed says why it failed; the error's message has the standard error only.
      const { message, stdout = '' } = error as Error & { readonly stdout?: string };
      throw new Error(`${message}\n${stdout}`, { cause: error });
    }
  };
  const packed = await inApp(process.execPath, [join(root, project, 'pack.mjs'), folder]);
  const tarball = packed.trim().split('  ')[1] ?? '';
  await writeFile(join(app, 'package.json'), '{"private":true,"type":"module"}');
  await inApp('npm', ['install', '--offline', '--no-audit', '--no-fund', tarball]);
  return {
    folder: app,
    run: async (program, ...args) => {
      await writeFile(join(app, 'index.mjs'), program);
      return inApp(process.execPath, ['index.mjs', ...args]);
    },
    check: async (program) => {
      await writeFile(join(app, 'index.mts'), program);
      await inApp(process.execPath, [
        join(root, 'node_modules/typescript/bin/tsc'),
        ...['--noEmit', '--strict', '--module', 'nodenext', '--target', 'esnext', '--types', 'node'],
        ...['--typeRoots', join(root, 'node_modules/@types'), 'index.mts'],
      ]);
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
};
