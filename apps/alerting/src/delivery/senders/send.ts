import { isProblem } from '@interlock/kernel';
import type { Attempt, ChannelSettings } from '@interlock/notify';
import { SendFailure } from '../failure.js';
import type { Egress } from '../egress.js';
import { secretDestination } from '../channels/secret-destination.js';
import { sendEmail } from './email.js';
import { sendGithub } from './github.js';
import { sendChat, sendPagerDuty, sendWebhook } from './http-senders.js';
import { MissingSecret, WrongSecret, type Sending } from './sending.js';

const dispatch = (egress: Egress, settings: ChannelSettings, sending: Sending): Promise<Attempt> => {
  switch (settings.kind) {
    case 'slack':
    case 'teams':
      return sendChat(egress, settings, sending);
    case 'pagerduty':
      return sendPagerDuty(egress, settings, sending);
    case 'email':
      return sendEmail(egress, settings, sending);
    case 'github':
      return sendGithub(egress, settings, sending);
    case 'webhook':
      return sendWebhook(egress, settings, sending);
  }
};

/** Returns the result of one attempt. It never throws, and its result contains no secret. */
export const attempted = async (attempt: () => Promise<Attempt>): Promise<Attempt> => {
  try {
    return await attempt();
  } catch (error) {
    if (error instanceof MissingSecret)
      return { outcome: 'again', detail: error.message, retry_after_ms: null };
    if (error instanceof WrongSecret) return { outcome: 'final', detail: error.message };
    if (isProblem(error, 'secret-not-for-host')) return { outcome: 'final', detail: error.detail };
    if (error instanceof SendFailure)
      return error.final
        ? { outcome: 'final', detail: error.message }
        : { outcome: 'again', detail: error.message, retry_after_ms: null };
    return { outcome: 'again', detail: 'the attempt failed', retry_after_ms: null };
  }
};

/** Makes one attempt to send a notice on a channel, as `attempted` does. */
export const send = (
  egress: Egress,
  settings: ChannelSettings,
  sending: Omit<Sending, 'secret'>,
): Promise<Attempt> => {
  const secret: Sending['secret'] = (reference) => {
    const fault = egress.secrets.fault(sending.tenantId, reference);
    if (fault !== null) throw new WrongSecret(`the reference of the secret ${fault}`);
    const found = egress.secrets.read(sending.tenantId, reference, secretDestination(settings));
    if (found === '') throw new MissingSecret(reference);
    return found;
  };
  return attempted(() => dispatch(egress, settings, { ...sending, secret }));
};
