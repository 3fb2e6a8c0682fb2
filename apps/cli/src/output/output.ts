import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Option, type Command } from 'commander';
import { valueText } from './record.js';
import { screenOf, type Screen } from './screen.js';
import { tableText, type Column } from './table.js';
import { harmless, visible } from './visible.js';

/**
 * The formats of an answer: lines (or more columns) for people; JSON, YAML, or one id per line for
 * programs.
 */
const formats = ['table', 'wide', 'json', 'yaml', 'name'] as const;
export type Format = (typeof formats)[number];
/** The options for the format. */
export type Output = { readonly output?: Format; readonly json?: boolean };

/** How a kind of answer is printed. */
export type Shape<T> = {
  readonly text: (value: T, screen: Screen, wide: boolean) => string;
  /** The ids of the answer's subjects. */
  readonly names: (value: T) => readonly string[];
  /** The data for JSON and YAML; by default the whole answer. */
  readonly data?: (value: T) => unknown;
};

/** Adds `--output` and `--json` to a command. */
export const withOutput = (command: Command): Command =>
  command
    .addOption(new Option('-o, --output <format>', 'for people or for programs').choices(formats))
    .option('--json', 'the same as --output json', false);

/** The chosen format; `piped` is the default if the output is not a terminal. */
export const formatOf = (
  { output, json }: Output,
  screen: Pick<Screen, 'isTerminal'>,
  piped: Format = 'table',
): Format => (json === true ? 'json' : (output ?? (screen.isTerminal ? 'table' : piped)));

const steering = /[\u007F-\u009F\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu;
const escapes = (text: string): string =>
  Array.from(
    { length: text.length },
    (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');

/**
 * A value as indented JSON. Terminal control characters and invisible ones are escaped, which is
 * the same JSON.
 */
export const jsonText = (value: unknown): string => JSON.stringify(value, null, 2).replace(steering, escapes);

/**
 * A value as YAML 1.2. Texts with terminal control characters are quoted and escaped, which is the
 * same YAML.
 */
export const yamlText = async (value: unknown): Promise<string> => {
  const { Document, Scalar, visit } = await import('yaml');
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === 'string' && node.value !== visible(node.value))
        node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ lineWidth: 0 }).replace(steering, escapes).trimEnd();
};

/**
 * Writes lines to the standard output. INVARIANT: no foreign text in them can control the terminal.
 */
export const print = (text: string): void => {
  process.stdout.write(`${harmless(text, screenOf(process.stdout).colour)}\n`);
};

/**
 * Streams an answer: to a file or a program byte for byte, to a terminal without control
 * characters.
 */
export const passOn = async (body: Readable): Promise<void> => {
  if (!process.stdout.isTTY) {
    await pipeline(body, process.stdout, { end: false });
    return;
  }
  const shown = async function* (): AsyncGenerator<string> {
    body.setEncoding('utf8');
    for await (const text of body) yield harmless(String(text), false);
  };
  await pipeline(shown, process.stdout, { end: false });
};

/** A message for people beside the answer, on the standard error, which programs do not parse. */
export const remark = (text: string): void => {
  process.stderr.write(`${harmless(text, screenOf(process.stderr).colour)}\n`);
};

/** An answer in a format. */
export const textOf = async <T>(
  value: T,
  { text, names, data = (all) => all }: Shape<T>,
  format: Format,
  screen: Screen,
): Promise<string> => {
  switch (format) {
    case 'json':
      return jsonText(data(value));
    case 'yaml':
      return yamlText(data(value));
    case 'name':
      return names(value).map(visible).join('\n');
    case 'table':
    case 'wide':
      return text(value, screen, format === 'wide');
  }
};

/** Prints an answer as the options request. It prints nothing if the answer is empty. */
export const tell = async <T>(
  value: T,
  shape: Shape<T>,
  options: Output,
  piped: Format = 'table',
): Promise<void> => {
  const screen = screenOf(process.stdout);
  const text = await textOf(value, shape, formatOf(options, screen, piped), screen);
  if (text !== '') print(text);
};

/** The members that can name an answer's subject; the first one present is used. */
const naming: readonly string[] = [
  'id',
  'action_id',
  'plan_id',
  'policy_id',
  'bundle_id',
  'channel_id',
  'device_id',
  'transaction_id',
  'trace_id',
  'use_id',
  'response_id',
  'dataset_id',
  'change_id',
  'person_id',
  'server',
  'tool',
  'team',
  'user',
  'action_type',
  'account_id',
  'name',
  'version',
  'tenant_id',
];

/** The name of an answer's subject; null if no member names it. */
export const nameOf = (value: unknown): string | null => {
  if (typeof value !== 'object' || value === null) return null;
  const members = new Map(Object.entries(value));
  for (const name of naming) {
    const found: unknown = members.get(name);
    if (typeof found === 'string' && found !== '') return found;
  }
  return null;
};

/** An answer about one thing, printed by its members. */
export const recordShape = <T>(name: (value: T) => string | null = nameOf): Shape<T> => ({
  text: (value, screen) => valueText(value, screen),
  names: (value) => {
    const named = name(value);
    return named === null ? [] : [named];
  },
});

/** An answer printed in lines; foreign text cannot start a new line. */
export const linesShape = <T>(
  lines: (value: T) => readonly string[],
  names: (value: T) => readonly string[] = () => [],
): Shape<T> => ({ text: (value) => lines(value).map(visible).join('\n'), names });

export type Items<Row> = { readonly items: readonly Row[]; readonly next?: string | null };

/** A list as a table; an empty one has no text. */
export const tableShape = <Row, Page extends Items<Row> = Items<Row>>(
  columnsOf: (rows: readonly Row[]) => readonly Column<Row>[],
  id: (row: Row) => string,
  data?: (page: Page) => unknown,
): Shape<Page> => ({
  text: ({ items }, screen, wide) =>
    items.length === 0 ? '' : tableText(items, columnsOf(items), screen, { wide }),
  names: ({ items }) => items.map(id),
  ...(data === undefined ? {} : { data }),
});
