import {
  pagerDutyEvent,
  slackMessage,
  takenBack,
  teamsMessage,
  webhookId,
  webhookPayload,
} from '@interlock/notify';
import { activeTraceparent } from '@interlock/jetstream';
import { Webhook } from 'standardwebhooks';
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

/** Standard Webhooks: the id belongs to the notice, the time to this attempt. */
export const sendWebhook: Sender<'webhook'> = async ({ http }, { url, secret_ref }, { notice, secret }) => {
  const body = JSON.stringify(webhookPayload(notice));
  const id = webhookId(notice);
  const at = new Date();
  const traceparent = activeTraceparent();
  const signature = signed(secret(secret_ref).trim(), id, at, body);
  return attemptFrom(
    await http.send({
      method: 'POST',
      url,
      headers: {
        ...jsonHeaders,
        'webhook-id': id,
        'webhook-timestamp': `${Math.floor(at.getTime() / 1000)}`,
        'webhook-signature': signature,
        ...(traceparent === undefined ? {} : { traceparent }),
      },
      body,
    }),
  );
};
