import {
  pagerDutyEvent,
  slackMessage,
  takenBack,
  teamsMessage,
  webhookId,
  webhookPayload,
  type Attempt,
} from '@interlock/notify';
import { activeTraceparent } from '@interlock/jetstream';
import { Webhook } from 'standardwebhooks';
import type { Egress } from '../egress.js';
import { attemptFrom, jsonHeaders, WrongSecret, type Sender } from './sending.js';

export const sendSlack: Sender<'slack'> = async ({ http }, { url_ref, channel }, { notice, link, secret }) =>
  attemptFrom(
    await http.send({
      method: 'POST',
      url: secret(url_ref).trim(),
      headers: jsonHeaders,
      body: JSON.stringify(slackMessage(notice, channel, link)),
    }),
  );

export const sendTeams: Sender<'teams'> = async ({ http }, { url_ref }, { notice, link, secret }) =>
  attemptFrom(
    await http.send({
      method: 'POST',
      url: secret(url_ref).trim(),
      headers: jsonHeaders,
      body: JSON.stringify(teamsMessage(notice, link)),
    }),
  );

/** A test is resolved immediately, so that it leaves no open incident. */
export const sendPagerDuty: Sender<'pagerduty'> = async (
  { http },
  { url, routing_key_ref },
  { notice, secret },
) => {
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
    throw new WrongSecret('the secret of the webhook is none: it is `whsec_` and base64');
  }
};

type SignedPost = {
  readonly url: string;
  readonly key: string;
  /** The same for each attempt of one message. */
  readonly id: string;
  readonly contentType: string;
  readonly message: object;
};

/** Posts a message by Standard Webhooks. The signed time is that of this attempt. */
export const postSigned = async (
  { http }: Pick<Egress, 'http'>,
  { url, key, id, contentType, message }: SignedPost,
): Promise<Attempt> => {
  const body = JSON.stringify(message);
  const at = new Date();
  const traceparent = activeTraceparent();
  const signature = signed(key, id, at, body);
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
    key: secret(secret_ref).trim(),
    id: webhookId(notice),
    contentType: jsonHeaders['content-type'],
    message: webhookPayload(notice),
  });
