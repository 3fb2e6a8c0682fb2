import { ProblemError } from '@interlock/kernel';

export type CursorValue = string | number | boolean | null;

const badCursor = (): ProblemError =>
  new ProblemError('validation-failed', 'the cursor is invalid for this list', {
    violations: [{ pointer: '/query/cursor', detail: 'must be the `next` of an earlier page' }],
  });

/** An opaque cursor: the end of a page, as base64url of JSON. */
export const encodeCursor = (values: readonly CursorValue[]): string =>
  Buffer.from(JSON.stringify(values)).toString('base64url');

/**
 * Reads a cursor back; with `length`, it must have this number of values. Throws
 * `validation-failed`.
 */
export const decodeCursor = (text: string, length?: number): readonly CursorValue[] => {
  if (!/^[A-Za-z0-9_-]{2,2048}$/.test(text)) throw badCursor();
  let values: unknown;
  try {
    values = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    throw badCursor();
  }
  const scalar = (value: unknown): value is CursorValue =>
    value === null || ['string', 'number', 'boolean'].includes(typeof value);
  if (!Array.isArray(values) || !values.every(scalar) || (length !== undefined && values.length !== length))
    throw badCursor();
  return values;
};

const defaultLimit = 50;
export const maxLimit = 200;

/** The requested page size: 50 by default, 1 to 200. Throws `validation-failed`. */
export const pageLimit = (asked: number | string | undefined): number => {
  if (asked === undefined || asked === '') return defaultLimit;
  const limit = Number(asked);
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw new ProblemError('validation-failed', 'the limit is out of range', {
      violations: [{ pointer: '/query/limit', detail: `must be a whole number from 1 to ${maxLimit}` }],
    });
  }
  return limit;
};

export type Page<T> = { readonly items: readonly T[]; readonly next: string | null };

/** Makes a page of `limit` rows from a query for `limit + 1`; `next` is null on the last page. */
export const keysetPage = <T>(
  rows: readonly T[],
  limit: number,
  cursorOf: (row: T) => readonly CursorValue[],
): Page<T> => {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, next: rows.length > limit && last !== undefined ? encodeCursor(cursorOf(last)) : null };
};
