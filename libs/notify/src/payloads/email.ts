import { sha256Hex } from '@interlock/kernel';
import { episodeKeyOf, factsOf, headline, type Notice } from '../notice.js';

/** A message for an SMTP sender. */
export type EmailMessage = {
  readonly from: string;
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
  readonly messageId: string;
  readonly references: string;
  readonly headers: { readonly [name: string]: string };
};

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1);

/**
 * The message of a notice. Its id is derived from the deduplication key, so that a repeat has the
 * same id. All messages of an episode belong to one thread.
 */
export const emailMessage = (
  notice: Notice,
  { from, to }: { readonly from: string; readonly to: readonly string[] },
  link: string | null = null,
): EmailMessage => {
  const idOf = (text: string): string => `<${sha256Hex(text).slice(0, 40)}@${domainOf(from)}>`;
  return {
    from,
    to,
    subject: headline(notice, 180),
    text: [
      notice.detail,
      '',
      ...(link === null ? [] : [`Review it: ${link}`, '']),
      ...factsOf(notice).map(([name, value]) => `${name}: ${value}`),
      '',
      'Sent by Interlock.',
    ].join('\n'),
    messageId: idOf(`${notice.tenant_id}/${notice.dedup_key}`),
    references: idOf(episodeKeyOf(notice)),
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Interlock-Key': notice.dedup_key },
  };
};
