import type { Pool } from 'pg';
import type { EventStore } from '@interlock/kernel';

import type { ProjectionAlerts } from './alert.js';
import type { MetricsRegistry } from './metrics.js';
import type { Projection } from './projection.js';

export type ProjectionLogger = {
  readonly info: (facts: object, message: string) => void;
  readonly warn: (facts: object, message: string) => void;
  readonly error: (facts: object, message: string) => void;
};

export type ProjectionRunnerOptions<DB> = {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly service: string;
  readonly projection: Projection<DB>;
  readonly logger: ProjectionLogger;
  readonly metrics?: MetricsRegistry;
  /** Makes schema and tables at start; otherwise `interlock migrate` has. */
  readonly migrate: boolean;
  /** Who is told where it stands still or is behind for more than its limit. */
  readonly alerts?: ProjectionAlerts;
  /** Seconds that an event may wait to be projected, 30; beyond, it is not ready. */
  readonly lagLimitS?: number;
  /** Events of one transaction at most, 1000. */
  readonly batchSize?: number;
  /** How long events wait for more, in milliseconds: 20, and 5 while somebody waits for them. */
  readonly idleMs?: number;
  /** How often it is compared with the log's end and with what other instances and rebuilds stored, in milliseconds, 2000. */
  readonly lookMs?: number;
  /** How long after it was swapped in, and how often from then on, it looks whether older versions can be dropped, in milliseconds, 60,000. */
  readonly dropMs?: number;
};

export type ProjectionState = 'new' | 'waiting' | 'building' | 'following' | 'failed' | 'stopped';
