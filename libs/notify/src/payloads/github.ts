import { episodeKeyOf, factsOf, headline, type Notice } from '../notice.js';

export const githubLabel = 'interlock-alert';
const titleLimit = 240;
const bodyLimit = 60_000;

/** Stands unseen in an issue, so that the issue of an episode is found again whoever made it. */
export const issueMarker = (notice: Notice): string => `<!-- ${episodeKeyOf(notice)} -->`;
/** The same for a comment. */
export const commentMarker = (notice: Notice): string =>
  `<!-- interlock/${notice.tenant_id}/${notice.dedup_key} -->`;

/** Text as it stands: no mention rings for people, no markup takes over. */
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

/** Closes it. */
export const githubClose = { state: 'closed', state_reason: 'completed' } as const;
