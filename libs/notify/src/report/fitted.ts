import { bytesOf, reportLimits, tableOf, type Report, type ReportSection } from './content.js';

/** A section with at most `most` rows of its table. Its text says how many rows it shows. */
const cut = (section: ReportSection, most: number): ReportSection => {
  const table = tableOf(section);
  if (table === undefined || table.rows.length <= most) return section;
  const { heading, text } = section;
  const of = table.rows.length;
  if (most === 0) return { heading, text: `${text} Left out here: a table with ${of} rows.` };
  return {
    heading,
    text: `${text} The table is cut here: it shows ${most} of ${of} rows.`,
    table: { head: table.head, rows: table.rows.slice(0, most) },
  };
};

/** A report with at most `rows` rows in each table and at most `sections` sections. */
const shortened = ({ title, text, sections }: Report, rows: number, most = sections.length): Report => {
  const missing = sections.length - most;
  return {
    title,
    text: `${text} Shortened, because the receiver limits the length of a message.${missing === 0 ? '' : ` Sections left out at the end: ${missing}.`}`,
    sections: sections.slice(0, most).map((section) => cut(section, rows)),
  };
};

/**
 * Returns the longest form of a report that `fits`. First every table is cut to the same number of
 * rows, then the last sections are left out. The texts say what is missing. The shortest form is
 * returned even if it does not fit.
 */
export const fitted = (report: Report, fits: (report: Report) => boolean): Report => {
  if (fits(report)) return report;
  let [fitting, tooMany] = [-1, Math.max(0, ...report.sections.map(({ table }) => table?.rows.length ?? 0))];
  while (tooMany - fitting > 1) {
    const rows = Math.floor((fitting + tooMany) / 2);
    if (fits(shortened(report, rows))) fitting = rows;
    else tooMany = rows;
  }
  if (fitting >= 0) return shortened(report, fitting);
  let sections = report.sections.length - 1;
  while (sections > 0 && !fits(shortened(report, 0, sections))) sections -= 1;
  return shortened(report, 0, Math.max(0, sections));
};

const shortCell = (text: string): string =>
  text.length <= reportLimits.cell ? text : `${text.slice(0, reportLimits.cell - 1).toWellFormed()}…`;

/**
 * Returns a report with as much of its tables as `reportLimits` allows. Its other texts and its
 * columns must keep the limits already.
 */
export const sendable = (report: Report): Report =>
  fitted(
    {
      ...report,
      sections: report.sections.map((section) => {
        const { table } = section;
        return table === undefined
          ? section
          : { ...section, table: { ...table, rows: table.rows.map((row) => row.map(shortCell)) } };
      }),
    },
    (one) =>
      bytesOf(one) <= reportLimits.bytes &&
      one.sections.every(({ table }) => (table?.rows.length ?? 0) <= reportLimits.rows),
  );
