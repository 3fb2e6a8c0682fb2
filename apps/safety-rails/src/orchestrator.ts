import { context as otel, propagation, trace } from '@opentelemetry/api';
import { isProblem, type CommandContext } from '@interlock/kernel';
import { newId, nowText } from '@interlock/platform';
import { nextEffect, type ActionCommand, type ActionEvent, type ActionState, type Effect } from '@interlock/rails';
import type { Jobs } from '@interlock/postgres';
import type { Logger } from 'pino';
import type { RailsConfig } from './config.js';
import { actionStream, type ActionHandler } from './door.js';
import type { Effects } from './effects.js';
import { Semaphore } from './semaphore.js';

export type OrchestratorParts = {
  readonly handler: ActionHandler;
  readonly effects: Effects;
  readonly config: RailsConfig;
  readonly logger: Logger;
  readonly jobs: Pick<Jobs, 'schedule'>;
  /** Told of every append of the runner: for metrics and for waking whoever waits. */
  readonly onEvents?: (state: ActionState, events: readonly ActionEvent[]) => void;
};

type Running = { again: boolean };
const tracer = trace.getTracer('safety-rails');
const maxTimerMs = 3_600_000;
const durableFromMs = 5000;

/**
 * Runs actions: from state to the next effect, does it, appends what came of it, and goes on until the action must wait or has ended.
 * Waking is free: a wake of a running action makes it look once more. Several instances may run the same action; the append decides who acts.
 */
export class Orchestrator {
  readonly #parts: OrchestratorParts;
  readonly #workers: Semaphore;
  readonly #walks: Semaphore;
  readonly #running = new Map<string, Running>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  readonly #errors = new Map<string, number>();
  #stopped = false;
  #idle: (() => void)[] = [];

  constructor(parts: OrchestratorParts) {
    this.#parts = parts;
    this.#workers = new Semaphore(parts.config.SAFETY_RAILS_WORKERS);
    this.#walks = new Semaphore(parts.config.SAFETY_RAILS_WALKS);
  }

  /** Looks at an action now; returns at once. */
  wake(tenantId: string, actionId: string): void {
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
    void this.#run(tenantId, actionId, own).finally(() => {
      this.#running.delete(key);
      if (own.again) this.wake(tenantId, actionId);
      else if (this.#running.size === 0) for (const resolve of this.#idle.splice(0)) resolve();
    });
  }

  /** A person's or the kill switch's command; the runner goes on from there. */
  async command(tenantId: string, actionId: string, command: ActionCommand, context: CommandContext): Promise<Awaited<ReturnType<ActionHandler['handle']>>> {
    const result = await this.#parts.handler.handle(actionStream(tenantId, actionId), command, { ...context, correlationId: actionId });
    this.#parts.onEvents?.(result.state, result.repeated ? [] : result.events);
    this.wake(tenantId, actionId);
    return result;
  }

  /** What it is doing: for the status page. */
  get load(): { readonly workers: number; readonly busy: number; readonly depth: number; readonly running: number } {
    const workers = this.#parts.config.SAFETY_RAILS_WORKERS;
    return { workers, busy: workers - this.#workers.free, depth: this.#workers.waiting + this.#walks.waiting, running: this.#running.size };
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    if (this.#running.size > 0) await new Promise<void>((resolve) => { this.#idle.push(resolve); });
  }

  async #run(tenantId: string, actionId: string, own: Running): Promise<void> {
    const { handler, logger } = this.#parts;
    const stream = actionStream(tenantId, actionId);
    const key = `${tenantId}/${actionId}`;
    try {
      let { state } = await handler.load(stream);
      while (!this.#stopped) {
        own.again = false;
        const effect = nextEffect(state, nowText());
        if (effect.kind === 'none') break;
        if (effect.kind === 'wait') {
          if (effect.until !== null) this.#until(tenantId, actionId, new Date(effect.until));
          break;
        }
        const before = state;
        const act = await this.#inTrace(state, effect, () => this.#slot(effect).run(() => this.#parts.effects.perform(effect, before)));
        if ('again_ms' in act) {
          this.#later(tenantId, actionId, act.again_ms);
          break;
        }
        const result = await this.#inTrace(state, effect, () => handler.handle(stream, act.command, this.#context(before)));
        this.#parts.onEvents?.(result.state, result.repeated ? [] : result.events);
        state = result.state;
        if (result.events.length === 0) {
          // Nothing came of it: the service waited for is still away, the device is still at work, or another instance was first.
          this.#later(tenantId, actionId, state.waiting_for === null ? 400 : 1000);
          break;
        }
        if (state.waiting_for !== null) {
          this.#later(tenantId, actionId, 500);
          break;
        }
      }
      this.#errors.delete(key);
    } catch (error) {
      const errors = (this.#errors.get(key) ?? 0) + 1;
      this.#errors.set(key, errors);
      logger.warn({ err: error, tenant_id: tenantId, action_id: actionId, code: isProblem(error) ? error.code : undefined }, 'an effect failed, it is tried again');
      handler.forget(stream);
      this.#later(tenantId, actionId, Math.min(10_000, 250 * 2 ** Math.min(errors, 6)));
    }
  }

  #slot(effect: Effect): Semaphore {
    return effect.kind === 'walk' || effect.kind === 'reevaluate' ? this.#walks : this.#workers;
  }

  /** A long wait is a durable job beside the timer: should this process die, another one looks in time. */
  #until(tenantId: string, actionId: string, due: Date): void {
    const ms = due.getTime() - Date.now();
    this.#later(tenantId, actionId, ms + 5);
    if (ms < durableFromMs) return;
    this.#parts.jobs.schedule(`${tenantId}/${actionId}`, due, { tenant_id: tenantId, action_id: actionId })
      .catch((error: unknown) => { this.#parts.logger.warn({ err: error, action_id: actionId }, 'a timer could not be stored, the sweep has it'); });
  }

  #later(tenantId: string, actionId: string, ms: number): void {
    if (this.#stopped) return;
    const key = `${tenantId}/${actionId}`;
    clearTimeout(this.#timers.get(key));
    this.#timers.set(key, setTimeout(() => { this.wake(tenantId, actionId); }, Math.max(1, Math.min(ms, maxTimerMs))));
  }

  #context(state: ActionState): CommandContext {
    const id = newId();
    return {
      commandId: id, tenantId: state.accepted!.intent.tenant_id, actor: { kind: 'service', service: 'safety-rails' }, now: nowText(), correlationId: state.accepted!.action_id, causationId: id,
      ...(state.traceparent === null ? {} : { traceparent: state.traceparent }),
    };
  }

  #inTrace<T>(state: ActionState, effect: Effect, work: () => Promise<T>): Promise<T> {
    const parent = state.traceparent === null ? otel.active() : propagation.extract(otel.active(), { traceparent: state.traceparent });
    return tracer.startActiveSpan(`action ${effect.kind}`, { attributes: { 'interlock.action_id': state.accepted!.action_id, 'interlock.tenant_id': state.accepted!.intent.tenant_id } }, parent, async (span) => {
      try {
        return await work();
      } finally {
        span.end();
      }
    });
  }
}
