/** A value on one line: texts as they are, everything else as JSON. */
export const shown = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? 'nothing' : JSON.stringify(value);

/** A hash, short enough to be compared by eye. */
export const short = (hash: string | null | undefined): string =>
  hash === null || hash === undefined || hash === '' ? 'none' : hash.slice(0, 12);
