import { setTimeout as delay } from 'node:timers/promises';
import { endStates } from '@interlock/contracts';
import { gaugeOf, LOGGER, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { allTenants, withTenant, type ProjectionRunner } from '@interlock/postgres';
import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import type { ActionsDatabase } from './actions.projection.js';
import { OpenActions } from './open-actions.js';
import { ActionsRunner } from '../runners.js';

const againMs = 2000;

/**
 * Compares the open actions known at a start with those of the read model, once, and reports
 * differences. Nothing waits for it, because the log decides.
 */
@Injectable()
export class OpenCount {
  readonly #stopped = new AbortController();
  readonly #differing;
  #comparing: Promise<void> = Promise.resolve();

  constructor(
    @Inject(OpenActions) private readonly open: Pick<OpenActions, 'current' | 'list' | 'follower'>,
    @Inject(ActionsRunner)
    private readonly runner: Pick<ProjectionRunner<ActionsDatabase>, 'db' | 'waitFor'>,
    @Inject(LOGGER) private readonly logger: Pick<Logger, 'info' | 'warn'>,
    @Inject(SERVICE_CONTEXT) { metrics }: Pick<ServiceContext, 'metrics'>,
  ) {
    this.#differing = gaugeOf(metrics, 'interlock_open_actions_differing');
  }

  start(): void {
    this.#comparing = this.#compare();
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#comparing;
  }

  async #compare(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      // The read model may be away or behind, so the comparison may happen later.
      const counts = await this.#counts().catch(() => null);
      if (counts !== null) {
        const { log, readModel } = counts;
        this.#differing.set({}, log - readModel);
        if (log === readModel)
          this.logger.info({ open: log }, 'the read model has as many open actions as the log');
        else
          this.logger.warn(
            { log, read_model: readModel },
            'the read model has another number of open actions than the log',
          );
        return;
      }
      await delay(againMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Both counts at one position of the log; null if an action began or ended meanwhile. */
  async #counts(): Promise<{ readonly log: number; readonly readModel: number } | null> {
    const before = this.#open();
    const position = this.open.follower.position();
    if (position !== null) await this.runner.waitFor(position);
    const readModel = await withTenant(this.runner.db(), allTenants, (db) =>
      db
        .selectFrom('actions')
        .select((s) => s.fn.countAll<string>().as('n'))
        .where('state', 'not in', [...endStates])
        .executeTakeFirstOrThrow(),
    );
    await this.open.current();
    return before === this.#open()
      ? { log: before === '' ? 0 : before.split(' ').length, readModel: Number(readModel.n) }
      : null;
  }

  #open(): string {
    return this.open
      .list()
      .filter(({ ended }) => !ended)
      .map(({ tenant_id, action_id }) => `${tenant_id}:${action_id}`)
      .sort()
      .join(' ');
  }
}
