import type { Violation } from '@interlock/contracts';

/** A table of a report; every row has as many cells as `head`. */
export type ReportTable = {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
};
export type ReportSection = {
  readonly heading: string;
  /** Describes the figures and their source. */
  readonly text: string;
  /** `none` is shown if the table has no rows. */
  readonly table?: ReportTable;
  readonly none?: string;
};
/** The content of a report. Every format shows all of it. */
export type Report = {
  readonly title: string;
  readonly text: string;
  readonly sections: readonly ReportSection[];
};

/**
 * The limits of a report that is sent. Lengths count UTF-16 code units, `bytes` the JSON of the
 * report as UTF-8.
 */
export const reportLimits = {
  title: 200,
  heading: 200,
  text: 1000,
  sections: 30,
  columns: 16,
  rows: 200,
  cell: 500,
  bytes: 65_536,
} as const;

/** The table of a section, if it has rows. */
export const tableOf = ({ table }: ReportSection): ReportTable | undefined =>
  table === undefined || table.rows.length === 0 ? undefined : table;

/** The paragraphs of a section. */
export const textsOf = (section: ReportSection): readonly string[] => [
  section.text,
  ...(tableOf(section) === undefined && section.none !== undefined ? [section.none] : []),
];

/** The size of a value as JSON in UTF-8. */
export const bytesOf = (value: object): number => new TextEncoder().encode(JSON.stringify(value)).length;

/** Every fault of a report that the type and the length of a single member do not show. */
export const checkReport = (report: Report): readonly Violation[] => [
  ...report.sections.flatMap(({ table }, i) =>
    (table?.rows ?? []).flatMap((row, j) =>
      row.length === table?.head.length
        ? []
        : [
            {
              pointer: `/sections/${i}/table/rows/${j}`,
              detail: `must have ${table?.head.length} cells, as many as the head`,
            },
          ],
    ),
  ),
  ...(bytesOf(report) <= reportLimits.bytes
    ? []
    : [{ pointer: '', detail: `must not be larger than ${reportLimits.bytes} bytes` }]),
];
