import { printable, sha256Hex } from '@interlock/kernel';
import {
  episodeKeyOf,
  factsOf,
  headline,
  shownDetail,
  type AlertNotice,
  type Notice,
  type ReportNotice,
} from '../notice.js';
import { htmlOf } from '../report/html.js';
import { markdownOf } from '../report/markdown.js';

/** A message for an SMTP sender. */
export type EmailMessage = {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  /** The same content as HTML, for a report. */
  readonly html?: string;
  readonly messageId: string;
  readonly references: string;
  readonly headers: { readonly [name: string]: string };
};

type Mailboxes = { readonly from: string; readonly to: readonly string[] };

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

/**
 * The parts of every message. Its id is derived from the deduplication key, so that a repeat has
 * the same id. All messages of an episode belong to one thread.
 */
const envelope = (
  notice: Notice,
  { from, to }: Mailboxes,
): Omit<EmailMessage, 'subject' | 'text' | 'html'> => {
  const idOf = (text: string): string => `<${sha256Hex(text).slice(0, 40)}@${domainOf(from)}>`;
  return {
    from,
    to,
    messageId: idOf(`${notice.tenant_id}/${notice.dedup_key}`),
    references: idOf(episodeKeyOf(notice)),
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Interlock-Key': notice.dedup_key },
  };
};

/** The message of a notice. `link` is the address of the page on which a person decides. */
export const emailMessage = (
  notice: AlertNotice,
  mailboxes: Mailboxes,
  link: string | null = null,
): EmailMessage => ({
  ...envelope(notice, mailboxes),
  subject: headline(notice, 180),
  text: [
    shownDetail(notice),
    '',
    ...(link === null ? [] : [`Review it: ${link}`, '']),
    ...factsOf(notice).map(([name, value]) => `${name}: ${value}`),
    '',
    'Sent by Interlock.',
  ].join('\n'),
});

/** The message of a report: Markdown, and the same as HTML. */
export const emailReport = (notice: ReportNotice, mailboxes: Mailboxes): EmailMessage => ({
  ...envelope(notice, mailboxes),
  subject: printable(notice.report.title),
  text: markdownOf(notice.report),
  html: htmlOf(notice.report),
});
