import type { LiveTopic } from '@interlock/contracts';
import type { Command } from 'commander';
import { answerOf, asPerson, Session, type Globals } from './connection/session.js';
import { watching } from './live.js';
import {
  formatOf,
  jsonText,
  print,
  remark,
  tableShape,
  tell,
  textOf,
  withOutput,
  yamlText,
  type Format,
  type Items,
  type Output,
} from './output/output.js';
import { screenOf, type Screen } from './output/screen.js';
import { cellOf, tableText, type Column } from './output/table.js';
import { visible } from './output/visible.js';
import { addCommand, type Add } from './program/declare.js';
import { addOptions, membersOf, queryOf, type Options } from './program/options.js';
import { calls, partsOf, type AnswerTo, type Route } from './program/routes.js';
import { whole } from './readers.js';

/** A command that lists the rows of a route. */
type List<R extends Route, Row, Page> = {
  /** Its name, and arguments for the parameters of the route's path. */
  readonly command: string;
  readonly about: string;
  readonly route: R;
  /** The noun for the rows, in the plural: `devices`. */
  readonly what: string;
  /** The columns; a function if they depend on the rows, such as shortened ids. */
  readonly columns: readonly Column<Row>[] | ((rows: readonly Row[]) => readonly Column<Row>[]);
  readonly id: (row: Row) => string;
  /** The options that become members of the query. */
  readonly query?: Options;
  /** The default number of rows; without it the route takes no `limit`. */
  readonly limit?: number;
  /** The live topics that announce changes of the rows; without it the list cannot be watched. */
  readonly topics?: readonly LiveTopic[];
  /** The data for JSON and YAML; by default the whole page. */
  readonly data?: (page: Page) => unknown;
  readonly find?: (session: Session, text: string) => Promise<string>;
  /** The format if the output is not a terminal. */
  readonly piped?: Format;
  /** True if it requires a person. */
  readonly personal?: true;
  /** Another way to answer, with its own options and routes. */
  readonly instead?: {
    readonly options: Options;
    readonly routes: readonly Route[];
    /** Returns whether it answered. */
    readonly run: (options: ListOptions, globals: () => Globals) => Promise<boolean>;
  };
};
type ListOptions = Output & {
  readonly limit?: string;
  readonly all?: boolean;
  readonly watch?: boolean;
  readonly [name: string]: unknown;
};
/** The rows of a route's answer. */
export type RowOf<R extends Route> =
  AnswerTo<R> extends { readonly items: readonly (infer Row)[] } ? Row : never;
type PageOf<R extends Route> = AnswerTo<R> & Items<RowOf<R>>;

const mostAPage = 200;

/** Returns the first rows at a path up to the wanted number, page by page. */
const pagesAt = async <Row, Page extends Items<Row>>(
  session: Pick<Session, 'fetch'>,
  path: string,
  query: { readonly [name: string]: unknown },
  wanted: number | undefined,
  position?: string,
): Promise<Page> => {
  const items: Row[] = [];
  const headers = position === undefined ? undefined : { 'interlock-min-position': position };
  for (let cursor: string | null = null; ;) {
    const limit = wanted === undefined ? {} : { limit: Math.min(mostAPage, wanted - items.length) };
    const page: Page = await answerOf<Page>(
      await session.fetch(
        'GET',
        `${path}${queryOf({ ...query, ...limit, ...(cursor === null ? {} : { cursor }) })}`,
        undefined,
        headers,
      ),
    );
    items.push(...page.items);
    cursor = page.next ?? null;
    if (cursor === null || wanted === undefined || items.length >= wanted)
      return items.length === page.items.length ? page : { ...page, items };
  }
};

/** Returns the first rows of a route without parameters; all of them if no number is wanted. */
export const pagesOf = <R extends Route>(
  session: Pick<Session, 'fetch'>,
  route: R,
  query: { readonly [name: string]: unknown } = {},
  wanted = Infinity,
): Promise<PageOf<R>> =>
  pagesAt<RowOf<R>, PageOf<R>>(session, partsOf(route, [], () => '').path, query, wanted);

/** Returns the options of a list in words: `--state DENIED --type x`. */
const askedFor = (command: Command, query: Options, options: ListOptions): string =>
  command.options
    .filter(
      (option) => option.flags in query && command.getOptionValueSource(option.attributeName()) === 'cli',
    )
    .map((option) =>
      `${option.long ?? ''} ${options[option.attributeName()] === true ? '' : String(options[option.attributeName()])}`.trim(),
    )
    .join(' ');

const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const clear = '\u001b[H\u001b[J';

/**
 * Returns the part of a row whose change matters to programs. The server's time changes constantly,
 * so it is left out.
 */
const contentOf = (row: unknown): string =>
  JSON.stringify(row, (name, value: unknown) => (name === 'server_time' ? undefined : value));
/**
 * Returns the part of a row whose change people see. A change of relative times alone does not
 * count.
 */
const shownOf = <Row>(row: Row, columns: readonly Column<Row>[], screen: Screen): string =>
  JSON.stringify(
    columns.flatMap((column) =>
      column.wide === undefined ? [cellOf(column, row, { ...screen, now: 0 })] : [],
    ),
  );

const addList = <R extends Route, Row, Page extends Items<Row>>(
  parent: Command,
  globals: () => Globals,
  list: List<R, Row, Page>,
): void => {
  const { columns, query = {}, id, instead, topics } = list;
  const columnsOf = (rows: readonly Row[]): readonly Column<Row>[] =>
    typeof columns === 'function' ? columns(rows) : columns;
  const shape = tableShape<Row, Page>(columnsOf, id, list.data);
  const command = addOptions(addCommand(parent, { ...list, routes: [list.route] }), {
    ...query,
    ...(list.limit === undefined
      ? {}
      : {
          '--limit <n>': { about: 'as many as these', preset: `${list.limit}` },
          '--all': { about: 'every one, page by page', preset: false },
        }),
  });
  withOutput(command);
  if (topics !== undefined)
    addOptions(calls(command, 'GET /api/v1/live'), {
      '-w, --watch': { about: 'show changes as they happen, until you stop it', preset: false },
    });
  if (instead !== undefined) addOptions(calls(command, ...instead.routes), instead.options);

  const look = async (
    session: Session,
    args: readonly string[],
    options: ListOptions,
    position?: string,
  ): Promise<Page> => {
    const wanted =
      list.limit === undefined
        ? undefined
        : options.all === true
          ? Infinity
          : whole(1)(options.limit ?? `${list.limit}`);
    const { path } = partsOf(list.route, args, () => session.tenant);
    return pagesAt<Row, Page>(session, path, membersOf(query, options), wanted, position);
  };

  const nothing = (options: ListOptions): string => {
    const filters = askedFor(command, query, options);
    return filters === '' ? `No ${list.what}.` : `No ${list.what} match ${visible(filters)}.`;
  };

  const watch = async (session: Session, args: readonly string[], options: ListOptions): Promise<void> => {
    const format = formatOf(options, screenOf(process.stdout));
    const redraws = process.stdout.isTTY && (format === 'table' || format === 'wide');
    const seen = new Map<string, string>();
    let shown: Page | undefined;
    const draw = async (page: Page): Promise<void> => {
      const screen = screenOf(process.stdout);
      const text = page.items.length === 0 ? nothing(options) : await textOf(page, shape, format, screen);
      const lines = text.split('\n').slice(0, Math.max(2, (process.stdout.rows ?? 24) - 1));
      process.stdout.write(`${clear}${lines.join('\n')}\n`);
    };
    const append = async (page: Page): Promise<void> => {
      const keyOf = (row: Row): string =>
        format === 'table' ? shownOf(row, columnsOf([row]), screenOf(process.stdout)) : contentOf(row);
      const changed = page.items.filter((row) => seen.get(id(row)) !== keyOf(row)).reverse();
      const isFirst = shown === undefined;
      for (const row of changed) seen.set(id(row), keyOf(row));
      if (isFirst && changed.length === 0) remark(nothing(options));
      if (changed.length === 0) return;
      const screen = screenOf(process.stdout);
      if (format === 'json') for (const row of changed) print(jsonText(row).replaceAll(/\n */g, ' '));
      else if (format === 'yaml') for (const row of changed) print(`---\n${await yamlText(row)}`);
      else if (format === 'name') print(changed.map((row) => visible(id(row))).join('\n'));
      else print(tableText(changed, columnsOf(changed), screen, { wide: format === 'wide', heads: isFirst }));
    };
    await watching({
      session,
      topics: topics ?? [],
      concerns: () => true,
      look: async (position) => {
        const page = await look(session, args, options, position);
        await (redraws ? draw(page) : append(page));
        shown = page;
        return true;
      },
      again: () => {
        if (redraws && shown !== undefined) void draw(shown);
      },
    });
  };

  command.action(async (...given: readonly unknown[]) => {
    const args = given.slice(0, -2).filter((arg): arg is string => typeof arg === 'string');
    const options = given.at(-2) as ListOptions;
    if ((await instead?.run(options, globals)) === true) return;
    const session = new Session(list.personal === true ? asPerson(globals()) : globals());
    const [first, ...more] = args;
    const ids =
      first === undefined || list.find === undefined ? args : [await list.find(session, first), ...more];
    if (options.watch === true) {
      await watch(session, ids, options);
      return;
    }
    const page = await look(session, ids, options);
    if (page.items.length === 0) await session.checkTenant();
    await tell(page, shape, options, list.piped);
    if (page.items.length === 0 && formatOf(options, screenOf(process.stdout), list.piped) !== 'json')
      remark(nothing(options));
    else if (list.limit !== undefined && (page.next ?? null) !== null && process.stderr.isTTY)
      remark(`${capital(list.what)} beyond these ${page.items.length}: --limit N, or --all.`);
  });
};

/** Declares a command that lists the rows of a route. */
export const list =
  <const R extends Route>(declared: List<R, RowOf<R>, PageOf<R>>): Add =>
  (parent, globals) =>
    addList(parent, globals, declared);
