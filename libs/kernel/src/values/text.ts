/** Returns a value on one line: texts unchanged, everything else as JSON. */
export const shown = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? 'nothing' : JSON.stringify(value);

/** Returns a shortened hash that a person can compare. */
export const short = (hash: string | null | undefined): string =>
  hash === null || hash === undefined || hash === '' ? 'none' : hash.slice(0, 12);

/**
 * Returns the beginning of a text, at most `most` UTF-16 units. It never ends with half a
 * character, which no database and no strict JSON parser takes.
 */
export const cutText = (text: string, most: number): string =>
  text.length <= most ? text : text.slice(0, most).replace(/[\ud800-\udbff]$/, '');

const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * Returns a text that is safe on one line of a terminal. Control characters, invisible characters
 * and characters that change the direction of text become escapes such as `\u{1b}`. INVARIANT: a
 * person who writes or alters log entries cannot control the terminal of a reader.
 */
export const printable = (text: string): string =>
  text.replace(unseen, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
