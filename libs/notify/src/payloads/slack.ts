import { factsOf, headline, type AlertNotice } from '../notice.js';

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
 * The message of a notice. Without `channel`, the webhook's own channel is used. `link` becomes a
 * button.
 */
export const slackMessage = (
  notice: AlertNotice,
  channel: string | null,
  link: string | null = null,
): SlackMessage => ({
  ...(channel === null ? {} : { channel }),
  text: slackText(headline(notice)),
  blocks: [
    {
      type: 'section',
      text: {
        type: 'mrkdwn',
        text: `*${slackText(headline({ ...notice, detail: '' }).replace(/:$/, ''))}*\n${slackText(notice.detail)}`.slice(
          0,
          sectionLimit,
        ),
      },
    },
    {
      type: 'context',
      elements: [
        {
          type: 'mrkdwn',
          text: factsOf(notice)
            .map(([name, value]) => `${name} ${slackText(value)}`)
            .join(' · ')
            .slice(0, sectionLimit),
        },
      ],
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
});
