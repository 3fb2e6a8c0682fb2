import {
  callStatus,
  isCallFinished,
  type CallCommand,
  type CallPhase,
  type CallState,
} from '@interlock/agents';
import {
  streamName,
  type ApplyAnswer,
  type HandlerEnvelope,
  type Reason,
  type TxStatus,
} from '@interlock/contracts';
import { readAction, boundSwitches, takeLease, type ActionRecord } from '@interlock/executor';
import { isProblem, ProblemError, type CommandContext } from '@interlock/kernel';
import type { CallAt, CallTools } from './call-context.js';
import { contextOf, type CallRunner } from './runner.js';
import { refuseLate, sideDoor } from './side-door.js';

/** Phases in which nothing can have been sent to the handler. */
const unsent: ReadonlySet<CallPhase> = new Set<CallPhase>([
  'none',
  'turn_accepted',
  'turn_taken',
  'lapsed',
  'accepted',
]);

/** The handler commands that act: each does only what the action's own stream asks for, and answers where the call stands. */
export class CallCommands {
  constructor(
    private readonly tools: Pick<CallTools, 'store' | 'config' | 'calls' | 'logger'>,
    private readonly runner: CallRunner,
  ) {}

  /** Gives the action its place in the queue of its handler, as its own stream asks, and answers at once where it stands. */
  async takeTurn(envelope: HandlerEnvelope): Promise<TxStatus> {
    const { tenant_id: tenantId, action_id: actionId, request_id: requestId } = envelope;
    const known = await this.#load(envelope);
    if (known.state.turn?.request_id === requestId) return this.#answer(envelope, known);
    refuseLate(envelope);
    const action = await readAction(this.tools.store, tenantId, actionId);
    const { intent, turn, action_type: type } = action;
    if (
      intent === null ||
      intent.tenant_id !== tenantId ||
      turn === null ||
      turn.request_id !== requestId ||
      action.ended
    )
      throw new ProblemError('side-door', "the action's own stream does not ask for this turn");
    if (type?.handler?.service !== 'agent-gateway' || type.handler.endpoint === undefined)
      throw new ProblemError('side-door', "the action's handler is not here");
    const accepted = await this.#command(
      envelope,
      action,
      {
        kind: 'AcceptTurn',
        asked: {
          turn: turn.turn,
          request_id: requestId,
          action_id: actionId,
          action_type: intent.action_type,
          version: type.version ?? null,
          entity_id: intent.entity_id,
          on_unknown: type.on_unknown ?? 'ask',
        },
      },
      { expectsNew: turn.turn === 1 },
    ).catch((error: unknown) => this.#closedBefore(envelope, error));
    return this.#answer(envelope, accepted);
  }

  /** Where a call stands that was refused before its turn was asked for; another refusal of the command is thrown on. */
  async #closedBefore(envelope: HandlerEnvelope, error: unknown): Promise<CallAt> {
    if (!isProblem(error, 'wrong-state')) throw error;
    const at = await this.#load(envelope);
    if (at.state.phase !== 'refused') throw error;
    return at;
  }

  /** Accepts only what the action's own stream says was started, under the turn that was taken for it, and answers at once; the work goes on in the background. */
  async apply(envelope: HandlerEnvelope): Promise<ApplyAnswer> {
    const { tenant_id: tenantId, action_id: actionId } = envelope;
    const [action, known] = await Promise.all([
      readAction(this.tools.store, tenantId, actionId),
      this.#load(envelope),
    ]);
    refuseLate(envelope);
    const { state } = known;
    const isRepeat = state.apply?.request_id === envelope.request_id;
    const refusal = isRepeat ? null : sideDoor(envelope, action, state);
    if (refusal !== null) {
      this.tools.logger.warn(
        { action_id: actionId, tenant_id: tenantId, reason: refusal.detail },
        'an apply without its execution was refused',
      );
      return { status: 'refused', reasons: [refusal] };
    }
    if (!isRepeat && state.phase === 'turn_taken') await this.#begin(envelope, action, state);
    const now = await this.#load(envelope);
    if (now.state.phase === 'refused') return { status: 'refused', reasons: now.state.reasons };
    this.#answer(envelope, now);
    return { status: 'accepted', tx_id: actionId };
  }

  /** Writes whether the execution is accepted; nothing where its turn is over. */
  async #begin(envelope: HandlerEnvelope, action: ActionRecord, state: CallState): Promise<void> {
    const { tenant_id: tenantId, action_id: actionId, request_id: requestId } = envelope;
    const { intent, started } = action;
    const { turn } = state;
    if (intent === null || started === null || turn === null || started.turn !== turn.turn) return;
    const reasons: Reason[] = [];
    const lease = await takeLease(
      this.tools.store,
      tenantId,
      intent.action_type,
      this.tools.config.KILL_SWITCH_LEASE_MS,
      undefined,
      boundSwitches(started),
    );
    const [engaged] = lease.engaged;
    if (engaged !== undefined)
      reasons.push({ code: 'kill-switch-engaged', detail: `the kill switch \`${engaged}\` is engaged` });
    else if (lease.epoch !== started.epoch)
      reasons.push({
        code: 'kill-switch-engaged',
        detail: 'a kill switch was engaged since the execution was started',
      });
    if (turn.taken?.plan_hash !== started.plan_hash)
      reasons.push({
        code: 'plan-changed',
        detail: 'the handler plans otherwise than when it was looked at',
      });
    const command: CallCommand =
      reasons.length > 0
        ? { kind: 'RefuseApply', request_id: requestId, reasons }
        : {
            kind: 'AcceptApply',
            apply: {
              action_id: actionId,
              request_id: requestId,
              epoch: started.epoch,
              plan_hash: started.plan_hash,
              action_type: intent.action_type,
              entity_id: intent.entity_id,
              soak_s: started.soak_s,
              confirm_timeout_s: Math.round(started.confirm_timeout_s),
              turn: turn.turn,
            },
          };
    const sentAt = performance.now();
    // The turn may have lapsed meanwhile: the status says so.
    const { wrote } = await this.#command(envelope, action, command).catch((error: unknown) => {
      if (!isProblem(error, 'wrong-state')) throw error;
      return { wrote: false };
    });
    // INVARIANT: another instance may have written it first. Then what this one sent says nothing of when the call began to grow late.
    if (wrote) this.runner.applySent(tenantId, actionId, turn.turn, sentAt);
  }

  /** Where the call stands; makes sure that somebody works on it. */
  async observe(envelope: HandlerEnvelope): Promise<TxStatus> {
    return this.#answer(envelope, await this.#load(envelope));
  }

  /** Repeats the action's ConfirmRequested in the call before the handler hears of it. */
  async confirm(envelope: HandlerEnvelope): Promise<TxStatus> {
    const action = await readAction(this.tools.store, envelope.tenant_id, envelope.action_id);
    if (action.confirm_request !== envelope.request_id)
      throw new ProblemError('side-door', "the action's own stream does not ask for this confirm");
    const known = await this.#load(envelope);
    if (known.state.confirm_requested) return this.#answer(envelope, known);
    return this.#ask(envelope, action, { kind: 'RequestConfirm', request_id: envelope.request_id });
  }

  /** Repeats the action's UndoRequested, never blocked by kill switch, posture, mode or budget; or the rollback that a person approved after the action's end, which is a new execution. */
  async undo(envelope: HandlerEnvelope): Promise<TxStatus> {
    const action = await readAction(this.tools.store, envelope.tenant_id, envelope.action_id);
    const isRollback = action.rollback?.request_id === envelope.request_id;
    if (action.undo_request !== envelope.request_id && !isRollback)
      throw new ProblemError('side-door', "the action's own stream does not ask for this undo");
    const { state, revision } = await this.#load(envelope);
    if (!unsent.has(state.phase))
      return this.#ask(envelope, action, {
        kind: 'RequestUndo',
        request_id: envelope.request_id,
        reasons: [{ code: 'undo-requested', detail: 'the action asked to take it back' }],
        ...(isRollback ? { rollback: true } : {}),
      });
    // INVARIANT: whatever turn or apply comes later for this action finds its call closed.
    const isClosed = await this.#command(
      envelope,
      action,
      {
        kind: 'RefuseApply',
        request_id: envelope.request_id,
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
    this.runner.wake(envelope.tenant_id, envelope.action_id);
    return isClosed ? this.#answer(envelope, await this.#load(envelope)) : this.undo(envelope);
  }

  async #ask(envelope: HandlerEnvelope, action: ActionRecord, command: CallCommand): Promise<TxStatus> {
    const asked = await this.#command(envelope, action, command).catch((error: unknown) => {
      // The call went another way by itself, such as its time being up: the answer says which.
      if (!isProblem(error, 'wrong-state')) throw error;
      return this.#load(envelope);
    });
    return this.#answer(envelope, asked);
  }

  #load({ tenant_id: tenantId, action_id: actionId }: HandlerEnvelope): Promise<CallAt> {
    return this.tools.calls.load(streamName('call', tenantId, actionId));
  }

  #answer({ tenant_id: tenantId, action_id: actionId }: HandlerEnvelope, { state }: CallAt): TxStatus {
    if (!isCallFinished(state)) {
      void this.runner.run(tenantId, actionId);
      this.runner.wake(tenantId, actionId);
    }
    return callStatus(actionId, state);
  }

  async #command(
    envelope: HandlerEnvelope,
    action: ActionRecord,
    command: CallCommand,
    over: Pick<CommandContext, 'expectedRevision' | 'expectsNew'> = {},
  ): Promise<CallAt & { readonly wrote: boolean }> {
    const { tenant_id: tenantId, action_id: actionId } = envelope;
    const { state, revision, events } = await this.tools.calls.handle(
      streamName('call', tenantId, actionId),
      command,
      { ...contextOf(tenantId, action), ...over },
    );
    return { state, revision, wrote: events.length > 0 };
  }
}
