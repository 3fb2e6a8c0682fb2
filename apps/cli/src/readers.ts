import { jsonTextFaults } from '@interlock/kernel';
import { CliError } from './cli-error.js';
import { readText } from './reading.js';

/** Returns a reader of whole numbers from `least` to `most`. */
export const whole =
  (least = 0, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || !Number.isInteger(value) || value < least || value > most)
      throw new CliError(
        `\`${text}\` is not a whole number from ${least}${most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`}`,
        2,
      );
    return value;
  };

export const decimal = (text: string): number => {
  const value = Number(text);
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) || !Number.isFinite(value))
    throw new CliError(`\`${text}\` is not a number`, 2);
  return value;
};

export const yesOrNo = (text: string): boolean => text === 'yes';

/** The parts of a list with commas. */
export const words = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

const mostFaults = 20;

/**
 * A caller's JSON. INVARIANT: nothing in it is changed silently, so a repeated name and a number
 * that would lose digits are refused. `what` names the text, and `wrong` says what is wrong with
 * one that is not JSON. Throws `CliError` with exit code 2.
 */
export const parseJson = (text: string, what: string, wrong?: string): unknown => {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new CliError(`${what} ${wrong ?? `is not JSON: ${(error as SyntaxError).message}`}`, 2);
  }
  const faults = jsonTextFaults(text, mostFaults);
  if (faults.length > 0)
    throw new CliError(
      `${what} is refused:${faults.map(({ pointer, detail }) => `\n  ${pointer} ${detail}`).join('')}`,
      2,
    );
  return value;
};

/** JSON on the command line. */
export const json = (text: string): unknown => parseJson(text, `\`${text.slice(0, 60)}\``);

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
export const jsonFile = (file: string, wrong?: string): unknown => parseJson(readText(file), file, wrong);
