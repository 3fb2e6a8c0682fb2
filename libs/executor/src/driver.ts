import { context } from '@opentelemetry/api';
import type { Reason } from '@interlock/contracts';
import { contextOf, inSpan } from '@interlock/jetstream';
import { isProblem, isTurnHeld, isWorkOver, type WorkStage } from '@interlock/kernel';
import type { DriverParts, OpenedWork } from './port.js';
import { againOf, permitParts, rollbackOf } from './sends.js';
import { sendUnder, StepFailed, switchedOff, takePermit, type StartPermit } from './start-permit.js';
import { awaitApply, lapseAbandoned } from './turn.js';
import { Wakes } from './wakes.js';
import { turnValidMs, type HeldTurn, type Trace, type Work, type WorkAt, type WorkState } from './work.js';

const because = (code: string, detail: string): readonly Reason[] => [{ code, detail }];
const decisionEveryMs = 1000;
/** Stages in which the executor acts itself, by the name of their span. In the others it waits. */
const steps: { readonly [S in WorkStage]?: string } = {
  accepted: 'start',
  requested: 'settle',
  unknown: 'settle',
  applied: 'observe',
  confirm_requested: 'confirm',
  undo_requested: 'undo',
};

/**
 * Drives an executor's work through its stages: turn, start under lease and permit, settling, soak,
 * confirm or undo. The journal alone determines each step, so any instance can continue where
 * another ended. The append decides which instance acts.
 */
export class ExecutorDriver<C, S extends WorkState, W extends Work<C, S>, H extends HeldTurn> {
  readonly #parts: DriverParts<C, S, W, H>;
  readonly #stopping = new AbortController();
  readonly #running = new Map<string, Promise<void>>();
  /** The latest states with which running work was asked to continue, by stream. */
  readonly #asked = new Map<string, WorkAt<S>>();
  readonly #wakes = new Wakes(this.#stopping.signal);
  /** Turns that this process holds, by stream. */
  readonly #held = new Map<string, H>();
  /** The trace of the action behind each piece of work that runs here, by stream. */
  readonly #traces = new Map<string, string | null>();
  #killed = false;

  constructor(parts: DriverParts<C, S, W, H>) {
    this.#parts = parts;
  }

  /** Pieces of work that this instance is doing now. */
  get inFlight(): number {
    return this.#running.size;
  }

  isRunning(tenantId: string, id: string): boolean {
    return this.#running.has(this.#stream(tenantId, id));
  }

  /**
   * Begins or continues a piece of work in the background. Resolves when the work ends or this
   * driver stops. Pass `from` if the caller has just read or written the state.
   */
  run(tenantId: string, id: string, from?: WorkAt<S>): Promise<void> {
    const stream = this.#stream(tenantId, id);
    const known = this.#running.get(stream);
    if (known !== undefined) {
      if (from !== undefined) this.#asked.set(stream, from);
      return known;
    }
    if (this.#stopping.signal.aborted) return Promise.resolve();
    const done = this.#drive(stream, tenantId, id, from)
      .catch((error: unknown) => {
        if (!this.#stopping.signal.aborted)
          this.#parts.logger.error({ err: error, work_id: id }, 'work could not go on');
        return undefined;
      })
      .then((ended) => {
        this.#traces.delete(stream);
        this.#running.delete(stream);
        // Work that was over may be asked to continue while its run still gives back what it held.
        const asked = this.#asked.get(stream);
        this.#asked.delete(stream);
        if (asked === undefined || ended === undefined || asked.revision <= ended) return undefined;
        return this.run(tenantId, id, asked);
      });
    this.#running.set(stream, done);
    return done;
  }

  /** Something was requested of the work: looks at it again now. */
  wake(tenantId: string, id: string): void {
    this.#wakes.wake(this.#stream(tenantId, id));
  }

  /**
   * This process has written the `ApplyAccepted` of a turn and sent that append at `sentAt`. From
   * then on, the deadline of its first change runs. Do not call it if another process may have
   * written the event, because that append was sent earlier.
   */
  applySent(tenantId: string, id: string, turn: number, sentAt: number): void {
    const held = this.#held.get(this.#stream(tenantId, id));
    if (held?.turn !== turn || held.apply_sent_here) return;
    held.apply_sent_at = sentAt;
    held.apply_sent_here = true;
  }

  /** Begins nothing more and gives up the turns that it holds. */
  halt(): void {
    this.#stopping.abort();
    this.#wakes.wakeAll();
  }

  /** Stops all work in its present stage; the next instance continues it. */
  async stop(): Promise<void> {
    this.halt();
    await Promise.all(this.#running.values());
  }

  /** Stops without writing anything, like a crash. */
  kill(): void {
    this.#killed = true;
    this.halt();
  }

  #stream(tenantId: string, id: string): string {
    return this.#parts.journal.streamOf(tenantId, id);
  }

  #work(stream: string, tenantId: string, id: string, trace: Trace): Work<C, S> {
    const { journal, store, lease_ms: leaseMs, logger } = this.#parts;
    const actionId = journal.actionOf?.(id) ?? id;
    const { signal } = this.#stopping;
    this.#traces.set(stream, trace.traceparent);
    const recordLast: Work<C, S>['recordLast'] = async (command, at) => {
      if (this.#killed) throw new Error('the executor was killed');
      const { state, revision, events, repeated } = await journal.handler.handle(stream, command, {
        ...journal.contextOf(tenantId, trace),
        ...(at === undefined ? {} : { expectedRevision: at }),
      });
      return { state, revision, written: events.length > 0 && !repeated };
    };
    return {
      tenant_id: tenantId,
      id,
      action_id: actionId,
      signal,
      throwIfStopping: () => signal.throwIfAborted(),
      wait: (ms) => this.#wakes.sleep(stream, ms, false),
      waitOrWake: (ms) => this.#wakes.sleep(stream, ms, true),
      followed: async () => {
        signal.throwIfAborted();
        return journal.handler.load(stream, journal.revisionOf(stream));
      },
      now: async () => {
        signal.throwIfAborted();
        return journal.handler.load(stream);
      },
      record: async (command, at) => {
        signal.throwIfAborted();
        return recordLast(command, at);
      },
      recordLast,
      switchedOff: async () => {
        const { state } = await journal.handler.load(stream);
        if (state.apply === null) return [];
        const parts = { store, lease_ms: leaseMs, tenant_id: tenantId, action_id: actionId };
        return switchedOff({ ...parts, apply: state.apply }, (error) =>
          logger.warn({ err: error, action_id: actionId }, 'the kill switches could not be read'),
        );
      },
    };
  }

  /** Resolves with the revision at which the work was over. */
  async #drive(stream: string, tenantId: string, id: string, from: WorkAt<S> | undefined): Promise<bigint> {
    let opened: OpenedWork<W, S> | undefined;
    const open = async (state: S): Promise<W> => {
      opened ??= await this.#parts.open(tenantId, id, (trace) => this.#work(stream, tenantId, id, trace));
      return opened.workAt(state);
    };
    try {
      return await this.#steps(stream, { tenant_id: tenantId, id }, from, open);
    } finally {
      await this.#letGo(stream, id, open);
      await opened?.end();
    }
  }

  /**
   * When this process ends its work, it returns a turn that it still holds: nothing was sent under
   * it.
   */
  async #letGo(stream: string, id: string, open: (state: S) => Promise<W>): Promise<void> {
    const held = this.#held.get(stream);
    if (held === undefined) return;
    this.#held.delete(stream);
    try {
      if (this.#killed || held.written) return;
      const { state, revision } = await this.#parts.journal.handler.load(stream);
      if (state.turn?.turn !== held.turn || !isTurnHeld(this.#parts.journal.stageOf(state))) return;
      const work = await open(state);
      const detail = 'the holder of the turn was told to stop, and nothing was sent under it';
      await work.recordLast({ kind: 'RecordLapse', reasons: because('executor-stopping', detail) }, revision);
    } catch (error) {
      this.#parts.logger.warn(
        { err: error, work_id: id },
        'a turn could not be released; it expires by itself',
      );
    } finally {
      await held.release();
    }
  }

  async #steps(
    stream: string,
    names: { readonly tenant_id: string; readonly id: string },
    from: WorkAt<S> | undefined,
    open: (state: S) => Promise<W>,
  ): Promise<bigint> {
    const { journal, logger, onEnd } = this.#parts;
    const { signal } = this.#stopping;
    let known = from;
    let fault: string | null = null;
    for (let attempt = 0; ;) {
      let stage: WorkStage | undefined;
      try {
        signal.throwIfAborted();
        const at = known ?? (await journal.handler.load(stream, journal.revisionOf(stream)));
        known = undefined;
        stage = journal.stageOf(at.state);
        if (isWorkOver(stage)) {
          onEnd(names, at.state);
          return at.revision;
        }
        const work = await open(at.state);
        await this.#traced(stream, work, stage, () => this.#step(stream, work, at, stage!, fault));
        attempt = 0;
      } catch (error) {
        signal.throwIfAborted();
        if (isProblem(error, 'wrong-state') || isProblem(error, 'stale-revision')) continue;
        attempt += 1;
        fault = error instanceof Error ? error.message : null;
        logger.warn({ err: error, work_id: names.id, stage, attempt }, 'a step failed, it is tried again');
        const pause = Math.min(5000, 100 * 2 ** Math.min(attempt, 6));
        await this.#wakes.sleep(stream, pause * (0.5 + Math.random() / 2), true);
      }
    }
  }

  /**
   * The turn that this process holds, while it is the turn of the work. Any other turn is released.
   */
  async #heldFor(stream: string, state: S, stage: WorkStage): Promise<H | undefined> {
    const held = this.#held.get(stream);
    if (held === undefined || (held.turn === state.turn?.turn && isTurnHeld(stage))) return held;
    this.#held.delete(stream);
    await held.release();
    return undefined;
  }

  /** Runs a step in the trace of its action, whoever made this process begin it. */
  #traced(stream: string, work: W, stage: WorkStage, step: () => Promise<void>): Promise<void> {
    const parent = contextOf(this.#traces.get(stream) ?? undefined);
    const name = steps[stage];
    if (name === undefined) return context.with(parent, step);
    const attributes = {
      'interlock.action_id': work.action_id,
      'interlock.tenant_id': work.tenant_id,
    };
    return inSpan({ name: `execute ${name}`, attributes, parent, service: this.#parts.service }, step);
  }

  async #step(stream: string, work: W, at: WorkAt<S>, stage: WorkStage, fault: string | null): Promise<void> {
    const { port, journal, instance, actionThat, decideBy, turnTaken } = this.#parts;
    const held = await this.#heldFor(stream, at.state, stage);
    switch (stage) {
      case 'turn_accepted': {
        const taken = await port.prepare(work, at);
        if (taken === undefined) return;
        this.#held.set(stream, taken);
        await turnTaken(work.id);
        return;
      }
      case 'turn_taken':
        if (held === undefined) return lapseAbandoned(work, at, instance);
        return awaitApply(work, held, (state) => journal.stageOf(state) === 'turn_taken', actionThat);
      case 'accepted':
        return held === undefined ? lapseAbandoned(work, at, instance) : this.#start(work, at, held);
      case 'requested':
        // Only this process could send the first change, and it did not, so nobody did.
        if (held?.written === false) {
          const detail = fault ?? 'the first change could not be sent';
          await work.record(
            { kind: 'RecordLapse', reasons: because('start-interrupted', detail) },
            at.revision,
          );
          return;
        }
        return port.settle(work, at, fault, againOf(this.#parts, work, at));
      case 'unknown':
        return port.settle(work, at, fault, againOf(this.#parts, work, at));
      case 'applied':
        return port.observe(work, at);
      case 'observed': {
        const left = Date.parse(decideBy(at.state)) - Date.now();
        if (left > 0) return work.waitOrWake(Math.min(left, decisionEveryMs));
        const reasons = because('no-decision', 'nobody decided in time to confirm it');
        await work.record({ kind: 'TakeBack', reasons }, at.revision);
        return;
      }
      case 'confirm_requested':
        return port.confirm(work, at);
      case 'undo_requested':
        return port.undo(work, at, rollbackOf(this.#parts, work));
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

  /**
   * From the accepted execution to the target's answer. Until something is sent, the execution may
   * lapse or be refused.
   */
  async #start(work: W, at: WorkAt<S>, held: H): Promise<void> {
    const { port, journal } = this.#parts;
    const { apply } = at.state;
    if (apply === null) throw new TypeError('accepted work has no apply');
    try {
      await port.start(work, at, held, async ({ request, requested, send }) => {
        const {
          result,
          permit,
          asked: requestedAt,
        } = await sendUnder(
          (asked: WorkAt<S> | undefined) => this.#permit(work, at.state, held, (asked ?? at).revision),
          async () => {
            // INVARIANT: an append at exactly the revision that the permit was read at, within the
            // permit's time, proves that nobody else continued the work.
            const asked = await work.record(request, at.revision);
            await requested?.(asked);
            return asked;
          },
          (check) =>
            send(() => {
              check();
              held.written = true;
            }),
        );
        return {
          result,
          asked: requestedAt,
          against: async () => (permit.lease.valid() ? [] : work.switchedOff()),
        };
      });
    } catch (error) {
      if (held.written || !(error instanceof StepFailed)) throw error;
      // Only this process holds the turn, so only it can have requested the change. It overwrites
      // nobody else's step.
      const { state, revision } = await work.now();
      const stage = journal.stageOf(state);
      if (state.turn?.turn !== held.turn || (stage !== 'accepted' && stage !== 'requested')) return;
      const { outcome, reasons } = error;
      await work.record(
        outcome === 'stale'
          ? { kind: 'RecordLapse', reasons }
          : { kind: 'RefuseApply', request_id: apply.request_id, reasons },
        revision,
      );
    } finally {
      await held.release();
    }
  }

  #permit(work: W, { apply, turn }: S, held: H, revision: bigint): Promise<StartPermit> {
    if (apply === null) throw new TypeError('accepted work has no apply');
    const valid_ms = turnValidMs(turn);
    return takePermit({
      ...permitParts(this.#parts, work),
      journal: this.#stream(work.tenant_id, work.id),
      apply,
      revision,
      held,
      valid_ms,
    });
  }
}
