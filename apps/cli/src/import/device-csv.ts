import { CliError } from '../cli-error.js';
import { deviceColumns, deviceRow, type DeviceRow } from './device-rows.js';

/** Matches a field of CSV (RFC 4180) and its end. A quoted field may contain line breaks. */
const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;

/** Returns the records of a CSV text. Empty lines are skipped. */
const recordsOf = (text: string): readonly (readonly string[])[] => {
  const records: string[][] = [];
  let record: string[] = [];
  let at = 0;
  while (at < text.length || record.length > 0) {
    field.lastIndex = at;
    const match = field.exec(text);
    if (match === null) throw new CliError(`record ${records.length + 1} is not CSV`, 2);
    const [, quoted, plain = '', end] = match;
    record.push((quoted?.replaceAll('""', '"') ?? plain).trim());
    at = field.lastIndex;
    if (end === ',') continue;
    if (record.some((one) => one !== '')) records.push(record);
    record = [];
  }
  return records;
};

/**
 * Returns the devices of a CSV text, whose first record names the columns. Throws CliError if the
 * text is no CSV, or if a column is unknown, missing or named twice.
 */
export const devicesOfCsv = (text: string): readonly DeviceRow[] => {
  const [columns = [], ...records] = recordsOf(text.replace(/^\uFEFF/, ''));
  const unknown = columns.filter((one) => !(deviceColumns as readonly string[]).includes(one));
  const missing = deviceColumns.slice(0, -5).filter((one) => !columns.includes(one));
  if (unknown.length > 0) throw new CliError(`columns are not known: ${unknown.join(', ')}`, 2);
  if (missing.length > 0) throw new CliError(`columns are missing: ${missing.join(', ')}`, 2);
  if (new Set(columns).size < columns.length) throw new CliError('a column is named twice', 2);
  return records.map((record, i) => {
    const row = deviceRow(
      `row ${i + 1}`,
      Object.fromEntries(columns.map((column, n) => [column, record[n] ?? ''])),
    );
    return record.length === columns.length
      ? row
      : {
          ...row,
          faults: [{ pointer: '', detail: `has ${record.length} fields, and the header ${columns.length}` }],
        };
  });
};
