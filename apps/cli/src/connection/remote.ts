import { CliError } from '../cli-error.js';
import { changeContexts, contextNamed, type Credential, type ProviderCredential } from './contexts.js';
import { readText } from '../reading.js';

type Headers = { readonly [name: string]: string };
type Environment = { readonly [name: string]: string | undefined };

/** The program's options for where to connect. */
export type Where = {
  readonly home?: string;
  readonly url?: string;
  readonly context?: string;
  readonly tokenFile?: string;
};

/**
 * An installation reached over HTTP, and the caller's identity. It needs none of the installation's
 * files.
 */
export type Remote = {
  readonly http: string;
  /** The tenant of the login. */
  readonly tenant?: string;
  readonly headers: () => Promise<Headers>;
};

/** An HTTP address without a final slash. Throws for any other text. */
export const addressOf = (text: string, what: string): string => {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new CliError(`${what} is not an address of a server: it begins with http:// or https://`, 2);
  return text.replace(/\/+$/, '');
};

const tokenIn = (file: string): string => {
  const text = readText(file, `the token file ${file}`).trim();
  if (!/^[\x21-\x7e]+$/.test(text)) throw new CliError(`${file} holds no token`, 2);
  return text;
};
const bearer = (token: string): Headers => ({ authorization: `Bearer ${token}` });

/**
 * The provider's tokens, renewed if they are about to end; new tokens are stored for the next
 * command.
 */
const fresh = async (name: string, credential: ProviderCredential): Promise<ProviderCredential> => {
  if (credential.renew_at > Date.now()) return credential;
  let newest = credential;
  await changeContexts(async (contexts) => {
    const context = contexts.contexts[name];
    if (context?.credential?.kind !== 'oidc') throw new CliError(`the context \`${name}\` was logged out`);
    newest = context.credential;
    if (newest.renew_at > Date.now()) return contexts;
    const { refreshed } = await import('./provider.js');
    newest = await refreshed(newest);
    return { ...contexts, contexts: { ...contexts.contexts, [name]: { ...context, credential: newest } } };
  });
  return newest;
};

/** The request headers that identify the caller. */
export const headersOf = async (name: string, credential: Credential | null): Promise<Headers> => {
  switch (credential?.kind) {
    case undefined:
      throw new CliError(`no one is logged in to the context \`${name}\`: \`interlock login\` logs in`);
    case 'token_file':
      return bearer(tokenIn(credential.path));
    case 'session':
      return { cookie: credential.cookie, 'x-interlock-console': '1' };
    case 'oidc':
      return bearer((await fresh(name, credential)).access_token);
  }
};

const ofContext = (name: string | undefined, env: Environment): Remote | undefined => {
  const found = contextNamed(name, env);
  if (found === undefined) return undefined;
  const { url, tenant, credential } = found.context;
  return {
    http: url,
    ...(tenant === undefined ? {} : { tenant }),
    headers: () => headersOf(found.name, credential),
  };
};

/**
 * Returns the installation that a command connects to; undefined for a home on this machine. The
 * first of these that is set applies: `--home`, which nothing else may stand beside; `--url`;
 * `--context`; `INTERLOCK_URL`; `INTERLOCK_HOME`; the current context. An address needs a token:
 * `--token-file`, `INTERLOCK_TOKEN_FILE`, `INTERLOCK_TOKEN`, or a context with the same address.
 * Throws if an address has none or is invalid.
 */
export const remoteOf = (where: Where, env: Environment = process.env): Remote | undefined => {
  if (where.home !== undefined) return undefined;
  const named = where.url ?? (where.context === undefined ? env['INTERLOCK_URL'] || undefined : undefined);
  if (named === undefined) {
    if (where.context === undefined && env['INTERLOCK_HOME']) return undefined;
    const remote = ofContext(where.context, env);
    if (remote === undefined || where.tokenFile === undefined) return remote;
    const file = where.tokenFile;
    return { ...remote, headers: () => Promise.resolve(bearer(tokenIn(file))) };
  }
  const http = addressOf(named, where.url === undefined ? 'INTERLOCK_URL' : '--url');
  const file = where.tokenFile ?? (env['INTERLOCK_TOKEN_FILE'] || undefined);
  if (file !== undefined) return { http, headers: () => Promise.resolve(bearer(tokenIn(file))) };
  const token = env['INTERLOCK_TOKEN'];
  if (token !== undefined && token !== '') return { http, headers: () => Promise.resolve(bearer(token)) };
  const context = ofContext(where.context, env);
  if (context?.http === http) return context;
  throw new CliError(
    `${where.url === undefined ? 'INTERLOCK_URL needs INTERLOCK_TOKEN or INTERLOCK_TOKEN_FILE beside it' : '--url needs --token-file beside it'}; or log in: interlock login ${http}`,
    2,
  );
};

/**
 * The address of the chosen installation, with or without a login; undefined for a home on this
 * machine.
 */
export const addressAsked = (where: Where, env: Environment = process.env): string | undefined => {
  if (where.home !== undefined) return undefined;
  if (where.url !== undefined) return addressOf(where.url, '--url');
  if (where.context === undefined && env['INTERLOCK_URL'])
    return addressOf(env['INTERLOCK_URL'], 'INTERLOCK_URL');
  if (where.context === undefined && env['INTERLOCK_HOME']) return undefined;
  return contextNamed(where.context, env)?.context.url;
};

/**
 * Returns the tenant of the login; undefined if there is none or it is unknown. The command itself
 * then reports why.
 */
export const tenantOf = (where: Where): string | undefined => {
  try {
    const asked = addressAsked(where);
    const found = asked === undefined ? undefined : contextNamed(where.context)?.context;
    return found?.url === asked ? found?.tenant : undefined;
  } catch {
    return undefined;
  }
};
