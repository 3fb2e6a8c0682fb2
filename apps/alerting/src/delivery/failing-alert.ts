import { fingerprintOf, type AlertCommand } from '@interlock/alerting';
import { streamName } from '@interlock/contracts';
import { uuidV5 } from '@interlock/kernel';
import { channelFailing } from '@interlock/notify';
import type { Claimed } from './queue.js';

type AlertCall = { readonly alertId: string; readonly stream: string; readonly command: AlertCommand };
type Of = Pick<Claimed, 'tenant_id' | 'channel_id' | 'dedup_key' | 'attempts'>;

/** The alert that says that a channel fails. */
export const failingAlertOf = (tenantId: string, channelId: string): string =>
  uuidV5('alert', tenantId, fingerprintOf(channelFailing, streamName('channel', tenantId, channelId)));

const causeOf = (
  of: Of,
  type: string,
): { readonly event_id: string; readonly type: string; readonly stream: string } => ({
  event_id: uuidV5(channelFailing, type, of.tenant_id, of.channel_id, of.dedup_key, `${of.attempts}`),
  type,
  stream: streamName('channel', of.tenant_id, of.channel_id),
});

/** A channel does not tell what it should. The cause names the attempt, so that each firing has one of its own. */
export const failing = (of: Of, detail: string): AlertCall => {
  const alertId = failingAlertOf(of.tenant_id, of.channel_id);
  const cause = causeOf(of, 'NotificationFailed');
  return {
    alertId,
    stream: streamName('alert', of.tenant_id, alertId),
    command: {
      kind: 'raise',
      data: {
        alert_id: alertId,
        name: channelFailing,
        fingerprint: fingerprintOf(channelFailing, cause.stream),
        severity: 'high',
        detail: `channel \`${of.channel_id}\` does not tell what it should: ${detail}`,
        cause,
      },
    },
  };
};

/** It delivers again. */
export const well = (of: Of): AlertCall => {
  const alertId = failingAlertOf(of.tenant_id, of.channel_id);
  return {
    alertId,
    stream: streamName('alert', of.tenant_id, alertId),
    command: {
      kind: 'end',
      detail: `channel \`${of.channel_id}\` delivers again`,
      cause: causeOf(of, 'NotificationDelivered'),
    },
  };
};
