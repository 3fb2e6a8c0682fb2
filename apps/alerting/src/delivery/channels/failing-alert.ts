import {
  alertIdOf,
  fingerprintOf,
  runbookOf,
  reportEnd,
  reportFiring,
  type AlertCommand,
  type ReportedAlert,
} from '@interlock/alerting';
import { streamName } from '@interlock/contracts';
import { uuidV5 } from '@interlock/kernel';
import { channelFailing } from '@interlock/notify';
import { nowText } from '@interlock/platform';
import type { Claimed } from '../queue.js';

type FailingCall = { readonly alertId: string; readonly stream: string; readonly command: AlertCommand };
type Of = Pick<Claimed, 'tenant_id' | 'channel_id' | 'dedup_key' | 'attempts'>;

/** Returns the id of the alert for a failing channel. */
export const failingAlertOf = (tenantId: string, channelId: string): string =>
  alertIdOf(tenantId, fingerprintOf(channelFailing, streamName('channel', tenantId, channelId)));

/**
 * Alerting reports about itself, for the channel's own tenant. The cause names the attempt, so that
 * each firing has its own.
 */
const reportOf = (
  { tenant_id, channel_id, dedup_key, attempts }: Of,
  type: string,
  detail: string,
): ReportedAlert => {
  const stream = streamName('channel', tenant_id, channel_id);
  return {
    by: 'alerting',
    tenant: tenant_id,
    name: channelFailing,
    subject: stream,
    detail,
    at: nowText(),
    cause: {
      event_id: uuidV5(channelFailing, type, tenant_id, channel_id, dedup_key, `${attempts}`),
      type,
      stream,
    },
  };
};

/** Returns the call that raises the alert that a channel does not deliver. */
export const failing = (of: Of, detail: string): FailingCall => {
  const reported = reportOf(
    of,
    'NotificationFailed',
    `channel \`${of.channel_id}\` does not tell what it should: ${detail}`,
  );
  const { alert_id: alertId, stream, command } = reportFiring(reported, 'high', runbookOf(channelFailing));
  return { alertId, stream, command };
};

/** Returns the call that ends the alert once the channel delivers again. */
export const well = (of: Of): FailingCall => {
  const reported = reportOf(of, 'NotificationDelivered', `channel \`${of.channel_id}\` delivers again`);
  const { alert_id: alertId, stream, command } = reportEnd(reported);
  return { alertId, stream, command };
};
