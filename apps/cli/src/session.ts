import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  busOperator,
  scopes,
  systemTenant,
  tenantPattern,
  type ProblemDetails,
  type Scope,
} from '@interlock/contracts';
import type { BusAddress } from '@interlock/jetstream';
import type { NatsConnection } from 'nats';
import { jsonText, print } from './output/output.js';
import { visible } from './output/visible.js';

export type Runtime = {
  readonly http: string;
  readonly nats: { readonly url: string; readonly user: string; readonly password: string };
  readonly postgres?: string;
  readonly event_store?: string;
  readonly ready: boolean;
  readonly pid: number;
};
export type Globals = { readonly home?: string; readonly tenant: string; readonly as?: string };

/** What the command cannot do, in a sentence; ends it with the exit code. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly exitCode = 1,
  ) {
    super(message);
  }
}

export const homeOf = (globals: Pick<Globals, 'home'>): string =>
  globals.home === undefined ? resolve(process.env['INTERLOCK_HOME'] || '.interlock') : pathOf(globals.home);

/** The addresses of the running Interlock of a home. */
export const readRuntime = (home: string): Runtime => {
  const path = join(home, 'runtime.json');
  if (!existsSync(path))
    throw new CliError(
      `there is no running Interlock in ${home}: start one with \`npm start\`, or name its home with --home`,
    );
  return JSON.parse(readFileSync(path, 'utf8')) as Runtime;
};

/** Reads `A,B` as scopes; every unknown one is named. */
export const readScopes = (text: string): readonly Scope[] => {
  const asked = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = asked.filter((name) => !(scopes as readonly string[]).includes(name));
  if (asked.length === 0 || unknown.length > 0)
    throw new CliError(
      `${unknown.length > 0 ? `no such scope: ${unknown.join(', ')}` : 'name at least one scope'}; the scopes are ${scopes.join(', ')}`,
      2,
    );
  return asked as Scope[];
};

export const readTenant = (text: string): string => {
  if (text !== systemTenant && !tenantPattern.test(text))
    throw new CliError(`\`${text}\` is no tenant name`, 2);
  return text;
};

/** A token of the home's own issuer: with `sub` a person's, without a service's (`cli`). */
export const makeToken = async (
  home: string,
  of: {
    readonly tenant: string;
    readonly scopes: readonly Scope[];
    readonly sub?: string;
    readonly ttlS?: number;
  },
): Promise<string> => {
  if (!existsSync(join(home, 'keys')))
    throw new CliError(
      `there is no Interlock home at ${home}: start one with \`npm start\`, or name it with --home`,
    );
  const { createDevIssuer } = await import('@interlock/platform/dev-issuer');
  const issuer = await createDevIssuer(join(home, 'keys'));
  return issuer.token({
    tenant: of.tenant,
    scopes: of.scopes,
    sub: of.sub ?? 'cli',
    kind: of.sub === undefined ? 'service' : 'person',
    ...(of.ttlS === undefined ? {} : { ttlS: of.ttlS }),
  });
};

const explain = (problem: Partial<ProblemDetails>, status: number): string => {
  const violations = (problem.violations ?? []).map((v) => `\n  ${v.pointer}: ${v.detail}`).join('');
  const remedy = problem.remedy === undefined ? '' : `; ${problem.remedy}`;
  return `${problem.code ?? status}: ${problem.detail ?? 'the request failed'}${remedy}${violations}`;
};

const jsonOf = (text: string, { status, url }: Response): unknown => {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    throw new CliError(
      `what answered ${status} at ${new URL(url).origin} is no Interlock: ${visible(text.slice(0, 80))}`,
    );
  }
};

/** An answer's JSON; a problem ends the command with its code and every violation. */
export const answerOf = async <T>(response: Response): Promise<T> => {
  const text = await response.text();
  const value = jsonOf(text, response);
  if (!response.ok) throw new CliError(explain((value ?? {}) as Partial<ProblemDetails>, response.status));
  return value as T;
};

/**
 * A remote Interlock, where the environment names one with a token for it: `INTERLOCK_URL`, `INTERLOCK_TOKEN`. Whoever names a home means that one.
 * Throws where an address has no token, or is none.
 */
export const remoteOf = (
  globals: Pick<Globals, 'home'>,
  env: NodeJS.ProcessEnv = process.env,
): { readonly http: string; readonly token: string } | undefined => {
  const [url, token] = [env['INTERLOCK_URL'], env['INTERLOCK_TOKEN']];
  if (globals.home !== undefined || url === undefined || url === '') return undefined;
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new CliError('INTERLOCK_URL is no address of HTTP', 2);
  if (token === undefined || token === '')
    throw new CliError('INTERLOCK_URL needs INTERLOCK_TOKEN beside it', 2);
  return { http: url.replace(/\/+$/, ''), token };
};

/** Half of the time for which a token of the home's own issuer is good. */
const halfHourMs = 1_800_000;

/** Calls the API of the running Interlock of the home, or of the remote one that the environment names. */
export class Session {
  readonly home: string;
  readonly #http: string;
  /** The home's own tokens are of the tenant; a remote one's may be of several. */
  readonly #isRemote: boolean;
  #runtime: Runtime | undefined;
  #token: string | undefined;
  /** When a token that was made here is to be made anew, on the monotonic clock. */
  #anewAt = Infinity;

  constructor(private readonly globals: Globals) {
    this.home = homeOf(globals);
    const remote = remoteOf(globals);
    this.#token = remote?.token;
    this.#isRemote = remote !== undefined;
    this.#http = remote?.http ?? this.runtime.http;
  }

  /** The addresses of the home's Interlock. */
  get runtime(): Runtime {
    return (this.#runtime ??= readRuntime(this.home));
  }

  get tenant(): string {
    return readTenant(this.globals.tenant);
  }

  /** An address of the Interlock that is asked. */
  urlOf(path: string): URL {
    return new URL(`${this.#http}${path}`);
  }

  /** What every request says of who asks. */
  async headers(): Promise<{ readonly [name: string]: string }> {
    if (performance.now() > this.#anewAt) this.#token = undefined;
    if (this.#token === undefined) this.#anewAt = performance.now() + halfHourMs;
    this.#token ??= await makeToken(this.home, {
      tenant: this.tenant,
      scopes,
      ...(this.globals.as === undefined ? {} : { sub: this.globals.as }),
    });
    return {
      authorization: `Bearer ${this.#token}`,
      ...(this.#isRemote ? { 'x-tenant-id': this.tenant } : {}),
    };
  }

  async fetch(
    method: string,
    path: string,
    body?: unknown,
    headers: { readonly [name: string]: string } = {},
  ): Promise<Response> {
    const own = await this.headers();
    try {
      return await fetch(this.urlOf(path), {
        method,
        headers: {
          ...headers,
          ...own,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    } catch {
      throw new CliError(`Interlock does not answer at ${this.#http}: is it running?`);
    }
  }

  /** The answer's JSON; a problem ends the command with its code and every violation. */
  async json<T>(method: string, path: string, body?: unknown): Promise<T> {
    return answerOf<T>(await this.fetch(method, path, body));
  }
}

/** A file as the caller names it: npm runs its scripts in the project's folder and says where it was called. */
export const pathOf = (file: string): string => resolve(process.env['INIT_CWD'] || '.', file);

/** A file's text; `-` is the standard input. */
export const readInput = (file: string): string => {
  try {
    return readFileSync(file === '-' ? 0 : pathOf(file), 'utf8');
  } catch {
    throw new CliError(`${file} cannot be read`);
  }
};

export { print, visible };

/** A value as JSON, indented; what steers a terminal, or is not seen, as its escape, which is the same JSON. */
export const printJson = (value: unknown): void => {
  print(jsonText(value));
};

/** The operator's user of the home's bus: the services' credentials stand in a file that is the owner's alone. */
export const operatorOf = (home: string, { nats: { url } }: Runtime): BusAddress => {
  const path = join(home, 'secrets', 'bus.json');
  if (!existsSync(path)) throw new CliError(`${path} is not there: it holds the users of the home's bus`);
  const password = (JSON.parse(readFileSync(path, 'utf8')) as { readonly [user: string]: string })[
    busOperator
  ];
  if (password === undefined) throw new CliError(`${path} has no user \`${busOperator}\``);
  return { url, user: busOperator, password };
};

/** A connection to the bus. */
export const connectNats = async (
  address: BusAddress,
  options: { readonly timeoutMs?: number } = {},
): Promise<NatsConnection> => {
  const { url } = address;
  const { connectBus } = await import('@interlock/jetstream');
  return connectBus(address, options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }).catch(
    (cause: unknown) => {
      throw new CliError(`NATS does not answer at ${url}: ${String(cause)}`);
    },
  );
};
