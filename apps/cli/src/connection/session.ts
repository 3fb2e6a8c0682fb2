import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Schema } from '@interlock/api-types';
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
import { CliError } from '../cli-error.js';
import { jsonText, print, remark } from '../output/output.js';
import { visible } from '../output/visible.js';
import { queryOf } from '../program/options.js';
import { partsOf, type AnswerTo, type Route } from '../program/routes.js';
import { jsonFile, words } from '../readers.js';
import { areOfEnvironment } from '../parts.js';
import { pathOf } from '../paths.js';
import { remoteOf, type Remote, type Where } from './remote.js';
import { unanswered } from './unanswered.js';

export { CliError } from '../cli-error.js';
export { pathOf } from '../paths.js';

export type Runtime = {
  readonly http: string;
  readonly nats: { readonly url: string; readonly user: string; readonly password: string };
  readonly postgres?: string;
  readonly event_store?: string;
  readonly ready: boolean;
  readonly pid: number;
};
export type Globals = Where & {
  readonly tenant: string;
  /** True if the caller or the context named the tenant; otherwise it is the home's. */
  readonly tenantNamed?: boolean;
  /** True if the caller named the tenant. */
  readonly tenantGiven?: boolean;
  readonly as?: string;
  /** Further tenants for a home's token, beside `tenant`. */
  readonly alsoTenants?: readonly string[];
};

export const homeOf = (globals: Pick<Globals, 'home'>): string => {
  if (globals.home === '') throw new CliError('--home is empty: name a folder', 2);
  return globals.home === undefined
    ? resolve(process.env['INTERLOCK_HOME'] || '.interlock')
    : pathOf(globals.home);
};

/** The addresses of the Interlock that runs in a home. */
export const readRuntime = (home: string): Runtime => {
  const path = join(home, 'runtime.json');
  if (!existsSync(path))
    throw new CliError(
      `there is no running Interlock in ${home}: start one with \`npm start\`, name its home with --home, or log in to one elsewhere with \`interlock login URL\``,
    );
  return JSON.parse(readFileSync(path, 'utf8')) as Runtime;
};

/** Reads `A,B` as scopes; names every unknown one. */
export const readScopes = (text: string): readonly Scope[] => {
  const asked = words(text);
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
    throw new CliError(`\`${text}\` is not a tenant name`, 2);
  return text;
};

/** The database of the environment, or of the home. Throws if neither names one. */
export const databaseOf = (globals: Globals): string => {
  const database = areOfEnvironment(globals, 'DATABASE_URL')
    ? process.env['DATABASE_URL']
    : readRuntime(homeOf(globals)).postgres;
  if (database === undefined) throw new CliError('set DATABASE_URL', 2);
  return database;
};

/** A token of the home's own issuer: with `sub` for a person, without for a service (`cli`). */
export const makeToken = async (
  home: string,
  of: {
    readonly tenant: string;
    readonly scopes: readonly Scope[];
    readonly sub?: string;
    readonly ttlS?: number;
    /** All tenants of the token; by default only `tenant`. */
    readonly tenants?: readonly string[];
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
    ...(of.tenants === undefined ? {} : { tenants: of.tenants }),
  });
};

/**
 * The command line's name for a member of a request, by JSON pointer: `--per-day` for
 * `/max_autonomous_per_day`.
 */
export type Called = { readonly [pointer: string]: string };

/**
 * A refusal in words: its code, detail and remedy, then each fault under the command line's name.
 */
const refusalText = (problem: Partial<ProblemDetails>, status: number, called: Called = {}): string => {
  const violations = (problem.violations ?? [])
    .map((v) => `\n  ${called[v.pointer] ?? v.pointer}: ${v.detail}`)
    .join('');
  const remedy = problem.remedy === undefined ? '' : `; ${problem.remedy}`;
  return problem.detail === undefined
    ? `the server refused, and did not say why (status ${status})`
    : `${problem.code ?? status}: ${problem.detail}${remedy}${violations}`;
};

const jsonOf = (text: string, { status, url }: Response): unknown => {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch {
    throw new CliError(
      `the server at ${new URL(url).origin} does not answer as Interlock does (status ${status}): ${visible(text.slice(0, 80))}`,
    );
  }
};

/** An answer's JSON; a problem ends the command with its code and every violation. */
export const answerOf = async <T>(response: Response, called?: Called): Promise<T> => {
  const text = await response.text();
  const value = jsonOf(text, response);
  if (!response.ok)
    throw new CliError(refusalText((value ?? {}) as Partial<ProblemDetails>, response.status, called));
  return value as T;
};

/** A word of a POSIX shell's command line; quoted if it is needed. */
const shellWord = (text: string): string =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** Thrown if the server gives no answer, because it does not run or the connection broke. */
export class NoAnswer extends CliError {}

/** What is sent with a request. */
export type Sent = {
  readonly query?: { readonly [name: string]: unknown };
  readonly body?: unknown;
  readonly headers?: { readonly [name: string]: string };
};

/** Half the life of a token of the home's own issuer. */
const halfHourMs = 1_800_000;

/** Calls the API of the Interlock that runs in the home, or of a remote one (`remoteOf`). */
export class Session {
  readonly home: string;
  readonly #http: string;
  readonly #remote: Remote | undefined;
  #runtime: Runtime | undefined;
  #token: string | undefined;
  /** When to renew a token that was made here, on the monotonic clock. */
  #anewAt = Infinity;

  constructor(private readonly globals: Globals) {
    this.home = homeOf(globals);
    this.#remote = remoteOf(globals);
    this.#http = this.#remote?.http ?? this.runtime.http;
    if (this.#remote !== undefined && globals.as !== undefined)
      remark(`--as ${visible(globals.as)} is ignored: ${this.#http} knows you by your login.`);
  }

  /** True if the requests go over the network, with a login there. */
  get isRemote(): boolean {
    return this.#remote !== undefined;
  }

  /**
   * The addresses of the home's Interlock, for direct access to the bus, the log or the database.
   */
  get runtime(): Runtime {
    if (this.#remote !== undefined)
      throw new CliError(
        `this needs direct access, and ${this.#remote.http} is asked over the network: run it where the installation is, with --home`,
        2,
      );
    return (this.#runtime ??= readRuntime(this.home));
  }

  get tenant(): string {
    return readTenant(this.globals.tenant);
  }

  /**
   * A command to run next, with the options that lead to the same Interlock, tenant and person.
   * `NAME` stands for a person that the caller must fill in.
   */
  next(command: string, person = this.globals.as ?? 'NAME'): string {
    const { home, url, tokenFile, context, tenantNamed } = this.globals;
    // Some commands act as `_system`, whatever tenant the caller named.
    const isNamed = tenantNamed === true || this.globals.tenant === systemTenant;
    const options = [
      ['home', home],
      ['url', url],
      ['token-file', tokenFile],
      ['context', context],
      ['tenant', isNamed ? this.globals.tenant : undefined],
      ['as', this.isRemote ? undefined : person],
    ] as const;
    const given = options.flatMap(([name, value]) =>
      value === undefined ? [] : [`--${name} ${shellWord(visible(value))}`],
    );
    return ['interlock', ...given, command].join(' ');
  }

  /** Returns an address of the chosen Interlock. */
  urlOf(path: string): URL {
    return new URL(`${this.#http}${path}`);
  }

  /** The headers that identify the caller. */
  async headers(): Promise<{ readonly [name: string]: string }> {
    // The home's own tokens belong to the tenant; a remote token may belong to several.
    if (this.#remote !== undefined) return { ...(await this.#remote.headers()), 'x-tenant-id': this.tenant };
    if (performance.now() > this.#anewAt) this.#token = undefined;
    if (this.#token === undefined) this.#anewAt = performance.now() + halfHourMs;
    this.#token ??= await makeToken(this.home, {
      tenant: this.tenant,
      scopes,
      ...(this.globals.as === undefined ? {} : { sub: this.globals.as }),
      ...(this.globals.alsoTenants === undefined
        ? {}
        : { tenants: [...new Set([this.tenant, ...this.globals.alsoTenants])] }),
    });
    return { authorization: `Bearer ${this.#token}` };
  }

  /**
   * Refuses an unknown tenant that the caller named, and lists the existing ones. It does nothing
   * if these are unknown.
   */
  async checkTenant(): Promise<void> {
    if (this.globals.tenantNamed !== true || this.tenant === systemTenant) return;
    const there = await this.tenantNames();
    if (there === undefined || there.includes(this.tenant)) return;
    throw new CliError(
      `there is no tenant \`${this.tenant}\`; there ${there.length === 1 ? 'is' : 'are'} ${there.map(visible).join(', ')}`,
    );
  }

  /** Returns the existing tenants; undefined if they cannot be read, as over the network. */
  async tenantNames(): Promise<readonly string[] | undefined> {
    if (this.#remote !== undefined) return undefined;
    const token = await makeToken(this.home, { tenant: systemTenant, scopes });
    const response = await fetch(this.urlOf('/api/v1/autonomous/tenants'), {
      headers: { authorization: `Bearer ${token}` },
    }).catch(() => undefined);
    if (response?.ok !== true) return undefined;
    const { items } = await answerOf<Schema<'TenantListDto'>>(response);
    return items.map(({ tenant_id: id }) => id);
  }

  async fetch(
    method: string,
    path: string,
    body?: unknown,
    headers: { readonly [name: string]: string } = {},
  ): Promise<Response> {
    const own = await this.headers();
    const response = await fetch(this.urlOf(path), {
      method,
      headers: { ...headers, ...own, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((error: unknown) => {
      throw new NoAnswer(`Interlock does not answer at ${this.#http}${unanswered(error, 'is it running?')}`);
    });
    if (response.status === 404) await this.checkTenant();
    return response;
  }

  /** Requests a route. `values` fill the parameters of its path, in order. */
  send(
    route: Route,
    values: readonly string[] = [],
    { query = {}, body, headers }: Sent = {},
  ): Promise<Response> {
    const { method, path } = partsOf(route, values, () => this.tenant);
    return this.fetch(method, `${path}${queryOf(query)}`, body, headers);
  }

  /** Requests a route, and returns its answer. A problem ends the command with every violation. */
  async ask<R extends Route>(route: R, values?: readonly string[], sent?: Sent): Promise<AnswerTo<R>> {
    return answerOf<AnswerTo<R>>(await this.send(route, values, sent));
  }
}

/**
 * The globals of a command with which a person decides. Throws if no person is named, or if `--as`
 * is used beside a login.
 */
export const asPerson = (globals: Globals): Globals => {
  const remote = remoteOf(globals);
  if (remote !== undefined && globals.as !== undefined)
    throw new CliError(
      `--as names a person of a home on this machine only: ${remote.http} knows you by your login. Leave --as out, or name the home with --home`,
      2,
    );
  if (remote === undefined && globals.as === undefined) throw new CliError('say who you are: --as NAME', 2);
  return globals;
};
/** A session of a person. Throws if no person is named. */
export const personal = (globals: Globals): Session => new Session(asPerson(globals));

export { print, visible };

/**
 * A value as indented JSON. Terminal control characters and invisible ones are escaped, which is
 * the same JSON.
 */
export const printJson = (value: unknown): void => print(jsonText(value));

/**
 * Returns the operator's user of the home's bus. The services' credentials are in a file that only
 * the owner can read.
 */
export const operatorOf = (home: string, { nats: { url } }: Runtime): BusAddress => {
  const path = join(home, 'secrets', 'bus.json');
  if (!existsSync(path)) throw new CliError(`${path} is not there: it holds the users of the home's bus`);
  const password = (jsonFile(path, 'is not JSON') as { readonly [user: string]: string })[busOperator];
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
