import type { ApplyAnswer, HandlerEnvelope, Reason, TxStatus } from '@interlock/contracts';
import {
  isProblem,
  isWorkOver,
  isWorkUnsent,
  type AcceptedWork,
  type CommandContext,
  type EventStore,
  type WorkCommand,
} from '@interlock/kernel';
import type { ActionRecord } from './action-record.js';
import { notAsked, refuseLate, sideDoor } from './side-door.js';
import { againstStart } from './start-permit.js';
import type { WorkAt, WorkJournal, WorkLogger, WorkState } from './work.js';

type Started = NonNullable<ActionRecord['started']>;
type RequestedTurn = NonNullable<ActionRecord['turn']>;

/** The part of the driver that the commands use. */
export type CommandDriver<S> = {
  run(tenantId: string, actionId: string, from?: WorkAt<S>): Promise<void>;
  wake(tenantId: string, actionId: string): void;
  applySent(tenantId: string, actionId: string, turn: number, sentAt: number): void;
};

/** The parts of turn and start that differ between executors. */
export type CommandParts<C, S extends WorkState> = {
  readonly store: EventStore;
  readonly lease_ms: number;
  readonly logger: WorkLogger;
  readonly journal: WorkJournal<C, S>;
  /**
   * The action as the log has it. A followed copy is enough if it already `says` what the caller
   * needs.
   */
  readonly actionThat: (
    tenantId: string,
    actionId: string,
    says: (action: ActionRecord) => boolean,
  ) => Promise<ActionRecord>;
  /**
   * The work, if it can be read for free. Undefined if that would cost a read and the work is most
   * likely new.
   */
  readonly known: (tenantId: string, actionId: string) => Promise<WorkAt<S> | undefined>;
  /**
   * The command that accepts or refuses a turn. Throws `side-door` if this service does not have
   * the handler.
   */
  readonly acceptTurn: (
    envelope: HandlerEnvelope,
    action: ActionRecord,
    turn: RequestedTurn,
  ) => C | WorkCommand | Promise<C | WorkCommand>;
  /** True if this service has the handler of the execution. */
  readonly isServed: (started: Started, action: ActionRecord) => boolean;
  /** The executor's own reason to refuse the execution, beside kill switch and plan. */
  readonly against: (started: Started) => readonly Reason[];
  /** The reason that the plan is not the one that was looked at. */
  readonly plan_changed: string;
  readonly acceptApply: (accepted: AcceptedWork, state: S) => C;
};

/**
 * The handler commands that act. Each one does only what the action's own stream requests, and
 * answers with the status of the work. The work continues in the background.
 */
export class ExecutorCommands<C, S extends WorkState> {
  readonly #parts: CommandParts<C, S>;
  readonly #driver: CommandDriver<S>;

  constructor(parts: CommandParts<C, S>, driver: CommandDriver<S>) {
    this.#parts = parts;
    this.#driver = driver;
  }

  /** Puts the action into the executor's queue and answers at once with its status. */
  async takeTurn(envelope: HandlerEnvelope): Promise<TxStatus> {
    const { tenant_id: tenantId, action_id: actionId, request_id: requestId } = envelope;
    // A repeated request gets the turn's status; the request was checked when it was accepted.
    const known = await this.#parts.known(tenantId, actionId);
    if (known?.state.turn?.request_id === requestId) return this.#answer(envelope, known);
    refuseLate(envelope);
    const action = await this.#parts.actionThat(
      tenantId,
      actionId,
      ({ turn, ended }) => turn?.request_id === requestId && !ended,
    );
    const { intent, turn, ended } = action;
    if (intent?.tenant_id !== tenantId || turn?.request_id !== requestId || ended) throw notAsked('turn');
    const command = await this.#parts.acceptTurn(envelope, action, turn);
    // The work begins with the action's first turn.
    const accepted = await this.#command(envelope, action, command, { expectsNew: turn.turn === 1 }).catch(
      (error: unknown) => this.#closedBefore(envelope, error),
    );
    return this.#answer(envelope, accepted);
  }

  /**
   * Accepts an execution only if the action's own stream says that it was started, under the turn
   * that was taken for it.
   */
  async apply(envelope: HandlerEnvelope): Promise<ApplyAnswer> {
    const { tenant_id: tenantId, action_id: actionId, request_id: requestId } = envelope;
    const { logger, journal, isServed } = this.#parts;
    const [action, seen] = await Promise.all([
      this.#parts.actionThat(
        tenantId,
        actionId,
        ({ started, ended }) => started?.request_id === requestId && !ended,
      ),
      this.#look(envelope),
    ]);
    // The followed copy may lag behind a turn that was taken a moment ago, so a refusal needs a
    // fresh read of the log.
    const isSure = journal.stageOf(seen.state) === 'turn_taken' || seen.state.apply?.request_id === requestId;
    const { state } = isSure ? seen : await journal.handler.load(this.#stream(envelope));
    refuseLate(envelope);
    const isRepeat = state.apply?.request_id === requestId;
    const refusal = isRepeat
      ? null
      : sideDoor(envelope, action, state.turn, (started) => isServed(started, action));
    if (refusal !== null) {
      logger.warn(
        { action_id: actionId, tenant_id: tenantId, reason: refusal.detail },
        'an apply without its execution was refused',
      );
      return { status: 'refused', reasons: [refusal] };
    }
    const begun =
      !isRepeat && journal.stageOf(state) === 'turn_taken'
        ? await this.#begin(envelope, action, state)
        : undefined;
    const now = begun ?? (await this.#look(envelope));
    if (journal.stageOf(now.state) === 'refused') return { status: 'refused', reasons: now.state.reasons };
    this.#answer(envelope, now);
    this.#driver.wake(tenantId, actionId);
    return { status: 'accepted', tx_id: actionId };
  }

  async status(envelope: HandlerEnvelope): Promise<TxStatus> {
    return this.#statusOf(envelope, await this.#look(envelope));
  }

  /** Answers with the status of the work and makes sure that this instance works on it. */
  async observe(envelope: HandlerEnvelope): Promise<TxStatus> {
    return this.#answer(envelope, await this.#look(envelope));
  }

  /** Repeats the action's `ConfirmRequested` in the journal before the target hears of it. */
  async confirm(envelope: HandlerEnvelope): Promise<TxStatus> {
    const { tenant_id: tenantId, action_id: actionId, request_id: requestId } = envelope;
    const action = await this.#parts.actionThat(
      tenantId,
      actionId,
      (one) => one.confirm_request === requestId,
    );
    if (action.confirm_request !== requestId) throw notAsked('confirm');
    const seen = await this.#look(envelope);
    if (seen.state.confirm_requested) return this.#answer(envelope, seen);
    return this.#ask(envelope, action, { kind: 'RequestConfirm', request_id: requestId });
  }

  /**
   * Repeats the action's `UndoRequested`. Kill switch, posture, mode and budget never block it.
   * Also starts the rollback that a person approved after the action's end, which is a new
   * execution.
   */
  async undo(envelope: HandlerEnvelope): Promise<TxStatus> {
    const { tenant_id: tenantId, action_id: actionId, request_id: requestId } = envelope;
    const asks = (one: ActionRecord): boolean =>
      one.undo_request === requestId || one.rollback?.request_id === requestId;
    const action = await this.#parts.actionThat(tenantId, actionId, asks);
    if (!asks(action)) throw notAsked('undo');
    const { journal } = this.#parts;
    const { state, revision } = await journal.handler.load(this.#stream(envelope));
    if (!isWorkUnsent(journal.stageOf(state)))
      return this.#ask(envelope, action, {
        kind: 'RequestUndo',
        request_id: requestId,
        reasons: [{ code: 'undo-requested', detail: 'the action asked to take it back' }],
        ...(action.rollback?.request_id === requestId ? { rollback: true } : {}),
      });
    // INVARIANT: a later turn or apply for this action finds its work closed.
    const isClosed = await this.#command(
      envelope,
      action,
      {
        kind: 'RefuseApply',
        request_id: requestId,
        reasons: [{ code: 'undone', detail: 'the action was taken back before anything was sent' }],
      },
      { expectedRevision: revision },
    ).then(
      () => true,
      (error: unknown) => {
        if (!isProblem(error, 'stale-revision')) throw error;
        return false;
      },
    );
    this.#driver.wake(tenantId, actionId);
    return isClosed ? this.observe(envelope) : this.undo(envelope);
  }

  /**
   * Records whether the execution is accepted. Undefined if its turn is over and nothing was
   * written.
   */
  async #begin(envelope: HandlerEnvelope, action: ActionRecord, state: S): Promise<WorkAt<S> | undefined> {
    const { tenant_id: tenantId, action_id: actionId, request_id: requestId } = envelope;
    const { store, lease_ms: leaseMs, against, plan_changed: planChanged } = this.#parts;
    const { intent, started } = action;
    const { turn } = state;
    if (intent === null || started === null || turn === null || started.turn !== turn.turn) return undefined;
    const stopped = await againstStart(
      { store, lease_ms: leaseMs, tenant_id: tenantId },
      intent.action_type,
      started,
    );
    const reasons: readonly Reason[] = [
      ...(stopped === null ? [] : [stopped]),
      ...(turn.taken?.plan_hash === started.plan_hash ? [] : [{ code: 'plan-changed', detail: planChanged }]),
      ...against(started),
    ];
    const accepted: AcceptedWork = {
      action_id: actionId,
      request_id: requestId,
      epoch: started.epoch,
      plan_hash: started.plan_hash,
      action_type: intent.action_type,
      entity_id: intent.entity_id,
      soak_s: started.soak_s,
      confirm_timeout_s: Math.round(started.confirm_timeout_s),
      turn: turn.turn,
    };
    const command: C | WorkCommand =
      reasons.length > 0
        ? { kind: 'RefuseApply', request_id: requestId, reasons }
        : this.#parts.acceptApply(accepted, state);
    const sentAt = performance.now();
    // The turn may have lapsed in the meantime; the status then says so.
    const begun = await this.#command(envelope, action, command).catch((error: unknown) => {
      if (!isProblem(error, 'wrong-state')) throw error;
      return undefined;
    });
    // INVARIANT: another instance may have written it first. Then the time at which this instance
    // sent its append says nothing about the deadline of the first change.
    if (begun?.wrote === true) this.#driver.applySent(tenantId, actionId, turn.turn, sentAt);
    return begun;
  }

  async #ask(envelope: HandlerEnvelope, action: ActionRecord, command: WorkCommand): Promise<TxStatus> {
    const asked = await this.#command(envelope, action, command).catch((error: unknown) => {
      // The work took another step by itself, for example because its time was up; the answer names
      // it.
      if (!isProblem(error, 'wrong-state')) throw error;
      return this.#look(envelope);
    });
    const status = this.#answer(envelope, asked);
    this.#driver.wake(envelope.tenant_id, envelope.action_id);
    return status;
  }

  /**
   * The status of work that was refused before it requested a turn. Throws every other refusal of
   * the command.
   */
  async #closedBefore(envelope: HandlerEnvelope, error: unknown): Promise<WorkAt<S>> {
    if (!isProblem(error, 'wrong-state')) throw error;
    const at = await this.#look(envelope);
    if (this.#parts.journal.stageOf(at.state) !== 'refused') throw error;
    return at;
  }

  #stream({ tenant_id: tenantId, action_id: actionId }: HandlerEnvelope): string {
    return this.#parts.journal.streamOf(tenantId, actionId);
  }

  /**
   * The work as this process has followed it, or else as the log has it. Good enough for answers,
   * never for actions.
   */
  #look(envelope: HandlerEnvelope): Promise<WorkAt<S>> {
    const { journal } = this.#parts;
    const stream = this.#stream(envelope);
    return journal.handler.load(stream, journal.revisionOf(stream));
  }

  #statusOf({ action_id: actionId }: HandlerEnvelope, { state }: WorkAt<S>): TxStatus {
    return this.#parts.journal.statusOf(actionId, state);
  }

  /** Makes sure that this instance works on it, if any work is left. */
  #answer(envelope: HandlerEnvelope, at: WorkAt<S>): TxStatus {
    const { tenant_id: tenantId, action_id: actionId } = envelope;
    if (!isWorkOver(this.#parts.journal.stageOf(at.state))) void this.#driver.run(tenantId, actionId, at);
    return this.#statusOf(envelope, at);
  }

  async #command(
    envelope: HandlerEnvelope,
    action: ActionRecord,
    command: C | WorkCommand,
    more: Pick<CommandContext, 'expectedRevision' | 'expectsNew'> = {},
  ): Promise<WorkAt<S> & { readonly wrote: boolean }> {
    const { journal } = this.#parts;
    const context = { ...journal.contextOf(envelope.tenant_id, action), ...more };
    const { state, revision, events } = await journal.handler.handle(
      this.#stream(envelope),
      command,
      context,
    );
    return { state, revision, wrote: events.length > 0 };
  }
}
