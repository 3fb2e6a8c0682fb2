import { Inject, Injectable } from '@nestjs/common';
import { nowText, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import type { OutageName } from '@interlock/notify';
import { answers } from '../answers.js';
import type { DeliveryConfig } from '../config.js';
import { failureOf } from '../failure.js';
import { lookEveryMs, outagesOf } from './outages-config.js';
import type { Outages } from './outages.js';
import type { Egress } from '../egress.js';
import { DeliveryQueue } from '../queue.js';
import type { StateFiles } from './state-files.js';
import { DELIVERY_CONFIG, EGRESS, STATE_FILES } from '../tokens.js';
import { DeliveryWorker } from '../worker.js';

/**
 * Checks whether log and database answer, keeps routes and channels on disk while they do, and
 * sends the heartbeat.
 */
@Injectable()
export class Watch {
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #outages: Outages;
  #looking: Promise<void> = Promise.resolve();
  #isLooking = false;
  #beating: Promise<void> = Promise.resolve();

  constructor(
    @Inject(SERVICE_CONTEXT) private readonly context: ServiceContext,
    @Inject(DELIVERY_CONFIG) private readonly config: DeliveryConfig,
    @Inject(EGRESS) private readonly egress: Egress,
    @Inject(STATE_FILES) private readonly files: StateFiles,
    private readonly queue: DeliveryQueue,
    private readonly worker: DeliveryWorker,
  ) {
    this.#outages = outagesOf(config, files, egress, context.logger);
  }

  start(): void {
    const { ALERTING_HEARTBEAT_URL, ALERTING_HEARTBEAT_S } = this.config;
    this.#timers.push(setInterval(() => this.#look(), lookEveryMs(this.config)));
    this.#look();
    if (ALERTING_HEARTBEAT_URL === undefined) return;
    const beat = (): void => {
      this.#beating = this.#beat(ALERTING_HEARTBEAT_URL);
    };
    this.#timers.push(setInterval(beat, ALERTING_HEARTBEAT_S * 1000));
    beat();
  }

  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all([this.#looking, this.#beating]);
  }

  /** Runs one check at a time. */
  #look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    this.#looking = this.#lookOnce()
      .catch((error: unknown) =>
        this.context.logger.error({ err: error }, 'alerting cannot watch over log and database'),
      )
      .finally(() => {
        this.#isLooking = false;
      });
  }

  async #lookOnce(): Promise<void> {
    const { store, database } = this.context;
    const observe = async (name: OutageName, work: () => Promise<unknown>): Promise<void> => {
      const isThere = await answers(work);
      await this.#outages.observe(name, !isThere, nowText());
    };
    await Promise.all([
      observe('log_unavailable', () => store.head()),
      observe('database_unavailable', async () => {
        await database.query('select 1');
        this.files.keepReaches(await this.queue.reaches());
      }),
    ]);
  }

  /**
   * Sends the heartbeat. A worker that has stopped checking the queue is treated as dead and sends
   * none.
   */
  async #beat(url: string): Promise<void> {
    if (Date.now() - this.worker.lastLook > this.config.ALERTING_CLAIM_MS) return;
    try {
      const method = this.config.ALERTING_HEARTBEAT_METHOD === 'POST' ? 'POST' : 'GET';
      const { status } = await this.egress.http.send({ method, url, headers: {}, body: null });
      if (status >= 300) this.context.logger.warn({ status }, 'the heartbeat was not taken');
    } catch (error) {
      this.context.logger.warn({ detail: failureOf(error).message }, 'the heartbeat could not be sent');
    }
  }
}
