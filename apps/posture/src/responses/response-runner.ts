import { streamName, systemTenant, type PostureLevel } from '@interlock/contracts';
import type { AdapterLogger } from '@interlock/eventstore';
import { RpcClient } from '@interlock/jetstream';
import {
  collect,
  evolveRecorded,
  isProblem,
  ProblemError,
  uuidV5,
  type CommandContext,
  type EventStore,
} from '@interlock/kernel';
import {
  EVENT_STORE,
  LOGGER,
  newId,
  nowText,
  SERVICE_CONTEXT,
  type ServiceContext,
} from '@interlock/platform';
import { tryLock } from '@interlock/postgres';
import {
  failingGates,
  nextResponseStep,
  planResponses,
  responseMode,
  responseStream,
  toldOutcome,
  worseLevel,
  type Response,
  type ResponseAction,
  type ResponseCommand,
  type ResponseState,
  type ResponseTrigger,
} from '@interlock/posture';
import { actionDecider, type ActionEvent, type ActionState } from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';
import { ResponseHandler } from '../handlers.js';
import { Outputs } from '../outputs/outputs.js';
import { ResponseConfig } from './config.js';
import { ResponseOutputs } from './outputs.js';
import { ResponseIndex, type LevelChange, type ScheduledEvaluation } from './response-index.js';
import { actionOf, intentOf } from './response-intent.js';

const retryMs = 1000;
const lockTries = 50;
const lockEveryMs = 100;
const requester = 'service:posture';

const away: ReadonlySet<string> = new Set([
  'service-unreachable',
  'not-current',
  'log-unavailable',
  'append-outcome-unknown',
  'database-unavailable',
  'deadline-exceeded',
  'read-model-behind',
  'overloaded',
  'rate-limited',
]);

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });

export type RunRequest = {
  readonly tenantId: string;
  readonly policy: PostureLevel;
  readonly apply: boolean;
  readonly trigger: ResponseTrigger;
  /** Of the run that it begins; a repeat answers the same run. */
  readonly responseId: string;
  readonly context: CommandContext;
};

/**
 * Runs responses: plans them, looks at the gates, submits each as an action and waits for its end.
 * All of it stands in the log, so that a run that a crash broke off goes on where it was; several
 * instances may run the same one, the append decides.
 */
@Injectable()
export class ResponseRunner {
  readonly #driving = new Map<string, { again: boolean }>();
  readonly #submitted = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #planning: Promise<unknown> = Promise.resolve();
  #stopped = true;
  #idle: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly index: ResponseIndex,
    private readonly handler: ResponseHandler,
    @Inject(RpcClient) private readonly rpc: Pick<RpcClient, 'call'>,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly outputs: ResponseOutputs,
    @Inject(Outputs) private readonly files: Pick<Outputs, 'fail'>,
    @Inject(ResponseConfig) private readonly config: Pick<ResponseConfig, 'POLICY_AUTO_APPLY'>,
    @Inject(SERVICE_CONTEXT) private readonly context: Pick<ServiceContext, 'database'>,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
  ) {}

  /**
   * Goes on with every run that is open, and begins those that a change of level calls for and
   * nobody began.
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
   * The run that a change of level calls for: of a level that plans something, unless `_system`'s
   * own run does the same work.
   */
  onLevel(change: LevelChange): void {
    if (this.#stopped || planResponses(change.policy).length === 0) return;
    const { tenant_id: tenantId, policy, revision } = change;
    const responseId = uuidV5('response', tenantId, `${revision}`);
    if (this.index.find(tenantId, responseId) !== null) return;
    if (!this.#isCovered(tenantId, policy)) this.#chained({ tenantId, policy, responseId, trigger: 'level' });
  }

  /**
   * The run after the daily evaluation, once for each evaluation; the change of level that it
   * brought has a run of its own.
   */
  onEvaluated({ tenant_id: tenantId, policy, run_id }: ScheduledEvaluation): void {
    if (this.#stopped || planResponses(policy).length === 0) return;
    const responseId = uuidV5('response', tenantId, `evaluated ${run_id}`);
    if (this.index.find(tenantId, responseId) !== null) return;
    if (!this.#isCovered(tenantId, policy))
      this.#chained({ tenantId, policy, responseId, trigger: 'schedule' });
  }

  /**
   * Plans a run and records it, or records which gates block it; null where the level plans
   * nothing, which is not recorded. A run that is applied goes on in the background. Throws the
   * log's and the database's errors: what the gates cannot see lets nothing through.
   */
  run(request: RunRequest): Promise<Response | null> {
    const planned = this.#planning.then(() => this.#plan(request));
    this.#planning = planned.catch(() => undefined);
    return planned;
  }

  /** Looks at a run now; returns at once. */
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
    const driven = this.#drive(tenantId, responseId).then((again) => {
      this.#driving.delete(key);
      if (own.again) this.wake(tenantId, responseId);
      else if (again) this.#later(retryMs, () => this.wake(tenantId, responseId));
    });
    this.#idle = Promise.allSettled([this.#idle, driven]);
  }

  /** True where `_system`'s own run does the same work. */
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
      context: this.#context(tenantId, responseId),
    }).catch((error: unknown) => {
      if (this.#stopped) return;
      this.logger.warn(
        { err: error, tenant_id: tenantId },
        'a response could not be begun, it is tried again',
      );
      this.#later(retryMs, () => {
        this.#chained({ tenantId, policy, responseId, trigger });
      });
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
    // INVARIANT: under the lock the index holds every run that another instance has begun, so that
    // the limit is never passed by two at once.
    const state = await this.#locked(tenantId, async () => {
      await this.index.follower.confirmCurrent();
      const known = this.index.find(tenantId, responseId);
      if (known !== null) return known;
      const gates = failingGates(this.index.gateState(tenantId, context.now));
      const data = { response_id: responseId, policy, mode, trigger } as const;
      return this.#command(
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
      const done = await this.#command(tenantId, responseId, { kind: 'CompleteResponse' });
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

  /**
   * Does what comes next until the run waits or has ended; true where it is to be looked at again
   * soon.
   */
  async #drive(tenantId: string, responseId: string): Promise<boolean> {
    try {
      let { state } = await this.handler.load(responseStream(tenantId, responseId));
      while (!this.#stopped) {
        const step = nextResponseStep(state);
        switch (step.kind) {
          case 'none':
            return false;
          case 'submit':
            state = await this.#command(tenantId, responseId, {
              kind: 'SubmitAction',
              data: { action: step.action, action_id: actionOf(responseId, step.action) },
            });
            break;
          case 'await': {
            const next = await this.#follow(tenantId, responseId, step.action, step.action_id);
            if (next === null) return false;
            state = next;
            break;
          }
          case 'complete':
            state = await this.#end(tenantId, responseId, state);
            break;
        }
      }
      return false;
    } catch (error) {
      if (this.#stopped) return false;
      this.logger.warn(
        { err: error, response_id: responseId },
        'a response could not be gone on with, it is tried again',
      );
      return true;
    }
  }

  /**
   * Submits the action once in the life of this process, which begins nothing new where it is there
   * already, and takes its end; null while it has none.
   */
  async #follow(
    tenantId: string,
    responseId: string,
    action: ResponseAction,
    actionId: string,
  ): Promise<ResponseState> {
    if (!this.#submitted.has(actionId)) {
      try {
        await this.rpc.call('safety-rails.submit', {
          intent: intentOf(responseId, action),
          requester,
          time: nowText(),
        });
      } catch (error) {
        if (!isProblem(error) || away.has(error.code)) throw error;
        return this.#fail(tenantId, responseId, `${action} was refused: ${error.code}: ${error.detail}`);
      }
      this.#submitted.add(actionId);
    }
    const events = await collect(this.store.read(streamName('action', systemTenant, actionId)));
    const ended = events.reduce<ActionState>(
      (state, event) => evolveRecorded(actionDecider, state, event),
      actionDecider.initial,
    );
    if (ended.status === 'NONE' || ended.ended_at === null) return null;
    this.#submitted.delete(actionId);
    await this.index.follower.confirmCurrent();
    const { outcome, reasons } = this.index.workOf(actionId);
    const last = (events.at(-1)?.data ?? {}) as Partial<
      Extract<ActionEvent, { type: 'ActionExpired' }>['data']
    >;
    const why = (reasons.length > 0 ? reasons : (last.reasons ?? [])).map(({ detail }) => detail).join('; ');
    return this.#command(tenantId, responseId, {
      kind: 'EndAction',
      data: {
        action,
        action_id: actionId,
        state: ended.status,
        passed: ended.status === 'COMPLETED' ? (outcome?.passed ?? null) : null,
        detail: ended.status === 'COMPLETED' && outcome !== null ? toldOutcome(outcome) : why,
      },
    });
  }

  /** A run whose actions have ended has completed, unless one of them could not be done. */
  async #end(tenantId: string, responseId: string, state: ResponseState): Promise<ResponseState> {
    await this.index.follower.confirmCurrent();
    const undone = (state?.runs ?? []).filter(
      ({ action_id }) => this.index.workOf(action_id).phase === 'failed',
    );
    if (undone.length > 0) {
      const told = undone.map(({ action, ended }) => `${action} could not be done: ${ended?.detail ?? ''}`);
      return this.#fail(tenantId, responseId, told.join('; '));
    }
    const completed = await this.#command(tenantId, responseId, { kind: 'CompleteResponse' });
    if (completed !== null) await this.outputs.write(tenantId, completed);
    return completed;
  }

  /**
   * Ends a run that failed: its files, the marker and the fix branch first, so that the event names
   * the branch.
   */
  async #fail(tenantId: string, responseId: string, detail: string): Promise<ResponseState> {
    const { state } = await this.handler.load(responseStream(tenantId, responseId));
    const branch = await this.files.fail({
      tenantId,
      run: responseId,
      at: state?.began_at ?? nowText(),
      detail: `response ${responseId}: ${detail}`,
    });
    const failed = await this.#command(tenantId, responseId, { kind: 'FailResponse', detail, branch });
    if (failed !== null) await this.outputs.write(tenantId, failed);
    return failed;
  }

  async #command(
    tenantId: string,
    responseId: string,
    command: ResponseCommand,
    context: CommandContext = this.#context(tenantId, responseId),
  ): Promise<ResponseState> {
    return (await this.handler.handle(responseStream(tenantId, responseId), command, context)).state;
  }

  #context(tenantId: string, responseId: string): CommandContext {
    const commandId = newId();
    return {
      commandId,
      tenantId,
      actor: { kind: 'service', service: 'posture' },
      now: nowText(),
      correlationId: responseId,
      causationId: commandId,
    };
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
