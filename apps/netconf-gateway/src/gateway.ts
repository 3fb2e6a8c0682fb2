import { randomUUID } from 'node:crypto';
import {
  streamName,
  type ApplyAnswer,
  type EstimateImpactRequest,
  type HandlerEnvelope,
  type ImpactEstimate,
  type PlanAnswer,
  type Reason,
  type TxState,
  type TxStatus,
} from '@interlock/contracts';
import {
  CommandHandler,
  isProblem,
  ProblemError,
  type CommandContext,
  type EventStore,
} from '@interlock/kernel';
import { NetconfDataError, type NetconfClient } from '@interlock/netconf';
import {
  deviceDecider,
  deviceOf,
  deviceTxDecider,
  endpointOf,
  isFinished,
  latestByCell,
  networkHandlerOf,
  profiles,
  txStatus,
  type ChangePlan,
  type DeviceCommand,
  type DeviceEvent,
  type DeviceState,
  type DeviceTxCommand,
  type DeviceTxEvent,
  type DeviceTxState,
  type NetworkHandler,
  type TxPhase,
} from '@interlock/network';
import { backoff, newId, nowText } from '@interlock/platform';
import { readAction, type ActionRecord } from './action-record.js';
import type { GatewayConfig } from './config.js';
import { readRunningLeaves, sampleKpis } from './device-reading.js';
import { createCredentials, type CredentialStore } from './credentials.js';
import { connectDevice, validateChange, type ConnectAnswer, type ValidateAnswer } from './dry-run.js';
import { handlerOf } from './handlers.js';
import { Inventory, type InventoryEntry } from './inventory.js';
import { takeLease } from './kill-switch-lease.js';
import { OpenTransactions } from './open-transactions.js';
import { isDeviceFault } from './change-session.js';
import { gatewayKey, persistIdOf } from './secrets.js';
import { DeviceSessions, type DeviceAddress } from './sessions.js';
import { TxRunner, type Trace } from './tx/runner.js';
import { later, msUntil, type Probe, type TxLogger, type TxTools } from './tx/context.js';

export type GatewayOptions = {
  readonly store: EventStore;
  readonly config: GatewayConfig;
  /** Where `env:` references are resolved. */
  readonly environment: { readonly [name: string]: string | undefined };
  readonly logger: TxLogger;
  readonly probe?: Probe;
  /** Told when a transaction that this instance worked on has come to its end. */
  readonly onEnd?: (state: TxState) => void;
};

const staleMs = 15_000;
const clockSkewMs = 5000;

/** The gateway without its doors: inventory, handler commands, transactions and their recovery. */
export class Gateway {
  readonly inventory: Inventory;
  readonly sessions: DeviceSessions;
  readonly credentials: CredentialStore;
  readonly runner: TxRunner;
  readonly devices: CommandHandler<DeviceCommand, DeviceEvent, DeviceState>;
  readonly transactions: CommandHandler<DeviceTxCommand, DeviceTxEvent, DeviceTxState>;
  readonly #options: GatewayOptions;
  readonly #open: OpenTransactions;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: GatewayOptions) {
    const { store, config, environment, logger } = options;
    this.#options = options;
    const key = gatewayKey(config);
    this.inventory = new Inventory(store, logger);
    this.credentials = createCredentials(config, environment);
    this.sessions = new DeviceSessions(config, this.credentials);
    this.devices = new CommandHandler(store, deviceDecider, { backoff });
    this.transactions = new CommandHandler(store, deviceTxDecider, { backoff, cacheSize: 1000 });
    this.#open = new OpenTransactions(store, logger, (tenantId, txId) => {
      this.runner.wake(tenantId, txId);
    });
    const tools: TxTools = {
      store,
      config,
      logger,
      inventory: this.inventory,
      sessions: this.sessions,
      transactions: this.transactions,
      devices: this.devices,
      instance: randomUUID(),
      persistId: (tenantId, txId) => persistIdOf(key, tenantId, txId),
      probe: options.probe ?? (() => undefined),
      isBehind: (tenantId, txId, deviceId) => this.#open.isBehind(tenantId, txId, deviceId),
      onEnd: options.onEnd ?? (() => undefined),
      now: nowText,
    };
    this.runner = new TxRunner(tools);
  }

  async start(): Promise<void> {
    await Promise.all([this.inventory.start(), this.#open.start()]);
    this.sweep(true);
    this.#sweeper = setInterval(() => {
      this.sweep(false);
    }, this.#options.config.NETCONF_SWEEP_MS);
    this.#sweeper.unref();
  }

  /** Begins nothing any more, and gives up the turns that it holds. */
  halt(): void {
    clearInterval(this.#sweeper);
    this.runner.halt();
  }

  async stop(): Promise<void> {
    clearInterval(this.#sweeper);
    const stopped = this.runner.stop();
    await this.sessions.stop();
    await Promise.all([stopped, this.inventory.stop(), this.#open.stop()]);
  }

  /** As a crash: nothing is finished, nothing is given back. For tests. */
  async kill(): Promise<void> {
    clearInterval(this.#sweeper);
    this.runner.kill();
    await this.sessions.stop();
    await Promise.all([this.inventory.stop(), this.#open.stop()]);
  }

  /** Goes on with what is unfinished and nobody works on: everything at start, later what has not moved for a while. */
  sweep(all: boolean): void {
    for (const {
      tenant_id: tenantId,
      tx_id: txId,
      device_id: deviceId,
      phase,
      soak_s: soakS,
      changed_at: changedAt,
      trace,
    } of this.#open.list()) {
      if (this.runner.isRunning(tenantId, txId)) continue;
      const quietUntil = later(changedAt, staleMs + (phase === 'tentative' ? soakS * 1000 : 0));
      if (!all && msUntil({ now: nowText }, quietUntil) > 0) continue;
      if (deviceId !== null) void this.runner.run(tenantId, txId, deviceId, trace);
      else void this.#resume(tenantId, txId, trace);
    }
  }

  /** Goes on with a transaction whose beginning has to be read. */
  async #resume(tenantId: string, txId: string, trace: Trace): Promise<void> {
    try {
      const { state } = await this.transactions.load(streamName('device_tx', tenantId, txId));
      const deviceId = deviceOf(state);
      if (!isFinished(state) && deviceId !== null) await this.runner.run(tenantId, txId, deviceId, trace);
    } catch (error) {
      this.#options.logger.warn(
        { err: error, tx_id: txId },
        'a transaction could not be gone on with, it is tried again',
      );
    }
  }

  /** Afterwards inventory and open transactions hold what was in the log when this was called. */
  async current(): Promise<void> {
    await Promise.all([this.inventory.current(), this.#open.current()]);
  }

  /** Ids of unfinished transactions on a device. */
  openOn(tenantId: string, deviceId: string): readonly string[] {
    return this.#open
      .list()
      .filter((one) => one.tenant_id === tenantId && one.device_id === deviceId)
      .map((one) => one.tx_id);
  }

  async estimateImpact(request: EstimateImpactRequest): Promise<ImpactEstimate> {
    await this.inventory.current();
    const { entry, handler } = this.#entity(request);
    const topology = this.inventory.topology(request.tenant_id);
    const cells = handler.watched(request.entity_id, topology);
    const samples = await this.#read(entry.address, (client) =>
      sampleKpis(client, profiles[entry.device.profile]!, cells, nowText()),
    );
    return handler.estimateImpact(request, topology, latestByCell(samples));
  }

  async plan(request: EstimateImpactRequest & { readonly action_id?: string }): Promise<PlanAnswer> {
    await this.inventory.current();
    const { entry } = this.#entity(request);
    const plan = await this.planOn(entry, request);
    const quarantined: readonly Reason[] =
      entry.quarantined === null
        ? []
        : [
            {
              code: 'device-quarantined',
              detail: `device \`${entry.device.device_id}\` is in quarantine: ${entry.quarantined}`,
            },
          ];
    const profile = profiles[entry.device.profile]!;
    const unsupported: readonly Reason[] = profile.supported
      ? []
      : [
          {
            code: 'profile-unsupported',
            detail: `the safe change for profile \`${profile.profile}\` is not there`,
          },
        ];
    const nothing: readonly Reason[] =
      plan.violations.length === 0 && plan.changes.length === 0
        ? [{ code: 'nothing-to-change', detail: 'the device is as the action would make it' }]
        : [];
    return {
      plan_hash: plan.plan_hash,
      device_id: entry.device.device_id,
      site_id: entry.device.site_id,
      profile: entry.device.profile,
      payloads:
        plan.changes.length === 0
          ? []
          : [{ device_id: entry.device.device_id, operation: 'edit-config', xml: plan.edit_xml }],
      diff: plan.changes,
      diff_hash: plan.diff_hash,
      leaves_fingerprint: plan.leaves_fingerprint,
      reversible: true,
      violations: [...plan.violations, ...nothing, ...quarantined, ...unsupported],
    };
  }

  /** What a device says when it is greeted. */
  async connect(tenantId: string, deviceId: string): Promise<ConnectAnswer> {
    await this.inventory.current();
    const entry = this.inventory.find(tenantId, deviceId);
    if (entry === undefined) throw new ProblemError('device-unknown', `there is no device \`${deviceId}\``);
    return connectDevice(this.sessions, entry);
  }

  /** The plan, the exact RPCs, and the device's own validation; nothing is changed. */
  async validate(request: EstimateImpactRequest): Promise<ValidateAnswer> {
    const plan = await this.plan(request);
    const { entry } = this.#entity(request);
    return this.#asked(entry.address, () => validateChange(this.sessions, entry, plan));
  }

  /** The plan on what the device has now. */
  async planOn(entry: InventoryEntry, request: EstimateImpactRequest): Promise<ChangePlan> {
    const profile = profiles[entry.device.profile]!;
    const leaves = await this.#read(entry.address, (client) => readRunningLeaves(client, profile));
    return handlerOf(request.action_type).plan(
      request,
      leaves,
      this.inventory.topology(request.tenant_id),
      profile,
    );
  }

  /** Gives the action its place in its device's queue, as its own stream asks, and answers at once where it stands; the turn is taken in the background. */
  async takeTurn(envelope: HandlerEnvelope): Promise<TxStatus> {
    const { tenant_id: tenantId, action_id: txId } = envelope;
    // Asked again, it says where the turn stands: that the action's stream asks for it was looked at when it was accepted.
    if ((await this.#followed(tenantId, txId)).turn?.request_id === envelope.request_id)
      return this.observe(envelope);
    const action = await readAction(this.#options.store, tenantId, txId);
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
    const { state } = await this.transactions.load(streamName('device_tx', tenantId, txId));
    if (state.turn?.request_id !== turn.request_id && state.phase !== 'refused') {
      await this.inventory.current();
      const cell = this.inventory.topology(tenantId).cells.get(intent.entity_id);
      const device = cell === undefined ? undefined : this.inventory.find(tenantId, cell.device_id)?.device;
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
    const action = await readAction(this.#options.store, tenantId, txId);
    const { state } = await this.transactions.load(stream);
    refuseLate(envelope);
    const refusal =
      state.apply?.request_id === envelope.request_id ? null : sideDoor(envelope, action, state);
    if (refusal !== null) {
      this.#options.logger.warn(
        { action_id: txId, tenant_id: tenantId, reason: refusal.detail },
        'an apply without its execution was refused',
      );
      return { status: 'refused', reasons: [refusal] };
    }
    if (state.phase === 'turn_taken') await this.#begin(envelope, action, state);
    const now = await this.#goOn(envelope);
    if (now.phase === 'refused') return { status: 'refused', reasons: now.reasons };
    this.runner.wake(tenantId, txId);
    return { status: 'accepted', tx_id: txId };
  }

  async #begin(envelope: HandlerEnvelope, action: ActionRecord, state: DeviceTxState): Promise<void> {
    const { tenant_id: tenantId, action_id: txId, request_id: requestId } = envelope;
    const { intent, started } = action;
    const { turn } = state;
    if (intent === null || started === null || turn === null || started.turn !== turn.turn) return;
    const reasons: Reason[] = [];
    const lease = await takeLease(
      this.#options.store,
      tenantId,
      intent.action_type,
      this.#options.config.KILL_SWITCH_LEASE_MS,
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
    const least = started.soak_s + (2 * this.#options.config.NETCONF_RPC_MS) / 1000;
    if (started.confirm_timeout_s <= least)
      reasons.push({
        code: 'confirm-timer-too-short',
        detail: `a confirm timer of ${started.confirm_timeout_s} s leaves no time to confirm after a soak of ${started.soak_s} s`,
      });
    this.runner.applySent(tenantId, txId);
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
    const action = await readAction(this.#options.store, envelope.tenant_id, envelope.action_id);
    if (action.confirm_request !== envelope.request_id)
      throw new ProblemError('side-door', "the action's own stream does not ask for this confirm");
    return this.#ask(envelope, action, { type: 'RequestConfirm', request_id: envelope.request_id });
  }

  /** Repeats the action's UndoRequested. Never blocked by kill switch, posture, mode or budget. */
  async undo(envelope: HandlerEnvelope): Promise<TxStatus> {
    const action = await readAction(this.#options.store, envelope.tenant_id, envelope.action_id);
    if (action.undo_request !== envelope.request_id)
      throw new ProblemError('side-door', "the action's own stream does not ask for this undo");
    const stream = streamName('device_tx', envelope.tenant_id, envelope.action_id);
    const { state, revision } = await this.transactions.load(stream);
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
      this.runner.wake(envelope.tenant_id, envelope.action_id);
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
    this.runner.wake(envelope.tenant_id, envelope.action_id);
    return status;
  }

  /** The transaction as this process has followed it, else as the log has it: good for telling of it and for finding out whether somebody works on it, never for acting. */
  async #followed(tenantId: string, txId: string): Promise<DeviceTxState> {
    const stream = streamName('device_tx', tenantId, txId);
    return (await this.transactions.load(stream, this.#open.revisionOf(stream))).state;
  }

  async #goOn({ tenant_id: tenantId, action_id: txId }: HandlerEnvelope): Promise<DeviceTxState> {
    const state = await this.#followed(tenantId, txId);
    const deviceId = deviceOf(state);
    if (isFinished(state) || deviceId === null || this.runner.isRunning(tenantId, txId)) return state;
    const open = this.#open.list().find((one) => one.tenant_id === tenantId && one.tx_id === txId);
    void this.runner.run(
      tenantId,
      txId,
      deviceId,
      open?.trace ?? traceOf(await readAction(this.#options.store, tenantId, txId)),
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
    await this.transactions.handle(streamName('device_tx', tenantId, txId), command, context);
  }

  #entity({ tenant_id: tenantId, entity_id: entityId, action_type: actionType }: EstimateImpactRequest): {
    readonly entry: InventoryEntry;
    readonly handler: NetworkHandler;
  } {
    const handler = handlerOf(actionType);
    const cell = this.inventory.topology(tenantId).cells.get(entityId);
    const entry = cell === undefined ? undefined : this.inventory.find(tenantId, cell.device_id);
    if (entry === undefined) throw new ProblemError('device-unknown', `no device has a cell \`${entityId}\``);
    return { entry, handler };
  }

  #read<T>(device: DeviceAddress, work: (client: NetconfClient) => Promise<T>): Promise<T> {
    return this.#asked(device, () => this.sessions.read(device, work));
  }

  async #asked<T>(device: DeviceAddress, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (isProblem(error) || !isDeviceFault(error)) throw error;
      const how = error instanceof NetconfDataError ? 'cannot be read' : 'did not answer';
      throw new ProblemError(
        'device-unreachable',
        `device \`${device.device_id}\` ${how}: ${(error as Error).message}`,
        { cause: error },
      );
    }
  }
}

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

/** A caller that has long given up asks again, under a kill switch that was looked at since. */
const refuseLate = ({ deadline }: HandlerEnvelope): void => {
  if (msUntil({ now: nowText }, later(deadline, clockSkewMs)) >= 0) return;
  throw new ProblemError('deadline-exceeded', 'the request came after its deadline', {
    remedy: 'ask again; if it persists, compare the clocks of the services',
  });
};

const sideDoor = (
  envelope: HandlerEnvelope,
  { intent, started, ended }: ActionRecord,
  { turn }: DeviceTxState,
): Reason | null => {
  const no = (detail: string): Reason => ({ code: 'side-door', detail });
  if (intent === null || started === null) return no("the action's own stream has no ExecutionStarted");
  if (intent.tenant_id !== envelope.tenant_id) return no("the action is another tenant's");
  if (started.handler.service !== 'netconf-gateway' || networkHandlerOf(started.handler.name) === undefined)
    return no("the action's handler is not here");
  if (started.epoch !== envelope.epoch) return no('the execution was started in another epoch');
  if (started.request_id !== envelope.request_id) return no('the execution was started by another request');
  if (started.turn === undefined || turn === null || turn.turn < started.turn)
    return no('no turn was taken for the execution');
  return ended ? no('the action is at an end') : null;
};
