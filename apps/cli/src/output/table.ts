import stringWidth from 'string-width';
import { visible } from './visible.js';
import { toned, toneOf, type Screen } from './screen.js';
import { timeCell } from './times.js';

type Cell = string | number | boolean | null | undefined;
/** A column of a table of rows. */
export type Column<Row> = (
  | {
      /** The cell's text in one line; null and undefined are empty. */
      readonly of: (row: Row, screen: Screen) => Cell;
      readonly time?: never;
    }
  | {
      /** The cell's time, shown in UTC with its age. */
      readonly time: (row: Row) => string | null | undefined;
      readonly of?: never;
    }
) & {
  readonly head: string;
  /** Shown only with `--output wide`. */
  readonly wide?: true;
  /** True for numbers, which are aligned right. */
  readonly right?: true;
  /**
   * The fewest columns to which a narrow terminal may cut the cell; below that, the whole column is
   * omitted.
   */
  readonly fit?: number;
  /** True for a state, a verdict or a severity, which is coloured by its word. */
  readonly toned?: true;
};

const gap = 2;

/** The text cut to a number of terminal columns; an ellipsis marks a cut. */
export const cut = (text: string, columns: number): string => {
  if (stringWidth(text) <= columns) return text;
  let kept = '';
  let width = 0;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    width += stringWidth(segment);
    if (width > columns - 1) break;
    kept += segment;
  }
  return `${kept.trimEnd()}…`;
};

/** The widths at which columns fit; 0 omits a column. Fixed columns keep their width. */
export const fitted = (
  natural: readonly number[],
  least: readonly (number | undefined)[],
  columns: number | undefined,
): readonly number[] => {
  const widths = [...natural];
  const total = (): number => widths.reduce((sum, width) => sum + (width > 0 ? width + gap : 0), 0) - gap;
  if (columns === undefined) return widths;
  for (let excess = total() - columns; excess > 0; excess = total() - columns) {
    const spare = widths.map((width, i) => width - (least[i] ?? width));
    const most = Math.max(...spare);
    if (most > 0) {
      const at = spare.lastIndexOf(most);
      const next = Math.max(0, ...spare.filter((one, i) => i !== at && one < most));
      widths[at] = (widths[at] ?? 0) - Math.min(excess, Math.max(1, most - next));
      continue;
    }
    const last = widths.findLastIndex((width, i) => width > 0 && least[i] !== undefined);
    if (last < 0) break;
    widths[last] = 0;
  }
  return widths;
};

/** The cell of a row, as it is shown. */
export const cellOf = <Row>(column: Column<Row>, row: Row, screen: Screen): string => {
  const cell = column.of === undefined ? timeCell(column.time(row), screen.now) : column.of(row, screen);
  return cell === null || cell === undefined ? '' : visible(`${cell}`);
};

/**
 * Returns the rows as lines under a header, not wider than a terminal. No cell can control the
 * terminal.
 */
export const tableText = <Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  screen: Screen,
  { wide = false, heads = true }: { readonly wide?: boolean; readonly heads?: boolean } = {},
): string => {
  const shown = columns.filter((column) => wide || column.wide === undefined);
  const cells = rows.map((row) => shown.map((column) => cellOf(column, row, screen)));
  const natural = shown.map((column, i) =>
    Math.max(stringWidth(column.head), ...cells.map((row) => stringWidth(row[i] ?? ''))),
  );
  const widths = fitted(
    natural,
    shown.map(({ fit }, i) => (fit === undefined ? undefined : Math.min(fit, natural[i] ?? fit))),
    screen.columns,
  );
  const lastShown = widths.findLastIndex((width) => width > 0);
  const line = (row: readonly string[], isHead: boolean): string =>
    shown
      .flatMap((column, i) => {
        const width = widths[i] ?? 0;
        if (width === 0) return [];
        const text = cut(row[i] ?? '', width);
        const space = ' '.repeat(Math.max(0, width - stringWidth(text)));
        const tone = isHead ? 'head' : column.toned === true ? toneOf(text) : undefined;
        const shownText = toned(text, tone, screen);
        if (column.right === true) return [`${space}${shownText}`];
        return [i === lastShown ? shownText : `${shownText}${space}`];
      })
      .join(' '.repeat(gap))
      .trimEnd();
  return [
    ...(heads
      ? [
          line(
            shown.map(({ head }) => head),
            true,
          ),
        ]
      : []),
    ...cells.map((row) => line(row, false)),
  ].join('\n');
};

/**
 * The shortest unique prefixes of ids, of at least 13 characters, the length of a UUIDv7's time.
 */
export const shortIds = (ids: readonly string[]): ReadonlyMap<string, string> => {
  const sorted = [...new Set(ids)].sort();
  const common = (a = '', b = ''): number => {
    let n = 0;
    while (n < a.length && a[n] === b[n]) n += 1;
    return n;
  };
  return new Map(
    sorted.map((id, i) => {
      const needed = Math.max(common(id, sorted[i - 1]), common(id, sorted[i + 1])) + 1;
      return [id, id.slice(0, Math.max(13, needed))];
    }),
  );
};
