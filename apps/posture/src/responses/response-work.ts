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
import {
  againstLease,
  ExecutorPresence,
  fencedOut,
  notAsked,
  readAction,
  refuseLate,
  sideDoor,
  takeWorkLease,
  type ActionRecord,
  type EpochLease,
} from '@interlock/executor';
import { collect, contentHash, isProblem, ProblemError, type EventStore } from '@interlock/kernel';
import { EVENT_STORE, LOGGER, newId, nowText } from '@interlock/platform';
import {
  isResponseAction,
  responseFiles,
  responseWorkStream,
  type ResponseAction,
  type ResponseWorkCommand,
  type ResponseWorkState,
} from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';
import { setTimeout as delay } from 'node:timers/promises';
import { ResponseWorkHandler } from '../handlers.js';
import { hashOf, mirrorText, restoreMirror } from './anchor-mirror.js';
import { ResponseOutputs } from './outputs.js';
import { ResponseChecks } from './response-checks.js';
import { responseOf } from './response-intent.js';
import { noImpact, statusOf } from './work-status.js';
import { againstWork, MayNotBegin, notBegun, type WorkPermit } from './work-permit.js';

/** Beyond the last moment of a beginning: until what was written then is seen. */
const beginMarginMs = 1000;

const besideTheDoor = (detail: string): ProblemError => new ProblemError('side-door', detail);
const actionNamed = (name: string): ResponseAction => {
  if (isResponseAction(name)) return name;
  throw besideTheDoor(`\`${name.slice(0, 64)}\` is no response`);
};

/**
 * The handler of the responses: it does only what an action's own stream asks for, once, and
 * answers where that stands.
 */
@Injectable()
export class ResponseWork {
  readonly #running = new Map<string, Promise<void>>();
  readonly #stopped = new AbortController();
  /**
   * By the request that asked: what this process may begin under a turn that it has accepted; there
   * before the log says that the work was started, so that whoever reads that there finds it.
   */
  readonly #permits = new Map<string, Promise<WorkPermit | null>>();

  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly handler: ResponseWorkHandler,
    @Inject(ResponseChecks) private readonly checks: Pick<ResponseChecks, 'run' | 'hasBegun'>,
    private readonly outputs: ResponseOutputs,
    @Inject(ExecutorPresence) private readonly executor: Pick<ExecutorPresence, 'lease'>,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
  ) {}

  estimate(): ImpactEstimate {
    return noImpact;
  }

  /**
   * What a response would change. One that is over is taken back by its own route, so that a plan
   * of its undo is refused.
   */
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
    if (action.ended || action.turn?.request_id !== envelope.request_id) throw notAsked('turn');
    const state = await this.#load(envelope.action_id);
    const status = statusOf(envelope.action_id, state);
    return state.phase === 'none' || state.phase === 'lapsed'
      ? { ...status, state: 'READY', reasons: [], turn: action.turn.turn }
      : status;
  }

  /**
   * Starts what the action's own stream says was started, and answers at once; the work goes on in
   * the background.
   */
  async apply(envelope: HandlerEnvelope): Promise<ApplyAnswer> {
    const { action_id: id, request_id: requestId } = envelope;
    const [action, before] = await Promise.all([this.#actionOf(envelope), this.#load(id)]);
    if (before.started?.request_id !== requestId) {
      refuseLate(envelope);
      const { refusal, lease } = await this.#permit(envelope, action);
      if (lease === null) {
        this.logger.warn({ action_id: id, reason: refusal.detail }, 'a response was refused');
        return { status: 'refused', reasons: [refusal] };
      }
      const { intent, started, turn, turn_taken: taken } = action;
      if (intent === null || started === null || turn === null || taken === null)
        throw besideTheDoor('the action was not started under a turn');
      const data = {
        action_id: id,
        request_id: requestId,
        action: actionNamed(intent.action_type),
        turn: turn.turn,
        plan_hash: started.plan_hash,
        epoch: started.epoch,
      };
      const asked = this.#permits.get(requestId) ?? this.#start(data, action.causation_id, taken, lease);
      this.#permits.set(requestId, asked);
      try {
        await asked;
      } catch (error) {
        if (this.#permits.get(requestId) === asked) this.#permits.delete(requestId);
        throw error;
      }
    }
    this.resume(id);
    return { status: 'accepted', tx_id: id };
  }

  async status(envelope: HandlerEnvelope): Promise<TxStatus> {
    const state = await this.#load(envelope.action_id);
    if (state.phase === 'started') this.resume(envelope.action_id);
    return statusOf(envelope.action_id, state);
  }

  async confirm(envelope: HandlerEnvelope): Promise<TxStatus> {
    const action = await this.#actionOf(envelope);
    if (action.confirm_request !== envelope.request_id) throw notAsked('confirm');
    return this.#ends(envelope, action, { kind: 'ConfirmWork', request_id: envelope.request_id });
  }

  /**
   * Never blocked by kill switch, posture, mode or budget. Work that is under way is waited for
   * first.
   */
  async undo(envelope: HandlerEnvelope): Promise<TxStatus> {
    const { action_id: id, request_id } = envelope;
    const action = await this.#actionOf(envelope);
    if (action.undo_request !== request_id) throw notAsked('undo');
    const state = await this.#load(id);
    if (state.phase === 'none' || state.phase === 'lapsed')
      return this.#ends(envelope, action, {
        kind: 'RefuseWork',
        data: { request_id, reasons: [{ code: 'undone', detail: 'taken back before anything was done' }] },
      });
    if (state.phase !== 'done') return this.status(envelope);
    const directory = this.outputs.directory(systemTenant);
    const change = state.outcome?.change ?? null;
    try {
      if (change !== null && directory !== null && action.intent !== null)
        await restoreMirror(directory, responseOf(action.intent.intent_id));
    } catch (error) {
      this.logger.warn({ err: error, action_id: id }, 'what a response had changed could not be put back');
      const detail = `what it changed could not be put back: ${error instanceof Error ? error.message : 'it threw'}`;
      return this.#ends(envelope, action, {
        kind: 'FailUndo',
        request_id,
        reasons: [{ code: 'undo-failed', detail }],
      });
    }
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
      const action = await readAction(this.store, systemTenant, actionId);
      const { intent, causation_id } = action;
      if (intent === null) return;
      const responseId = responseOf(intent.intent_id);
      const accepted = (await this.#permits.get(started.request_id)) ?? null;
      if (accepted === null && !(await this.checks.hasBegun(started.action, responseId))) {
        // Another instance that accepted it may still begin it; after this wait nobody begins it
        // under its turn.
        await delay(defaults.turn_valid_ms + beginMarginMs, undefined, { signal: this.#stopped.signal });
        const now = await this.#load(actionId);
        if (now.phase !== 'started' || now.started?.request_id !== started.request_id) return;
        if (!(await this.checks.hasBegun(started.action, responseId))) {
          await this.#command(actionId, causation_id, notBegun(started.turn));
          return;
        }
      }
      const permit = accepted ?? (await this.#leaseAgain(action));
      this.#permits.delete(started.request_id);
      const against = againstWork(permit, started.epoch);
      if (against !== null) {
        await this.#command(actionId, causation_id, against);
        return;
      }
      const mayChange = async (): Promise<() => void> => {
        const held = permit.lease.valid()
          ? permit
          : { ...permit, lease: (await this.#leaseAgain(action)).lease };
        return () => {
          const command = againstWork(held, started.epoch);
          if (command !== null) throw new MayNotBegin(command);
        };
      };
      const finish = await this.checks
        .run(started.action, actionId, responseId, this.#stopped.signal, mayChange)
        .then(
          (outcome): ResponseWorkCommand => ({ kind: 'FinishWork', outcome }),
          (error: unknown): ResponseWorkCommand => {
            if (error instanceof MayNotBegin) return error.command;
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
    if (tenantId !== systemTenant) throw besideTheDoor(`responses are actions of tenant \`${systemTenant}\``);
    return readAction(this.store, systemTenant, id);
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
    const { intent, started, turn, turn_taken: taken } = action;
    const isTaken = taken !== null && turn?.turn === started?.turn;
    const notAskedFor = sideDoor(
      envelope,
      action,
      isTaken ? turn : null,
      ({ handler }) => handler.service === 'posture',
    );
    if (notAskedFor !== null || intent === null || started === null)
      return refused(notAskedFor ?? { code: 'side-door', detail: 'the action was not started' });
    const lost = await fencedOut(this.store, systemTenant, envelope.action_id, started);
    if (lost !== null) return refused(lost);
    const plan = await this.plan(systemTenant, intent.action_type);
    if (plan.plan_hash !== started.plan_hash)
      return refused({
        code: 'plan-changed',
        detail: 'the mirror is not the one that the plan was made for',
      });
    const lease = await this.#lease(action);
    const against = againstLease(lease, started.epoch);
    return against === null ? { lease, refusal: null } : refused(against);
  }

  /**
   * Writes down that the work is started; null where that was written before, for then it is not
   * known here since when.
   */
  async #start(
    data: Extract<ResponseWorkCommand, { kind: 'StartWork' }>['data'],
    causationId: string,
    taken: string,
    lease: EpochLease,
  ): Promise<WorkPermit | null> {
    const sent = performance.now();
    const { events } = await this.#handle(data.action_id, causationId, { kind: 'StartWork', data });
    if (events.length === 0) return null;
    const startBy = await this.#startBy(data.action_id, taken, sent);
    return { lease, start_by: startBy, turn: data.turn };
  }

  /**
   * Until when the work may begin, on this process's monotonic clock: by the log's own clock
   * between its two events, and by this process's from then on, so that no second clock is trusted.
   */
  async #startBy(id: string, taken: string, sent: number): Promise<number> {
    const [last] = await collect(
      this.store.read(responseWorkStream(systemTenant, id), { backwards: true, limit: 1 }),
    );
    const between = last === undefined ? Infinity : Date.parse(last.created) - Date.parse(taken);
    return sent + defaults.turn_valid_ms - Math.max(0, between);
  }

  /** A lease for work that goes on. */
  async #leaseAgain(action: ActionRecord): Promise<WorkPermit> {
    return { lease: await this.#lease(action), start_by: Infinity, turn: null };
  }

  #lease({ intent, started }: ActionRecord): Promise<EpochLease> {
    return takeWorkLease(
      {
        store: this.store,
        executor: this.executor,
        lease_ms: defaults.kill_switch_lease_ms,
        tenant_id: systemTenant,
      },
      intent?.action_type ?? '',
      started,
    );
  }

  async #ends(
    { action_id: id }: HandlerEnvelope,
    { causation_id }: ActionRecord,
    command: ResponseWorkCommand,
  ): Promise<TxStatus> {
    try {
      return statusOf(id, await this.#command(id, causation_id, command));
    } catch (error) {
      // It went another way meanwhile: the answer says which.
      if (!isProblem(error, 'wrong-state')) throw error;
      return statusOf(id, await this.#load(id));
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
    return (await this.#handle(actionId, causationId, command)).state;
  }

  #handle(
    actionId: string,
    causationId: string,
    command: ResponseWorkCommand,
  ): ReturnType<ResponseWorkHandler['handle']> {
    return this.handler.handle(responseWorkStream(systemTenant, actionId), command, {
      commandId: newId(),
      tenantId: systemTenant,
      actor: { kind: 'service', service: 'posture' },
      now: nowText(),
      correlationId: actionId,
      causationId,
    });
  }
}
