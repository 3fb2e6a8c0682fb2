import { busStreams } from '@interlock/contracts';
import { RefreshedGauges, gaugeOf, type ServiceContext } from '@interlock/platform';

/**
 * What the streams of the bus hold. Only the instance that relays reports it, so that sums over
 * instances are right.
 */
export class StreamGauges extends RefreshedGauges {
  readonly #nats;
  readonly #isActive: () => boolean;
  readonly #messages;
  readonly #storage;
  protected readonly gauges;

  constructor(
    { metrics, logger, nats }: Pick<ServiceContext, 'metrics' | 'logger' | 'nats'>,
    isActive: () => boolean,
  ) {
    super(logger, 'the figures of the bus cannot be read');
    this.#nats = nats;
    this.#isActive = isActive;
    this.#messages = gaugeOf(metrics, 'bus_stream_messages');
    this.#storage = gaugeOf(metrics, 'bus_storage_bytes');
    this.gauges = [this.#messages, this.#storage];
  }

  protected async fill(): Promise<void> {
    if (!this.#isActive()) {
      for (const gauge of this.gauges) gauge.reset();
      return;
    }
    const manager = await this.#nats.jetstreamManager();
    const [account, ...streams] = await Promise.all([
      manager.getAccountInfo(),
      ...busStreams.map(({ name }) => manager.streams.info(name)),
    ]);
    for (const { config, state } of streams) this.#messages.set({ stream: config.name }, state.messages);
    this.#storage.set({ state: 'used' }, account.storage);
    const limit = account.limits.max_storage;
    if (limit > 0) this.#storage.set({ state: 'limit' }, limit);
  }
}
