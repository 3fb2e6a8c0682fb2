import { setTimeout as delay } from 'node:timers/promises';
import { systemTenant, type Timestamp } from '@interlock/contracts';
import type { AdapterLogger } from '@interlock/eventstore';
import { LOGGER, nowText, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import type { Jobs } from '@interlock/postgres';
import { lastDue, nextDue } from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';
import { PostureIndex } from '../posture-index.js';
import { JOBS } from '../tokens.js';
import { Runs } from './runs.js';

const key = 'posture-daily';
const againMs = 10_000;
type Due = { readonly due_at: Timestamp };

/**
 * The daily evaluation at 04:45 UTC. A job only triggers a check. The log shows whether a due time
 * had its run, so none is missed if the database is lost.
 */
@Injectable()
export class Schedule {
  readonly #now: () => Timestamp;
  readonly #stopped = new AbortController();
  #setting: Promise<void> = Promise.resolve();

  constructor(
    @Inject(JOBS) private readonly jobs: Jobs,
    private readonly runs: Runs,
    private readonly index: PostureIndex,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
    @Inject(SERVICE_CONTEXT) { clock = nowText }: Pick<ServiceContext, 'clock'>,
  ) {
    this.#now = clock;
  }

  async start(): Promise<void> {
    await this.jobs.onDue(async (data) => {
      const now = this.#now();
      // The database's clock may be ahead of ours, or ours may have stepped back. Then the job is
      // set again.
      if (Date.parse((data as Due).due_at) <= Date.parse(now)) await this.look(now);
      await this.#set(this.#now());
    });
    this.#setting = this.#begin();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#setting;
    await this.jobs.stop();
  }

  /**
   * Runs the evaluation if it is due and has not run. The first start of an installation has missed
   * none.
   */
  async look(now: Timestamp): Promise<void> {
    await this.index.atLeast(null);
    const due = lastDue(now);
    const { last_due } = this.index.runsOf(systemTenant);
    if (last_due !== null && Date.parse(last_due) >= Date.parse(due)) return;
    await this.runs.scheduled(due);
  }

  async #begin(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await this.index.atLeast(null);
        if (this.index.runsOf(systemTenant).last_due !== null) await this.look(this.#now());
        await this.#set(this.#now());
        return;
      } catch (error) {
        this.logger.warn({ err: error }, 'the daily evaluation could not be scheduled, and is tried again');
        await delay(againMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  #set(now: Timestamp): Promise<void> {
    const due = nextDue(now);
    return this.jobs.schedule(key, new Date(due), { due_at: due } satisfies Due);
  }
}
