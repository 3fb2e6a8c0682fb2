import { systemTenant, type PostureLevel } from '@interlock/contracts';
import type { AdapterLogger } from '@interlock/eventstore';
import { ProblemError, uuidV5, type CommandContext } from '@interlock/kernel';
import { LOGGER, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { tryLock } from '@interlock/postgres';
import {
  failingGates,
  planResponses,
  responseMode,
  worseLevel,
  type Response,
  type ResponseTrigger,
} from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';
import { InputFolder } from '../files/input-folder.js';
import { ResponseConfig } from './config.js';
import { ResponseOutputs } from './outputs.js';
import { ResponseIndex, type LevelChange, type ScheduledEvaluation } from './response-index.js';
import { ResponseSteps } from './response-steps.js';

const retryMs = 1000;
const lockTries = 50;
const lockEveryMs = 100;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());

export type RunRequest = {
  readonly tenantId: string;
  readonly policy: PostureLevel;
  readonly apply: boolean;
  readonly trigger: ResponseTrigger;
  /** The id of the new run. A repeat with the same id returns the same run. */
  readonly responseId: string;
  readonly context: CommandContext;
};

/**
 * Starts runs of responses: it plans them, checks the gates, and drives the open ones. Everything
 * is in the log, so a run continues after a crash. Several instances may drive the same run,
 * because the append decides.
 */
@Injectable()
export class ResponseRunner {
  readonly #driving = new Map<string, { again: boolean }>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #planning: Promise<unknown> = Promise.resolve();
  #stopped = true;
  #idle: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly index: ResponseIndex,
    private readonly steps: ResponseSteps,
    private readonly outputs: ResponseOutputs,
    private readonly inputs: InputFolder,
    @Inject(ResponseConfig) private readonly config: Pick<ResponseConfig, 'POLICY_AUTO_APPLY'>,
    @Inject(SERVICE_CONTEXT) private readonly context: Pick<ServiceContext, 'database'>,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
  ) {}

  /**
   * Continues every open run, and starts the runs that a change of level or an evaluation requires
   * and that do not exist yet.
   */
  start(): void {
    this.#stopped = false;
    this.#idle = Promise.allSettled(
      this.index
        .tenants()
        .map((tenant) => this.outputs.restore(tenant, this.index.list(tenant).toReversed())),
    );
    for (const [tenantId, responseId] of this.index.open()) this.wake(tenantId, responseId);
    for (const change of this.index.levels()) this.onLevel(change);
    for (const evaluation of this.index.evaluations()) this.onEvaluated(evaluation);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.allSettled([this.#idle, this.#planning]);
  }

  /**
   * Starts the run that a change of level requires. It starts none if the level plans nothing, or
   * if `_system`'s own run does the same work.
   */
  onLevel(change: LevelChange): void {
    if (this.#stopped || planResponses(change.policy).length === 0) return;
    const { tenant_id: tenantId, policy, revision } = change;
    const responseId = uuidV5('response', tenantId, `${revision}`);
    if (this.index.find(tenantId, responseId) !== null) return;
    if (!this.#isCovered(tenantId, policy)) this.#chained({ tenantId, policy, responseId, trigger: 'level' });
  }

  /**
   * Starts the run after a daily evaluation, once per evaluation. A change of level from that
   * evaluation has its own run.
   */
  onEvaluated({ tenant_id: tenantId, policy, run_id }: ScheduledEvaluation): void {
    if (this.#stopped || planResponses(policy).length === 0) return;
    const responseId = uuidV5('response', tenantId, `evaluated ${run_id}`);
    if (this.index.find(tenantId, responseId) !== null) return;
    if (!this.#isCovered(tenantId, policy))
      this.#chained({ tenantId, policy, responseId, trigger: 'schedule' });
  }

  /**
   * Plans a run and records it, or records the gates that block it. Returns null if the level plans
   * nothing; this is not recorded. An applied run continues in the background.
   * Throws the errors of the log and the database: without them the gates cannot be checked, so
   * nothing passes.
   */
  run(request: RunRequest): Promise<Response | null> {
    const planned = this.#planning.then(() => this.#plan(request));
    this.#planning = planned.catch(() => undefined);
    return planned;
  }

  /** Advances a run soon; returns at once. */
  wake(tenantId: string, responseId: string): void {
    if (this.#stopped) return;
    const key = `${tenantId}/${responseId}`;
    const running = this.#driving.get(key);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const own = { again: false };
    this.#driving.set(key, own);
    const driven = this.steps
      .advance(tenantId, responseId, () => this.#stopped)
      .then((again) => {
        this.#driving.delete(key);
        if (own.again) this.wake(tenantId, responseId);
        else if (again) this.#later(retryMs, () => this.wake(tenantId, responseId));
      });
    this.#idle = Promise.allSettled([this.#idle, driven]);
  }

  /** Returns whether `_system`'s own run does the same work. */
  #isCovered(tenantId: string, policy: PostureLevel): boolean {
    const system = this.index.levelOf(systemTenant)?.policy ?? 'GREEN';
    return tenantId !== systemTenant && worseLevel(system, policy) === system;
  }

  #chained({
    tenantId,
    policy,
    responseId,
    trigger,
  }: Pick<RunRequest, 'tenantId' | 'policy' | 'responseId' | 'trigger'>): void {
    this.run({
      tenantId,
      policy,
      apply: responseMode(false, this.config.POLICY_AUTO_APPLY) === 'apply',
      trigger,
      responseId,
      context: this.steps.context(tenantId, responseId),
    }).catch((error: unknown) => {
      if (this.#stopped) return;
      this.logger.warn(
        { err: error, tenant_id: tenantId },
        'a response could not be begun, it is tried again',
      );
      this.#later(retryMs, () => this.#chained({ tenantId, policy, responseId, trigger }));
    });
  }

  async #plan({
    tenantId,
    policy,
    apply,
    trigger,
    responseId,
    context,
  }: RunRequest): Promise<Response | null> {
    const actions = planResponses(policy);
    if (actions.length === 0) return null;
    const mode = apply ? 'apply' : 'dry-run';
    // INVARIANT: while the lock is held, the index contains every run of the other instances. So
    // two runs at once never exceed the limit.
    const state = await this.#locked(tenantId, async () => {
      await this.index.follower.confirmCurrent();
      const known = this.index.find(tenantId, responseId);
      if (known !== null) return known;
      const logged = this.index.gateState(tenantId, context.now);
      const gates = failingGates({
        ...logged,
        brake_engaged: logged.brake_engaged || (await this.inputs.brakeSince(tenantId)) !== null,
      });
      const data = { response_id: responseId, policy, mode, trigger } as const;
      return this.steps.command(
        tenantId,
        responseId,
        gates.length > 0
          ? { kind: 'BlockResponse', data: { ...data, gates } }
          : { kind: 'PlanResponse', data: { ...data, actions } },
        context,
      );
    });
    if (state === null) return null;
    if (state.status === 'running' && state.mode === 'dry-run') {
      const done = await this.steps.command(tenantId, responseId, { kind: 'CompleteResponse' });
      if (done !== null) await this.outputs.write(tenantId, done);
      return done;
    }
    if (state.status === 'running') this.wake(tenantId, responseId);
    else await this.outputs.write(tenantId, state);
    return state;
  }

  async #locked<T>(tenantId: string, work: () => Promise<T>): Promise<T> {
    for (let tries = 0; tries < lockTries; tries += 1) {
      const lock = await tryLock(this.context.database, `interlock: responses of ${tenantId}`);
      if (lock !== null) {
        try {
          return await work();
        } finally {
          await lock.release();
        }
      }
      await pause(lockEveryMs);
    }
    throw new ProblemError('overloaded', 'another run of responses is being planned', {
      remedy: 'ask again in a moment',
    });
  }

  #later(ms: number, work: () => void): void {
    if (this.#stopped) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      work();
    }, ms);
    timer.unref();
    this.#timers.add(timer);
  }
}
