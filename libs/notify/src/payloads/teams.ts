import { cutText } from '@interlock/kernel';
import { factsOf, headline, shownDetail, type AlertNotice } from '../notice.js';

/**
 * The payload of a Teams workflow with the trigger "When a Teams webhook request is received": a
 * message with one Adaptive Card.
 */
export type TeamsMessage = { readonly type: 'message'; readonly attachments: readonly object[] };

const textLimit = 2900;

/**
 * Escapes the Markdown of Adaptive Cards, which would make links and emphasis. Texts, the values of
 * facts and the fallback text are Markdown.
 */
export const cardText = (text: string): string => text.replace(/[\\`*_[\]()<>#~]/g, '\\$&');

/** A message with one card. */
export const cardMessage = (version: string, content: object): TeamsMessage => ({
  type: 'message',
  attachments: [
    {
      contentType: 'application/vnd.microsoft.card.adaptive',
      contentUrl: null,
      content: {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        type: 'AdaptiveCard',
        version,
        ...content,
      },
    },
  ],
});

/** The message of a notice. `link` becomes a button. */
export const teamsMessage = (notice: AlertNotice, link: string | null): TeamsMessage =>
  cardMessage('1.4', {
    fallbackText: cardText(headline(notice)),
    body: [
      {
        type: 'TextBlock',
        text: cardText(headline({ ...notice, detail: '' }).replace(/:$/, '')),
        weight: 'Bolder',
        wrap: true,
      },
      { type: 'TextBlock', text: cardText(cutText(shownDetail(notice), textLimit)), wrap: true },
      {
        type: 'FactSet',
        facts: factsOf(notice).map(([title, value]) => ({ title, value: cardText(value) })),
      },
    ],
    ...(link === null ? {} : { actions: [{ type: 'Action.OpenUrl', title: 'Review', url: link }] }),
  });

/** Words of an incoming webhook of Teams that answers 200 although Teams refused the message. */
const failedText = /\b(?:failed|failure|errors?|exceptions?)\b/i;

/**
 * The status that an answer of Teams stands for. An incoming webhook answers 200 although
 * Teams refused the message. Its text then names Teams' own status; without one it stands for 503.
 */
export const teamsStatus = (status: number, body: string): number => {
  if (status < 200 || status >= 300 || !failedText.test(body)) return status;
  return Number(/HTTP error ([45]\d{2})/i.exec(body)?.[1] ?? 503);
};

/** What is known of a message that a workflow of Teams took. */
export const teamsAccepted = 'the workflow took the message; whether it posts it is in its run history only';
