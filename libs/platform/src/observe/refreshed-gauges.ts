import type { AdapterLogger } from '@interlock/eventstore';

const everyMs = 5000;

/**
 * Gauges whose figures are read every five seconds. While the figures cannot be read, the gauges
 * report none, because the last ones may be wrong.
 */
export abstract class RefreshedGauges {
  #timer: NodeJS.Timeout | undefined;
  #refreshing: Promise<void> | undefined;
  readonly #logger: Pick<AdapterLogger, 'warn'>;
  readonly #fault: string;

  /** `fault` is logged while the figures cannot be read. */
  protected constructor(logger: Pick<AdapterLogger, 'warn'>, fault: string) {
    this.#logger = logger;
    this.#fault = fault;
  }

  protected abstract readonly gauges: readonly { reset(): void }[];

  /** Reads the figures, and then replaces those of the gauges. */
  protected abstract fill(): Promise<void>;

  start(): void {
    this.#timer = setInterval(() => {
      void this.refresh();
    }, everyMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#refreshing;
  }

  /** Reads the figures now, or waits for the read that runs. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.fill()
      .catch((error: unknown) => {
        for (const gauge of this.gauges) gauge.reset();
        this.#logger.warn({ err: error }, this.#fault);
      })
      .finally(() => {
        this.#refreshing = undefined;
      });
    return this.#refreshing;
  }
}
