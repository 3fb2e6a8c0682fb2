import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import { parseStream, type Timestamp } from '@interlock/contracts';
import type { EventStore, Recorded, RecordedEvent } from '@interlock/kernel';
import {
  deviceOf,
  deviceTxDecider,
  isFinished,
  type DeviceTxEvent,
  type DeviceTxState,
  type TxPhase,
} from '@interlock/network';
import type { Trace } from './tx/runner.js';

/** A transaction that is not at its end: what is needed to go on with it, not its whole state. */
export type OpenTransaction = {
  readonly tenant_id: string;
  readonly tx_id: string;
  /** null where its beginning is not kept any more: the stream says it. */
  readonly device_id: string | null;
  readonly soak_s: number;
  readonly phase: TxPhase;
  readonly changed_at: Timestamp;
  readonly trace: Trace;
};

type Kept = OpenTransaction & { readonly state: DeviceTxState; readonly revision: bigint };

const confirmedKept = 10_000;
/** An index that was not proved to be at the log's end for so long may have missed what others wrote. */
const currentMs = 2000;

/** The unfinished transactions of all tenants, kept current with the log. */
export class OpenTransactions {
  readonly #follower: LogFollower;
  readonly #onMoved: (tenantId: string, txId: string) => void;
  readonly #open = new Map<string, Kept>();
  /** Devices of the latest confirmed transactions, whose undo may come. */
  readonly #confirmed = new Map<string, string>();

  /** `onMoved` is told of every event of an unfinished transaction, whoever wrote it. */
  constructor(store: EventStore, logger: AdapterLogger, onMoved: (tenantId: string, txId: string) => void) {
    this.#onMoved = onMoved;
    this.#follower = createFollower(store, {
      name: 'netconf-gateway-transactions',
      prefixes: ['device_tx-'],
      onEvent: (event) => {
        this.#fold(event);
      },
      logger,
    });
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

  /** The revision that an unfinished transaction's stream had within the last two seconds; undefined where that is not known, so that the stream has to be read. */
  revisionOf(stream: string): bigint | undefined {
    return this.#follower.confirmedWithin(currentMs) ? this.#open.get(stream)?.revision : undefined;
  }

  list(): readonly OpenTransaction[] {
    return [...this.#open.values()];
  }

  /**
   * True while a transaction waits for others on its device: by the order of the log, the same for every instance, one at a time holds a device.
   * A transaction that is not in the index yet waits as well.
   */
  isBehind(tenantId: string, txId: string, deviceId: string): boolean {
    for (const one of this.#open.values()) {
      if (one.tenant_id !== tenantId || (one.device_id !== deviceId && one.tx_id !== txId)) continue;
      return one.tx_id !== txId;
    }
    return true;
  }

  #remember(stream: string, deviceId: string): void {
    this.#confirmed.set(stream, deviceId);
    if (this.#confirmed.size > confirmedKept) this.#confirmed.delete(this.#confirmed.keys().next().value!);
  }

  #fold(event: RecordedEvent): void {
    const at = parseStream(event.stream);
    if (at === undefined || !(deviceTxDecider.types as readonly string[]).includes(event.type)) return;
    const { metadata } = event;
    const known = this.#open.get(event.stream);
    // Only another turn, or the undo of a confirmed change, follows an end, and what was before it is not kept here.
    if (
      known === undefined &&
      event.revision > 0n &&
      event.type !== 'InverseEditRequested' &&
      event.type !== 'TurnAccepted'
    )
      return;
    this.#onMoved(at.tenant, at.id);
    const state = deviceTxDecider.evolve(
      known?.state ?? deviceTxDecider.initial,
      event as unknown as Recorded<DeviceTxEvent>,
    );
    if (isFinished(state)) {
      this.#open.delete(event.stream);
      if (state.phase === 'confirmed' && known?.device_id !== undefined && known.device_id !== null)
        this.#remember(event.stream, known.device_id);
      return;
    }
    const trace = known?.trace ?? {
      correlation_id: metadata.$correlationId,
      causation_id: metadata.$causationId,
      traceparent: metadata.traceparent ?? null,
    };
    this.#open.set(event.stream, {
      tenant_id: at.tenant,
      tx_id: at.id,
      device_id: deviceOf(state) ?? known?.device_id ?? this.#confirmed.get(event.stream) ?? null,
      soak_s: state.apply?.soak_s ?? 0,
      phase: state.phase,
      changed_at: metadata.occurred_at,
      trace,
      state: { ...state, prepared: null, observation: null },
      revision: event.revision,
    });
  }
}
