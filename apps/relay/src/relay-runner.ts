import type { BeforeApplicationShutdown, OnApplicationBootstrap } from '@nestjs/common';
import type { Relay } from '@interlock/jetstream';
import type { HealthChecks } from '@interlock/platform';
import type { ForgedEvents } from './forged-events.js';
import type { RelayMonitor } from './relay-monitor.js';
import type { StreamGauges } from './stream-gauges.js';

/** Runs the relay for as long as the service runs. */
export class RelayRunner implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #relay: Relay;
  readonly #monitor: RelayMonitor;
  readonly #health: HealthChecks;
  readonly #forged: ForgedEvents;
  readonly #streams: StreamGauges;

  constructor(
    relay: Relay,
    monitor: RelayMonitor,
    health: HealthChecks,
    forged: ForgedEvents,
    streams: StreamGauges,
  ) {
    this.#relay = relay;
    this.#monitor = monitor;
    this.#health = health;
    this.#forged = forged;
    this.#streams = streams;
  }

  onApplicationBootstrap(): void {
    this.#health.add('relay', () => this.#monitor.check());
    this.#monitor.start();
    this.#streams.start();
    this.#relay.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#monitor.stop();
    await this.#streams.stop();
    await this.#relay.stop();
    this.#forged.stop();
  }
}
