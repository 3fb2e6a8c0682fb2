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
  /** Creates schema and tables at the start; otherwise `interlock migrate` has done so. */
  readonly migrate: boolean;
  /** The service that is notified when it is stopped or falls behind for longer than its limit. */
  readonly alerts?: ProjectionAlerts;
  /**
   * Seconds that an event may wait to be projected, 30; beyond that, the projection is not ready.
   */
  readonly lagLimitS?: number;
  /** The largest number of events in one transaction, 1000. */
  readonly batchSize?: number;
  /** How long events wait for more, in milliseconds: 20, and 5 while a caller waits for them. */
  readonly idleMs?: number;
  /**
   * How often it is compared with the log's end and with the checkpoints that other instances and
   * rebuilds stored, in milliseconds, 2000.
   */
  readonly lookMs?: number;
  /**
   * The time in milliseconds from its swap to the first check whether older versions can be
   * dropped, and between later checks, 60,000.
   */
  readonly dropMs?: number;
  /** The store also gives the events that were cut from the log. */
  readonly readsCut?: true;
};

export type ProjectionState = 'new' | 'waiting' | 'building' | 'following' | 'failed' | 'stopped';
