import type { Severity, Timestamp } from '@interlock/contracts';
import { printable } from '@interlock/kernel';
import type { Report } from './report/content.js';

/** `evidence`: positions of the log; `runbook`: the page with the steps to take. */
type NoticeHead = {
  readonly tenant_id: string;
  readonly alert_id: string;
  readonly episode: number;
  readonly dedup_key: string;
  readonly name: string;
  readonly severity: Severity;
  readonly detail: string;
  readonly at: Timestamp;
  readonly by: string | null;
  readonly evidence: { readonly from: string; readonly to: string } | null;
  readonly runbook: string | null;
  /**
   * The page of the console on which a person decides, with its query. Absent if nobody is asked,
   * and in notices planned by earlier releases.
   */
  readonly page?: string;
};
/**
 * The notice of an alert: it fires, somebody acknowledges it, it is over. `test` is a test of a
 * channel.
 */
export type AlertNotice = NoticeHead & {
  readonly what: 'trigger' | 'acknowledge' | 'resolve' | 'test';
};
/** A report that somebody sends. `alert_id` is the report's id, and `name` its name. */
export type ReportNotice = NoticeHead & { readonly what: 'report'; readonly report: Report };
/** The content for a channel. */
export type Notice = AlertNotice | ReportNotice;
export type NoticeKind = Notice['what'];

/**
 * The key by which receivers recognise a repeat: the alert, its episode, the kind, and the severity
 * if it rose within the episode. A notice that is sent twice has the same key twice.
 */
export const dedupKeyOf = (
  alertId: string,
  episode: number,
  what: NoticeKind,
  raisedTo: Severity | null = null,
): string => `${alertId}:${episode}:${what}${raisedTo === null ? '' : `:${raisedTo}`}`;

/**
 * The name of an alert's episode, for receivers that must match trigger, acknowledgement and end.
 */
export const episodeKeyOf = ({ tenant_id, alert_id, episode }: Notice): string =>
  `interlock/${tenant_id}/${alert_id}/${episode}`;

const headings = {
  trigger: 'FIRING',
  acknowledge: 'ACKNOWLEDGED',
  resolve: 'RESOLVED',
  test: 'TEST',
} as const;

/** A one-line summary: `[FIRING] critical kill_switch (demo): the kill switch is engaged`. */
export const headline = ({ what, severity, name, tenant_id, detail }: AlertNotice, most = 200): string => {
  const line = printable(
    `[${headings[what]}] ${severity} ${name} (${tenant_id}): ${detail}`.replace(/\s+/g, ' ').trim(),
  );
  const characters = [...line];
  return characters.length <= most ? line : `${characters.slice(0, most - 1).join('')}…`;
};

/**
 * The detail of a notice for a person. It keeps its lines, and shows invisible characters and those
 * that change the direction of text.
 */
export const shownDetail = ({ detail }: AlertNotice): string =>
  detail
    .split(/\r?\n/)
    .map((line) => printable(line.replaceAll('\t', ' ')))
    .join('\n');

/** The facts of a notice for a person, in display order. */
export const factsOf = (notice: Notice): readonly (readonly [string, string])[] =>
  facts(notice).map(([name, value]) => [name, printable(value)]);

const facts = (notice: Notice): readonly (readonly [string, string])[] => [
  ['tenant', notice.tenant_id],
  ['severity', notice.severity],
  ['alert', notice.alert_id],
  ['episode', `${notice.episode}`],
  ['at', notice.at],
  ...(notice.by === null ? [] : [['by', notice.by] as const]),
  ...(notice.evidence === null
    ? []
    : [['evidence', `log positions ${notice.evidence.from} to ${notice.evidence.to}`] as const]),
  ...(notice.runbook === null ? [] : [['runbook', notice.runbook] as const]),
  ['key', notice.dedup_key],
];
