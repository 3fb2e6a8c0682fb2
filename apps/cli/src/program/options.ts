import { Option, type Command } from 'commander';
import { words } from '../readers.js';

/** An option. A text alone is its help. */
type Spec = {
  readonly about: string;
  /**
   * The name of the request's member, if it is not that of the option. A dot separates the names of
   * nested members.
   */
  readonly as?: string;
  readonly required?: true;
  readonly choices?: readonly string[];
  readonly preset?: string | false | readonly string[];
  /** Reads the option's text. Throws `CliError` with exit code 2. */
  readonly read?: (text: string) => unknown;
  /** True for a list with commas; repeated ones are joined. */
  readonly list?: true;
  /** True if it may be repeated: its value is all of the texts. */
  readonly several?: true;
  /** The options that cannot stand beside it. */
  readonly conflicts?: readonly string[];
};
/** The options of a command, by their flags, in the order of the help. */
export type Options = { readonly [flags: string]: string | Spec };

type Long<F extends string> = F extends `${string}, ${infer Rest}`
  ? Long<Rest>
  : F extends `${infer Flag} ${string}`
    ? Long<Flag>
    : F extends `--${infer Name}`
      ? Name
      : never;
type Camel<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;
type NameOf<F extends string> = Long<F> extends `no-${infer N}` ? Camel<N> : Camel<Long<F>>;
type TextOf<S> = S extends { readonly read: (text: string) => infer T }
  ? T
  : S extends { readonly list: true }
    ? readonly string[]
    : S extends { readonly choices: readonly (infer C)[] }
      ? C
      : string;
type Given<F extends string, S> = F extends `${string}>`
  ? F extends `${string}...>`
    ? readonly string[]
    : S extends { readonly several: true }
      ? readonly string[]
      : TextOf<S>
  : boolean;
type ValueOf<F extends string, S> = F extends `--no-${string}`
  ? boolean
  : S extends { readonly required: true } | { readonly several: true } | { readonly preset: unknown }
    ? Given<F, S>
    : Given<F, S> | undefined;

/** The values of a command's options, by their names. */
export type Values<O extends Options> = { readonly [F in keyof O & string as NameOf<F>]: ValueOf<F, O[F]> };

const specOf = (spec: string | Spec): Spec => (typeof spec === 'string' ? { about: spec } : spec);

/** The same options, each of which must be given. */
export const required = <const O extends Options>(
  options: O,
): { readonly [F in keyof O]: Spec & { readonly required: true } } =>
  Object.fromEntries(
    Object.entries(options).map(([flags, spec]) => [flags, { ...specOf(spec), required: true }]),
  ) as { readonly [F in keyof O]: Spec & { readonly required: true } };

export const addOptions = (command: Command, options: Options): Command => {
  for (const [flags, spec] of Object.entries(options)) {
    const { about, choices, conflicts, list, preset, required: must, several } = specOf(spec);
    const option = new Option(flags, about);
    if (choices !== undefined) option.choices(choices);
    if (preset !== undefined) option.default(preset);
    if (must === true) option.makeOptionMandatory();
    if (conflicts !== undefined) option.conflicts([...conflicts]);
    if (several === true)
      option.default([]).argParser((one: string, all: readonly string[]) => [...all, one]);
    if (list === true)
      option.argParser((one: string, all?: string) => (all === undefined ? one : `${all},${one}`));
    command.addOption(option);
  }
  return command;
};

const read = ({ list, read: own }: Spec, value: unknown): unknown =>
  typeof value !== 'string' ? value : own !== undefined ? own(value) : list === true ? words(value) : value;

/** The values of the options as the command declares them, from those that the parser gives. */
export const valuesOf = <O extends Options>(
  options: O,
  given: { readonly [name: string]: unknown },
): Values<O> =>
  Object.fromEntries(
    Object.entries(options).map(([flags, spec]) => {
      const name = new Option(flags).attributeName();
      return [name, read(specOf(spec), given[name])];
    }),
  ) as Values<O>;

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
const memberOf = (flags: string, spec: string | Spec): string =>
  specOf(spec).as ??
  new Option(flags).attributeName().replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** The members of a request for the given options. */
export const membersOf = (
  options: Options,
  given: { readonly [name: string]: unknown },
): { readonly [name: string]: unknown } => {
  const members: { [name: string]: unknown } = {};
  for (const [flags, spec] of Object.entries(options)) {
    const option = new Option(flags);
    const value = given[option.attributeName()];
    // `--no-NAME` shares its value with `--NAME`, so each sets only its own value.
    if (value === undefined || value === option.negate) continue;
    put(members, memberOf(flags, spec), read(specOf(spec), value));
  }
  return members;
};

/** The long flags of options, by the names of their members. */
export const flagsOf = (options: Options): readonly (readonly [member: string, flag: string])[] =>
  Object.entries(options).map(([flags, spec]) => [memberOf(flags, spec), new Option(flags).long ?? flags]);

/** The members as a query string with `?`; empty if there are none. */
export const queryOf = (members: { readonly [name: string]: unknown }): string => {
  const query = new URLSearchParams(
    Object.entries(members)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return query === '' ? '' : `?${query}`;
};
