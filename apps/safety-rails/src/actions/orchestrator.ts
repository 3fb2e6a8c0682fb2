import { contextOf, inSpan, traceparentWithin } from '@interlock/jetstream';
import { isProblem, type CommandContext } from '@interlock/kernel';
import { LOGGER, nowText, serviceCommandContext } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import {
  nextEffect,
  type AcceptedAction,
  type ActionCommand,
  type ActionState,
  type Effect,
} from '@interlock/rails';
import type { Jobs } from '@interlock/postgres';
import type { Logger } from 'pino';
import { RailsConfig } from '../config.js';
import { actionStream } from './action-stream.js';
import { Effects } from './effects.js';
import { ActionHandler } from '../handlers.js';
import { RailsMetrics } from '../metrics.js';
import { Semaphore } from './semaphore.js';
import { JOBS } from '../tokens.js';

type ActionRun = { again: boolean; readonly rested: Promise<void> };
const service = 'safety-rails';
const maxTimerMs = 3_600_000;
const durableFromMs = 5000;
const loadsAtOnce = 16;

const deviceReads: ReadonlySet<Effect['kind']> = new Set(['plan', 'take_turn', 'last_look', 'look_back']);

/** Returns null if the stream has moved on since the effect was performed. */
const unlessStale = async <T>(handled: Promise<T>): Promise<T | null> => {
  try {
    return await handled;
  } catch (error) {
    if (isProblem(error, 'stale-revision')) return null;
    throw error;
  }
};

/**
 * Runs actions. It derives the next effect from the state, performs it and appends its result. It
 * continues until the action must wait or has ended. Waking is free: a wake makes a running action
 * look once more. Several instances may run the same action; the append decides which one acts.
 */
@Injectable()
export class Orchestrator {
  readonly #workers: Semaphore;
  /** For repeated effects that failed before. */
  readonly #retries: Semaphore;
  readonly #walks: Semaphore;
  readonly #deviceReads: Semaphore;
  readonly #running = new Map<string, ActionRun>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #errors = new Map<string, number>();
  /** How many times an action has tried to reach an unavailable service. */
  readonly #waits = new Map<string, number>();
  /** When the durable job of an action is due, if one is stored. */
  readonly #stored = new Map<string, number>();
  readonly #loads = new Semaphore(loadsAtOnce);
  #stopped = false;
  #idle: (() => void)[] = [];

  constructor(
    private readonly handler: ActionHandler,
    @Inject(Effects) private readonly effects: Pick<Effects, 'perform'>,
    @Inject(RailsConfig)
    private readonly config: Pick<RailsConfig, 'SAFETY_RAILS_WORKERS' | 'SAFETY_RAILS_WALKS'>,
    @Inject(JOBS) private readonly jobs: Pick<Jobs, 'schedule'>,
    @Inject(LOGGER) private readonly logger: Pick<Logger, 'warn'>,
    @Inject(RailsMetrics) private readonly metrics: Pick<RailsMetrics, 'count'>,
  ) {
    this.#workers = new Semaphore(config.SAFETY_RAILS_WORKERS);
    this.#retries = new Semaphore(config.SAFETY_RAILS_WORKERS);
    this.#walks = new Semaphore(config.SAFETY_RAILS_WALKS);
    this.#deviceReads = new Semaphore(config.SAFETY_RAILS_WALKS);
  }

  /**
   * Looks at an action now; returns at once. `seen` is the revision that the caller has just
   * written or read. The cached state then need not be checked against the store, which refuses a
   * stale append anyway.
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
    const own: ActionRun = { again: false, rested: this.#run(tenantId, actionId, seen) };
    this.#running.set(key, own);
    void own.rested.finally(() => {
      this.#running.delete(key);
      if (own.again && !this.#stopped) this.wake(tenantId, actionId);
      else if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    });
  }

  /**
   * Appends an action's acceptance to the log and runs the action from there. With `together`, its
   * first gates are looked at before, and acceptance and gates are one append. If a service does
   * not answer, or the action exists already, the acceptance is appended alone.
   */
  async accept(
    tenantId: string,
    actionId: string,
    command: ActionCommand,
    context: CommandContext,
    together: boolean,
  ): Promise<Awaited<ReturnType<ActionHandler['handle']>>> {
    const stream = actionStream(tenantId, actionId);
    const result =
      (together
        ? await this.handler.begin(stream, command, context, (state) => this.#firstLooks(state))
        : null) ?? (await this.handler.handle(stream, command, context));
    this.metrics.count(result.state, result.repeated ? [] : result.events);
    this.wake(tenantId, actionId, result.events.length > 0 ? result.revision : undefined);
    return result;
  }

  /** Returns the action's current state from the log. */
  async stateOf(tenantId: string, actionId: string): Promise<ActionState> {
    return (await this.handler.load(actionStream(tenantId, actionId))).state;
  }

  /**
   * Looks at an action's first gates. Returns null if the looks must be repeated after the
   * acceptance.
   */
  async #firstLooks(
    state: ActionState,
  ): Promise<{ readonly command: ActionCommand; readonly context: CommandContext } | null> {
    const effect = nextEffect(state, nowText());
    if (state.status === 'NONE' || effect.kind !== 'walk' || this.#stopped) return null;
    try {
      const act = await this.#inTrace(state, effect, () =>
        this.#inSlot(effect, state, () => this.effects.perform(effect, state)),
      );
      return 'command' in act && act.command.kind === 'record_looks' && act.command.awaited === undefined
        ? { command: act.command, context: this.#context(state, act.command.now) }
        : null;
    } catch {
      // The runner meets any error again on the accepted action, and reports it.
      return null;
    }
  }

  /**
   * Resolves when an action comes to rest: it has ended, or it waits for a time, a person, a
   * service or a device.
   */
  rested(tenantId: string, actionId: string): Promise<void> {
    return this.#running.get(`${tenantId}/${actionId}`)?.rested ?? Promise.resolve();
  }

  /** Applies a command of a person or the kill switch. The runner continues from there. */
  async command(
    tenantId: string,
    actionId: string,
    command: ActionCommand,
    context: CommandContext,
  ): Promise<Awaited<ReturnType<ActionHandler['handle']>>> {
    const result = await this.handler.handle(actionStream(tenantId, actionId), command, {
      ...context,
      correlationId: actionId,
    });
    this.metrics.count(result.state, result.repeated ? [] : result.events);
    this.wake(tenantId, actionId);
    return result;
  }

  /** Returns true if this process has a timer for an action. */
  hasTimer(tenantId: string, actionId: string): boolean {
    return this.#timers.has(`${tenantId}/${actionId}`);
  }

  /** The present work, for the status page. */
  get load(): {
    readonly workers: number;
    readonly busy: number;
    readonly depth: number;
    readonly running: number;
  } {
    const workers = this.config.SAFETY_RAILS_WORKERS;
    return {
      workers,
      busy: workers - this.#workers.free,
      depth: this.#workers.waiting + this.#retries.waiting + this.#walks.waiting + this.#deviceReads.waiting,
      running: this.#running.size,
    };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    if (this.#running.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  async #run(tenantId: string, actionId: string, seen: bigint | undefined): Promise<void> {
    const { handler, logger } = this;
    const stream = actionStream(tenantId, actionId);
    const key = `${tenantId}/${actionId}`;
    try {
      let { state, revision } =
        seen === undefined
          ? await this.#loads.run(() => handler.load(stream))
          : await handler.load(stream, seen);
      while (!this.#stopped) {
        const effect = nextEffect(state, nowText());
        if (state.status === 'NONE' || effect.kind === 'none') {
          this.#stored.delete(key);
          this.#waits.delete(key);
          break;
        }
        if (effect.kind === 'wait') {
          if (effect.until !== null) this.#until(tenantId, actionId, new Date(effect.until));
          break;
        }
        const before = state;
        const act = await this.#inTrace(before, effect, () =>
          this.#inSlot(effect, before, () => this.effects.perform(effect, before)),
        );
        if ('again_ms' in act) {
          if (act.unanswered === true) this.#waits.set(key, (this.#waits.get(key) ?? 0) + 1);
          this.#later(tenantId, actionId, act.again_ms);
          break;
        }
        // INVARIANT: a result is recorded only on the state for which it was obtained. If the
        // stream has moved on, the effect is repeated.
        const pinned = { ...this.#context(before, act.command.now), expectedRevision: revision };
        const result = await this.#inTrace(before, effect, () =>
          unlessStale(handler.handle(stream, act.command, pinned)),
        );
        if (result === null) {
          ({ state, revision } = await handler.load(stream));
          continue;
        }
        this.metrics.count(result.state, result.repeated ? [] : result.events);
        ({ state, revision } = result);
        if (result.events.length === 0) {
          // The command wrote nothing: the service is still away, the device is still at work, or
          // another instance was first. The stream was read to find out.
          this.#later(
            tenantId,
            actionId,
            state.waiting_for !== null ? this.#retryDelay(key) : state.status === 'VALIDATING' ? 1000 : 400,
            revision,
          );
          break;
        }
        if (state.waiting_for !== null) {
          this.#later(tenantId, actionId, this.#retryDelay(key));
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

  /**
   * Effects that only read need no worker, so a device that is slow to read delays no confirmation.
   * Effects that end a change, or for which an executor holds locks, come first.
   */
  #inSlot<T>(effect: Effect, state: AcceptedAction, work: () => Promise<T>): Promise<T> {
    // A walk that has begun is finished before another begins, so that its answers do not become
    // too old.
    if (effect.kind === 'walk' || effect.kind === 'reevaluate')
      return this.#walks.run(work, Object.keys(state.gates).length > 0);
    const reads = effect.kind === 'apply' ? state.execution?.tx_id !== null : deviceReads.has(effect.kind);
    if (reads) return this.#deviceReads.run(work, effect.kind === 'last_look');
    // INVARIANT: a handler that does not answer occupies a worker once for each of its actions.
    // Repeated effects have workers of their own.
    const key = `${state.accepted.intent.tenant_id}/${state.accepted.action_id}`;
    const triedBefore = this.#errors.has(key) || this.#waits.has(key);
    const workers = triedBefore ? this.#retries : this.#workers;
    return workers.run(
      work,
      effect.kind === 'apply' ||
        effect.kind === 'confirm' ||
        effect.kind === 'undo' ||
        effect.kind === 'take_back',
    );
  }

  /**
   * Half a second at first, then longer and never all at the same moment, so that many waiting
   * actions do not overload the service.
   */
  #retryDelay(key: string): number {
    const tries = this.#waits.get(key) ?? 0;
    this.#waits.set(key, tries + 1);
    return Math.min(4000, 500 * 2 ** tries) * (0.75 + Math.random() / 2);
  }

  /**
   * Sets a timer. A long wait also becomes a durable job, so that another process looks in time if
   * this one dies.
   */
  #until(tenantId: string, actionId: string, due: Date): void {
    const ms = due.getTime() - Date.now();
    this.#later(tenantId, actionId, ms + 5);
    const key = `${tenantId}/${actionId}`;
    if (ms < durableFromMs || this.#stored.get(key) === due.getTime()) return;
    this.#stored.set(key, due.getTime());
    this.jobs.schedule(key, due, { tenant_id: tenantId, action_id: actionId }).catch((error: unknown) => {
      this.#stored.delete(key);
      this.logger.warn({ err: error, action_id: actionId }, 'a timer could not be stored, the sweep has it');
    });
  }

  #later(tenantId: string, actionId: string, ms: number, seen?: bigint): void {
    if (this.#stopped) return;
    const key = `${tenantId}/${actionId}`;
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => this.wake(tenantId, actionId, seen), Math.max(1, Math.min(ms, maxTimerMs))),
    );
  }

  /**
   * Returns the context of a result. INVARIANT: its events have the time of the command that
   * decided them, so that a replay decides the same.
   */
  #context(state: AcceptedAction, now: string): CommandContext {
    return serviceCommandContext(service, state.accepted.intent.tenant_id, {
      now,
      correlationId: state.accepted.action_id,
      ...traceparentWithin(state.traceparent),
    });
  }

  #inTrace<T>(state: AcceptedAction, effect: Effect, work: () => Promise<T>): Promise<T> {
    const attributes = {
      'interlock.action_id': state.accepted.action_id,
      'interlock.tenant_id': state.accepted.intent.tenant_id,
    };
    const parent = contextOf(state.traceparent ?? undefined);
    return inSpan({ name: `action ${effect.kind}`, attributes, parent, service }, work);
  }
}
