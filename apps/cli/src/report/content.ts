/** A table of a report; every row has as many cells as `head`. */
export type ReportTable = {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
};
export type ReportSection = {
  readonly heading: string;
  /** Says what the figures are and where they come from. */
  readonly text: string;
  /** A table without rows is shown as its `none`. */
  readonly table?: ReportTable;
  readonly none?: string;
};
/** The content of a report. Every format shows all of it. */
export type Report = {
  readonly title: string;
  readonly text: string;
  readonly sections: readonly ReportSection[];
};

/** The table of a section, if it has rows. */
export const tableOf = ({ table }: ReportSection): ReportTable | undefined =>
  table === undefined || table.rows.length === 0 ? undefined : table;

/** The paragraphs of a section. */
export const textsOf = (section: ReportSection): readonly string[] => [
  section.text,
  ...(tableOf(section) === undefined && section.none !== undefined ? [section.none] : []),
];
