import { boundSecrets } from '@interlock/testing';

/** The settings of the suite of deliveries; `heart` is the address of the heartbeat. */
export const deliveryEnvironment = (heart: string, secret: string): { readonly [name: string]: string } => ({
  ALERTING_POLL_MS: '50',
  ALERTING_RETRY_FIRST_MS: '20',
  ALERTING_SEND_MS: '5000',
  ALERTING_CLAIM_MS: '1000',
  ALERTING_OUTAGE_S: '1',
  ALERTING_HEARTBEAT_URL: `${heart}/alive`,
  ALERTING_HEARTBEAT_S: '1',
  ALERTING_ALLOWED_NETWORKS: '127.0.0.0/8',
  ...boundSecrets(
    Object.fromEntries(
      ['DEMO', 'SLOW', 'FAULTY', 'LATE', 'CRASH', 'MANY', 'QUIET'].map((tenant) => [
        `CHANNEL_${tenant}__OPS`,
        secret,
      ]),
    ),
    ['127.0.0.1'],
  ),
});
