import { CliError } from './cli-error.js';
import { readText } from './reading.js';

/** Returns a reader of whole numbers from `least` to `most`. */
export const whole =
  (least = 0, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < least || value > most)
      throw new CliError(
        `\`${text}\` is not a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}`,
        2,
      );
    return value;
  };

export const decimal = (text: string): number => {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new CliError(`\`${text}\` is not a number`, 2);
  return value;
};

export const yesOrNo = (text: string): boolean => text === 'yes';

/** The parts of a list with commas. */
export const words = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** JSON on the command line. */
export const json = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new CliError(`\`${text.slice(0, 60)}\` is not JSON`, 2);
  }
};

/** `NAME=NUMBER,…` */
export const numbers = (text: string): { readonly [name: string]: number } =>
  Object.fromEntries(
    words(text).map((pair) => {
      const [name = '', value = ''] = pair.split('=');
      return [name, decimal(value)];
    }),
  );

/** Returns `NAME=VALUE` pairs as members; `read` gives the value of a name. */
export const pairs = (
  given: readonly string[],
  read: (value: string, name: string) => unknown,
): { readonly [name: string]: unknown } =>
  Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw new CliError(`\`${pair}\` is not NAME=VALUE`, 2);
      const name = pair.slice(0, at);
      return [name, read(pair.slice(at + 1), name)];
    }),
  );

/** A file's JSON; `-` is the standard input. `wrong` says what is wrong with another text. */
export const jsonFile = (file: string, wrong = 'is not JSON'): unknown => {
  const text = readText(file);
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new CliError(`${file} ${wrong}`, 2);
  }
};
