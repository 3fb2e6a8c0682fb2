import { setTimeout as delay } from 'node:timers/promises';
import { systemTenant, type Timestamp } from '@interlock/contracts';
import type { AdapterLogger } from '@interlock/eventstore';
import { LOGGER, nowText } from '@interlock/platform';
import type { Jobs } from '@interlock/postgres';
import { lastDue, nextDue } from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';
import { PostureIndex } from '../posture-index.js';
import { JOBS } from '../tokens.js';
import { Runs } from './runs.js';

const key = 'posture-daily';
const againMs = 10_000;

/** The daily evaluation at 04:45 UTC. A job only says "look now": whether a due time has had its run stands in the log, so that none is missed with the database lost. */
@Injectable()
export class Schedule {
  readonly #stopped = new AbortController();
  #setting: Promise<void> = Promise.resolve();

  constructor(
    @Inject(JOBS) private readonly jobs: Jobs,
    @Inject(Runs) private readonly runs: Runs,
    @Inject(PostureIndex) private readonly index: PostureIndex,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
  ) {}

  async start(): Promise<void> {
    await this.jobs.onDue(async () => {
      await this.look(nowText());
      await this.#set(nowText());
    });
    this.#setting = this.#begin();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#setting;
    await this.jobs.stop();
  }

  /** Makes the run that is due and was not made. The first start of an installation has missed none. */
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
        if (this.index.runsOf(systemTenant).last_due !== null) await this.look(nowText());
        await this.#set(nowText());
        return;
      } catch (error) {
        this.logger.warn({ err: error }, 'the daily evaluation could not be scheduled, and is tried again');
        await delay(againMs, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  #set(now: Timestamp): Promise<void> {
    const due = nextDue(now);
    return this.jobs.schedule(key, new Date(due), { due_at: due });
  }
}
