import { printable } from '@interlock/kernel';
import type { ReportNotice } from '../notice.js';
import { bytesOf, tableOf, textsOf, type Report } from '../report/content.js';
import { fitted } from '../report/fitted.js';
import { cardMessage, cardText, type TeamsMessage } from './teams.js';

/** Teams documents 28 KB, but webhooks were seen to refuse less. */
const most = 21_000;

const block = (text: string, look: object = {}): object => ({
  type: 'TextBlock',
  // A block without text is invalid.
  text: text === '' ? ' ' : cardText(printable(text)),
  wrap: true,
  ...look,
});
const rowOf = (cells: readonly string[]): object => ({
  type: 'TableRow',
  cells: cells.map((cell) => ({ type: 'TableCell', items: [block(cell)] })),
});

const cardOf = ({ title, text, sections }: Report): TeamsMessage =>
  cardMessage('1.5', {
    fallbackText: cardText(printable(title)),
    msteams: { width: 'Full' },
    body: [
      block(title, { size: 'Large', weight: 'Bolder', style: 'heading' }),
      block(text),
      ...sections.flatMap((section) => {
        const table = tableOf(section);
        return [
          block(section.heading, { weight: 'Bolder', separator: true, style: 'heading' }),
          ...textsOf(section).map((one) => block(one)),
          ...(table === undefined
            ? []
            : [
                {
                  type: 'Table',
                  firstRowAsHeaders: true,
                  columns: table.head.map(() => ({ width: 1 })),
                  rows: [table.head, ...table.rows].map(rowOf),
                },
              ]),
        ];
      }),
    ],
  });

/** The message of a report: one card, with its tables. */
export const teamsReport = ({ report }: ReportNotice): TeamsMessage =>
  cardOf(fitted(report, (one) => bytesOf(cardOf(one)) <= most));
