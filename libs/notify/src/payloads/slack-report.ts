import { printable } from '@interlock/kernel';
import type { ReportNotice } from '../notice.js';
import { tableOf, textsOf, type Report, type ReportTable } from '../report/content.js';
import { fitted } from '../report/fitted.js';
import { slackText, type SlackMessage } from './slack.js';

/**
 * Slack takes 50 blocks of 3000 characters. It also refuses a message whose blocks hold too much
 * text in all: about 13,000 characters, sometimes fewer (`msg_blocks_too_long`).
 */
const limits = { blocks: 50, block: 2900, inAll: 10_000 } as const;
const fence = '```';
/** A longer cell ends with an ellipsis, because it would make every row of its table wide. */
const cellLimit = 40;

type Block = {
  readonly type: 'section';
  readonly text: { readonly type: 'mrkdwn'; readonly text: string; readonly verbatim: true };
};
/** `verbatim`: Slack makes no links and no mentions from the text. */
const block = (text: string): Block => ({
  type: 'section',
  text: { type: 'mrkdwn', text, verbatim: true },
});

/** Joins parts to texts of at most `most` characters. A part that is longer stands alone. */
const packed = (parts: Iterable<string>, separator: string, most: number): readonly string[] => {
  const texts: string[] = [];
  for (const part of parts) {
    const last = texts.at(-1);
    const longer = `${last ?? ''}${separator}${part}`;
    if (last !== undefined && longer.length <= most) texts[texts.length - 1] = longer;
    else texts.push(part);
  }
  return texts;
};

const plain = (text: string): string => slackText(printable(text));
/** A paragraph of any length. */
const paragraph = (text: string): readonly Block[] =>
  packed([...printable(text)].map(slackText), '', limits.block).map(block);

const cellOf = (text: string): string => {
  const characters = [...printable(text)];
  return characters.length <= cellLimit
    ? characters.join('')
    : `${characters.slice(0, cellLimit - 1).join('')}…`;
};

/**
 * A table in a fixed-width font. Backticks would end that font and have no escape, so they are
 * shown as apostrophes.
 */
const tableBlocks = ({ head, rows }: ReportTable): readonly Block[] => {
  const lines = [head, ...rows].map((row) => row.map(cellOf));
  const widths = head.map((_, i) => Math.max(...lines.map((row) => [...(row[i] ?? '')].length)));
  const texts = lines.map((row) =>
    row
      .map((cell, i) => `${cell}${' '.repeat((widths[i] ?? 0) - [...cell].length)}`)
      .join('  ')
      .trimEnd(),
  );
  const [first = '', ...rest] = texts.map((text) => slackText(text).replaceAll('`', "'"));
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return packed([first, rule, ...rest], '\n', limits.block).map((text) =>
    block([fence, text, fence].join('\n')),
  );
};

const blocksOf = ({ title, text, sections }: Report): readonly Block[] => [
  block(`*${plain(title)}*`),
  ...paragraph(text),
  ...sections.flatMap((section) => {
    const table = tableOf(section);
    return [
      block(`*${plain(section.heading)}*`),
      ...textsOf(section).flatMap(paragraph),
      ...(table === undefined ? [] : tableBlocks(table)),
    ];
  }),
];

const fits = (report: Report): boolean => {
  const blocks = blocksOf(report);
  const lengths = blocks.map(({ text }) => text.text.length);
  return (
    blocks.length <= limits.blocks &&
    Math.max(...lengths) <= limits.block + 2 * (fence.length + 1) &&
    lengths.reduce((sum, length) => sum + length, 0) <= limits.inAll
  );
};

/** The message of a report. Without `channel`, the webhook's own channel is used. */
export const slackReport = ({ report }: ReportNotice, channel: string | null): SlackMessage => ({
  ...(channel === null ? {} : { channel }),
  text: plain(report.title),
  blocks: blocksOf(fitted(report, fits)),
});
