import {
  streamName,
  type ApplyAnswer,
  type HandlerEnvelope,
  type Reason,
  type TxStatus,
} from '@interlock/contracts';
import { isProblem, ProblemError, type CommandContext } from '@interlock/kernel';
import {
  deviceOf,
  endpointOf,
  isFinished,
  txStatus,
  type Device,
  type DeviceTxCommand,
  type DeviceTxState,
  type TxPhase,
} from '@interlock/network';
import { newId, nowText } from '@interlock/platform';
import type { ActionRecord } from '@interlock/executor';
import { handlerOf } from './handlers.js';
import { boundSwitches, takeLease } from '@interlock/executor';
import { refuseLate, sideDoor } from './side-door.js';
import type { TxAt, TxTools } from './tx/context.js';
import type { TxRunner } from './tx/runner.js';
import type { Trace } from './tx/transaction.js';

const traceOf = (action: ActionRecord): Trace => ({
  correlation_id: action.correlation_id,
  causation_id: action.causation_id,
  traceparent: action.traceparent,
});

/** Phases in which nothing can have been sent to the device. */
const unsent: ReadonlySet<TxPhase> = new Set<TxPhase>([
  'none',
  'turn_accepted',
  'turn_taken',
  'lapsed',
  'prepared',
]);

type Parts = Pick<TxTools, 'store' | 'config' | 'logger' | 'inventory' | 'transactions' | 'followed'> & {
  readonly runner: TxRunner;
};

/** The handler commands that act: each does only what the action's own stream asks for, and answers where the transaction stands. */
export class ActionCommands {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Gives the action its place in its device's queue, as its own stream asks, and answers at once where it stands; the turn is taken in the background. */
  async takeTurn(envelope: HandlerEnvelope): Promise<TxStatus> {
    const { tenant_id: tenantId, action_id: txId, request_id: requestId } = envelope;
    const { followed } = this.#parts;
    // Asked again, it says where the turn stands: that the action's stream asks for it was looked at when it was accepted.
    if (followed.revisionOf(streamName('device_tx', tenantId, txId)) !== undefined) {
      const { state } = await this.#followed(tenantId, txId);
      if (state.turn?.request_id === requestId) return this.observe(envelope);
    }
    const action = await followed.actionThat(
      tenantId,
      txId,
      ({ turn, ended }) => turn?.request_id === requestId && !ended,
    );
    refuseLate(envelope);
    const { intent, turn } = action;
    if (
      intent === null ||
      intent.tenant_id !== tenantId ||
      turn === null ||
      turn.request_id !== requestId ||
      action.ended
    )
      throw new ProblemError('side-door', "the action's own stream does not ask for this turn");
    handlerOf(intent.action_type);
    const device = await this.#deviceOf(tenantId, intent.entity_id);
    const asked: DeviceTxCommand =
      device === undefined
        ? {
            kind: 'RefuseApply',
            request_id: requestId,
            reasons: [{ code: 'entity-unknown', detail: `no device has a cell \`${intent.entity_id}\`` }],
          }
        : {
            kind: 'AcceptTurn',
            asked: {
              turn: turn.turn,
              request_id: requestId,
              action_id: txId,
              action_type: intent.action_type,
              entity_id: intent.entity_id,
              device_id: device.device_id,
              device: endpointOf(device),
            },
          };
    // With the action's first turn its transaction begins.
    const accepted = await this.#command(envelope, action, asked, { expectsNew: turn.turn === 1 }).catch(
      (error: unknown) => this.#closedBefore(envelope, error),
    );
    return txStatus(txId, this.#goOnFrom(envelope, accepted, action));
  }

  /** Where a transaction stands that was refused before its turn was asked for; another refusal of the command is thrown on. */
  async #closedBefore(envelope: HandlerEnvelope, error: unknown): Promise<TxAt> {
    if (!isProblem(error, 'wrong-state')) throw error;
    const at = await this.#followed(envelope.tenant_id, envelope.action_id);
    if (at.state.phase !== 'refused') throw error;
    return at;
  }

  /** The device that has a cell now; undefined where none has. */
  async #deviceOf(tenantId: string, cellId: string): Promise<Device | undefined> {
    const { inventory } = this.#parts;
    await inventory.current();
    const cell = inventory.topology(tenantId).cells.get(cellId);
    return cell === undefined ? undefined : inventory.find(tenantId, cell.device_id)?.device;
  }

  /** Accepts only what the action's own stream says was started, under the turn that was taken for it, and answers at once; the work goes on in the background. */
  async apply(envelope: HandlerEnvelope): Promise<ApplyAnswer> {
    const { tenant_id: tenantId, action_id: txId } = envelope;
    const action = await this.#parts.followed.actionThat(
      tenantId,
      txId,
      ({ started, ended }) => started?.request_id === envelope.request_id && !ended,
    );
    const followed = await this.#followed(tenantId, txId);
    // What is followed may lag behind the turn that was taken a moment ago: a refusal is of the log as it is.
    const { state } =
      followed.state.phase === 'turn_taken' || followed.state.apply?.request_id === envelope.request_id
        ? followed
        : await this.#parts.transactions.load(streamName('device_tx', tenantId, txId));
    refuseLate(envelope);
    const refusal =
      state.apply?.request_id === envelope.request_id ? null : sideDoor(envelope, action, state);
    if (refusal !== null) {
      this.#parts.logger.warn(
        { action_id: txId, tenant_id: tenantId, reason: refusal.detail },
        'an apply without its execution was refused',
      );
      return { status: 'refused', reasons: [refusal] };
    }
    const begun = state.phase === 'turn_taken' ? await this.#begin(envelope, action, state) : undefined;
    const now = begun === undefined ? await this.#goOn(envelope) : this.#goOnFrom(envelope, begun, action);
    if (now.phase === 'refused') return { status: 'refused', reasons: now.reasons };
    this.#parts.runner.wake(tenantId, txId);
    return { status: 'accepted', tx_id: txId };
  }

  /** Writes whether the execution is accepted; undefined where its turn is over, so that nothing was written. */
  async #begin(
    envelope: HandlerEnvelope,
    action: ActionRecord,
    state: DeviceTxState,
  ): Promise<TxAt | undefined> {
    const { tenant_id: tenantId, action_id: txId, request_id: requestId } = envelope;
    const { intent, started } = action;
    const { turn } = state;
    if (intent === null || started === null || turn === null || started.turn !== turn.turn) return undefined;
    const reasons: Reason[] = [];
    const lease = await takeLease(
      this.#parts.store,
      tenantId,
      intent.action_type,
      this.#parts.config.KILL_SWITCH_LEASE_MS,
      undefined,
      boundSwitches(started),
    );
    if (lease.engaged.length > 0)
      reasons.push({
        code: 'kill-switch-engaged',
        detail: `the kill switch \`${lease.engaged[0]!}\` is engaged`,
      });
    else if (lease.epoch !== started.epoch)
      reasons.push({
        code: 'kill-switch-engaged',
        detail: 'a kill switch was engaged since the execution was started',
      });
    if (turn.taken?.plan_hash !== started.plan_hash)
      reasons.push({
        code: 'plan-changed',
        detail: "the device's configuration is not the one that the plan was made for",
      });
    const least = started.soak_s + (2 * this.#parts.config.NETCONF_RPC_MS) / 1000;
    if (started.confirm_timeout_s <= least)
      reasons.push({
        code: 'confirm-timer-too-short',
        detail: `a confirm timer of ${started.confirm_timeout_s} s leaves no time to confirm after a soak of ${started.soak_s} s`,
      });
    const asked: DeviceTxCommand =
      reasons.length > 0
        ? { kind: 'RefuseApply', request_id: requestId, reasons }
        : {
            kind: 'AcceptApply',
            apply: {
              action_id: txId,
              request_id: requestId,
              epoch: started.epoch,
              plan_hash: started.plan_hash,
              action_type: intent.action_type,
              entity_id: intent.entity_id,
              device_id: turn.device_id,
              soak_s: started.soak_s,
              confirm_timeout_s: Math.round(started.confirm_timeout_s),
              turn: turn.turn,
            },
          };
    const sentAt = performance.now();
    // The turn may have lapsed meanwhile: the status says so.
    const begun = await this.#command(envelope, action, asked).catch((error: unknown) => {
      if (!isProblem(error, 'wrong-state')) throw error;
      return undefined;
    });
    // INVARIANT: another instance may have written it first. Then what this one sent says nothing of when the first change began to grow late.
    if (begun !== undefined && begun.events.length > 0)
      this.#parts.runner.applySent(tenantId, txId, turn.turn, sentAt);
    return begun;
  }

  async status({ tenant_id: tenantId, action_id: txId }: HandlerEnvelope): Promise<TxStatus> {
    return txStatus(txId, (await this.#followed(tenantId, txId)).state);
  }

  /** Where the transaction stands; makes sure that somebody works on it. */
  async observe(envelope: HandlerEnvelope): Promise<TxStatus> {
    return txStatus(envelope.action_id, await this.#goOn(envelope));
  }

  /** Repeats the action's ConfirmRequested in the transaction before the device hears of it. */
  async confirm(envelope: HandlerEnvelope): Promise<TxStatus> {
    const action = await this.#parts.followed.actionThat(
      envelope.tenant_id,
      envelope.action_id,
      (one) => one.confirm_request === envelope.request_id,
    );
    if (action.confirm_request !== envelope.request_id)
      throw new ProblemError('side-door', "the action's own stream does not ask for this confirm");
    // Asked again, it says where the transaction stands.
    const { state } = await this.#followed(envelope.tenant_id, envelope.action_id);
    if (state.confirm_requested) return this.observe(envelope);
    return this.#ask(envelope, action, { kind: 'RequestConfirm', request_id: envelope.request_id });
  }

  /** Repeats the action's UndoRequested, never blocked by kill switch, posture, mode or budget; or the rollback that a person approved after the action's end, which is a new execution. */
  async undo(envelope: HandlerEnvelope): Promise<TxStatus> {
    const asks = (one: ActionRecord): boolean =>
      one.undo_request === envelope.request_id || one.rollback?.request_id === envelope.request_id;
    const action = await this.#parts.followed.actionThat(envelope.tenant_id, envelope.action_id, asks);
    if (!asks(action))
      throw new ProblemError('side-door', "the action's own stream does not ask for this undo");
    const stream = streamName('device_tx', envelope.tenant_id, envelope.action_id);
    const { state, revision } = await this.#parts.transactions.load(stream);
    if (unsent.has(state.phase)) {
      // INVARIANT: whatever turn or apply comes later for this action finds its transaction closed.
      const undone: DeviceTxCommand = {
        kind: 'RefuseApply',
        request_id: envelope.request_id,
        reasons: [{ code: 'undone', detail: 'the action was taken back before anything was applied' }],
      };
      const closed = await this.#command(envelope, action, undone, { expectedRevision: revision }).then(
        () => true,
        (error: unknown) => {
          if (!isProblem(error, 'stale-revision')) throw error;
          return false;
        },
      );
      this.#parts.runner.wake(envelope.tenant_id, envelope.action_id);
      return closed ? this.status(envelope) : this.undo(envelope);
    }
    return this.#ask(envelope, action, {
      kind: 'RequestUndo',
      request_id: envelope.request_id,
      reasons: [{ code: 'undo-requested', detail: 'the action asked to take the change back' }],
      ...(action.rollback?.request_id === envelope.request_id ? { rollback: true } : {}),
    });
  }

  async #ask(envelope: HandlerEnvelope, action: ActionRecord, command: DeviceTxCommand): Promise<TxStatus> {
    const { tenant_id: tenantId, action_id: txId } = envelope;
    const asked = await this.#command(envelope, action, command).catch((error: unknown) => {
      // The transaction went another way by itself, such as its timer: the answer says which.
      if (!isProblem(error, 'wrong-state')) throw error;
      return undefined;
    });
    const now = asked === undefined ? await this.#goOn(envelope) : this.#goOnFrom(envelope, asked, action);
    this.#parts.runner.wake(tenantId, txId);
    return txStatus(txId, now);
  }

  /** The transaction as this process has followed it, else as the log has it: good for telling of it and for finding out whether somebody works on it, never for acting. */
  #followed(tenantId: string, txId: string): Promise<TxAt> {
    const stream = streamName('device_tx', tenantId, txId);
    return this.#parts.transactions.load(stream, this.#parts.followed.revisionOf(stream));
  }

  /** Makes sure that this instance works on the transaction, if there is anything left to do; answers where it stands. */
  async #goOn(envelope: HandlerEnvelope): Promise<DeviceTxState> {
    const { tenant_id: tenantId, action_id: txId } = envelope;
    const at = await this.#followed(tenantId, txId);
    if (isFinished(at.state) || this.#parts.runner.isRunning(tenantId, txId)) return at.state;
    return this.#goOnFrom(envelope, at, await this.#parts.followed.actionThat(tenantId, txId, () => true));
  }

  #goOnFrom(envelope: HandlerEnvelope, at: TxAt, action: ActionRecord): DeviceTxState {
    const { tenant_id: tenantId, action_id: txId } = envelope;
    const deviceId = deviceOf(at.state);
    if (isFinished(at.state) || deviceId === null) return at.state;
    const open = this.#parts.followed.transactions.find(streamName('device_tx', tenantId, txId));
    void this.#parts.runner.run(tenantId, txId, deviceId, open?.trace ?? traceOf(action), at);
    return at.state;
  }

  #command(
    envelope: HandlerEnvelope,
    action: ActionRecord,
    command: DeviceTxCommand,
    over: Pick<CommandContext, 'expectedRevision' | 'expectsNew'> = {},
  ): Promise<TxAt & { readonly events: readonly unknown[] }> {
    const { tenant_id: tenantId, action_id: txId } = envelope;
    const context: CommandContext = {
      commandId: newId(),
      tenantId,
      actor: { kind: 'service', service: 'netconf-gateway' },
      now: nowText(),
      correlationId: action.correlation_id,
      causationId: action.causation_id,
      ...(action.traceparent === null ? {} : { traceparent: action.traceparent }),
      ...over,
    };
    return this.#parts.transactions.handle(streamName('device_tx', tenantId, txId), command, context);
  }
}
