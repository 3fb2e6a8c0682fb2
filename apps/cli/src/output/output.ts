import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Option, type Command } from 'commander';
import { valueText } from './record.js';
import { screenOf, type Screen } from './screen.js';
import { tableText, type Column } from './table.js';
import { harmless, visible } from './visible.js';

/**
 * How an answer is written: for people as lines or with more columns, for programs as JSON, YAML or
 * ids, one a line.
 */
const formats = ['table', 'wide', 'json', 'yaml', 'name'] as const;
export type Format = (typeof formats)[number];
/** The options that say how. */
export type Output = { readonly output?: Format; readonly json?: boolean };

/** What a kind of answer looks like. */
export type Shape<T> = {
  readonly text: (value: T, screen: Screen, wide: boolean) => string;
  /** The ids that the answer is about. */
  readonly names: (value: T) => readonly string[];
  /** What JSON and YAML have; the whole answer without it. */
  readonly data?: (value: T) => unknown;
};

/** Adds `--output` and `--json` to a command. */
export const withOutput = (command: Command): Command =>
  command
    .addOption(new Option('-o, --output <format>', 'for people or for programs').choices(formats))
    .option('--json', 'the same as --output json', false);

/**
 * How it is to be written; `piped` is what a command writes where no terminal reads it and nothing
 * else is asked for.
 */
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
 * A value as JSON, indented; what steers a terminal, or is not seen, as its escape, which is the
 * same JSON.
 */
export const jsonText = (value: unknown): string => JSON.stringify(value, null, 2).replace(steering, escapes);

/**
 * A value as YAML 1.2; texts with what steers a terminal stand in quotes, with its escape, which is
 * the same YAML.
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
 * Writes lines to the standard output. INVARIANT: nothing that anybody wrote into them steers the
 * terminal.
 */
export const print = (text: string): void => {
  process.stdout.write(`${harmless(text, screenOf(process.stdout).colour)}\n`);
};

/**
 * Passes an answer on as it comes: to a file or a program byte for byte, to a terminal without what
 * would steer it.
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

/**
 * A word for people beside what a command answers: on the standard error, which no program reads.
 */
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

/**
 * Writes an answer to the standard output as the options say; nothing at all where there is nothing
 * to write.
 */
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

/** The members that name what an answer is about; the first that is there does. */
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

/** The name of what an answer is about; null where none of its members is one. */
export const nameOf = (value: unknown): string | null => {
  if (typeof value !== 'object' || value === null) return null;
  const members = new Map(Object.entries(value));
  for (const name of naming) {
    const found: unknown = members.get(name);
    if (typeof found === 'string' && found !== '') return found;
  }
  return null;
};

/** An answer about one thing, told by its members. */
export const recordShape = <T>(name: (value: T) => string | null = nameOf): Shape<T> => ({
  text: (value, screen) => valueText(value, screen),
  names: (value) => {
    const named = name(value);
    return named === null ? [] : [named];
  },
});

/** An answer told in lines; each stands for itself, whatever was written into it. */
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
