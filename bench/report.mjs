import process from 'node:process';

/**
 * A figure; `bar` is its required value (`{ least }` or `{ most }`), absent if the figure only
 * explains another.
 */
export function row(name, value, unit, bar) {
  const met = bar === undefined ? null : bar.least === undefined ? value <= bar.most : value >= bar.least;
  return { name, value, unit, bar: bar === undefined ? null : (bar.least ?? bar.most), met };
}

/** The value at a share of the sorted values. */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

const rounded = (value) => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));

export function printJson(rows) {
  process.stdout.write(
    `${JSON.stringify({ rows: rows.map((one) => ({ ...one, value: rounded(one.value) })) })}\n`,
  );
}

/** Columns as wide as their widest cell; the first is aligned left, figures right. */
export function table(head, lines) {
  const widths = head.map((title, i) => Math.max(title.length, ...lines.map((line) => line[i].length)));
  return [head, ...lines]
    .map((line) =>
      line
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function printTable(rows, notes) {
  const lines = rows.map(({ name, value, unit, bar, met }) => [
    name,
    `${rounded(value)}`,
    unit,
    bar === null ? '' : `${rounded(bar)}`,
    met === null ? '' : met ? 'yes' : 'NO',
  ]);
  process.stdout.write(
    `${table(['measure', 'value', 'unit', 'bar', 'met'], lines)}\n${notes.map((note) => `\n${note}\n`).join('')}`,
  );
}
