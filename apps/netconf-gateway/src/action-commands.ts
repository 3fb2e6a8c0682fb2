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
  type DeviceTxCommand,
  type DeviceTxState,
  type TxPhase,
} from '@interlock/network';
import { newId, nowText } from '@interlock/platform';
import { readAction, type ActionRecord } from './action-record.js';
import { handlerOf } from './handlers.js';
import { takeLease } from './kill-switch-lease.js';
import type { OpenTransactions } from './open-transactions.js';
import { refuseLate, sideDoor } from './side-door.js';
import type { TxTools } from './tx/context.js';
import type { Trace, TxRunner } from './tx/runner.js';

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
  'accepted',
  'prepared',
]);

type Parts = Pick<TxTools, 'store' | 'config' | 'logger' | 'inventory' | 'transactions'> & {
  readonly open: OpenTransactions;
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
    const { tenant_id: tenantId, action_id: txId } = envelope;
    // Asked again, it says where the turn stands: that the action's stream asks for it was looked at when it was accepted.
    if ((await this.#followed(tenantId, txId)).turn?.request_id === envelope.request_id)
      return this.observe(envelope);
    const action = await readAction(this.#parts.store, tenantId, txId);
    refuseLate(envelope);
    const { intent, turn } = action;
    if (
      intent === null ||
      intent.tenant_id !== tenantId ||
      turn?.request_id !== envelope.request_id ||
      action.ended
    )
      throw new ProblemError('side-door', "the action's own stream does not ask for this turn");
    handlerOf(intent.action_type);
    const { state } = await this.#parts.transactions.load(streamName('device_tx', tenantId, txId));
    if (state.turn?.request_id !== turn.request_id && state.phase !== 'refused') {
      await this.#parts.inventory.current();
      const cell = this.#parts.inventory.topology(tenantId).cells.get(intent.entity_id);
      const device =
        cell === undefined ? undefined : this.#parts.inventory.find(tenantId, cell.device_id)?.device;
      await this.#command(
        tenantId,
        txId,
        action,
        device === undefined
          ? {
              type: 'RefuseApply',
              request_id: turn.request_id,
              reasons: [{ code: 'entity-unknown', detail: `no device has a cell \`${intent.entity_id}\`` }],
            }
          : {
              type: 'AcceptTurn',
              asked: {
                turn: turn.turn,
                request_id: turn.request_id,
                action_id: txId,
                action_type: intent.action_type,
                entity_id: intent.entity_id,
                device_id: device.device_id,
                device: endpointOf(device),
              },
            },
      );
    }
    return this.observe(envelope);
  }

  /** Accepts only what the action's own stream says was started, under the turn that was taken for it, and answers at once; the work goes on in the background. */
  async apply(envelope: HandlerEnvelope): Promise<ApplyAnswer> {
    const { tenant_id: tenantId, action_id: txId } = envelope;
    const stream = streamName('device_tx', tenantId, txId);
    const action = await readAction(this.#parts.store, tenantId, txId);
    const { state } = await this.#parts.transactions.load(stream);
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
    if (state.phase === 'turn_taken') await this.#begin(envelope, action, state);
    const now = await this.#goOn(envelope);
    if (now.phase === 'refused') return { status: 'refused', reasons: now.reasons };
    this.#parts.runner.wake(tenantId, txId);
    return { status: 'accepted', tx_id: txId };
  }

  async #begin(envelope: HandlerEnvelope, action: ActionRecord, state: DeviceTxState): Promise<void> {
    const { tenant_id: tenantId, action_id: txId, request_id: requestId } = envelope;
    const { intent, started } = action;
    const { turn } = state;
    if (intent === null || started === null || turn === null || started.turn !== turn.turn) return;
    const reasons: Reason[] = [];
    const lease = await takeLease(
      this.#parts.store,
      tenantId,
      intent.action_type,
      this.#parts.config.KILL_SWITCH_LEASE_MS,
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
    this.#parts.runner.applySent(tenantId, txId);
    const asked: DeviceTxCommand =
      reasons.length > 0
        ? { type: 'RefuseApply', request_id: requestId, reasons }
        : {
            type: 'AcceptApply',
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
    // The turn may have lapsed meanwhile: the status says so.
    await this.#command(tenantId, txId, action, asked).catch((error: unknown) => {
      if (!isProblem(error, 'wrong-state')) throw error;
    });
  }

  async status({ tenant_id: tenantId, action_id: txId }: HandlerEnvelope): Promise<TxStatus> {
    return txStatus(txId, await this.#followed(tenantId, txId));
  }

  /** Where the transaction stands; makes sure that somebody works on it. */
  async observe(envelope: HandlerEnvelope): Promise<TxStatus> {
    return txStatus(envelope.action_id, await this.#goOn(envelope));
  }

  /** Repeats the action's ConfirmRequested in the transaction before the device hears of it. */
  async confirm(envelope: HandlerEnvelope): Promise<TxStatus> {
    const action = await readAction(this.#parts.store, envelope.tenant_id, envelope.action_id);
    if (action.confirm_request !== envelope.request_id)
      throw new ProblemError('side-door', "the action's own stream does not ask for this confirm");
    return this.#ask(envelope, action, { type: 'RequestConfirm', request_id: envelope.request_id });
  }

  /** Repeats the action's UndoRequested. Never blocked by kill switch, posture, mode or budget. */
  async undo(envelope: HandlerEnvelope): Promise<TxStatus> {
    const action = await readAction(this.#parts.store, envelope.tenant_id, envelope.action_id);
    if (action.undo_request !== envelope.request_id)
      throw new ProblemError('side-door', "the action's own stream does not ask for this undo");
    const stream = streamName('device_tx', envelope.tenant_id, envelope.action_id);
    const { state, revision } = await this.#parts.transactions.load(stream);
    if (unsent.has(state.phase)) {
      // INVARIANT: whatever turn or apply comes later for this action finds its transaction closed.
      const undone: DeviceTxCommand = {
        type: 'RefuseApply',
        request_id: envelope.request_id,
        reasons: [{ code: 'undone', detail: 'the action was taken back before anything was applied' }],
      };
      const closed = await this.#command(
        envelope.tenant_id,
        envelope.action_id,
        action,
        undone,
        revision,
      ).then(
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
      type: 'RequestUndo',
      request_id: envelope.request_id,
      reasons: [{ code: 'undo-requested', detail: 'the action asked to take the change back' }],
    });
  }

  async #ask(envelope: HandlerEnvelope, action: ActionRecord, command: DeviceTxCommand): Promise<TxStatus> {
    await this.#command(envelope.tenant_id, envelope.action_id, action, command).catch((error: unknown) => {
      // The transaction went another way by itself, such as its timer: the answer says which.
      if (!isProblem(error, 'wrong-state')) throw error;
    });
    const status = await this.observe(envelope);
    this.#parts.runner.wake(envelope.tenant_id, envelope.action_id);
    return status;
  }

  /** The transaction as this process has followed it, else as the log has it: good for telling of it and for finding out whether somebody works on it, never for acting. */
  async #followed(tenantId: string, txId: string): Promise<DeviceTxState> {
    const stream = streamName('device_tx', tenantId, txId);
    return (await this.#parts.transactions.load(stream, this.#parts.open.revisionOf(stream))).state;
  }

  async #goOn({ tenant_id: tenantId, action_id: txId }: HandlerEnvelope): Promise<DeviceTxState> {
    const state = await this.#followed(tenantId, txId);
    const deviceId = deviceOf(state);
    if (isFinished(state) || deviceId === null || this.#parts.runner.isRunning(tenantId, txId)) return state;
    const open = this.#parts.open.list().find((one) => one.tenant_id === tenantId && one.tx_id === txId);
    void this.#parts.runner.run(
      tenantId,
      txId,
      deviceId,
      open?.trace ?? traceOf(await readAction(this.#parts.store, tenantId, txId)),
    );
    return state;
  }

  async #command(
    tenantId: string,
    txId: string,
    action: ActionRecord,
    command: DeviceTxCommand,
    at?: bigint,
  ): Promise<void> {
    const context: CommandContext = {
      commandId: newId(),
      tenantId,
      actor: { kind: 'service', service: 'netconf-gateway' },
      now: nowText(),
      correlationId: action.correlation_id,
      causationId: action.causation_id,
      ...(action.traceparent === null ? {} : { traceparent: action.traceparent }),
      ...(at === undefined ? {} : { expectedRevision: at }),
    };
    await this.#parts.transactions.handle(streamName('device_tx', tenantId, txId), command, context);
  }
}
