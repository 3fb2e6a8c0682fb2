import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CliError } from '../cli-error.js';
import { readText } from '../reading.js';
import { inTurn } from './file-lock.js';

/** An identity provider's tokens, and the data to renew them. */
export type ProviderCredential = {
  readonly kind: 'oidc';
  readonly issuer: string;
  readonly client_id: string;
  readonly resource: string | null;
  readonly access_token: string;
  /** When to renew the access token, in milliseconds since 1970. */
  readonly renew_at: number;
  readonly refresh_token: string | null;
};
/**
 * A login at an installation. A session is the console's and begins with an invitation. A token
 * file is read for every call.
 */
export type Credential =
  | ProviderCredential
  | { readonly kind: 'session'; readonly cookie: string }
  | { readonly kind: 'token_file'; readonly path: string };

/** An installation with a login. */
export type Context = {
  readonly url: string;
  /** The tenant to use if `--tenant` names none. */
  readonly tenant?: string;
  readonly credential: Credential | null;
};
export type Contexts = {
  readonly current: string | null;
  readonly contexts: { readonly [name: string]: Context };
};

type Environment = { readonly [name: string]: string | undefined };

/**
 * Returns the folder of the user's configuration: `INTERLOCK_CONFIG_DIR`, otherwise the system's
 * default.
 */
const configFolder = (env: Environment = process.env): string =>
  env['INTERLOCK_CONFIG_DIR'] ||
  (process.platform === 'win32'
    ? join(env['APPDATA'] || join(homedir(), 'AppData', 'Roaming'), 'interlock')
    : join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'interlock'));

const fileIn = (env: Environment): string => join(configFolder(env), 'contexts.json');
const none: Contexts = { current: null, contexts: {} };

export const readContexts = (env: Environment = process.env): Contexts => {
  const file = fileIn(env);
  if (!existsSync(file)) return none;
  const text = readText(file);
  try {
    return { ...none, ...(JSON.parse(text) as Partial<Contexts>) };
  } catch {
    throw new CliError(`${file} is not JSON: take it away and log in again`);
  }
};

/**
 * Changes the contexts, one command at a time. The result is written atomically, readable only by
 * the user (mode 0600). A refresh token is valid only once, so each change must see the previous
 * command's result.
 */
export const changeContexts = async (
  change: (contexts: Contexts) => Contexts | Promise<Contexts>,
  env: Environment = process.env,
): Promise<void> => {
  const file = fileIn(env);
  mkdirSync(configFolder(env), { recursive: true, mode: 0o700 });
  await inTurn(file, async ({ check }) => {
    const next = await change(readContexts(env));
    const written = `${file}.${process.pid}.tmp`;
    try {
      writeFileSync(written, JSON.stringify(next, null, 2), { mode: 0o600 });
      check();
      renameSync(written, file);
    } finally {
      rmSync(written, { force: true });
    }
  });
};

/**
 * Returns a context by its name, or the current one if none is named; undefined if none is in use.
 * Throws for an unknown name.
 */
export const contextNamed = (
  name: string | undefined,
  env: Environment = process.env,
): { readonly name: string; readonly context: Context } | undefined => {
  const { current, contexts } = readContexts(env);
  const wanted = name ?? current;
  if (wanted === null || wanted === undefined) return undefined;
  const context = contexts[wanted];
  if (context !== undefined) return { name: wanted, context };
  if (name === undefined) return undefined;
  const known = Object.keys(contexts);
  throw new CliError(
    `there is no context \`${name}\`${known.length === 0 ? ': `interlock login URL` makes one' : `; there are ${known.join(', ')}`}`,
    2,
  );
};
