import { context as otel, propagation, trace } from '@opentelemetry/api';
import { isProblem, type CommandContext } from '@interlock/kernel';
import { newId, nowText } from '@interlock/platform';
import {
  nextEffect,
  type ActionCommand,
  type ActionEvent,
  type ActionState,
  type Effect,
} from '@interlock/rails';
import type { Jobs } from '@interlock/postgres';
import type { Logger } from 'pino';
import type { RailsConfig } from './config.js';
import { actionStream, type ActionHandler } from './door.js';
import type { Effects } from './effects.js';
import { Semaphore } from './semaphore.js';

export type OrchestratorParts = {
  readonly handler: ActionHandler;
  readonly effects: Pick<Effects, 'perform'>;
  readonly config: Pick<RailsConfig, 'SAFETY_RAILS_WORKERS' | 'SAFETY_RAILS_WALKS'>;
  readonly logger: Pick<Logger, 'warn'>;
  readonly jobs: Pick<Jobs, 'schedule'>;
  /** Told of every append of the runner: for metrics and for waking whoever waits. */
  readonly onEvents?: (state: ActionState, events: readonly ActionEvent[]) => void;
};

type Running = { again: boolean };
const tracer = trace.getTracer('safety-rails');
const maxTimerMs = 3_600_000;
const durableFromMs = 5000;
const loadsAtOnce = 16;

const deviceReads: ReadonlySet<Effect['kind']> = new Set(['plan', 'take_turn', 'last_look']);

/** null where the stream has moved on since what is recorded was found out. */
const unlessStale = async <T>(handled: Promise<T>): Promise<T | null> => {
  try {
    return await handled;
  } catch (error) {
    if (isProblem(error, 'stale-revision')) return null;
    throw error;
  }
};

/**
 * Runs actions: from state to the next effect, does it, appends what came of it, and goes on until the action must wait or has ended.
 * Waking is free: a wake of a running action makes it look once more. Several instances may run the same action; the append decides who acts.
 */
export class Orchestrator {
  readonly #parts: OrchestratorParts;
  readonly #workers: Semaphore;
  readonly #walks: Semaphore;
  readonly #deviceReads: Semaphore;
  readonly #running = new Map<string, Running>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #errors = new Map<string, number>();
  /** How often an action has been tried in vain for a service that is away. */
  readonly #waits = new Map<string, number>();
  /** When the durable job of an action is due, where one is stored. */
  readonly #stored = new Map<string, number>();
  readonly #loads = new Semaphore(loadsAtOnce);
  #stopped = false;
  #idle: (() => void)[] = [];

  constructor(parts: OrchestratorParts) {
    this.#parts = parts;
    this.#workers = new Semaphore(parts.config.SAFETY_RAILS_WORKERS);
    this.#walks = new Semaphore(parts.config.SAFETY_RAILS_WALKS);
    this.#deviceReads = new Semaphore(parts.config.SAFETY_RAILS_WALKS);
  }

  /**
   * Looks at an action now; returns at once. `seen` is the revision that the caller has just written itself, or read a moment ago: the fold at hand need then
   * not be checked against the store, whose refusal of a stale append is the safeguard.
   */
  wake(tenantId: string, actionId: string, seen?: bigint): void {
    if (this.#stopped) return;
    const key = `${tenantId}/${actionId}`;
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    const running = this.#running.get(key);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const own: Running = { again: false };
    this.#running.set(key, own);
    void this.#run(tenantId, actionId, seen).finally(() => {
      this.#running.delete(key);
      if (own.again && !this.#stopped) this.wake(tenantId, actionId);
      else if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    });
  }

  /** A person's or the kill switch's command; the runner goes on from there. */
  async command(
    tenantId: string,
    actionId: string,
    command: ActionCommand,
    context: CommandContext,
  ): Promise<Awaited<ReturnType<ActionHandler['handle']>>> {
    const stream = actionStream(tenantId, actionId);
    // What is kept of the stream may be of before another instance's work, and a command that is refused by it would be refused wrongly.
    await this.#parts.handler.load(stream);
    const result = await this.#parts.handler.handle(stream, command, { ...context, correlationId: actionId });
    this.#parts.onEvents?.(result.state, result.repeated ? [] : result.events);
    this.wake(tenantId, actionId);
    return result;
  }

  /** True where an action waits for a time that is set here. */
  hasTimer(tenantId: string, actionId: string): boolean {
    return this.#timers.has(`${tenantId}/${actionId}`);
  }

  /** What it is doing: for the status page. */
  get load(): {
    readonly workers: number;
    readonly busy: number;
    readonly depth: number;
    readonly running: number;
  } {
    const workers = this.#parts.config.SAFETY_RAILS_WORKERS;
    return {
      workers,
      busy: workers - this.#workers.free,
      depth: this.#workers.waiting + this.#walks.waiting + this.#deviceReads.waiting,
      running: this.#running.size,
    };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    if (this.#running.size > 0)
      await new Promise<void>((resolve) => {
        this.#idle.push(resolve);
      });
  }

  async #run(tenantId: string, actionId: string, seen: bigint | undefined): Promise<void> {
    const { handler, logger } = this.#parts;
    const stream = actionStream(tenantId, actionId);
    const key = `${tenantId}/${actionId}`;
    try {
      let { state, revision } =
        seen === undefined
          ? await this.#loads.run(() => handler.load(stream))
          : await handler.load(stream, seen);
      while (!this.#stopped) {
        const effect = nextEffect(state, nowText());
        if (effect.kind === 'none') {
          this.#stored.delete(key);
          this.#waits.delete(key);
          break;
        }
        if (effect.kind === 'wait') {
          if (effect.until !== null) this.#until(tenantId, actionId, new Date(effect.until));
          break;
        }
        const before = state;
        const act = await this.#inTrace(state, effect, () =>
          this.#inSlot(effect, before, () => this.#parts.effects.perform(effect, before)),
        );
        if ('again_ms' in act) {
          this.#later(tenantId, actionId, act.again_ms);
          break;
        }
        // INVARIANT: what is recorded was found out for the very state that it is recorded on; an answer that comes late is found out anew.
        const pinned = { ...this.#context(before, act.command.now), expectedRevision: revision };
        const result = await this.#inTrace(state, effect, () =>
          unlessStale(handler.handle(stream, act.command, pinned)),
        );
        if (result === null) {
          ({ state, revision } = await handler.load(stream));
          continue;
        }
        this.#parts.onEvents?.(result.state, result.repeated ? [] : result.events);
        ({ state, revision } = result);
        if (result.events.length === 0) {
          // Nothing came of it: the service waited for is still away, the device is still at work, or another instance was first. The stream was read for that.
          this.#later(
            tenantId,
            actionId,
            state.waiting_for !== null ? this.#patience(key) : state.status === 'VALIDATING' ? 1000 : 400,
            revision,
          );
          break;
        }
        if (state.waiting_for !== null) {
          this.#later(tenantId, actionId, this.#patience(key));
          return;
        }
        this.#waits.delete(key);
      }
      this.#errors.delete(key);
    } catch (error) {
      const errors = (this.#errors.get(key) ?? 0) + 1;
      this.#errors.set(key, errors);
      logger.warn(
        {
          err: error,
          tenant_id: tenantId,
          action_id: actionId,
          code: isProblem(error) ? error.code : undefined,
        },
        'an effect failed, it is tried again',
      );
      handler.forget(stream);
      this.#later(tenantId, actionId, Math.min(10_000, 250 * 2 ** Math.min(errors, 6)));
    }
  }

  /** What only reads waits for no worker, so that a device that is slow to be read holds up no confirm; what ends a change, and what an executor holds its locks for, goes first. */
  #inSlot<T>(effect: Effect, state: ActionState, work: () => Promise<T>): Promise<T> {
    if (effect.kind === 'walk' || effect.kind === 'reevaluate') return this.#walks.run(work);
    const reads = effect.kind === 'apply' ? state.execution?.tx_id !== null : deviceReads.has(effect.kind);
    if (reads) return this.#deviceReads.run(work, effect.kind === 'last_look');
    return this.#workers.run(
      work,
      effect.kind === 'apply' || effect.kind === 'confirm' || effect.kind === 'undo',
    );
  }

  /** Half a second at first, then longer and never all at the same moment: what waits in crowds must not keep the service down. */
  #patience(key: string): number {
    const tries = this.#waits.get(key) ?? 0;
    this.#waits.set(key, tries + 1);
    return Math.min(4000, 500 * 2 ** tries) * (0.75 + Math.random() / 2);
  }

  /** A long wait is a durable job beside the timer: should this process die, another one looks in time. */
  #until(tenantId: string, actionId: string, due: Date): void {
    const ms = due.getTime() - Date.now();
    this.#later(tenantId, actionId, ms + 5);
    const key = `${tenantId}/${actionId}`;
    if (ms < durableFromMs || this.#stored.get(key) === due.getTime()) return;
    this.#stored.set(key, due.getTime());
    this.#parts.jobs
      .schedule(key, due, { tenant_id: tenantId, action_id: actionId })
      .catch((error: unknown) => {
        this.#stored.delete(key);
        this.#parts.logger.warn(
          { err: error, action_id: actionId },
          'a timer could not be stored, the sweep has it',
        );
      });
  }

  #later(tenantId: string, actionId: string, ms: number, seen?: bigint): void {
    if (this.#stopped) return;
    const key = `${tenantId}/${actionId}`;
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(
        () => {
          this.wake(tenantId, actionId, seen);
        },
        Math.max(1, Math.min(ms, maxTimerMs)),
      ),
    );
  }

  /** INVARIANT: the events' time is the command's, by which it was decided: so that it comes out the same when it is decided again. */
  #context(state: ActionState, now: string): CommandContext {
    const id = newId();
    return {
      commandId: id,
      tenantId: state.accepted!.intent.tenant_id,
      actor: { kind: 'service', service: 'safety-rails' },
      now,
      correlationId: state.accepted!.action_id,
      causationId: id,
      ...(state.traceparent === null ? {} : { traceparent: state.traceparent }),
    };
  }

  #inTrace<T>(state: ActionState, effect: Effect, work: () => Promise<T>): Promise<T> {
    const parent =
      state.traceparent === null
        ? otel.active()
        : propagation.extract(otel.active(), { traceparent: state.traceparent });
    return tracer.startActiveSpan(
      `action ${effect.kind}`,
      {
        attributes: {
          'interlock.action_id': state.accepted!.action_id,
          'interlock.tenant_id': state.accepted!.intent.tenant_id,
        },
      },
      parent,
      async (span) => {
        try {
          return await work();
        } finally {
          span.end();
        }
      },
    );
  }
}
