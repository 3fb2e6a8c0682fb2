import type { Command } from 'commander';
import { asPerson, Session, type Globals } from '../connection/session.js';
import { recordShape, tell, withOutput, type Format, type Output, type Shape } from '../output/output.js';
import { addOptions, valuesOf, type Options, type Values } from './options.js';
import { calls, type Route } from './routes.js';

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
