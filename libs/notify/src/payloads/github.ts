import { episodeKeyOf, factsOf, headline, type Notice } from '../notice.js';

export const githubLabel = 'interlock-alert';
const titleLimit = 240;
const bodyLimit = 60_000;

/**
 * An invisible marker in an issue, which finds the issue of an episode again, whoever created it.
 */
export const issueMarker = (notice: Notice): string => `<!-- ${episodeKeyOf(notice)} -->`;
/** The same for a comment. */
export const commentMarker = (notice: Notice): string =>
  `<!-- interlock/${notice.tenant_id}/${notice.dedup_key} -->`;

/** Escapes text, so that it mentions nobody and contains no markup. */
const plain = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replace(/[<>`*_[\]#|~]/g, (character) => `\\${character}`)
    .replaceAll('@', '@\u200b');

const table = (notice: Notice): string =>
  ['| | |', '| --- | --- |', ...factsOf(notice).map(([name, value]) => `| ${name} | ${plain(value)} |`)].join(
    '\n',
  );

/** A new issue of an alert. */
export const githubIssue = (
  notice: Notice,
): { readonly title: string; readonly body: string; readonly labels: readonly string[] } => ({
  title: headline(notice, titleLimit),
  body: `${issueMarker(notice)}\n${plain(notice.detail)}\n\n${table(notice)}`.slice(0, bodyLimit),
  labels: [githubLabel, `severity:${notice.severity}`],
});

/** A comment on the issue of an episode. */
export const githubComment = (notice: Notice): { readonly body: string } => ({
  body: `${commentMarker(notice)}\n${plain(headline(notice))}\n\n${table(notice)}`.slice(0, bodyLimit),
});

/** Closes the issue. */
export const githubClose = { state: 'closed', state_reason: 'completed' } as const;
