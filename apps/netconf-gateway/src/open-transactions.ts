import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import { parseStream } from '@interlock/contracts';
import type { EventStore, Recorded, RecordedEvent } from '@interlock/kernel';
import { deviceTxDecider, isFinished, type DeviceTxEvent, type DeviceTxState } from '@interlock/network';
import type { Trace } from './tx-runner.js';

/** A transaction that is not at its end. */
export type OpenTransaction = { readonly tenant_id: string; readonly tx_id: string; readonly state: DeviceTxState; readonly trace: Trace };

/** The unfinished transactions of all tenants, kept current with the log. */
export class OpenTransactions {
  readonly #follower: LogFollower;
  readonly #open = new Map<string, OpenTransaction>();

  constructor(store: EventStore, logger: AdapterLogger) {
    this.#follower = createFollower(store, { name: 'netconf-gateway-transactions', prefixes: ['device_tx-'], onEvent: (event) => { this.#fold(event); }, logger });
  }

  start(): Promise<void> {
    return this.#follower.start();
  }

  stop(): Promise<void> {
    return this.#follower.stop();
  }

  /** Afterwards the list holds what was in the log when this was called. */
  async current(): Promise<void> {
    await this.#follower.confirmCurrent();
  }

  list(): readonly OpenTransaction[] {
    return [...this.#open.values()];
  }

  #fold(event: RecordedEvent): void {
    const at = parseStream(event.stream);
    if (at === undefined || !(deviceTxDecider.types as readonly string[]).includes(event.type)) return;
    const { metadata } = event;
    const known = this.#open.get(event.stream);
    // An undo of a confirmed change is the only thing that can follow an end, and it says all that is needed only with its past.
    if (known === undefined && event.revision > 0n && event.type !== 'InverseEditRequested') return;
    const before = known?.state ?? deviceTxDecider.initial;
    const state = deviceTxDecider.evolve(before, event as unknown as Recorded<DeviceTxEvent>);
    if (isFinished(state) && state.phase !== 'confirmed') this.#open.delete(event.stream);
    else {
      const trace = known?.trace ?? { correlation_id: metadata.$correlationId, causation_id: metadata.$causationId, traceparent: metadata.traceparent ?? null };
      this.#open.set(event.stream, { tenant_id: at.tenant, tx_id: at.id, state, trace });
    }
  }
}
