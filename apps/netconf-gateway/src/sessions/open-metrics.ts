import { gaugeAtScrape, type ServiceContext } from '@interlock/platform';
import type { Gateway } from '../gateway.js';

/** Gauges of the gateway's open transactions, sessions, drifted devices and sources of KPIs. */
export const measureOpen = (
  metrics: ServiceContext['metrics'],
  gateway: Pick<Gateway, 'openTransactions' | 'sessions' | 'callHome' | 'inventory' | 'kpis'>,
): void => {
  gaugeAtScrape(metrics, 'netconf_sessions_open', (gauge) => gauge.set(gateway.sessions.size));
  gaugeAtScrape(metrics, 'netconf_devices_called_home', (gauge) => gauge.set(gateway.callHome.size));
  gaugeAtScrape(metrics, 'kpi_source_usable', (gauge) => {
    for (const [source, outcome] of gateway.kpis.outcomes())
      gauge.set({ source }, outcome === 'ok' || outcome === 'early' ? 1 : 0);
  });
  gaugeAtScrape(metrics, 'netconf_drifted_devices', (gauge) =>
    gauge.set(gateway.inventory.all().filter(({ drift }) => drift !== null).length),
  );
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
