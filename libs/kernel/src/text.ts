/** A value on one line: texts as they are, everything else as JSON. */
export const shown = (value: unknown): string =>
  typeof value === 'string' ? value : value === undefined ? 'nothing' : JSON.stringify(value);

/** A hash, short enough to be compared by eye. */
export const short = (hash: string | null | undefined): string =>
  hash === null || hash === undefined || hash === '' ? 'none' : hash.slice(0, 12);

const unseen = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu;

/**
 * A text as it can be shown on one line of a terminal: what would steer the terminal, turn the direction of the text, or not be seen, as its escape, such as `\u{1b}`.
 * INVARIANT: nobody who writes into a log, or alters one, writes on the screen of whoever reads it.
 */
export const printable = (text: string): string =>
  text.replace(unseen, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
