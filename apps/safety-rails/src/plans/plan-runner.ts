import { Inject, Injectable } from '@nestjs/common';
import type { Timestamp } from '@interlock/contracts';
import { isProblem, type CommandContext } from '@interlock/kernel';
import { LOGGER, nowText } from '@interlock/platform';
import { planWork, type KnownPlan, type PlanCommand } from '@interlock/rails';
import type { Logger } from 'pino';
import { RailsConfig } from '../config.js';
import { isUnreachable } from '../gates/gate-looks.js';
import { PlanHandler } from '../handlers.js';
import { OpenPlans } from './open-plans.js';
import { PlanNodes } from './plan-nodes.js';
import { planContext, planStream } from './plan-stream.js';

type Run = { again: boolean; readonly rested: Promise<void> };

/**
 * Runs plans. A woken plan writes the events that follow by themselves and performs pending work,
 * until it waits for actions or people. Waking is free. Several instances may run the same plan:
 * the append decides which one acts, and the ids of intents derive from the plan.
 */
@Injectable()
export class PlanRunner {
  readonly #running = new Map<string, Run>();
  readonly #errors = new Map<string, number>();
  readonly #timers = new Map<string, NodeJS.Timeout>();
  #sweep: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    private readonly handler: PlanHandler,
    @Inject(PlanNodes) private readonly nodes: Pick<PlanNodes, 'perform'>,
    @Inject(OpenPlans) private readonly open: Pick<OpenPlans, 'current' | 'list' | 'isStopped'>,
    @Inject(RailsConfig) private readonly config: Pick<RailsConfig, 'SAFETY_RAILS_SWEEP_S'>,
    @Inject(LOGGER) private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /**
   * Looks at every unfinished plan, now and every few seconds, so that no plan waits for a lost
   * message.
   */
  start(): void {
    void this.#round();
  }

  /** Looks at a plan now; returns at once. */
  wake(tenantId: string, planId: string): void {
    if (this.#stopped) return;
    const key = `${tenantId}/${planId}`;
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    const running = this.#running.get(key);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const run: Run = { again: false, rested: this.#run(tenantId, planId, key) };
    this.#running.set(key, run);
    void run.rested.finally(() => {
      this.#running.delete(key);
      if (run.again) this.wake(tenantId, planId);
    });
  }

  /** Looks at every unfinished plan. */
  async wakeAll(): Promise<void> {
    await this.open.current();
    for (const { tenant_id: tenantId, plan_id: planId } of this.open.list()) this.wake(tenantId, planId);
  }

  /** Applies a person's command, and then wakes the plan. */
  async command(
    tenantId: string,
    planId: string,
    command: PlanCommand,
    context: CommandContext,
  ): Promise<void> {
    const stream = planStream(tenantId, planId);
    await this.handler.handle(stream, command, { ...context, correlationId: planId });
    this.wake(tenantId, planId);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#sweep);
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all([...this.#running.values()].map(({ rested }) => rested));
  }

  async #round(): Promise<void> {
    try {
      await this.wakeAll();
    } catch (error) {
      this.logger.warn({ err: error }, 'unfinished plans could not be listed, it is tried again');
    }
    if (!this.#stopped)
      this.#sweep = setTimeout(() => {
        void this.#round();
      }, this.config.SAFETY_RAILS_SWEEP_S * 1000);
  }

  async #run(tenantId: string, planId: string, key: string): Promise<void> {
    const stream = planStream(tenantId, planId);
    try {
      let moved = true;
      while (moved && !this.#stopped) {
        const { state } = await this.handler.load(stream);
        if (state.status === 'NONE' || state.ended_at !== null) break;
        moved =
          (this.open.isStopped(state) && (await this.#tell(state, stream, stopping(nowText())))) ||
          (await this.#tell(state, stream, { kind: 'advance', now: nowText() })) ||
          (await this.#work(state, stream));
      }
      this.#errors.delete(key);
    } catch (error) {
      const errors = (this.#errors.get(key) ?? 0) + 1;
      this.#errors.set(key, errors);
      if (!isUnreachable(error))
        this.logger.warn(
          {
            err: error,
            tenant_id: tenantId,
            plan_id: planId,
            code: isProblem(error) ? error.code : undefined,
          },
          'a plan could not be taken further, it is tried again',
        );
      this.handler.forget(stream);
      this.#later(tenantId, planId, key, Math.min(10_000, 250 * 2 ** Math.min(errors, 6)));
    }
  }

  /** Performs all pending work in parallel; true if any of it had a result. */
  async #work(state: KnownPlan, stream: string): Promise<boolean> {
    const results = await Promise.all(
      planWork(state).map(async (work) => {
        const command = await this.nodes.perform(work, state);
        return command !== null && (await this.#tell(state, stream, command));
      }),
    );
    return results.some(Boolean);
  }

  /** Returns true if the command wrote something. */
  async #tell(state: KnownPlan, stream: string, command: PlanCommand): Promise<boolean> {
    const { events } = await this.handler.handle(stream, command, planContext(state, command.now));
    return events.length > 0;
  }

  #later(tenantId: string, planId: string, key: string, ms: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timers.get(key));
    this.#timers.set(
      key,
      setTimeout(() => this.wake(tenantId, planId), ms),
    );
  }
}

const stopping = (now: Timestamp): PlanCommand => ({
  kind: 'stop_by_kill_switch',
  now,
  reasons: [{ code: 'kill-switch-engaged', detail: 'the kill switch is engaged' }],
});
