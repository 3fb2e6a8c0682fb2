import { printable } from '@interlock/kernel';
import { tableOf, textsOf, type Report, type ReportTable } from '@interlock/notify';
import { PDFDocument, StandardFonts, rgb, type PDFFont, type PDFPage } from 'pdf-lib';

// A4 in points.
const paper = { width: 595, height: 842, margin: 48 } as const;
const within = paper.width - 2 * paper.margin;
const padding = 4;
const ink = rgb(0.1, 0.1, 0.1);
const line = rgb(0.6, 0.6, 0.6);

/** Replaces characters that PDF's standard fonts lack by `?`. */
const drawable = (text: string): string =>
  printable(text).replaceAll(
    /[^\u0020-\u007e\u00a0-\u00ff\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u20ac]/gu,
    '?',
  );

/** Breaks a word that is wider than a line. */
const broken = (word: string, font: PDFFont, size: number, width: number): readonly string[] => {
  const parts = [''];
  for (const character of word) {
    const longer = `${parts.at(-1) ?? ''}${character}`;
    if (font.widthOfTextAtSize(longer, size) > width) parts.push(character);
    else parts[parts.length - 1] = longer;
  }
  return parts;
};

/** The lines of a text at a width in points. */
const wrapped = (text: string, font: PDFFont, size: number, width: number): readonly string[] => {
  const lines = [''];
  for (const word of drawable(text)
    .split(' ')
    .flatMap((one) => broken(one, font, size, width))) {
    const last = lines.at(-1) ?? '';
    const longer = last === '' ? word : `${last} ${word}`;
    if (font.widthOfTextAtSize(longer, size) > width) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
};

/** Writes from the top of a page to its end, and continues on the next page. */
class Writer {
  #page: PDFPage;
  #y = paper.height - paper.margin;

  constructor(
    private readonly document: PDFDocument,
    private readonly fonts: { readonly body: PDFFont; readonly bold: PDFFont },
  ) {
    this.#page = document.addPage([paper.width, paper.height]);
  }

  /** Starts a new page unless this one has room for the height. */
  #fit(height: number): boolean {
    if (this.#y - height >= paper.margin) return false;
    this.#page = this.document.addPage([paper.width, paper.height]);
    this.#y = paper.height - paper.margin;
    return true;
  }

  text(text: string, size: number, bold = false, keepWith = 0): void {
    const font = bold ? this.fonts.bold : this.fonts.body;
    const lines = wrapped(text, font, size, within);
    const height = size * 1.4;
    this.#fit(lines.length * height + keepWith);
    for (const one of lines) {
      this.#fit(height);
      this.#y -= height;
      this.#page.drawText(one, { x: paper.margin, y: this.#y, size, font, color: ink });
    }
    this.#y -= size * 0.6;
  }

  #row(cells: readonly string[], widths: readonly number[], font: PDFFont): void {
    const size = 9;
    const lines = cells.map((cell, i) => wrapped(cell, font, size, (widths[i] ?? 0) - 2 * padding));
    const height = Math.max(...lines.map(({ length }) => length)) * size * 1.3 + 2 * padding;
    let x = paper.margin;
    for (const [i, cell] of lines.entries()) {
      const width = widths[i] ?? 0;
      this.#page.drawRectangle({
        x,
        y: this.#y - height,
        width,
        height,
        borderColor: line,
        borderWidth: 0.5,
      });
      for (const [j, one] of cell.entries())
        this.#page.drawText(one, {
          x: x + padding,
          y: this.#y - padding - (j + 1) * size * 1.3 + 3,
          size,
          font,
          color: ink,
        });
      x += width;
    }
    this.#y -= height;
  }

  table({ head, rows }: ReportTable): void {
    const longest = head.map((_, i) =>
      Math.min(40, Math.max(6, ...[head, ...rows].map((row) => (row[i] ?? '').length))),
    );
    const sum = longest.reduce((total, one) => total + one, 0);
    const widths = longest.map((one) => (one / sum) * within);
    const { body, bold } = this.fonts;
    const heightOf = (row: readonly string[]): number =>
      Math.max(...row.map((cell, i) => wrapped(cell, body, 9, (widths[i] ?? 0) - 2 * padding).length)) *
        11.7 +
      2 * padding;
    this.#fit(60);
    this.#row(head, widths, bold);
    for (const row of rows) {
      if (this.#fit(heightOf(row))) this.#row(head, widths, bold);
      this.#row(row, widths, body);
    }
    this.#y -= 12;
  }
}

/** Returns a report as the bytes of a PDF in A4. `at` is the time that the file states. */
export const pdfOf = async ({ title, text, sections }: Report, at: Date): Promise<Uint8Array> => {
  const document = await PDFDocument.create();
  document.setTitle(drawable(title), { showInWindowTitleBar: true });
  document.setLanguage('en');
  document.setCreationDate(at);
  document.setModificationDate(at);
  const [body, bold] = await Promise.all([
    document.embedFont(StandardFonts.Helvetica),
    document.embedFont(StandardFonts.HelveticaBold),
  ]);
  const writer = new Writer(document, { body, bold });
  writer.text(title, 18, true);
  writer.text(text, 10);
  for (const section of sections) {
    writer.text(section.heading, 13, true, 80);
    for (const one of textsOf(section)) writer.text(one, 10);
    const table = tableOf(section);
    if (table !== undefined) writer.table(table);
  }
  for (const [i, page] of document.getPages().entries())
    page.drawText(`${i + 1} / ${document.getPageCount()}`, {
      x: paper.width - paper.margin - 30,
      y: paper.margin / 2,
      size: 8,
      font: body,
      color: line,
    });
  return document.save();
};
