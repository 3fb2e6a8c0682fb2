import {
  onlyAlerts,
  pagerDutyEvent,
  slackMessage,
  slackReport,
  takenBack,
  teamsAccepted,
  teamsMessage,
  teamsReport,
  teamsStatus,
  webhookId,
  webhookPayload,
  type Attempt,
  type ChannelSettings,
} from '@interlock/notify';
import { activeTraceparent } from '@interlock/jetstream';
import type { OutboundAnswer } from '@interlock/outbound';
import { Webhook } from 'standardwebhooks';
import type { Egress } from '../egress.js';
import { attemptFrom, jsonHeaders, WrongSecret, type Sender, type Sending } from './sending.js';

type Chat = Extract<ChannelSettings, { readonly kind: 'slack' | 'teams' }>;
const chatMessage = (settings: Chat, { notice, link }: Pick<Sending, 'notice' | 'link'>): object => {
  if (settings.kind === 'teams')
    return notice.what === 'report' ? teamsReport(notice) : teamsMessage(notice, link);
  const { channel } = settings;
  return notice.what === 'report' ? slackReport(notice, channel) : slackMessage(notice, channel, link);
};

/** The result of an answer of Teams, which may report a failure with 200, or not know yet (202). */
const teamsAttempt = (answer: OutboundAnswer): Attempt => {
  const status = teamsStatus(answer.status, answer.body);
  const attempt = attemptFrom({ ...answer, status });
  const said = `the receiver answered ${answer.status}`;
  if (status !== answer.status) return { ...attempt, detail: `${said}, and Teams itself ${status}` };
  return status === 202 ? { ...attempt, detail: `${said}: ${teamsAccepted}` } : attempt;
};

/** Posts a message to a chat, whose address is the secret. */
export const sendChat: Sender<Chat['kind']> = async ({ http }, settings, sending) => {
  const answer = await http.send({
    method: 'POST',
    url: sending.secret(settings.url_ref).trim(),
    headers: jsonHeaders,
    body: JSON.stringify(chatMessage(settings, sending)),
  });
  return settings.kind === 'teams' ? teamsAttempt(answer) : attemptFrom(answer);
};

/**
 * Sends an event to PagerDuty. A test is resolved at once, so that it leaves no open incident. A
 * report gets here only if the channel was replaced after the request.
 */
export const sendPagerDuty: Sender<'pagerduty'> = async (
  { http },
  { url, routing_key_ref },
  { notice, secret },
) => {
  if (notice.what === 'report') return { outcome: 'final', detail: `the channel ${onlyAlerts}` };
  const event = pagerDutyEvent(notice, secret(routing_key_ref).trim());
  const post = (body: object): ReturnType<typeof http.send> =>
    http.send({ method: 'POST', url, headers: jsonHeaders, body: JSON.stringify(body) });
  const answer = attemptFrom(await post(event));
  return notice.what === 'test' && answer.outcome === 'delivered'
    ? attemptFrom(await post(takenBack(event)))
    : answer;
};

const signed = (key: string, id: string, at: Date, body: string): string => {
  try {
    return new Webhook(key).sign(id, at, body);
  } catch {
    throw new WrongSecret('the webhook secret is invalid: it must be `whsec_` and base64');
  }
};

type SignedPost = {
  readonly url: string;
  /** The secrets that sign it. The receiver needs one of them. */
  readonly keys: readonly string[];
  /** The id of the message, which is the same in each attempt. */
  readonly id: string;
  readonly contentType: string;
  readonly message: object;
};

/** Posts a message according to Standard Webhooks. The signed time is that of this attempt. */
export const postSigned = async (
  { http }: Pick<Egress, 'http'>,
  { url, keys, id, contentType, message }: SignedPost,
): Promise<Attempt> => {
  const body = JSON.stringify(message);
  const at = new Date();
  const traceparent = activeTraceparent();
  const signature = keys.map((key) => signed(key, id, at, body)).join(' ');
  return attemptFrom(
    await http.send({
      method: 'POST',
      url,
      headers: {
        ...jsonHeaders,
        'content-type': contentType,
        'webhook-id': id,
        'webhook-timestamp': `${Math.floor(at.getTime() / 1000)}`,
        'webhook-signature': signature,
        ...(traceparent === undefined ? {} : { traceparent }),
      },
      body,
    }),
  );
};

export const sendWebhook: Sender<'webhook'> = (egress, { url, secret_ref }, { notice, secret }) =>
  postSigned(egress, {
    url,
    keys: [secret(secret_ref).trim()],
    id: webhookId(notice),
    contentType: jsonHeaders['content-type'],
    message: webhookPayload(notice),
  });
