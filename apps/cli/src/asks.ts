import type { Command } from 'commander';
import { followChange, requestedIn } from './change.js';
import { answerOf, asPerson, Session, type Called, type Globals } from './connection/session.js';
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
import { addCommand, type Add } from './program/declare.js';
import { addOptions, flagsOf, membersOf, queryOf, type Options } from './program/options.js';
import { partsOf, type AnswerTo, type Route } from './program/routes.js';
import { jsonFile } from './readers.js';

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
    ...(ifMatch === undefined ? {} : { '--if-match <revision>': 'only where it is still at this revision' }),
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
