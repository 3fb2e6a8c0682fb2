import {
  actionOfTx,
  streamName,
  type ApplyAnswer,
  type HandlerEnvelope,
  type Reason,
  type TxStatus,
} from '@interlock/contracts';
import {
  againstStart,
  notAsked,
  refuseLate,
  sideDoor,
  type ActionRecord,
  type WorkAt,
} from '@interlock/executor';
import { isProblem, isWorkOver } from '@interlock/kernel';
import {
  endpointOf,
  isPart,
  nextPartStep,
  partTxId,
  txStage,
  wholePlanHash,
  wholeStatus,
  type DeviceTxCommand,
  type DeviceTxState,
  type PartStep,
} from '@interlock/network';
import { applyReasons, isServedBy } from '../action-commands.js';
import type { TxTools } from '../tx/context.js';
import { txJournal } from '../tx/journal.js';
import type { TxRunner } from '../tx/runner.js';

type Parts = Pick<
  TxTools,
  'store' | 'config' | 'logger' | 'inventory' | 'transactions' | 'followed' | 'now' | 'handler' | 'probe'
> & { readonly runner: TxRunner };

const againMs = 500;

/**
 * Coordinates changes of several devices. Each device has its own transaction, with its own guards.
 * This class decides from the journals of all parts, and from the action's stream, which part takes
 * its next step. It holds no state of its own, so any instance can continue.
 */
export class WholeChanges {
  readonly #parts: Parts;
  readonly #journal: ReturnType<typeof txJournal>;
  /** The pass that runs now, by action. `again` requests another pass after it. */
  readonly #looking = new Map<string, { again: boolean }>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #stopped = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#journal = txJournal(parts);
  }

  /** Returns whether the action's plan changes several devices, according to its own stream. */
  static isFor({ devices }: Pick<ActionRecord, 'devices'>): boolean {
    return devices !== null && devices.length > 1;
  }

  async takeTurn(envelope: HandlerEnvelope, action: ActionRecord): Promise<TxStatus> {
    refuseLate(envelope);
    if (action.turn?.request_id !== envelope.request_id || action.ended) throw notAsked('turn');
    return this.#look(envelope);
  }

  /** Begins the first part. The others follow once its change is on its device. */
  async apply(envelope: HandlerEnvelope, action: ActionRecord): Promise<ApplyAnswer> {
    refuseLate(envelope);
    const { tenant_id: tenantId, action_id: actionId, request_id: requestId } = envelope;
    const devices = action.devices ?? [];
    const states = (await this.#load(tenantId, actionId, devices)).map(({ state }) => state);
    const first = states[0]!;
    if (first.apply?.request_id !== requestId) {
      const refusal = sideDoor(envelope, action, first.turn, (started) =>
        isServedBy(this.#parts.handler, started),
      );
      if (refusal !== null) return { status: 'refused', reasons: [refusal] };
      const { intent, started } = action;
      const isReady = states.every(
        ({ phase, turn }) => phase === 'turn_taken' && turn?.turn === started?.turn,
      );
      if (isReady && intent !== null && started !== null) {
        const reasons = await this.#against(tenantId, action, states);
        await this.#begin(envelope, action, states, reasons);
        if (reasons.length > 0) return { status: 'refused', reasons };
      }
    }
    const { state, reasons } = await this.#look(envelope);
    return state === 'REFUSED' ? { status: 'refused', reasons } : { status: 'accepted', tx_id: actionId };
  }

  /** Returns the status of the whole change, and makes sure that it continues. */
  status(envelope: HandlerEnvelope): Promise<TxStatus> {
    return this.#look(envelope);
  }

  async confirm(envelope: HandlerEnvelope, action: ActionRecord): Promise<TxStatus> {
    if (action.confirm_request !== envelope.request_id) throw notAsked('confirm');
    return this.#look(envelope);
  }

  async undo(envelope: HandlerEnvelope, action: ActionRecord): Promise<TxStatus> {
    const { undo_request: undo, rollback } = action;
    if (undo !== envelope.request_id && rollback?.request_id !== envelope.request_id) throw notAsked('undo');
    return this.#look(envelope);
  }

  /** Looks at a change again after one of its parts has moved. */
  wake(tenantId: string, txId: string): void {
    if (isPart(txId)) void this.#goOn(tenantId, actionOfTx(txId));
  }

  /** Starts no new work. */
  halt(): void {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
  }

  async #look({ tenant_id: tenantId, action_id: actionId }: HandlerEnvelope): Promise<TxStatus> {
    const { devices } = await this.#action(tenantId, actionId);
    await this.#goOn(tenantId, actionId);
    const parts = await this.#load(tenantId, actionId, devices ?? []);
    return wholeStatus(
      actionId,
      parts.map(({ state }) => state),
    );
  }

  #action(tenantId: string, actionId: string): Promise<ActionRecord> {
    return this.#parts.followed.actionThat(tenantId, actionId, () => false);
  }

  #streamOf(tenantId: string, actionId: string, number: number): string {
    return streamName('device_tx', tenantId, partTxId(actionId, number));
  }

  #load(
    tenantId: string,
    actionId: string,
    devices: readonly string[],
  ): Promise<readonly WorkAt<DeviceTxState>[]> {
    return Promise.all(
      devices.map((_, i) => this.#parts.transactions.load(this.#streamOf(tenantId, actionId, i + 1))),
    );
  }

  /**
   * Takes steps until the change must wait for something. If the log fails, it tries again later.
   */
  async #goOn(tenantId: string, actionId: string): Promise<void> {
    const key = `${tenantId} ${actionId}`;
    const running = this.#looking.get(key);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const look = { again: true };
    this.#looking.set(key, look);
    try {
      while (look.again && !this.#stopped) {
        look.again = false;
        while (!this.#stopped && (await this.#step(tenantId, actionId)));
      }
    } catch (error) {
      if (this.#stopped) return;
      this.#parts.logger.warn(
        { err: error, action_id: actionId },
        'a change of several devices could not be continued; retrying',
      );
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        void this.#goOn(tenantId, actionId);
      }, againMs);
      timer.unref();
      this.#timers.add(timer);
    } finally {
      this.#looking.delete(key);
    }
  }

  /** Takes one step. Returns false if nothing is left to do now. */
  async #step(tenantId: string, actionId: string): Promise<boolean> {
    const action = await this.#action(tenantId, actionId);
    const devices = action.devices ?? [];
    if (devices.length < 2) return false;
    const parts = await this.#load(tenantId, actionId, devices);
    const states = parts.map(({ state }) => state);
    const step = nextPartStep(devices, states, action);
    if (step === undefined || this.#stopped) return false;
    const { state, revision } = parts[step.number - 1]!;
    const command = this.#commandOf(step, action, devices, states, tenantId, actionId);
    try {
      await this.#record(tenantId, actionId, step.number, command, { state, revision }, action);
    } catch (error) {
      // Another instance, or the part itself, took a step first, and the next pass sees it.
      if (!isProblem(error, 'wrong-state') && !isProblem(error, 'stale-revision')) throw error;
    }
    return true;
  }

  async #record(
    tenantId: string,
    actionId: string,
    number: number,
    command: DeviceTxCommand,
    { revision }: Pick<WorkAt<DeviceTxState>, 'revision'> & { readonly state: DeviceTxState },
    action: ActionRecord,
  ): Promise<void> {
    const { transactions, runner } = this.#parts;
    const txId = partTxId(actionId, number);
    const sentAt = performance.now();
    const done = await transactions.handle(this.#streamOf(tenantId, actionId, number), command, {
      ...this.#journal.contextOf(tenantId, action),
      ...(revision < 0n ? {} : { expectedRevision: revision }),
    });
    if (command.kind === 'AcceptApply' && done.events.length > 0)
      runner.applySent(tenantId, txId, command.apply.turn, sentAt);
    if (!isWorkOver(txStage(done.state)))
      void runner.run(tenantId, txId, { state: done.state, revision: done.revision });
    runner.wake(tenantId, txId);
  }

  #commandOf(
    step: PartStep,
    action: ActionRecord,
    devices: readonly string[],
    states: readonly DeviceTxState[],
    tenantId: string,
    actionId: string,
  ): DeviceTxCommand {
    switch (step.kind) {
      case 'command':
        return step.command;
      case 'accept_apply':
        return acceptPart(states[0]!, states[step.number - 1]!);
      case 'accept_turn': {
        const { intent, turn } = action;
        if (intent === null || turn === null) throw notAsked('turn');
        const device_id = devices[step.number - 1]!;
        const entry = this.#parts.inventory.find(tenantId, device_id);
        if (entry === undefined) {
          const detail = `there is no device \`${device_id}\``;
          return {
            kind: 'RefuseApply',
            request_id: turn.request_id,
            reasons: [{ code: 'device-unknown', detail }],
          };
        }
        return {
          kind: 'AcceptTurn',
          asked: {
            turn: turn.turn,
            request_id: turn.request_id,
            action_id: actionId,
            action_type: intent.action_type,
            entity_id: intent.entity_id,
            device_id,
            device: endpointOf(entry.device),
            part: { number: step.number, devices },
          },
        };
      }
    }
  }

  /**
   * Returns why the execution must not begin: a kill switch, another plan, or a too short timer.
   */
  async #against(
    tenantId: string,
    { intent, started }: ActionRecord,
    states: readonly DeviceTxState[],
  ): Promise<readonly Reason[]> {
    const { store, config } = this.#parts;
    const parts = { store, lease_ms: config.KILL_SWITCH_LEASE_MS, tenant_id: tenantId };
    const stopped = await againstStart(parts, intent!.action_type, started!);
    const prepared = wholePlanHash(states.map(({ turn }) => turn?.taken?.plan_hash ?? ''));
    const detail = 'the configuration of the devices is not the one that the plan was made for';
    return [
      ...(stopped === null ? [] : [stopped]),
      ...(prepared === started!.plan_hash ? [] : [{ code: 'plan-changed', detail }]),
      ...applyReasons(config, started!),
    ];
  }

  /** Accepts the execution on the first part, or refuses it on all parts. */
  async #begin(
    { tenant_id: tenantId, action_id: actionId, request_id: requestId }: HandlerEnvelope,
    action: ActionRecord,
    states: readonly DeviceTxState[],
    reasons: readonly Reason[],
  ): Promise<void> {
    const { intent, started } = action;
    const parts = await this.#load(tenantId, actionId, action.devices ?? []);
    const refuse: DeviceTxCommand = { kind: 'RefuseApply', request_id: requestId, reasons };
    const begin = (state: DeviceTxState): DeviceTxCommand => ({
      kind: 'AcceptApply',
      apply: {
        action_id: actionId,
        request_id: requestId,
        epoch: started!.epoch,
        plan_hash: state.turn!.taken!.plan_hash,
        action_type: intent!.action_type,
        entity_id: intent!.entity_id,
        soak_s: started!.soak_s,
        confirm_timeout_s: Math.round(started!.confirm_timeout_s),
        turn: state.turn!.turn,
        device_id: state.turn!.device_id,
      },
    });
    for (const [i, at] of parts.entries()) {
      if (reasons.length === 0 && i > 0) return;
      const command = reasons.length > 0 ? refuse : begin(states[i]!);
      try {
        await this.#record(tenantId, actionId, i + 1, command, at, action);
      } catch (error) {
        if (!isProblem(error, 'wrong-state') && !isProblem(error, 'stale-revision')) throw error;
      }
    }
  }
}

/**
 * Returns the command that accepts the execution on a further part. It equals that of the first
 * part, with the part's own plan and device.
 */
const acceptPart = ({ apply }: DeviceTxState, { turn }: DeviceTxState): DeviceTxCommand => {
  if (apply === null || turn?.taken === null || turn === null)
    throw new TypeError('a part follows only an execution that was accepted');
  return {
    kind: 'AcceptApply',
    apply: { ...apply, plan_hash: turn.taken.plan_hash, device_id: turn.device_id },
  };
};
