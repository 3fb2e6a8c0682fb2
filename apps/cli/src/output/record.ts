import { visible } from './visible.js';
import { toned, toneOf, type Screen } from './screen.js';
import { tableText } from './table.js';
import { isTime, timeCell, timeText } from './times.js';

type Values = { readonly [name: string]: unknown };

const isRecord = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/**
 * The keys of the table that stores a setting. The JSON contains them, but they mean nothing to
 * people.
 */
const storedKeys: readonly string[] = ['pk', 'sk'];
const isPlain = (value: unknown): boolean => typeof value !== 'object' || value === null;
const words = (name: string): string => visible(name.replaceAll('_', ' '));

/**
 * Returns a value other than a list or object as text: a time with its age, yes or no, a dash for
 * nothing.
 */
export const plainText = (value: unknown, screen: Screen): string => {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'string')
    return visible(typeof value === 'number' ? `${value}` : JSON.stringify(value));
  return isTime(value) ? timeText(value, screen.now) : toned(visible(value), toneOf(value), screen);
};

const cellText = (value: unknown, screen: Screen): string => {
  if (Array.isArray(value)) return value.map((one: unknown) => cellText(one, screen)).join(', ');
  if (isRecord(value))
    return Object.entries(value)
      .map(([name, one]) => `${name}=${cellText(one, screen)}`)
      .join(' ');
  if (value === null || value === undefined) return '';
  if (typeof value === 'string' && isTime(value)) return timeCell(value, screen.now);
  return typeof value === 'string' ? value : JSON.stringify(value);
};

/** Records as a table of all their members. */
const recordsText = (records: readonly Values[], screen: Screen): string => {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))].filter(
    (name) =>
      !storedKeys.includes(name) &&
      records.some((record) => record[name] !== null && record[name] !== undefined),
  );
  return tableText(
    records,
    names.map((name) => ({
      head: name.replaceAll('_', ' ').toUpperCase(),
      of: (record: Values) => cellText(record[name], screen),
      fit: Math.max(8, name.length),
      toned: true,
    })),
    screen,
  );
};

const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? '' : `  ${line}`))
    .join('\n');

const narrower = (screen: Screen): Screen => ({
  ...screen,
  columns: screen.columns === undefined ? undefined : screen.columns - 2,
});

/**
 * A record as lines: names in words and their values; nested values are indented under their name.
 * Members without a value are omitted.
 */
export const recordText = (record: Values, screen: Screen): string => {
  const entries = Object.entries(record).filter(
    ([name, value]) =>
      !storedKeys.includes(name) &&
      value !== null &&
      value !== undefined &&
      !(Array.isArray(value) && value.length === 0) &&
      !(isRecord(value) && Object.keys(value).length === 0),
  );
  const inLine = ([, value]: readonly [string, unknown]): boolean =>
    isPlain(value) || (Array.isArray(value) && value.every(isPlain));
  const plain = entries.filter(inLine);
  const width = Math.max(0, ...plain.map(([name]) => words(name).length));
  const lines = plain.map(
    ([name, value]) =>
      `${words(name).padEnd(width)}  ${Array.isArray(value) ? value.map((one) => plainText(one, screen)).join(', ') : plainText(value, screen)}`,
  );
  const blocks = entries
    .filter((entry) => !inLine(entry))
    .map(([name, value]) => {
      const inner = narrower(screen);
      const text = Array.isArray(value)
        ? value.every(isRecord)
          ? recordsText(value, inner)
          : value.map((one) => visible(JSON.stringify(one))).join('\n')
        : recordText(isRecord(value) ? value : {}, inner);
      return `\n${toned(words(name), 'head', screen)}\n${indented(text)}`;
    });
  return [...lines, ...blocks].join('\n').replace(/^\n/, '');
};

/** An answer of any shape as lines. */
export const valueText = (value: unknown, screen: Screen): string => {
  if (Array.isArray(value))
    return value.every(isRecord)
      ? recordsText(value, screen)
      : value.map((one) => plainText(one, screen)).join('\n');
  return isRecord(value) ? recordText(value, screen) : plainText(value, screen);
};
