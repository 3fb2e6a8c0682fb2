import { printable } from '@interlock/kernel';
import { tableOf, textsOf, type Report } from './content.js';

/** Returns text that Markdown shows unchanged, on one line. */
const plain = (text: string): string =>
  printable(text).replaceAll(/[\\`*_[\]<>|#&~]/g, (mark) => `\\${mark}`);
const row = (cells: readonly string[]): string => `| ${cells.map(plain).join(' | ')} |`;

/** A report as GitHub-flavoured Markdown. */
export const markdownOf = ({ title, text, sections }: Report): string =>
  [
    `# ${plain(title)}`,
    plain(text),
    ...sections.flatMap((section) => {
      const table = tableOf(section);
      return [
        `## ${plain(section.heading)}`,
        ...textsOf(section).map(plain),
        ...(table === undefined
          ? []
          : [[row(table.head), `|${' --- |'.repeat(table.head.length)}`, ...table.rows.map(row)].join('\n')]),
      ];
    }),
  ]
    .join('\n\n')
    .concat('\n');
