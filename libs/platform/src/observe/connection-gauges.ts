import { X509Certificate } from 'node:crypto';
import { readFileSync, statfsSync } from 'node:fs';

import type { ServiceContext } from '../base/context.js';
import { gaugeAtScrape, gaugeOf } from './metrics.js';

type Environment = ServiceContext['environment'];

/** The variables that name files with certificates. */
const certificateFiles: { readonly [use: string]: (environment: Environment) => string | null | undefined } =
  {
    bus: ({ NATS_CERT_FILE }) => NATS_CERT_FILE,
    bus_authority: ({ NATS_CA_FILE }) => NATS_CA_FILE,
    log_authority: ({ EVENT_STORE_URL }) => tlsCaFile(EVENT_STORE_URL),
  };

const tlsCaFile = (url: string | undefined): string | null =>
  new URLSearchParams(url?.split('?', 2)[1]).get('tlsCAFile');

/** Returns when the first certificate of a PEM file expires, in seconds since 1970. */
const expiryOf = (file: string): number => {
  const found = readFileSync(file, 'utf8').match(
    /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g,
  );
  return Math.min(...(found ?? []).map((pem) => new X509Certificate(pem).validToDate.getTime())) / 1000;
};

/** Measures the pool, the certificates and the disk of a service when its metrics are read. */
export const measureConnections = ({ metrics, service, database, environment }: ServiceContext): void => {
  gaugeAtScrape(metrics, 'database_pool_connections', (gauge) => {
    gauge.set({ service, state: 'busy' }, database.totalCount - database.idleCount);
    gauge.set({ service, state: 'idle' }, database.idleCount);
    gauge.set({ service, state: 'waiting' }, database.waitingCount);
    gauge.set({ service, state: 'most' }, database.options.max);
  });
  gaugeAtScrape(metrics, 'certificate_expires_timestamp_seconds', (gauge) => {
    for (const [use, fileOf] of Object.entries(certificateFiles)) {
      const file = fileOf(environment);
      if (file) gauge.set({ service, use }, expiryOf(file));
    }
  });
  gaugeAtScrape(metrics, 'disk_free_ratio', (gauge) => {
    const { bavail, blocks } = statfsSync(environment['INTERLOCK_HOME'] ?? process.cwd());
    // A file system without a size of its own, such as a network's, is never full here.
    gauge.set({ service }, blocks === 0 ? 1 : bavail / blocks);
  });
};

/** A longer answer says too little about the clock of the other side. */
const surestMs = 500;

/**
 * Asks the database for its time, and measures this process's clock against it. Throws the
 * database's error.
 */
export const askDatabase = async ({ metrics, service, database }: ServiceContext): Promise<void> => {
  const offset = gaugeOf(metrics, 'clock_offset_seconds');
  const before = Date.now();
  const { rows } = await database
    .query<{ readonly now: number }>('select extract(epoch from clock_timestamp())::float8 as now')
    .catch((error: unknown) => {
      offset.remove({ service });
      throw error;
    });
  const tookMs = Date.now() - before;
  if (rows[0] !== undefined && tookMs <= surestMs)
    offset.set({ service }, (before + tookMs / 2) / 1000 - rows[0].now);
};
