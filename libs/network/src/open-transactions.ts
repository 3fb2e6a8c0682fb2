import { actionOfTx, parseStream, streamName, type Timestamp } from '@interlock/contracts';
import type { OpenWorkFold, Recorded, RecordedEvent } from '@interlock/kernel';
import { deviceTxDecider } from './device-tx/decider.js';
import type { DeviceTxEvent } from './device-tx/events.js';
import { deviceOf, isFinished, type DeviceTxState, type TxPhase } from './device-tx/state.js';
import { partTxId } from './device-tx/whole.js';

type ParsedStream = { readonly tenant: string; readonly id: string };

/** An unfinished transaction: the data needed to continue it, not its whole state. */
export type OpenTransaction = {
  readonly tenant_id: string;
  readonly tx_id: string;
  /** The device; null if the first events are no longer kept, in which case the stream names it. */
  readonly device_id: string | null;
  readonly soak_s: number;
  readonly phase: TxPhase;
  readonly changed_at: Timestamp;
  /** When the change was requested of the device; null if it was not. */
  readonly tentative_since: Timestamp | null;
  /** The ids that link its events. */
  readonly trace: {
    readonly correlation_id: string;
    readonly causation_id: string;
    readonly traceparent: string | null;
  };
};

/**
 * An open transaction with the state for folding its next event, and the revision of its last
 * event.
 */
type TransactionEntry = OpenTransaction & { readonly state: DeviceTxState; readonly revision: bigint };

/**
 * How many confirmed transactions are kept with their device. `mostFinished`: how many finished
 * ones are kept with their revision.
 */
const mostConfirmed = 10_000;
const mostFinished = 1000;

const remember = <T>(map: Map<string, T>, stream: string, value: T, most: number): void => {
  map.delete(stream);
  map.set(stream, value);
  if (map.size > most) map.delete(map.keys().next().value!);
};

/** The unfinished transactions of all tenants, folded from the log. */
export class OpenTransactions implements OpenWorkFold {
  readonly #open = new Map<string, TransactionEntry>();
  /** The devices of the latest confirmed transactions, which may still be undone. */
  readonly #confirmed = new Map<string, string>();
  /** The final revisions of the latest finished transactions. */
  readonly #finished = new Map<string, bigint>();

  /** The open transaction of a stream; undefined if it is finished or unknown. */
  find(stream: string): OpenTransaction | undefined {
    return this.#open.get(stream);
  }

  /** The folded revision of a stream; undefined if it is unknown, or finished long ago. */
  revisionOf(stream: string): bigint | undefined {
    return this.#open.get(stream)?.revision ?? this.#finished.get(stream);
  }

  list(): readonly OpenTransaction[] {
    return [...this.#open.values()];
  }

  /**
   * True while a transaction waits for others on its device. One transaction at a time holds a
   * device, in log order, so every instance agrees. A transaction waits if it is not in the index
   * yet, or if one ahead of it has an unknown device.
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

  /** Sets the device of an open transaction whose first events are not kept. */
  learn(stream: string, deviceId: string): void {
    const known = this.#open.get(stream);
    if (known?.device_id === null) this.#open.set(stream, { ...known, device_id: deviceId });
  }

  /** Returns the other open parts of the same change. */
  #partsOf({ tenant, id }: ParsedStream, { turn, phase }: DeviceTxState): readonly string[] {
    if (turn?.part === undefined || phase !== 'confirmed') return [];
    return turn.part.devices
      .map((_, i) => streamName('device_tx', tenant, partTxId(actionOfTx(id), i + 1)))
      .filter((stream) => stream !== streamName('device_tx', tenant, id) && this.#open.has(stream));
  }

  /**
   * True for a confirmed part whose change is not confirmed on every device. It may have to be
   * taken back, so it keeps its device until then.
   */
  #isAwaited(at: ParsedStream, state: DeviceTxState): boolean {
    const { part } = state.turn ?? {};
    if (part === undefined || state.phase !== 'confirmed' || state.rollback !== null) return false;
    const others = this.#partsOf(at, state);
    return (
      others.length < part.devices.length - 1 ||
      others.some((stream) => this.#open.get(stream)?.phase !== 'confirmed')
    );
  }

  /**
   * Removes an open transaction once it is finished, or once the whole change that it is part of
   * is.
   */
  #end(stream: string): void {
    const known = this.#open.get(stream);
    this.#open.delete(stream);
    if (known === undefined) return;
    if (known.device_id !== null) remember(this.#confirmed, stream, known.device_id, mostConfirmed);
    remember(this.#finished, stream, known.revision, mostFinished);
  }

  take(event: RecordedEvent): void {
    const at = parseStream(event.stream);
    if (at?.category !== 'device_tx' || !(deviceTxDecider.types as readonly string[]).includes(event.type))
      return;
    const { metadata } = event;
    const known = this.#open.get(event.stream);
    // After its end, a transaction can only continue with another turn or the undo of a confirmed
    // change, and its earlier state is not kept.
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
    if (isFinished(state) && !this.#isAwaited(at, state)) {
      for (const other of this.#partsOf(at, state)) this.#end(other);
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
      tentative_since: state.touched ? state.commit_requested_at : null,
      trace,
      state: { ...state, prepared: null, observation: null },
      revision: event.revision,
    });
  }
}
