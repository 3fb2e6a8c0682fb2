import { isProblem } from '@interlock/kernel';
import type { AdapterLogger } from '@interlock/eventstore';
import { LOGGER, nowText } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import { AlertIndex, type Pending } from './alerts/alert-index.js';
import { AlertHandler, IncidentHandler } from './handlers.js';

/** The interval in milliseconds at which rules are judged without an event. */
const everyMs = 1000;

/**
 * Carries out the commands that follow from the log, one after the other. A command that the log
 * does not accept is retried, so none is lost.
 */
@Injectable()
export class Reactions {
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #failing = false;

  constructor(
    private readonly index: AlertIndex,
    private readonly alerts: AlertHandler,
    private readonly incidents: IncidentHandler,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
  ) {
    index.onPending(() => this.#look());
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.index.tick(nowText());
      this.#look();
    }, everyMs);
    this.#timer.unref();
    this.#look();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#running;
  }

  #look(): void {
    // INVARIANT: until the index has read the whole log, a pending command may already be done.
    if (this.#timer === undefined) return;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  async #run(): Promise<void> {
    await Promise.resolve();
    for (
      let next = this.index.next();
      next !== undefined && this.#timer !== undefined;
      next = this.index.next()
    ) {
      try {
        await this.#carryOut(next);
        this.#failing = false;
      } catch (error) {
        if (!this.#failing)
          this.logger.warn({ err: error, stream: next.stream }, 'an alert could not be recorded yet');
        this.#failing = true;
        return;
      }
    }
  }

  async #carryOut(pending: Pending): Promise<void> {
    try {
      if (pending.kind === 'alert')
        await this.alerts.handle(pending.stream, pending.command, pending.context);
      else await this.incidents.handle(pending.stream, pending.command, pending.context);
    } catch (error) {
      // Another instance or a person acted first, so nothing is left to do.
      if (!isProblem(error, 'idempotency-conflict') && !isProblem(error, 'wrong-state')) throw error;
      this.logger.info({ err: error, stream: pending.stream }, 'what follows from an event was done already');
    }
    this.index.done(pending);
  }
}
