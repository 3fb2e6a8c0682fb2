import {
  defaults,
  systemTenant,
  type ApplyAnswer,
  type HandlerEnvelope,
  type ImpactEstimate,
  type PlanAnswer,
  type Reason,
  type TxStatus,
} from '@interlock/contracts';
import type { AdapterLogger } from '@interlock/eventstore';
import { boundSwitches, ExecutorPresence, fencedOut, takeLease, type EpochLease } from '@interlock/executor';
import { collect, contentHash, isProblem, ProblemError, type EventStore } from '@interlock/kernel';
import { EVENT_STORE, LOGGER, newId, nowText } from '@interlock/platform';
import {
  isResponseAction,
  responseFiles,
  responseWorkStream,
  workTxState,
  type ResponseAction,
  type ResponseWorkCommand,
  type ResponseWorkState,
} from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';
import { ResponseWorkHandler } from '../handlers.js';
import { readAction, type ActionRecord } from './action-record.js';
import { hashOf, mirrorText, restoreMirror } from './anchor-mirror.js';
import { ResponseOutputs } from './outputs.js';
import { ResponseChecks } from './response-checks.js';
import { responseOf } from './response-intent.js';

const clockSkewMs = 5000;

const sideDoor = (detail: string): ProblemError => new ProblemError('side-door', detail);
const actionNamed = (name: string): ResponseAction => {
  if (isResponseAction(name)) return name;
  throw sideDoor(`\`${name.slice(0, 64)}\` is no response`);
};

/** The handler of the responses: it does only what an action's own stream asks for, once, and answers where that stands. */
@Injectable()
export class ResponseWork {
  readonly #running = new Map<string, Promise<void>>();
  readonly #stopped = new AbortController();

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    @Inject(ResponseWorkHandler) private readonly handler: ResponseWorkHandler,
    @Inject(ResponseChecks) private readonly checks: ResponseChecks,
    @Inject(ResponseOutputs) private readonly outputs: ResponseOutputs,
    @Inject(ExecutorPresence) private readonly executor: ExecutorPresence,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
  ) {}

  estimate(): ImpactEstimate {
    return {
      affected_entity_count: 1,
      device_id: null,
      site_id: null,
      neighbours: [],
      users_affected: 0,
      connection_drops: 0,
      latency_increase_ms: {},
      topology_version: '0',
    };
  }

  /** What a response would change. One that is over is taken back by its own route, so that a plan of its undo is refused. */
  async plan(tenantId: string, name: string, undo = false): Promise<PlanAnswer> {
    const action = actionNamed(name);
    const changes = action === 'integrity_anchor_mirror';
    const directory = this.outputs.directory(systemTenant);
    const before = changes && directory !== null ? hashOf(await mirrorText(directory)) : null;
    const diff = changes
      ? [{ path: responseFiles.mirror, before, after: 'the signed checkpoints of the log' }]
      : [];
    const violations: readonly Reason[] = [
      ...(undo
        ? [{ code: 'undo-impossible', detail: 'a response is taken back at `/api/v1/responses/{id}/undo`' }]
        : []),
      ...(tenantId === systemTenant
        ? []
        : [{ code: 'wrong-tenant', detail: `responses are actions of tenant \`${systemTenant}\`` }]),
      ...(changes && directory === null
        ? [{ code: 'no-directory', detail: 'no directory is configured for the mirror of the checkpoints' }]
        : []),
    ];
    return {
      plan_hash: contentHash({ action, diff }),
      device_id: 'interlock',
      site_id: null,
      profile: 'posture',
      payloads: [],
      diff,
      diff_hash: contentHash(diff),
      leaves_fingerprint: contentHash({ before }),
      reversible: changes,
      violations,
    };
  }

  /** A response waits for nothing, so its turn is had at once. */
  async takeTurn(envelope: HandlerEnvelope): Promise<TxStatus> {
    const action = await this.#actionOf(envelope);
    if (action.ended || action.turn?.request_id !== envelope.request_id)
      throw sideDoor("the action's own stream does not ask for this turn");
    const state = await this.#load(envelope.action_id);
    const status = this.#status(envelope.action_id, state);
    return state.phase === 'none' || state.phase === 'lapsed'
      ? { ...status, state: 'READY', reasons: [], turn: action.turn.turn }
      : status;
  }

  /** Starts what the action's own stream says was started, and answers at once; the work goes on in the background. */
  async apply(envelope: HandlerEnvelope): Promise<ApplyAnswer> {
    const { action_id: id, request_id: requestId } = envelope;
    const [action, before] = await Promise.all([this.#actionOf(envelope), this.#load(id)]);
    if (before.started?.request_id !== requestId) {
      if (Date.parse(nowText()) > Date.parse(envelope.deadline) + clockSkewMs)
        throw new ProblemError('deadline-exceeded', 'the request came after its deadline');
      const { refusal, lease } = await this.#permit(envelope, action);
      if (lease === null) {
        this.logger.warn({ action_id: id, reason: refusal.detail }, 'a response was refused');
        return { status: 'refused', reasons: [refusal] };
      }
      const { intent, started, turn, turn_taken: taken } = action;
      if (intent === null || started === null || turn === null || taken === null)
        throw sideDoor('the action was not started under a turn');
      const sent = performance.now();
      await this.#command(id, action.causation_id, {
        kind: 'StartWork',
        data: {
          action_id: id,
          request_id: requestId,
          action: actionNamed(intent.action_type),
          turn: turn.turn,
          plan_hash: started.plan_hash,
          epoch: started.epoch,
        },
      });
      await this.#lapseIfLate(id, action, taken, turn.turn, sent, lease);
    }
    this.resume(id);
    return { status: 'accepted', tx_id: id };
  }

  async status(envelope: HandlerEnvelope): Promise<TxStatus> {
    const state = await this.#load(envelope.action_id);
    if (state.phase === 'started') this.resume(envelope.action_id);
    return this.#status(envelope.action_id, state);
  }

  async confirm(envelope: HandlerEnvelope): Promise<TxStatus> {
    const action = await this.#actionOf(envelope);
    if (action.confirm_request !== envelope.request_id)
      throw sideDoor("the action's own stream does not ask for this confirm");
    return this.#ends(envelope, action, { kind: 'ConfirmWork', request_id: envelope.request_id });
  }

  /** Never blocked by kill switch, posture, mode or budget. Work that is under way is waited for first. */
  async undo(envelope: HandlerEnvelope): Promise<TxStatus> {
    const { action_id: id, request_id } = envelope;
    const action = await this.#actionOf(envelope);
    if (action.undo_request !== request_id)
      throw sideDoor("the action's own stream does not ask for this undo");
    const state = await this.#load(id);
    if (state.phase === 'none' || state.phase === 'lapsed')
      return this.#ends(envelope, action, {
        kind: 'RefuseWork',
        data: { request_id, reasons: [{ code: 'undone', detail: 'taken back before anything was done' }] },
      });
    if (state.phase !== 'done') return this.status(envelope);
    const directory = this.outputs.directory(systemTenant);
    const change = state.outcome?.change ?? null;
    if (change !== null && directory !== null && action.intent !== null)
      await restoreMirror(directory, responseOf(action.intent.intent_id));
    return this.#ends(envelope, action, { kind: 'TakeWorkBack', request_id });
  }

  /** Goes on with work that was started; nothing where this instance is at it already. */
  resume(actionId: string): void {
    if (this.#stopped.signal.aborted || this.#running.has(actionId)) return;
    this.#running.set(
      actionId,
      this.#run(actionId).finally(() => {
        this.#running.delete(actionId);
      }),
    );
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#running.values());
  }

  async #run(actionId: string): Promise<void> {
    try {
      const { phase, started } = await this.#load(actionId);
      if (phase !== 'started' || started === null) return;
      const { intent, causation_id } = await readAction(this.store, actionId);
      if (intent === null) return;
      const finish = await this.checks
        .run(started.action, actionId, responseOf(intent.intent_id), this.#stopped.signal)
        .then(
          (outcome): ResponseWorkCommand => ({ kind: 'FinishWork', outcome }),
          (error: unknown): ResponseWorkCommand => {
            if (this.#stopped.signal.aborted) throw error;
            this.logger.warn({ err: error, action_id: actionId }, 'a response failed');
            const detail = isProblem(error)
              ? `${error.code}: ${error.detail}`
              : error instanceof Error
                ? error.message
                : 'it threw';
            return { kind: 'FailWork', reasons: [{ code: 'response-failed', detail }] };
          },
        );
      await this.#command(actionId, causation_id, finish);
    } catch (error) {
      // Whoever asks how it stands begins it again.
      if (!this.#stopped.signal.aborted)
        this.logger.warn({ err: error, action_id: actionId }, 'a response was broken off, it is done again');
    }
  }

  async #actionOf({ tenant_id: tenantId, action_id: id }: HandlerEnvelope): Promise<ActionRecord> {
    if (tenantId !== systemTenant) throw sideDoor(`responses are actions of tenant \`${systemTenant}\``);
    return readAction(this.store, id);
  }

  /** Why an apply is not what the action's own stream says was started, or may not start now; null where it may. */
  #notAsked(envelope: HandlerEnvelope, { intent, started, turn, turn_taken, ended }: ActionRecord) {
    const no = (detail: string): Reason => ({ code: 'side-door', detail });
    if (intent === null || started === null) return no("the action's own stream has no ExecutionStarted");
    if (ended) return no('the action is at an end');
    if (started.handler.service !== 'posture' || started.handler.name !== intent.action_type)
      return no("the action's handler is not here");
    if (started.request_id !== envelope.request_id) return no('the execution was started by another request');
    if (started.epoch !== envelope.epoch) return no('the execution was started in another epoch');
    if (turn === null || turn_taken === null || started.turn !== turn.turn)
      return no('no turn was taken for the execution');
    return null;
  }

  /** The lease that the work starts under, or why it may not start. */
  async #permit(
    envelope: HandlerEnvelope,
    action: ActionRecord,
  ): Promise<
    | { readonly lease: EpochLease; readonly refusal: null }
    | { readonly lease: null; readonly refusal: Reason }
  > {
    const refused = (refusal: Reason): { readonly lease: null; readonly refusal: Reason } => ({
      lease: null,
      refusal,
    });
    const { intent, started } = action;
    const notAsked = this.#notAsked(envelope, action);
    if (notAsked !== null || intent === null || started === null)
      return refused(notAsked ?? { code: 'side-door', detail: 'the action was not started' });
    const lost = await fencedOut(this.store, systemTenant, envelope.action_id, started);
    if (lost !== null) return refused(lost);
    const plan = await this.plan(systemTenant, intent.action_type);
    if (plan.plan_hash !== started.plan_hash)
      return refused({
        code: 'plan-changed',
        detail: 'the mirror is not the one that the plan was made for',
      });
    const lease = await this.executor.lease(() =>
      takeLease(
        this.store,
        systemTenant,
        intent.action_type,
        defaults.kill_switch_lease_ms,
        undefined,
        boundSwitches(started),
      ),
    );
    const [engaged] = lease.engaged;
    const stops = (detail: string): Reason => ({ code: 'kill-switch-engaged', detail });
    if (engaged !== undefined) return refused(stops(`the kill switch \`${engaged}\` is engaged`));
    if (lease.epoch !== started.epoch)
      return refused(stops('a kill switch was engaged since the execution was started'));
    return { lease, refusal: null };
  }

  /** INVARIANT: nothing is begun under a turn that is too old, or after the lease. The log's own clock between its two events, and this process's from then on: no second clock is trusted. */
  async #lapseIfLate(
    id: string,
    action: ActionRecord,
    taken: string,
    turn: number,
    sent: number,
    lease: EpochLease,
  ): Promise<void> {
    const [last] = await collect(
      this.store.read(responseWorkStream(systemTenant, id), { backwards: true, limit: 1 }),
    );
    const between = last === undefined ? Infinity : Date.parse(last.created) - Date.parse(taken);
    const isOver = !lease.valid();
    if (!isOver && Math.max(0, between) + performance.now() - sent < defaults.turn_valid_ms) return;
    await this.#command(id, action.causation_id, {
      kind: 'LapseWork',
      data: {
        turn,
        reasons: [
          isOver
            ? { code: 'lease-over', detail: 'the lease of the kill switches ended before the start' }
            : {
                code: 'turn-too-old',
                detail: `more than ${defaults.turn_valid_ms / 1000} s lay between the turn and the start`,
              },
        ],
      },
    });
  }

  async #ends(
    { action_id: id }: HandlerEnvelope,
    { causation_id }: ActionRecord,
    command: ResponseWorkCommand,
  ): Promise<TxStatus> {
    try {
      return this.#status(id, await this.#command(id, causation_id, command));
    } catch (error) {
      // It went another way meanwhile: the answer says which.
      if (!isProblem(error, 'wrong-state')) throw error;
      return this.#status(id, await this.#load(id));
    }
  }

  async #load(actionId: string): Promise<ResponseWorkState> {
    return (await this.handler.load(responseWorkStream(systemTenant, actionId))).state;
  }

  async #command(
    actionId: string,
    causationId: string,
    command: ResponseWorkCommand,
  ): Promise<ResponseWorkState> {
    const { state } = await this.handler.handle(responseWorkStream(systemTenant, actionId), command, {
      commandId: newId(),
      tenantId: systemTenant,
      actor: { kind: 'service', service: 'posture' },
      now: nowText(),
      correlationId: actionId,
      causationId,
    });
    return state;
  }

  #status(id: string, state: ResponseWorkState): TxStatus {
    const { outcome, started, reasons } = state;
    const change = outcome?.change ?? null;
    return {
      tx_id: id,
      state: workTxState(state),
      reasons,
      observation: outcome === null ? null : { before: {}, after: {}, delta: {}, samples: 1, breaches: [] },
      diff: change === null ? [] : [{ path: change.path, before: change.before, after: change.after }],
      ...(started === null ? {} : { turn: started.turn }),
    };
  }
}
