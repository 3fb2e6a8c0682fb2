import { parseStream, type Timestamp } from '@interlock/contracts';
import type { OpenWorkFold, Recorded, RecordedEvent } from '@interlock/kernel';
import { deviceTxDecider } from './device-tx/decider.js';
import type { DeviceTxEvent } from './device-tx/events.js';
import { deviceOf, isFinished, type DeviceTxState, type TxPhase } from './device-tx/state.js';

/** A transaction that is not at its end: what is needed to go on with it, not its whole state. */
export type OpenTransaction = {
  readonly tenant_id: string;
  readonly tx_id: string;
  /** null where its beginning is not kept any more: the stream says it. */
  readonly device_id: string | null;
  readonly soak_s: number;
  readonly phase: TxPhase;
  readonly changed_at: Timestamp;
  /** By what its events name one another. */
  readonly trace: {
    readonly correlation_id: string;
    readonly causation_id: string;
    readonly traceparent: string | null;
  };
};

/**
 * An open transaction with what the next event is folded into, and the revision of its last event.
 */
type TransactionEntry = OpenTransaction & { readonly state: DeviceTxState; readonly revision: bigint };

/**
 * How many confirmed transactions are remembered by their device, and how many that are at an end
 * by their revision.
 */
const mostConfirmed = 10_000;
const mostFinished = 1000;

const remember = <T>(map: Map<string, T>, stream: string, value: T, most: number): void => {
  map.delete(stream);
  map.set(stream, value);
  if (map.size > most) map.delete(map.keys().next().value!);
};

/** The unfinished transactions of all tenants, as they were folded from the log. */
export class OpenTransactions implements OpenWorkFold {
  readonly #open = new Map<string, TransactionEntry>();
  /** Devices of the latest confirmed transactions, whose undo may come. */
  readonly #confirmed = new Map<string, string>();
  /** Revisions at which the latest transactions came to their end. */
  readonly #finished = new Map<string, bigint>();

  /** The transaction of a stream; undefined where it is at an end, or not there. */
  find(stream: string): OpenTransaction | undefined {
    return this.#open.get(stream);
  }

  /**
   * The revision of a stream as it was folded; undefined where it is not there, or came to its end
   * long ago.
   */
  revisionOf(stream: string): bigint | undefined {
    return this.#open.get(stream)?.revision ?? this.#finished.get(stream);
  }

  list(): readonly OpenTransaction[] {
    return [...this.#open.values()];
  }

  /**
   * True while a transaction waits for others on its device: by the order of the log, the same for
   * every instance, one at a time holds a device. A transaction that is not in the index yet waits
   * as well, and so does one behind another whose device is not known yet.
   */
  isBehind(tenantId: string, txId: string, deviceId: string): boolean {
    for (const one of this.#open.values()) {
      const mayHold = one.device_id === null || one.device_id === deviceId;
      if (one.tenant_id !== tenantId || (!mayHold && one.tx_id !== txId)) continue;
      return one.tx_id !== txId;
    }
    return true;
  }

  streams(): Iterable<string> {
    return this.#open.keys();
  }

  /** Says on which device an open transaction is whose beginning is not kept. */
  learn(stream: string, deviceId: string): void {
    const known = this.#open.get(stream);
    if (known?.device_id === null) this.#open.set(stream, { ...known, device_id: deviceId });
  }

  take(event: RecordedEvent): void {
    const at = parseStream(event.stream);
    if (at?.category !== 'device_tx' || !(deviceTxDecider.types as readonly string[]).includes(event.type))
      return;
    const { metadata } = event;
    const known = this.#open.get(event.stream);
    // Only another turn, or the undo of a confirmed change, follows an end, and what was before it
    // is not kept here.
    if (
      known === undefined &&
      event.revision > 0n &&
      event.type !== 'InverseEditRequested' &&
      event.type !== 'TurnAccepted'
    ) {
      if (this.#finished.has(event.stream)) this.#finished.set(event.stream, event.revision);
      return;
    }
    const state = deviceTxDecider.evolve(
      known?.state ?? deviceTxDecider.initial,
      event as unknown as Recorded<DeviceTxEvent>,
    );
    if (isFinished(state)) {
      this.#open.delete(event.stream);
      if (state.phase === 'confirmed' && known?.device_id !== undefined && known.device_id !== null)
        remember(this.#confirmed, event.stream, known.device_id, mostConfirmed);
      remember(this.#finished, event.stream, event.revision, mostFinished);
      return;
    }
    const trace = known?.trace ?? {
      correlation_id: metadata.$correlationId,
      causation_id: metadata.$causationId ?? metadata.command_id,
      traceparent: metadata.traceparent ?? null,
    };
    this.#finished.delete(event.stream);
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
