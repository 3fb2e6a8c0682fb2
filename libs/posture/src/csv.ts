import type { Violation } from '@interlock/contracts';

/** The fields of one line of CSV, where a field may be quoted. */
export const csvFields = (line: string): readonly string[] =>
  [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))/g)].map(([, quoted, plain]) =>
    (quoted?.replaceAll('""', '"') ?? plain ?? '').trim(),
  );

/** The non-empty lines of a CSV text. */
export const csvLines = (text: string): readonly string[] =>
  text.split(/\r?\n/).filter((line) => line.trim() !== '');

/** A line that consists only of fields: its quotes are in pairs, with nothing beside them. */
const isWellFormed = (line: string): boolean =>
  /^(?:"(?:[^"]|"")*"|[^",]*)(?:,(?:"(?:[^"]|"")*"|[^",]*))*$/.test(line);

/** The fault of a row's shape; null if it consists of as many fields as the header has. */
export const rowFault = (line: string, columns: number): string | null => {
  if (!isWellFormed(line)) return 'is not a line of CSV';
  return csvFields(line).length === columns ? null : `must have ${columns} fields, as the header has`;
};

/**
 * The result of a check of a CSV text: the number of rows, and every fault, at `/ROW/COLUMN`, where
 * row 0 is the header.
 */
export type CsvCheck = { readonly rows: number; readonly faults: readonly Violation[] };

/**
 * Checks the schema of the integrity metrics. The header names each column once and has
 * `integrity_score`. There is at least one row. Every row has as many fields as the header, and a
 * score from 0 to 100.
 */
export const checkIntegrityCsv = (text: string): CsvCheck => {
  const [header = '', ...rows] = csvLines(text.replace(/^\uFEFF/, ''));
  const columns = csvFields(header);
  const place = columns.indexOf('integrity_score');
  const faults: Violation[] = [];
  const fault = (pointer: string, detail: string): void => {
    faults.push({ pointer, detail });
  };
  if (!isWellFormed(header)) fault('/0', 'is not a line of CSV');
  if (place < 0) fault('/0', 'has no column integrity_score');
  if (new Set(columns).size < columns.length) fault('/0', 'must name each column once');
  if (rows.length === 0) fault('', 'has no row');
  for (const [i, line] of rows.entries()) {
    const score = csvFields(line)[place];
    const malformed = rowFault(line, columns.length);
    if (malformed !== null) fault(`/${i + 1}`, malformed);
    else if (place >= 0 && (score === undefined || score === '' || !isScore(Number(score))))
      fault(`/${i + 1}/integrity_score`, 'must be a number from 0 to 100');
  }
  return { rows: rows.length, faults };
};

const isScore = (value: number): boolean => value >= 0 && value <= 100;
