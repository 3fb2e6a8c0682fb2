import { cutText, printable } from '@interlock/kernel';
import {
  episodeKeyOf,
  factsOf,
  headline,
  shownDetail,
  type AlertNotice,
  type Notice,
  type ReportNotice,
} from '../notice.js';
import type { Report } from '../report/content.js';
import { fitted } from '../report/fitted.js';
import { markdownOf } from '../report/markdown.js';

const labels = { alert: 'interlock-alert', report: 'interlock-report' } as const;
/** The label by which the issue of a notice is found again. */
export const githubLabel = ({ what }: Notice): string => (what === 'report' ? labels.report : labels.alert);
const titleLimit = 240;
const bodyLimit = 60_000;
/** Escaping may double its length. */
const detailLimit = 20_000;

/**
 * An invisible marker in an issue, which finds the issue of an episode again, whoever created it.
 */
export const issueMarker = (notice: Notice): string => `<!-- ${episodeKeyOf(notice)} -->`;
/** The same for a comment. */
export const commentMarker = (notice: Notice): string =>
  `<!-- interlock/${notice.tenant_id}/${notice.dedup_key} -->`;

const withoutMentions = (text: string): string => text.replaceAll('@', '@\u200b');

/** Escapes text, so that it mentions nobody and contains no markup. */
const plain = (text: string): string =>
  withoutMentions(text.replaceAll('\\', '\\\\').replace(/[<>`*_[\]#|~]/g, (character) => `\\${character}`));

const table = (notice: AlertNotice): string =>
  ['| | |', '| --- | --- |', ...factsOf(notice).map(([name, value]) => `| ${name} | ${plain(value)} |`)].join(
    '\n',
  );

type Issue = { readonly title: string; readonly body: string; readonly labels: readonly string[] };

/** A new issue of an alert. */
export const githubIssue = (notice: AlertNotice): Issue => ({
  title: headline(notice, titleLimit),
  body: `${issueMarker(notice)}\n${plain(cutText(shownDetail(notice), detailLimit))}\n\n${table(notice)}`,
  labels: [labels.alert, `severity:${notice.severity}`],
});

/** A new issue of a report. */
export const githubReport = (notice: ReportNotice): Issue => {
  const bodyOf = (report: Report): string => `${issueMarker(notice)}\n${withoutMentions(markdownOf(report))}`;
  const { report } = notice;
  return {
    title: cutText(printable(report.title), titleLimit),
    body: bodyOf(fitted(report, (one) => bodyOf(one).length <= bodyLimit)),
    labels: [labels.report],
  };
};

/** A comment on the issue of an episode. */
export const githubComment = (notice: AlertNotice): { readonly body: string } => ({
  body: `${commentMarker(notice)}\n${plain(headline(notice))}\n\n${table(notice)}`,
});

/** Closes the issue. */
export const githubClose = { state: 'closed', state_reason: 'completed' } as const;
