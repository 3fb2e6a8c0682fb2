import { streamName } from '@interlock/contracts';
import { isProblem } from '@interlock/kernel';
import { isFinished, txState, type DeviceTxState } from '@interlock/network';
import { ExchangeLog } from '../exchange-log.js';
import { isDeviceFault, type ChangeSession } from '../change-session.js';
import { applyChange } from './apply.js';
import { awaitDecision, observeSoak, resolveCommit } from './observe.js';
import { editBack } from './edit-back.js';
import { cancelChange, confirmChange, giveUp } from './finish.js';
import { later, msUntil, type Tx, type TxAt, type TxTools } from './context.js';
import { createTx, type Trace } from './transaction.js';
import { isRollbackUnsent } from './unsent.js';
import { awaitApply, lapseAbandoned, takeTurn, type HeldTurn } from './turn.js';

/** A transaction that this instance works on. */
type RunningTransaction = { readonly done: Promise<void>; readonly wake: () => void };

/**
 * Drives transactions through their phases. Each step is found from the journal alone, so that any instance goes on where another ended;
 * the append decides who acts. One transaction at a time holds a device, in the order of the log.
 */
export class TxRunner {
  readonly #tools: TxTools;
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, RunningTransaction>();
  readonly #wakes = new Map<string, Set<() => void>>();
  /** Turns that this process holds. */
  readonly #held = new Map<string, HeldTurn>();
  /** The sessions of changes that are on their devices, by transaction. */
  readonly #sessions = new Map<string, ChangeSession>();
  #killed = false;

  constructor(tools: TxTools) {
    this.#tools = tools;
  }

  /** Transactions that this instance works on now. */
  get inFlight(): number {
    return this.#running.size;
  }

  isRunning(tenantId: string, txId: string): boolean {
    return this.#running.has(streamName('device_tx', tenantId, txId));
  }

  /**
   * Begins, or goes on with, a transaction in the background; resolves when it is at an end or this runner stops. `from` is its state where the caller has just read or
   * written it.
   */
  run(tenantId: string, txId: string, deviceId: string, trace: Trace, from?: TxAt): Promise<void> {
    const stream = streamName('device_tx', tenantId, txId);
    const known = this.#running.get(stream);
    if (known !== undefined) return known.done;
    if (this.#stopping.signal.aborted) return Promise.resolve();
    const done = this.#drive(tenantId, txId, deviceId, trace, from)
      .catch((error: unknown) => {
        if (!this.#stopping.signal.aborted)
          this.#tools.logger.error({ err: error, tx_id: txId }, 'a transaction could not go on');
      })
      .finally(() => {
        this.#running.delete(stream);
      });
    this.#running.set(stream, {
      done,
      wake: () => {
        this.#wake(stream);
      },
    });
    return done;
  }

  /** Something was asked of the transaction: looks again now. */
  wake(tenantId: string, txId: string): void {
    this.#wake(streamName('device_tx', tenantId, txId));
  }

  /**
   * This process has written the `ApplyAccepted` of a turn, whose append it sent at `sentAt`: from then on its first change grows late. Not to be called where another process
   * may have written it, because its append was sent before.
   */
  applySent(tenantId: string, txId: string, turn: number, sentAt: number): void {
    const held = this.#held.get(streamName('device_tx', tenantId, txId));
    if (held?.turn !== turn || held.apply_sent_here) return;
    held.apply_sent_at = sentAt;
    held.apply_sent_here = true;
  }

  /** Begins nothing any more, and gives up the turns that it holds. */
  halt(): void {
    this.#stopping.abort();
    for (const stream of this.#wakes.keys()) this.#wake(stream);
  }

  /** Ends all work where it stands; what is unfinished is gone on with by whoever comes next. */
  async stop(): Promise<void> {
    this.halt();
    await Promise.all([...this.#running.values()].map((one) => one.done));
  }

  /** Stops without waiting for anything, as a crash does. */
  kill(): void {
    this.#killed = true;
    this.halt();
  }

  #wake(stream: string): void {
    for (const wake of this.#wakes.get(stream) ?? []) wake();
  }

  #sleep(stream: string, ms: number, wakeable: boolean): Promise<void> {
    const { signal } = this.#stopping;
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const wakes = this.#wakes.get(stream) ?? new Set();
      const end = (): void => {
        clearTimeout(timer);
        wakes.delete(wake);
        if (wakes.size === 0) this.#wakes.delete(stream);
        if (signal.aborted) reject(signal.reason as Error);
        else resolve();
      };
      const wake = (): void => {
        if (wakeable || signal.aborted) end();
      };
      const timer = setTimeout(end, ms);
      this.#wakes.set(stream, wakes.add(wake));
    });
  }

  #transaction(
    tenantId: string,
    txId: string,
    deviceId: string,
    trace: Trace,
    exchanges: ExchangeLog,
    state: DeviceTxState,
  ): Tx {
    const stream = streamName('device_tx', tenantId, txId);
    return createTx({
      tools: this.#tools,
      tenant_id: tenantId,
      tx_id: txId,
      device_id: deviceId,
      trace,
      exchanges,
      state,
      stopping: this.#stopping.signal,
      killed: () => this.#killed,
      sleep: (ms, wakeable) => this.#sleep(stream, ms, wakeable),
      own_session: () => this.#sessions.get(stream),
      keepSession: (session) => {
        this.#held.delete(stream);
        this.#sessions.set(stream, session);
      },
      endSession: () => this.#endSession(stream),
    });
  }

  async #drive(
    tenantId: string,
    txId: string,
    deviceId: string,
    trace: Trace,
    from: TxAt | undefined,
  ): Promise<void> {
    const exchanges = new ExchangeLog();
    try {
      await this.#steps(tenantId, txId, deviceId, trace, exchanges, from);
    } finally {
      await this.#letGo(tenantId, txId, deviceId, trace, exchanges);
      await this.#endSession(streamName('device_tx', tenantId, txId));
    }
  }

  async #endSession(stream: string): Promise<void> {
    const session = this.#sessions.get(stream);
    this.#sessions.delete(stream);
    await session?.close();
  }

  /** A turn that is still held when this process ends its work is given back: nothing was sent under it. */
  async #letGo(
    tenantId: string,
    txId: string,
    deviceId: string,
    trace: Trace,
    exchanges: ExchangeLog,
  ): Promise<void> {
    const stream = streamName('device_tx', tenantId, txId);
    const held = this.#held.get(stream);
    if (held === undefined) return;
    this.#held.delete(stream);
    try {
      const { state } = await this.#tools.transactions.load(stream);
      if (
        !held.written &&
        state.turn?.turn === held.turn &&
        (state.phase === 'turn_taken' || state.phase === 'prepared' || state.phase === 'commit_requested')
      ) {
        const tx = this.#transaction(tenantId, txId, deviceId, trace, exchanges, state);
        await tx.recordLast({
          kind: 'RecordLapse',
          reasons: [
            {
              code: 'executor-stopping',
              detail: 'who held the turn was told to stop, and nothing was sent under it',
            },
          ],
        });
      }
    } catch (error) {
      this.#tools.logger.warn(
        { err: error, tx_id: txId },
        'a turn could not be given back, it lapses by itself',
      );
    } finally {
      await held.session.close();
    }
  }

  async #steps(
    tenantId: string,
    txId: string,
    deviceId: string,
    trace: Trace,
    exchanges: ExchangeLog,
    from: TxAt | undefined,
  ): Promise<void> {
    let known = from;
    let attempt = 0;
    let fault: string | null = null;
    const { transactions, followed } = this.#tools;
    const stream = streamName('device_tx', tenantId, txId);
    for (;;) {
      let tx: Tx | undefined;
      let state: DeviceTxState | undefined;
      try {
        this.#stopping.signal.throwIfAborted();
        const at = known ?? (await transactions.load(stream, followed.revisionOf(stream)));
        known = undefined;
        ({ state } = at);
        tx = this.#transaction(tenantId, txId, deviceId, trace, exchanges, state);
        if (isFinished(state)) {
          this.#tools.unsent.forget(tx);
          this.#tools.onEnd(txState(state));
          return;
        }
        await this.#step(tx, at, fault);
        attempt = 0;
      } catch (error) {
        this.#stopping.signal.throwIfAborted();
        if (!isProblem(error, 'wrong-state') && !isProblem(error, 'stale-revision')) {
          attempt += 1;
          fault = error instanceof Error ? error.message : null;
          this.#tools.logger.warn(
            { err: error, tx_id: txId, phase: state?.phase, attempt },
            'a step failed, it is tried again',
          );
          if (tx !== undefined && state !== undefined && (await this.#beyondHope(tx, state, error))) continue;
          await this.#sleep(
            stream,
            Math.min(5000, 100 * 2 ** Math.min(attempt, 6)) * (0.5 + Math.random() / 2),
            true,
          );
        }
      }
    }
  }

  /** The device cannot be asked, long past its own timer: nobody can say what it has. */
  async #beyondHope(tx: Tx, state: DeviceTxState, error: unknown): Promise<boolean> {
    if (!isDeviceFault(error) || !state.touched) return false;
    const at = state.rollback === null ? undefined : await tx.now();
    const { rollback, changed_at: changedAt } = at?.state ?? state;
    if (at?.state.phase === 'inverse_requested') {
      const { unsent, instance } = this.#tools;
      if (isRollbackUnsent(unsent, instance, tx, at.state)) {
        const detail = `nothing was sent, for the device could not be reached: ${error instanceof Error ? error.message : ''}`;
        const reasons = [{ code: 'device-unreachable', detail }];
        await tx.record({ kind: 'RefuseUndo', reasons }, at.revision);
        return true;
      }
    }
    const timer =
      (rollback?.is_sent === true ? changedAt : null) ??
      state.timer_ends_at ??
      later(state.commit_requested_at!, state.apply!.confirm_timeout_s * 1000);
    if (msUntil(this.#tools, later(timer, this.#tools.config.NETCONF_GIVE_UP_MS)) > 0) return false;
    if (state.phase !== 'cancel_requested' && state.phase !== 'inverse_requested')
      await tx.record({
        kind: 'TakeBack',
        reasons: [{ code: 'device-unreachable', detail: 'the device could not be reached past its timer' }],
      });
    await giveUp(
      this.#tools,
      tx,
      state,
      `it is not known what the device has, which could not be asked past its timer: ${error instanceof Error ? error.message : ''}`,
    );
    return true;
  }

  /** True where it is this transaction's turn; else it waits a while for the device, and what it knows is to be looked at anew. */
  async #isFirst(tx: Tx): Promise<boolean> {
    const { followed } = this.#tools;
    // INVARIANT: asked for at each look, because another object takes its place once the whole log has confirmed it.
    const behind = (): boolean => followed.transactions.isBehind(tx.tenant_id, tx.tx_id, tx.device.device_id);
    if (!behind()) return true;
    for (let i = 0; i < 20 && behind(); i += 1) await tx.waitOrWake(100);
    return false;
  }

  /** The turn that this process holds, as long as it is the transaction's: what it still holds of another is let go. */
  async #heldFor(stream: string, state: DeviceTxState): Promise<HeldTurn | undefined> {
    const held = this.#held.get(stream);
    if (
      held === undefined ||
      (held.turn === state.turn?.turn &&
        (state.phase === 'turn_taken' || state.phase === 'prepared' || state.phase === 'commit_requested'))
    )
      return held;
    this.#held.delete(stream);
    await held.session.close();
    return undefined;
  }

  async #step(tx: Tx, at: TxAt, fault: string | null): Promise<void> {
    const tools = this.#tools;
    const { state } = at;
    const stream = streamName('device_tx', tx.tenant_id, tx.tx_id);
    const held = await this.#heldFor(stream, state);
    switch (state.phase) {
      case 'turn_accepted': {
        if (!(await this.#isFirst(tx))) return undefined;
        const taken = await takeTurn(tools, tx, at);
        if (taken === undefined) return undefined;
        this.#held.set(stream, taken);
        await tools.probe('turn-taken', tx.tx_id);
        return undefined;
      }
      case 'turn_taken':
        return held === undefined ? lapseAbandoned(tools, tx, at) : awaitApply(tools, tx, held);
      case 'prepared':
        return held === undefined ? lapseAbandoned(tools, tx, at) : applyChange(tools, tx, at, held);
      case 'commit_requested':
        // What this process was to send and did not, nobody has sent.
        if (held?.written === false)
          return void (await tx.record(
            {
              kind: 'RecordLapse',
              reasons: [{ code: 'start-interrupted', detail: fault ?? 'the first change could not be sent' }],
            },
            at.revision,
          ));
        return resolveCommit(tools, tx, state, fault);
      case 'tentative':
        return observeSoak(tools, tx, state);
      case 'observed':
        return awaitDecision(tools, tx, state);
      case 'confirm_requested':
        return confirmChange(tools, tx, state);
      case 'cancel_requested':
        return cancelChange(tools, tx, state);
      case 'inverse_requested':
        // The undo of a confirmed change has to wait for who came between; that of a tentative one is first already.
        if (!(await this.#isFirst(tx))) return undefined;
        return editBack(tools, tx, state);
      case 'none':
      case 'lapsed':
      case 'confirmed':
      case 'rolled_back':
      case 'refused':
      case 'failed':
      case 'rollback_failed':
        return;
    }
  }
}
