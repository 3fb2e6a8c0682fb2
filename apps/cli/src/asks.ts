import { Option, type Command } from 'commander';
import { followChange, requestedIn } from './change.js';
import {
  nameOf,
  recordShape,
  remark,
  tell,
  withOutput,
  type Format,
  type Output,
  type Shape,
} from './output/output.js';
import { personal } from './connection/session.js';
import { calls, partsOf, type Route } from './program/routes.js';
import { answerOf, CliError, Session, type Called, type Globals } from './connection/session.js';
import { readText } from './reading.js';

/** An option that becomes a member of the query or of the body. */
export type Field = {
  readonly flags: string;
  readonly about?: string;
  /**
   * The member's name, if it is not that of the option. A dot separates the names of nested
   * members.
   */
  readonly as?: string;
  readonly required?: true;
  readonly choices?: readonly string[];
  readonly preset?: string;
  /** Reads the option's text. Throws `CliError` with exit code 2. */
  readonly read?: (text: string) => unknown;
};
/** A command that requests one route and prints its answer. */
export type Ask<T> = {
  /**
   * The command's name and its arguments, which fill the parameters of the route's path. `<file>`
   * is the body as JSON.
   */
  readonly command: string;
  readonly about: string;
  readonly route: Route;
  readonly query?: readonly Field[];
  readonly body?: readonly Field[];
  /** Members that every request body has. */
  readonly always?: object;
  /**
   * The members of the body that the arguments fill, in order; null for an argument that is not a
   * member.
   */
  readonly argumentsAs?: readonly (({ readonly as: string } & Pick<Field, 'read'>) | null)[];
  /** How the answer is printed; if absent, by its members. */
  readonly shape?: Shape<T>;
  /** A sentence for the standard error after success. */
  readonly done?: (answer: T, ids: readonly string[]) => string;
  /** True if the answer tells of a failure; the exit code is then 1. */
  readonly failed?: (answer: T) => boolean;
  /** The format if the output is not a terminal. */
  readonly piped?: Format;
  /** True if it requires a person. */
  readonly personal?: true;
  /**
   * How the route gets its revision. `read` uses that of a `GET` of the same path if the caller
   * names none.
   */
  readonly ifMatch?: 'read' | 'option';
  /**
   * True if the write may loosen a setting, and so become a change request. `--why` then gives the
   * reason.
   */
  readonly loosens?: true;
  /** Returns the id for the text of the first argument. */
  readonly find?: (session: Session, text: string) => Promise<string>;
};
type Options = Output & { readonly [name: string]: unknown };

/** Returns a reader of whole numbers from `least` to `most`. */
export const whole =
  (least = 0, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
      throw new CliError(
        `\`${text}\` is not a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}`,
        2,
      );
    return value;
  };
export const decimal = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new CliError(`\`${text}\` is not a number`, 2);
  return value;
};
export const words = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
/** JSON on the command line. */
export const json = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new CliError(`\`${text.slice(0, 60)}\` is not JSON`, 2);
  }
};
/** `NAME=NUMBER,…` */
export const numbers = (text: string): { readonly [name: string]: number } =>
  Object.fromEntries(
    words(text).map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      return [name, decimal(value)];
    }),
  );

/** A file's JSON; `-` is the standard input. */
const jsonFile = (file: string): unknown => {
  try {
    return JSON.parse(readText(file)) as unknown;
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`${file} is not JSON`, 2);
  }
};

export const addFields = (command: Command, fields: readonly Field[]): Command => {
  for (const { flags, about, required, choices, preset } of fields) {
    const option = new Option(flags, about);
    if (choices !== undefined) option.choices(choices);
    if (preset !== undefined) option.default(preset);
    if (required === true) option.makeOptionMandatory();
    command.addOption(option);
  }
  return command;
};

const put = (target: { [name: string]: unknown }, path: string, value: unknown): void => {
  const [name = '', ...rest] = path.split('.');
  if (rest.length === 0) target[name] = value;
  else {
    const inner = (target[name] ?? {}) as { [name: string]: unknown };
    target[name] = inner;
    put(inner, rest.join('.'), value);
  }
};

/** The member's name: `--time-zone` is `time_zone`. */
const memberOf = ({ flags, as }: Field): string =>
  as ?? new Option(flags).attributeName().replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The members for the given options. */
export const membersOf = (
  fields: readonly Field[],
  options: { readonly [name: string]: unknown },
): { readonly [name: string]: unknown } => {
  const members: { [name: string]: unknown } = {};
  for (const field of fields) {
    const { flags, read } = field;
    const option = new Option(flags);
    const value = options[option.attributeName()];
    // `--no-NAME` shares its value with `--NAME`, so each sets only its own value.
    if (value === undefined || value === option.negate) continue;
    put(members, memberOf(field), typeof value === 'string' && read !== undefined ? read(value) : value);
  }
  return members;
};

/** The members as a query string with `?`; empty if there are none. */
export const queryOf = (members: { readonly [name: string]: unknown }): string => {
  const query = new URLSearchParams(
    Object.entries(members)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return query === '' ? '' : `?${query}`;
};

const revisionOf = async (session: Session, path: string): Promise<string | undefined> => {
  const response = await session.fetch('GET', path);
  const tag = response.headers.get('etag');
  if (!response.ok) return undefined;
  const { revision } = (await response.json()) as { readonly revision?: string };
  return tag ?? (revision === undefined ? undefined : `"${revision}"`);
};

/** The members of the body that come from the arguments. */
const argumentMembers = (
  { argumentsAs = [] }: Pick<Ask<never>, 'argumentsAs'>,
  args: readonly string[],
): object =>
  Object.fromEntries(
    argumentsAs.flatMap((member, i) => {
      const text = args[i];
      return member === null || text === undefined ? [] : [[member.as, member.read?.(text) ?? text]];
    }),
  );

/** The command line's names for the members of a request. */
const calledOf = (
  command: Command,
  { query = [], body = [], argumentsAs = [] }: Pick<Ask<never>, 'query' | 'body' | 'argumentsAs'>,
): Called => {
  const flag = ({ flags }: Field): string => new Option(flags).long ?? flags;
  return Object.fromEntries([
    ...query.map((field): [string, string] => [`/query/${memberOf(field)}`, flag(field)]),
    ...[...query, ...body].map((field): [string, string] => [
      `/${memberOf(field).replaceAll('.', '/')}`,
      flag(field),
    ]),
    ...argumentsAs.flatMap((member, i): [string, string][] =>
      member === null ? [] : [[`/${member.as}`, `<${command.registeredArguments[i]?.name() ?? member.as}>`]],
    ),
  ]);
};

/** Adds a command that requests these routes and prints its answer in the chosen format. */
export const answering = (parent: Command, command: string, ...routes: readonly Route[]): Command =>
  withOutput(calls(parent.command(command), ...routes));

/** Adds a command that requests one route. */
export const addAsk = <T>(parent: Command, globals: () => Globals, ask: Ask<T>): Command => {
  const { body = [], query = [], ifMatch } = ask;
  const command = calls(parent.command(ask.command).description(ask.about), ask.route);
  const takesFile = ask.command.includes('<file>');
  const [method] = ask.route.split(' ');
  addFields(command, [...query, ...body]);
  if (ifMatch !== undefined)
    command.option('--if-match <revision>', 'only where it is still at this revision');
  if (ask.loosens === true)
    command.option('--why <text>', 'why, if it loosens and so becomes a change request');
  withOutput(command);
  const called = calledOf(command, ask);
  command.action(async (...given: readonly unknown[]) => {
    const args = given.slice(0, -2).filter((arg): arg is string => typeof arg === 'string');
    const options = given.at(-2) as Options;
    const session = ask.personal === true ? personal(globals()) : new Session(globals());
    const file = takesFile ? args.pop() : undefined;
    const [first, ...more] = args;
    const ids =
      first === undefined ? [] : [ask.find === undefined ? first : await ask.find(session, first), ...more];
    const { path } = partsOf(ask.route, ids, () => session.tenant);
    const members = { ...ask.always, ...argumentMembers(ask, ids), ...membersOf(body, options) };
    const read = file === undefined ? undefined : jsonFile(file);
    const named = options['ifMatch'];
    const revision =
      typeof named === 'string'
        ? `"${named}"`
        : ifMatch === 'read'
          ? await revisionOf(session, path)
          : undefined;
    const sends = method !== 'GET' && !(method === 'DELETE' && Object.keys(members).length === 0);
    const why = options['why'];
    const response = await session.fetch(
      method ?? 'GET',
      `${path}${queryOf(membersOf(query, options))}`,
      !sends ? undefined : Array.isArray(read) ? read : { ...(read as object | undefined), ...members },
      {
        ...(revision === undefined ? {} : { 'if-match': revision }),
        ...(typeof why === 'string' ? { 'interlock-reason': encodeURIComponent(why) } : {}),
      },
    );
    const change = await requestedIn(response);
    if (change !== undefined) {
      await followChange(session, change, options);
      return;
    }
    const answer = await answerOf<T>(response, file === undefined ? called : undefined);
    const shape = ask.shape ?? recordShape<T>((value) => nameOf(value) ?? ids[0] ?? null);
    if (answer !== null) await tell(answer, shape, options, ask.piped);
    if (ask.done !== undefined) remark(ask.done(answer, ids));
    if (ask.failed?.(answer) === true) process.exitCode = 1;
  });
  return command;
};

/** Adds commands that request one route each. */
export const addAsks = (parent: Command, globals: () => Globals, asks: readonly Ask<never>[]): void => {
  for (const ask of asks) addAsk(parent, globals, ask);
};
