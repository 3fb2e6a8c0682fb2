import { isExistingTime, ProblemError } from '@interlock/kernel';
import { sql, type SelectQueryBuilder } from 'kysely';

import { iso } from './rows.js';

/** The types of the values in cursors, by their names in Postgres. */
type Types = {
  readonly text: string;
  readonly timestamptz: string;
  readonly uuid: string;
  readonly numeric: string;
  readonly integer: number;
  readonly bigint: number;
};
type Type = keyof Types;
type Values<T extends readonly Type[]> = { readonly [place in keyof T]: Types[T[place]] };

const matches =
  (pattern: RegExp) =>
  (value: unknown): boolean =>
    typeof value === 'string' && pattern.test(value);
const isWhole = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** Whether Postgres reads a value as this type. It would fail for any other value. */
const isOf: { readonly [type in Type]: (value: unknown) => boolean } = {
  text: (value) => typeof value === 'string' && !value.includes('\0'),
  timestamptz: (value) => isExistingTime(value) && iso(value) === value,
  uuid: matches(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
  numeric: matches(/^\d{1,20}$/),
  integer: (value) => isWhole(value) && value < 2 ** 31,
  bigint: isWhole,
};

/** An opaque cursor: the list and the end of a page, as base64url of JSON. */
export const encodeCursor = (list: string, values: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify([list, ...values])).toString('base64url');

/** Reads a cursor of a list. Throws `validation-failed` for any other text. */
export const decodeCursor = <const T extends readonly Type[]>(
  text: string,
  list: string,
  types: T,
  pointer = '/query/cursor',
): Values<T> => {
  const [named, ...values] = listIn(text);
  if (named === list && values.length === types.length && types.every((type, at) => isOf[type](values[at])))
    return values as unknown as Values<T>;
  throw new ProblemError('validation-failed', 'the cursor is invalid for this list', {
    violations: [{ pointer, detail: 'must be the `next` of an earlier page' }],
  });
};

const listIn = (text: string): readonly unknown[] => {
  try {
    const read: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    return Array.isArray(read) ? (read as unknown[]) : [];
  } catch {
    return [];
  }
};

export const defaultLimit = 50;
export const maxLimit = 200;

/** The members of a query that select a page. */
export type PageAsked = { readonly limit?: number | undefined; readonly cursor?: string | undefined };
export type Page<T> = { readonly items: readonly T[]; readonly next: string | null };

/**
 * The pages of one list, whose cursors hold the list's name and the sort key of the last item.
 * Another list refuses them.
 */
export const pagesOf = <Item, const T extends readonly Type[]>(
  list: string,
  types: T,
  keyOf: (item: Item) => Values<T>,
) => ({
  /**
   * Returns the size of the page, and the key after which it begins; undefined for the first page.
   * Throws `validation-failed`.
   */
  asked: ({
    limit = defaultLimit,
    cursor,
  }: PageAsked): { readonly limit: number; readonly after: Values<T> | undefined } => ({
    limit,
    after: cursor === undefined ? undefined : decodeCursor(cursor, list, types),
  }),
  /** Makes a page of `limit` items from `limit + 1`; `next` is null on the last page. */
  of: <Some extends Item>(items: readonly Some[], limit: number): Page<Some> => {
    const page = items.slice(0, limit);
    const last = page.at(-1);
    return {
      items: page,
      next: items.length > limit && last !== undefined ? encodeCursor(list, [...keyOf(last)]) : null,
    };
  },
});

/** Returns a page of a list that is in the order of its keys. Throws `validation-failed`. */
export const pageByKey = <Item>(
  list: string,
  items: readonly Item[],
  keyOf: (item: Item) => string,
  query: PageAsked,
): Page<Item> => {
  const pages = pagesOf(list, ['text'], (item: Item) => [keyOf(item)]);
  const { limit, after: [after] = [''] } = pages.asked(query);
  return pages.of(
    items.filter((item) => keyOf(item) > after),
    limit,
  );
};

/** Returns a page of a list that only grows at its end. Throws `validation-failed`. */
export const pageByIndex = <Item>(
  list: string,
  items: readonly Item[],
  { limit = defaultLimit, cursor }: PageAsked,
  pointer?: string,
): Page<Item> => {
  const [from] = cursor === undefined ? [0] : decodeCursor(cursor, list, ['integer'], pointer);
  const end = from + limit;
  return { items: items.slice(from, end), next: end < items.length ? encodeCursor(list, [end]) : null };
};

/** Returns the value of a cursor for a value of a row. */
const fromRow = (type: Type, value: unknown): string | number =>
  type === 'timestamptz'
    ? iso(value as string | Date)
    : type === 'bigint'
      ? Number(value)
      : (value as string);

/**
 * The pages of a list in the database, in the order of these columns. Each column is named as in
 * the query, such as `d.created_at`, and the query must select it under its own name.
 */
export const tablePages = (
  list: string,
  order: 'asc' | 'desc',
  columns: { readonly [column: string]: Type },
) => {
  const names = Object.keys(columns);
  const references = sql.join(names.map((name) => sql.ref(name)));
  const before = sql.raw(order === 'asc' ? '>' : '<');
  const pages = pagesOf(list, Object.values(columns), (row: object) =>
    Object.entries(columns).map(([name, type]) =>
      fromRow(type, (row as { readonly [column: string]: unknown })[name.slice(name.lastIndexOf('.') + 1)]),
    ),
  );
  return {
    asked: pages.asked,
    /** Reads one page of the selected rows. Throws `validation-failed`. */
    read: async <Database, Tables extends keyof Database, Row extends object>(
      select: SelectQueryBuilder<Database, Tables, Row>,
      query: PageAsked,
    ): Promise<Page<Row>> => {
      const { limit, after } = pages.asked(query);
      const rows = names.reduce(
        (ordered, name) => ordered.orderBy(sql.ref(name), order),
        after === undefined
          ? select
          : select.where(sql<boolean>`(${references}) ${before} (${sql.join(after)})`),
      );
      return pages.of((await rows.limit(limit + 1).execute()) as readonly Row[], limit);
    },
  };
};
