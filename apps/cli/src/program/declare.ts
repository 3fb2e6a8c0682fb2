import type { Command } from 'commander';
import { asPerson, Session, type Globals, answerOf, type Called } from '../connection/session.js';
import {
  recordShape,
  tell,
  withOutput,
  type Format,
  type Output,
  type Shape,
  nameOf,
  remark,
} from '../output/output.js';
import { addOptions, valuesOf, type Options, type Values, flagsOf, membersOf, queryOf } from './options.js';
import { calls, type Route, partsOf, type AnswerTo } from './routes.js';
import { followChange, requestedIn } from '../change.js';
import { jsonFile } from '../readers.js';

/** Adds a command, or several, to a program or to a group of commands. */
export type Add = (parent: Command, globals: () => Globals) => void;

/** Several commands as one, in the order of the help. */
export const all =
  (...adds: readonly Add[]): Add =>
  (parent, globals) => {
    for (const add of adds) add(parent, globals);
  };

/** Declares a word under which there are commands. `as` changes who asks, for all of them. */
export const group =
  (name: string, about: string, adds: readonly Add[], as = (globals: Globals): Globals => globals): Add =>
  (parent, globals) =>
    all(...adds)(parent.command(name).description(about), () => as(globals()));

/** No options, or no arguments. */
type None = Record<never, never>;
type Words<S extends string> = S extends `${infer First} ${infer Rest}` ? [First, ...Words<Rest>] : [S];
/** The arguments of a command, by their names in its line. */
type Arguments = {
  readonly [name: string]: string | { readonly about: string; readonly choices: readonly string[] };
};
type TextOf<N extends string, A> = N extends keyof A
  ? A[N] extends { readonly choices: readonly (infer C)[] }
    ? C
    : string
  : string;
type ArgumentOf<W, A> = W extends `${string}...>` | `${string}...]`
  ? readonly string[]
  : W extends `<${infer N}>`
    ? TextOf<N, A>
    : string | undefined;
type ArgumentsOf<C extends string, A> =
  Words<C> extends [string, ...infer W] ? { [I in keyof W]: ArgumentOf<W[I], A> } : never;

/** What a command gets: who asks, and the values of its options. */
export type Call<V = None> = {
  readonly globals: Globals;
  /** The connection; opened when it is first used. */
  readonly session: Session;
  readonly options: V;
  /** The format of the answer, as the caller wants it. */
  readonly output: Output;
  /** Prints an answer in that format. */
  readonly tell: <T>(value: T, shape: Shape<T>) => Promise<void>;
  readonly command: Command;
};
type Declared<C extends string, A extends Arguments, O extends Options, T> = {
  /** The command's name and its arguments. */
  readonly command: C;
  readonly about: string;
  readonly arguments?: A;
  readonly routes?: readonly Route[];
  readonly options?: O;
  /** True if it requires a person. */
  readonly personal?: true;
  readonly run: (call: Call<Values<O>>, ...args: ArgumentsOf<C, A>) => T | Promise<T>;
};

/** Adds the command with its routes and its arguments, without its options. */
export const addCommand = (
  parent: Command,
  {
    command: line,
    about,
    arguments: described = {},
    routes = [],
  }: Pick<Declared<string, Arguments, Options, never>, 'command' | 'about' | 'arguments' | 'routes'>,
): Command => {
  const command = calls(parent.command(line).description(about), ...routes);
  for (const argument of command.registeredArguments) {
    const spec = described[argument.name()];
    if (typeof spec === 'string') argument.description = spec;
    else if (spec !== undefined) argument.choices(spec.choices).description = spec.about;
  }
  return command;
};

const addRun = <C extends string, A extends Arguments, O extends Options, T>(
  command: Command,
  globals: () => Globals,
  { options = {} as O, personal, run }: Declared<C, A, O, T>,
  after: (value: T, call: Call) => unknown,
  piped?: Format,
): Command =>
  addOptions(command, options).action(async (...given: readonly unknown[]) => {
    const parsed = given.at(-2) as Output & { readonly [name: string]: unknown };
    let opened: Session | undefined;
    const call: Call<Values<O>> = {
      globals: globals(),
      get session() {
        return (opened ??= new Session(personal === true ? asPerson(this.globals) : this.globals));
      },
      options: valuesOf(options, parsed),
      output: parsed,
      tell: (value, shape) => tell(value, shape, parsed, piped),
      command,
    };
    await after(await run(call, ...(given.slice(0, -2) as ArgumentsOf<C, A>)), call);
  });

/** Declares a command that prints its answer itself, or none. */
export const act =
  <const C extends string, const A extends Arguments = None, const O extends Options = None>(
    declared: Declared<C, A, O, void>,
  ): Add =>
  (parent, globals) =>
    addRun(addCommand(parent, declared), globals, declared, () => undefined);

/** Declares a command that prints what `run` returns, in the chosen format. */
export const answer =
  <T, const C extends string, const A extends Arguments = None, const O extends Options = None>(
    declared: Declared<C, A, O, T | undefined> & {
      /** How the answer is printed; if absent, by its members. */
      readonly shape?: Shape<T>;
      /** The format if the output is not a terminal. */
      readonly piped?: Format;
    },
  ): Add =>
  (parent, globals) =>
    addRun(
      withOutput(addCommand(parent, declared)),
      globals,
      declared,
      async (value, { tell: print }) => {
        if (value !== undefined) await print(value, declared.shape ?? recordShape<T>());
      },
      declared.piped,
    );

/** A command that requests one route and prints its answer. */
type Ask<R extends Route, T = AnswerTo<R>> = {
  /**
   * The command's name and its arguments, which fill the parameters of the route's path. `<file>`
   * is the body as JSON.
   */
  readonly command: string;
  readonly about: string;
  readonly route: R;
  /** The options that become members of the query. */
  readonly query?: Options;
  /** The options that become members of the body. */
  readonly body?: Options;
  /**
   * The members of the body that the arguments fill, in order; null for an argument that is not a
   * member.
   */
  readonly argumentsAs?: readonly ({
    readonly as: string;
    readonly read?: (text: string) => unknown;
  } | null)[];
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

type Requested = Pick<Ask<Route>, 'query' | 'body' | 'argumentsAs'>;

/** The option with the reason of a write that may become a change request. */
export const why = { '--why <text>': 'why, if it loosens and so becomes a change request' } as const;
/** The header with that reason. */
export const reasonHeader = (reason: unknown): { readonly [name: string]: string } =>
  typeof reason === 'string' ? { 'interlock-reason': encodeURIComponent(reason) } : {};

const revisionOf = async (session: Session, path: string): Promise<string | undefined> => {
  const response = await session.fetch('GET', path);
  const tag = response.headers.get('etag');
  if (!response.ok) return undefined;
  const { revision } = (await response.json()) as { readonly revision?: string };
  return tag ?? (revision === undefined ? undefined : `"${revision}"`);
};

/** The members of the body that come from the arguments. */
const argumentMembers = ({ argumentsAs = [] }: Requested, args: readonly string[]): object =>
  Object.fromEntries(
    argumentsAs.flatMap((member, i) => {
      const text = args[i];
      return member === null || text === undefined ? [] : [[member.as, member.read?.(text) ?? text]];
    }),
  );

/** The command line's names for the members of a request. */
const calledOf = (command: Command, { query = {}, body = {}, argumentsAs = [] }: Requested): Called =>
  Object.fromEntries([
    ...flagsOf(query).map(([member, flag]) => [`/query/${member}`, flag]),
    ...[...flagsOf(query), ...flagsOf(body)].map(([member, flag]) => [
      `/${member.replaceAll('.', '/')}`,
      flag,
    ]),
    ...argumentsAs.flatMap((member, i) =>
      member === null ? [] : [[`/${member.as}`, `<${command.registeredArguments[i]?.name() ?? member.as}>`]],
    ),
  ]) as Called;

const addAsk = (parent: Command, globals: () => Globals, ask: Ask<Route, never>): void => {
  const { body = {}, query = {}, ifMatch, route } = ask;
  const command = addCommand(parent, { ...ask, routes: [route] });
  addOptions(command, {
    ...query,
    ...body,
    ...(ifMatch === undefined ? {} : { '--if-match <revision>': 'only if it still has this revision' }),
    ...(ask.loosens === true ? why : {}),
  });
  withOutput(command);
  const called = calledOf(command, ask);
  command.action(async (...given: readonly unknown[]) => {
    const args = given.slice(0, -2).filter((arg): arg is string => typeof arg === 'string');
    const options = given.at(-2) as Output & { readonly [name: string]: unknown };
    const session = new Session(ask.personal === true ? asPerson(globals()) : globals());
    const file = ask.command.includes('<file>') ? args.pop() : undefined;
    const [first, ...more] = args;
    const ids =
      first === undefined ? [] : [ask.find === undefined ? first : await ask.find(session, first), ...more];
    const { method, path } = partsOf(route, ids, () => session.tenant);
    const members = { ...argumentMembers(ask, ids), ...membersOf(body, options) };
    const read = file === undefined ? undefined : jsonFile(file);
    const named = options['ifMatch'];
    const revision =
      typeof named === 'string'
        ? `"${named}"`
        : ifMatch === 'read'
          ? await revisionOf(session, path)
          : undefined;
    const sends = method !== 'GET' && !(method === 'DELETE' && Object.keys(members).length === 0);
    const response = await session.fetch(
      method,
      `${path}${queryOf(membersOf(query, options))}`,
      !sends ? undefined : Array.isArray(read) ? read : { ...(read as object | undefined), ...members },
      { ...(revision === undefined ? {} : { 'if-match': revision }), ...reasonHeader(options['why']) },
    );
    const change = await requestedIn(response);
    if (change !== undefined) {
      await followChange(session, change, options);
      return;
    }
    const answer = await answerOf<never>(response, file === undefined ? called : undefined);
    const shape = ask.shape ?? recordShape<unknown>((value) => nameOf(value) ?? ids[0] ?? null);
    if (answer !== null) await tell(answer, shape, options, ask.piped);
    if (ask.done !== undefined) remark(ask.done(answer, ids));
    if (ask.failed?.(answer) === true) process.exitCode = 1;
  });
};

/** Declares a command that requests one route. */
export const ask =
  <const R extends Route>(declared: Ask<R>): Add =>
  (parent, globals) =>
    addAsk(parent, globals, declared);
