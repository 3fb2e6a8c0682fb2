import { factsOf, headline, shownDetail, type AlertNotice } from '../notice.js';

/** The payload of Slack's incoming webhooks. */
export type SlackMessage = {
  readonly channel?: string;
  readonly text: string;
  readonly blocks: readonly object[];
};

const sectionLimit = 2900;

/** Escapes `&`, `<` and `>`, which would make links, mentions and channels. */
export const slackText = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/**
 * Escapes the beginning of a text to at most `most` characters. It cuts neither a character nor an
 * escape.
 */
const fitting = (text: string, most: number): string => {
  let fits = '';
  for (const character of text) {
    const escaped = slackText(character);
    if (fits.length + escaped.length > most) break;
    fits += escaped;
  }
  return fits;
};

/**
 * The message of a notice. Without `channel`, the webhook's own channel is used. `link` becomes a
 * button.
 */
export const slackMessage = (
  notice: AlertNotice,
  channel: string | null,
  link: string | null = null,
): SlackMessage => {
  const heading = `*${slackText(headline({ ...notice, detail: '' }).replace(/:$/, ''))}*\n`;
  const facts = factsOf(notice).map(([name, value]) => `${name} ${value}`);
  return {
    ...(channel === null ? {} : { channel }),
    text: slackText(headline(notice)),
    blocks: [
      {
        type: 'section',
        text: {
          type: 'mrkdwn',
          text: `${heading}${fitting(shownDetail(notice), sectionLimit - heading.length)}`,
        },
      },
      {
        type: 'context',
        elements: [{ type: 'mrkdwn', text: fitting(facts.join(' · '), sectionLimit) }],
      },
      ...(link === null
        ? []
        : [
            {
              type: 'actions',
              elements: [{ type: 'button', text: { type: 'plain_text', text: 'Review' }, url: link }],
            },
          ]),
    ],
  };
};
