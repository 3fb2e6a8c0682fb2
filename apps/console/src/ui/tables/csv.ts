type Value = string | number | null | undefined;

const cell = (value: Value): string => {
  const text = String(value ?? '');
  // A spreadsheet would run a cell that begins with one of these characters as a formula.
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};

/** Rows as CSV (RFC 4180), each ended by CR and LF. Pure. */
export const csvOf = (rows: readonly (readonly Value[])[]): string =>
  rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
