import {
  defaults,
  parseStream,
  type PlannedCut,
  type PlanRetentionAnswer,
  type RetentionKind,
  type Timestamp,
} from '@interlock/contracts';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import {
  evolveRecorded,
  removedBefore,
  retentionDecider,
  retentionStream,
  type RetentionState,
} from '@interlock/kernel';
import {
  dropEmptyPartitions,
  plannedRemovals,
  removeRetained,
  tryLock,
  type Projection,
} from '@interlock/postgres';
import {
  Controller,
  Inject,
  Optional,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { IsNumber, IsObject, Max, Min } from 'class-validator';

import { readConfig } from '../input/config.js';
import type { ServiceContext } from '../base/context.js';
import { nowText } from '../base/ids.js';
import { counterOf } from '../observe/metrics.js';
import { IsTenant } from '../base/names.js';
import { SERVICE_CONTEXT } from './platform-module.js';

class RetentionConfig {
  /** Seconds between two rounds in which a service removes expired rows. */
  @IsNumber() @Min(1) @Max(86_400) RETENTION_SWEEP_S: number = defaults.retention_sweep_s;
}

type Owner = Pick<
  ServiceContext,
  'database' | 'service' | 'logger' | 'metrics' | 'store' | 'environment' | 'clock'
>;

/** The effect of a tenant's retention on the log, in the service that cuts it. */
export interface LogRetention {
  /** Returns what would be cut now. Throws the errors of the log and the archive. */
  plan(tenant: string, before: Timestamp): Promise<PlannedCut>;
  /** Cuts what may be cut, and continues unfinished cuts, until `signal` aborts it. */
  cut(tenant: string, before: Timestamp, signal: AbortSignal): Promise<void>;
}

/** The token of the `LogRetention` in the service that cuts the log. */
export const LOG_RETENTION = Symbol('LOG_RETENTION');

/** Seconds until a failed round is repeated. */
const againS = 60;
/** The number of rows that one transaction removes. */
const batchSize = 500;

/**
 * Removes expired rows from a service's read models in small batches. One instance does this at a
 * time. The next round completes an interrupted one.
 */
class RetentionKeeper {
  readonly #states = new Map<string, RetentionState>();
  readonly #follower: LogFollower;
  readonly #removed;
  readonly #everyS: number;
  #timer: NodeJS.Timeout | undefined;
  #round: Promise<void> = Promise.resolve();
  readonly #stop = new AbortController();

  constructor(
    private readonly owner: Owner,
    private readonly projections: readonly Projection<unknown>[],
    private readonly log: LogRetention | null,
  ) {
    this.#everyS = readConfig(RetentionConfig, owner.environment).RETENTION_SWEEP_S;
    this.#follower = createFollower(owner.store, {
      name: `${owner.service}-retention`,
      prefixes: ['retention-'],
      onEvent: (event) => {
        const tenant = parseStream(event.stream)?.tenant ?? '';
        if (event.stream !== retentionStream(tenant)) return;
        const before = this.#states.get(tenant) ?? retentionDecider.initial;
        this.#states.set(tenant, evolveRecorded(retentionDecider, before, event));
      },
    });
    this.#removed = counterOf(owner.metrics, 'interlock_retention_removed_total');
  }

  /** Starts the first round. Each round schedules the next one until `stop`. */
  start(): void {
    if (this.#stopped) return;
    this.#round = this.#sweep()
      .then(
        () => this.#everyS,
        (error: unknown) => {
          if (!this.#stopped)
            this.owner.logger.warn({ err: error }, 'expired data could not be removed; retrying');
          return Math.min(this.#everyS, againS);
        },
      )
      .then((seconds) => {
        if (this.#stopped) return;
        this.#timer = setTimeout(() => this.start(), seconds * 1000);
        this.#timer.unref();
      });
  }

  /** Stops the current round, even while it waits for the log. */
  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await this.#follower.stop();
    await this.#round;
  }

  /**
   * Runs one round. INVARIANT: the policies are proved current before anything is removed, so that
   * a longer retention applies at once.
   */
  async #sweep(): Promise<void> {
    await this.#follower.start();
    await this.#follower.confirmCurrent();
    if (this.#states.size === 0) return;
    const { database: pool, service } = this.owner;
    const lock = await tryLock(pool, `interlock:retention:${service}`);
    if (lock === null) return;
    try {
      for (const projection of this.projections)
        for (const retained of projection.retained ?? [])
          await this.#keep({ pool, service, projection }, retained);
      await this.#cut();
    } finally {
      await lock.release();
    }
  }

  async #cut(): Promise<void> {
    for (const [tenant, { days }] of this.#states) {
      const { log: before } = removedBefore(days, this.owner.clock?.() ?? nowText());
      if (before !== undefined) await this.log?.cut(tenant, before, this.#stop.signal);
    }
  }

  get #stopped(): boolean {
    return this.#stop.signal.aborted;
  }

  async #keep(
    of: Parameters<typeof removeRetained>[0],
    retained: Parameters<typeof removeRetained>[1],
  ): Promise<void> {
    const { kind, table } = retained;
    const now = this.owner.clock?.() ?? nowText();
    let newest: Timestamp | undefined;
    for (const [tenant, { days }] of this.#states) {
      const before = removedBefore(days, now)[kind];
      if (before === undefined) continue;
      if (newest === undefined || before > newest) newest = before;
      const rows = await this.#remove(of, retained, tenant, before);
      if (rows > 0)
        this.owner.logger.info(
          { tenant_id: tenant, kind, table, rows, before },
          'rows past their retention were removed',
        );
    }
    if (newest === undefined || this.#stopped) return;
    const partitions = await dropEmptyPartitions(of, retained, newest);
    this.#removed.inc({ kind, what: 'partitions' }, partitions);
    if (partitions > 0)
      this.owner.logger.info(
        { kind, table, partitions },
        'empty partitions past their retention were dropped',
      );
  }

  async #remove(
    of: Parameters<typeof removeRetained>[0],
    retained: Parameters<typeof removeRetained>[1],
    tenant: string,
    before: Timestamp,
  ): Promise<number> {
    let rows = 0;
    for (let count = batchSize; count === batchSize && !this.#stopped;) {
      count = await removeRetained(of, retained, tenant, before, batchSize);
      rows += count;
      this.#removed.inc({ kind: retained.kind, what: 'rows' }, count);
    }
    return rows;
  }
}

class PlanRetentionDto {
  @IsTenant() tenant_id!: string;
  @IsObject() before!: { readonly [kind in RetentionKind]?: Timestamp };
}

/**
 * Returns the module that removes expired rows from a service's read models, and reports which rows
 * it would remove. A service that provides a `LOG_RETENTION` also cuts the log.
 */
export const retentionModule = (
  service: string,
  projections: readonly Projection<unknown>[],
): DynamicModule => {
  @Controller()
  class RetentionRpc implements OnApplicationBootstrap, BeforeApplicationShutdown {
    readonly #context: ServiceContext;
    readonly #log: LogRetention | null;
    readonly #keeper: RetentionKeeper;

    constructor(
      @Inject(SERVICE_CONTEXT) context: ServiceContext,
      @Inject(LOG_RETENTION) @Optional() log: LogRetention | null = null,
    ) {
      this.#context = context;
      this.#log = log;
      this.#keeper = new RetentionKeeper(context, projections, log);
    }

    onApplicationBootstrap(): void {
      this.#keeper.start();
    }

    async beforeApplicationShutdown(): Promise<void> {
      await this.#keeper.stop();
    }

    @MessagePattern({ rpc: `${service}.plan_retention` })
    async plan(@Payload() { tenant_id, before }: PlanRetentionDto): Promise<PlanRetentionAnswer> {
      const removals = await Promise.all(
        projections.map((projection) =>
          plannedRemovals({ pool: this.#context.database, service, projection }, tenant_id, before),
        ),
      );
      const answer = { removals: removals.flat() };
      return this.#log === null || before.log === undefined
        ? answer
        : { ...answer, log: await this.#log.plan(tenant_id, before.log) };
    }
  }
  class RetentionModule {}
  return { module: RetentionModule, controllers: [RetentionRpc] };
};
