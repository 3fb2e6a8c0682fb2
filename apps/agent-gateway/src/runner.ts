import { callTxState, isCallFinished, type CallState } from '@interlock/agents';
import { streamName } from '@interlock/contracts';
import { readAction, type ActionRecord } from '@interlock/executor';
import { isProblem, ProblemError, type CommandContext } from '@interlock/kernel';
import { newId, nowText } from '@interlock/platform';
import { applyCall } from './apply.js';
import type { Call, CallAt, CallTools, HeldPlace } from './call-context.js';
import { awaitDecision, confirmCall, observeSoak, resolveUnknown, undoCall } from './finish.js';
import { awaitApply, lapseAbandoned, takeTurn } from './turn.js';

/** What the events of a call hang on. */
export const contextOf = (
  tenantId: string,
  action: Pick<ActionRecord, 'correlation_id' | 'causation_id' | 'traceparent'>,
): CommandContext => ({
  commandId: newId(),
  tenantId,
  actor: { kind: 'service', service: 'agent-gateway' },
  now: nowText(),
  correlationId: action.correlation_id,
  causationId: action.causation_id,
  ...(action.traceparent === null ? {} : { traceparent: action.traceparent }),
});

/** Drives calls through their phases. Each step is found from the journal alone, so that any instance goes on where another ended; the append decides who acts. */
export class CallRunner {
  readonly #tools: CallTools;
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  readonly #wakes = new Map<string, Set<() => void>>();
  /** Places that this process holds, by call. */
  readonly #held = new Map<string, HeldPlace>();
  #killed = false;

  constructor(tools: CallTools) {
    this.#tools = tools;
  }

  isRunning(tenantId: string, actionId: string): boolean {
    return this.#running.has(streamName('call', tenantId, actionId));
  }

  /** Begins, or goes on with, a call in the background; resolves when it is at an end or this runner stops. */
  run(tenantId: string, actionId: string): Promise<void> {
    const stream = streamName('call', tenantId, actionId);
    const known = this.#running.get(stream);
    if (known !== undefined) return known;
    if (this.#stopping.signal.aborted) return Promise.resolve();
    const done = this.#drive(stream, tenantId, actionId)
      .catch((error: unknown) => {
        if (!this.#stopping.signal.aborted)
          this.#tools.logger.error({ err: error, action_id: actionId }, 'a call could not go on');
      })
      .finally(() => {
        this.#running.delete(stream);
      });
    this.#running.set(stream, done);
    return done;
  }

  /** Something was asked of the call: looks again now. */
  wake(tenantId: string, actionId: string): void {
    for (const wake of this.#wakes.get(streamName('call', tenantId, actionId)) ?? []) wake();
  }

  /**
   * This process has written the `ApplyAccepted` of a turn, whose append it sent at `sentAt`: from then on the call grows late. Not to be called where another process may
   * have written it, because its append was sent before.
   */
  applySent(tenantId: string, actionId: string, turn: number, sentAt: number): void {
    const held = this.#held.get(streamName('call', tenantId, actionId));
    if (held?.turn !== turn || held.apply_sent_here) return;
    held.apply_sent_at = sentAt;
    held.apply_sent_here = true;
  }

  /** Begins nothing any more, and gives up the turns that it holds. */
  halt(): void {
    this.#stopping.abort();
    for (const wakes of this.#wakes.values()) for (const wake of wakes) wake();
  }

  /** Ends all work where it stands; what is unfinished is gone on with by whoever comes next. */
  async stop(): Promise<void> {
    this.halt();
    await Promise.all(this.#running.values());
  }

  /** Stops without writing anything, as a crash does. */
  kill(): void {
    this.#killed = true;
    this.halt();
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
        if (signal.aborted) reject(new Error('the gateway is stopping'));
        else resolve();
      };
      const wake = (): void => {
        if (wakeable || signal.aborted) end();
      };
      const timer = setTimeout(end, Math.max(0, Math.min(ms, 3_600_000)));
      this.#wakes.set(stream, wakes.add(wake));
    });
  }

  async #callOf(stream: string, tenantId: string, actionId: string): Promise<Call> {
    const { store, calls } = this.#tools;
    const action = await readAction(store, tenantId, actionId);
    const { intent, action_type: type } = action;
    if (intent === null || type === null)
      throw new ProblemError('action-not-found', `the action \`${actionId}\` of a call is not there`);
    const { signal } = this.#stopping;
    return {
      tenant_id: tenantId,
      action_id: actionId,
      intent,
      type,
      signal,
      wait: (ms, wakeable = false) => this.#sleep(stream, ms, wakeable),
      now: () => {
        signal.throwIfAborted();
        return calls.load(stream);
      },
      // What a call came to is written also while this instance is stopping, unless it crashes.
      record: async (command, at) => {
        if (this.#killed) throw new Error('the gateway was killed');
        const { state, revision } = await calls.handle(stream, command, {
          ...contextOf(tenantId, action),
          ...(at === undefined ? {} : { expectedRevision: at }),
        });
        return { state, revision };
      },
    };
  }

  async #drive(stream: string, tenantId: string, actionId: string): Promise<void> {
    try {
      await this.#steps(stream, tenantId, actionId);
    } finally {
      await this.#letGo(stream, tenantId, actionId);
    }
  }

  /** A turn that is still held when this process ends its work is given back: nothing was sent under it. */
  async #letGo(stream: string, tenantId: string, actionId: string): Promise<void> {
    const held = this.#held.get(stream);
    if (held === undefined) return;
    this.#held.delete(stream);
    held.release();
    if (this.#killed || held.written) return;
    try {
      const { state, revision } = await this.#tools.calls.load(stream);
      const phases: readonly CallState['phase'][] = ['turn_taken', 'accepted', 'requested'];
      if (state.turn?.turn !== held.turn || !phases.includes(state.phase)) return;
      const call = await this.#callOf(stream, tenantId, actionId);
      const detail = 'who held the turn was told to stop, and nothing was sent under it';
      await call.record({ kind: 'RecordLapse', reasons: [{ code: 'executor-stopping', detail }] }, revision);
    } catch (error) {
      this.#tools.logger.warn(
        { err: error, action_id: actionId },
        'a turn could not be given back, it lapses by itself',
      );
    }
  }

  async #steps(stream: string, tenantId: string, actionId: string): Promise<void> {
    let call: Call | undefined;
    for (let attempt = 0; ;) {
      try {
        this.#stopping.signal.throwIfAborted();
        const at = await this.#tools.calls.load(stream);
        if (isCallFinished(at.state)) {
          this.#tools.onEnd(callTxState(at.state));
          return;
        }
        call ??= await this.#callOf(stream, tenantId, actionId);
        await this.#step(stream, call, at);
        attempt = 0;
      } catch (error) {
        this.#stopping.signal.throwIfAborted();
        if (isProblem(error, 'wrong-state') || isProblem(error, 'stale-revision')) continue;
        attempt += 1;
        this.#tools.logger.warn(
          { err: error, action_id: actionId, attempt },
          'a step of a call failed, it is tried again',
        );
        const pause = Math.min(5000, 100 * 2 ** Math.min(attempt, 6));
        await this.#sleep(stream, pause * (0.5 + Math.random() / 2), true);
      }
    }
  }

  /** The place that this process holds, as long as it is the call's turn: what it still holds of another is let go. */
  #heldFor(stream: string, { turn, phase }: CallState): HeldPlace | undefined {
    const held = this.#held.get(stream);
    if (held === undefined) return undefined;
    const phases: readonly CallState['phase'][] = ['turn_taken', 'accepted', 'requested'];
    if (held.turn === turn?.turn && phases.includes(phase)) return held;
    this.#held.delete(stream);
    held.release();
    return undefined;
  }

  async #step(stream: string, call: Call, at: CallAt): Promise<void> {
    const tools = this.#tools;
    const held = this.#heldFor(stream, at.state);
    switch (at.state.phase) {
      case 'turn_accepted': {
        const taken = await takeTurn(tools, call, at);
        if (taken === undefined) return;
        this.#held.set(stream, taken);
        await tools.probe('turn-taken', call.action_id);
        return;
      }
      case 'turn_taken':
        return held === undefined ? lapseAbandoned(tools, call, at) : awaitApply(tools, call, held);
      case 'accepted':
        return held === undefined ? lapseAbandoned(tools, call, at) : applyCall(tools, call, at, held);
      case 'requested': {
        // What this process was to send and did not, nobody has sent; of what another was to send, nobody can say.
        const isUnsent = held?.written === false;
        const detail = isUnsent
          ? 'the call could not be sent'
          : 'who sent the call is gone, and its answer with it';
        await call.record(
          isUnsent
            ? { kind: 'RecordLapse', reasons: [{ code: 'start-interrupted', detail }] }
            : { kind: 'RecordUnknown', reasons: [{ code: 'outcome-unknown', detail }] },
          at.revision,
        );
        return;
      }
      case 'unknown':
        return resolveUnknown(tools, call, at);
      case 'applied':
        return observeSoak(tools, call, at);
      case 'observed':
        return awaitDecision(call, at);
      case 'confirm_requested':
        return confirmCall(tools, call, at);
      case 'undo_requested':
        return undoCall(tools, call, at);
      case 'none':
      case 'lapsed':
      case 'confirmed':
      case 'undone':
      case 'refused':
      case 'failed':
      case 'undo_failed':
        return;
    }
  }
}
