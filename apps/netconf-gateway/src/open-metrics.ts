import { gaugeAtScrape, type ServiceContext } from '@interlock/platform';
import type { Gateway } from './gateway.js';

/** Gauges of the gateway's open transactions and sessions. */
export const measureOpen = (
  metrics: ServiceContext['metrics'],
  gateway: Pick<Gateway, 'openTransactions' | 'sessions'>,
): void => {
  gaugeAtScrape(metrics, 'netconf_sessions_open', (gauge) => {
    gauge.set(gateway.sessions.size);
  });
  gaugeAtScrape(metrics, 'netconf_transactions_open', (gauge) => {
    for (const { phase } of gateway.openTransactions()) gauge.inc({ phase });
  });
  gaugeAtScrape(metrics, 'netconf_tentative_age_seconds', (gauge) => {
    const since = gateway
      .openTransactions()
      .flatMap(({ tentative_since: at }) => (at === null ? [] : [Date.parse(at)]));
    gauge.set(since.length === 0 ? 0 : (Date.now() - Math.min(...since)) / 1000);
  });
};
