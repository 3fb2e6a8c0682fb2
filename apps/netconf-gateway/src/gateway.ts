import { randomUUID } from 'node:crypto';
import {
  streamName,
  type ApplyAnswer,
  type EstimateImpactRequest,
  type HandlerEnvelope,
  type ImpactEstimate,
  type PlanAnswer,
  type PlanRequest,
  type TxState,
  type TxStatus,
} from '@interlock/contracts';
import type { ActionRecord, ExecutorPresence } from '@interlock/executor';
import { CommandHandler, type EventStore, type Position } from '@interlock/kernel';
import {
  deviceDecider,
  deviceOf,
  deviceTxDecider,
  isFinished,
  networkHandlerOf,
  partTxId,
  tenantBindingDecider,
  type DeviceCommand,
  type DeviceEvent,
  type DeviceState,
  type DeviceTxCommand,
  type DeviceTxEvent,
  type DeviceTxState,
  type OpenTransaction,
  type TenantBindingCommand,
  type TenantBindingEvent,
  type TenantBindingState,
  type YangLibrary,
} from '@interlock/network';
import { backoff, nowText } from '@interlock/platform';
import { ActionCommands } from './action-commands.js';
import type { GatewayConfig } from './config.js';
import { createCredentials, type CredentialStore } from './devices/credentials.js';
import type { DeviceRpc } from './devices/device-rpcs.js';
import type { ConnectAnswer, ValidateAnswer } from './adapter/dry-run.js';
import type { FindHandler } from './handlers.js';
import type { KpiSource } from './kpi/kpi-source.js';
import { KpiSources, openKpiSources, type ReadingOutcome } from './kpi/kpi-sources.js';
import { FollowedStreams, type FollowedOptions } from './followed-streams.js';
import { Inventory, type InventoryEntry } from './devices/inventory.js';
import { Planner } from './planner.js';
import { gatewayKey, persistIdOf } from './secrets.js';
import { Qualifications } from './qualify/qualifications.js';
import { CallHome, type CallOutcome } from './sessions/call-home.js';
import { HostKeyRotations } from './sessions/host-key-rotations.js';
import { DeviceSessions, type OnReach } from './sessions/sessions.js';
import { WholeChanges } from './several/whole-changes.js';
import { later, msUntil, type Probe, type TxLogger, type TxTools } from './tx/context.js';
import { TxRunner } from './tx/runner.js';
import { UnsentCommits } from './tx/unsent.js';

export type GatewayOptions = {
  readonly store: EventStore;
  /** Registers this process as an executor that acknowledges kill switches. */
  readonly executor?: ExecutorPresence;
  readonly config: GatewayConfig;
  /** The variables that `env:` references resolve to. */
  readonly environment: { readonly [name: string]: string | undefined };
  readonly logger: TxLogger;
  readonly probe?: Probe;
  /** Finds the handlers of this installation; the default is Interlock's own. */
  readonly handler?: FindHandler;
  /** Called when a transaction that this instance worked on has ended. */
  readonly onEnd?: (state: TxState) => void;
  /**
   * Receives the comparison of the whole log with the snapshot of open transactions that the start
   * used.
   */
  readonly onConfirmed?: FollowedOptions['onConfirmed'];
  /** Called after every attempt to open a session of a device. */
  readonly onReach?: OnReach;
  /** Sources of KPIs beside the devices; those of `KPI_SOURCES_FILE` if absent. */
  readonly kpiSources?: readonly KpiSource[];
  /** Told of every reading of such a source. */
  readonly onKpiReading?: (source: string, outcome: ReadingOutcome) => void;
  /** The address to listen on for devices that call home; 127.0.0.1 if absent. */
  readonly host?: string;
  /** Called after every call of a device, with its outcome. */
  readonly onCall?: (outcome: CallOutcome) => void;
  /** Called after every RPC to a device, with or without an answer. */
  readonly onRpc?: (rpc: DeviceRpc) => void;
};

const staleMs = 15_000;

/**
 * The gateway without its HTTP and bus interfaces: inventory, handler commands, transactions and
 * their recovery.
 */
export class Gateway {
  readonly inventory: Inventory;
  readonly sessions: DeviceSessions;
  readonly callHome: CallHome;
  readonly kpis: KpiSources;
  readonly credentials: CredentialStore;
  readonly runner: TxRunner;
  readonly qualifications: Qualifications;
  readonly devices: CommandHandler<DeviceCommand, DeviceEvent, DeviceState>;
  readonly tenantBindings: CommandHandler<TenantBindingCommand, TenantBindingEvent, TenantBindingState>;
  readonly transactions: CommandHandler<DeviceTxCommand, DeviceTxEvent, DeviceTxState>;
  readonly #options: GatewayOptions;
  readonly #followed: FollowedStreams;
  readonly #planner: Planner;
  readonly #commands: ActionCommands;
  readonly #several: WholeChanges;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: GatewayOptions) {
    const { store, config, environment, logger } = options;
    this.#options = options;
    const key = gatewayKey(config);
    this.inventory = new Inventory(store, logger);
    this.credentials = createCredentials(config, environment);
    const hostKeys = new HostKeyRotations({
      logger,
      inventory: this.inventory,
      devices: () => this.devices,
    });
    const { onReach = () => undefined, onRpc, onCall = () => undefined } = options;
    this.callHome = new CallHome({
      config,
      host: options.host ?? '127.0.0.1',
      inventory: this.inventory,
      credentials: this.credentials,
      logger,
      onReach,
      onCall,
      onShortage: (device) => this.sessions.yield(device),
    });
    this.sessions = new DeviceSessions(config, this.credentials, {
      callHome: this.callHome,
      onReach,
      ...(onRpc === undefined ? {} : { onRpc }),
      onHello: (device, { capabilities, hostKey }) => {
        this.qualifications.greeted(device, capabilities);
        hostKeys.shown(device, hostKey);
      },
    });
    this.kpis = new KpiSources({
      ...(options.kpiSources === undefined
        ? openKpiSources({ config, host: options.host ?? '127.0.0.1', logger })
        : { sources: options.kpiSources }),
      topology: (tenantId) => this.inventory.topology(tenantId),
      logger,
      checkMs: config.KPI_SOURCES_CHECK_MS,
      ...(options.onKpiReading === undefined ? {} : { onReading: options.onKpiReading }),
    });
    this.devices = new CommandHandler(store, deviceDecider, { backoff });
    this.tenantBindings = new CommandHandler(store, tenantBindingDecider, { backoff });
    this.transactions = new CommandHandler(store, deviceTxDecider, { backoff, cacheSize: 1000 });
    const handler = options.handler ?? networkHandlerOf;
    this.#followed = new FollowedStreams(store, {
      logger,
      handler,
      onMoved: (tenantId, txId) => {
        this.runner.wake(tenantId, txId);
        this.#several.wake(tenantId, txId);
      },
      ...(options.onConfirmed === undefined ? {} : { onConfirmed: options.onConfirmed }),
    });
    const tools: TxTools = {
      store,
      executor: options.executor,
      config,
      logger,
      inventory: this.inventory,
      sessions: this.sessions,
      kpis: this.kpis,
      followed: this.#followed,
      transactions: this.transactions,
      devices: this.devices,
      handler,
      instance: randomUUID(),
      persistId: (tenantId, txId) => persistIdOf(key, tenantId, txId),
      probe: options.probe ?? (() => undefined),
      unsent: new UnsentCommits(),
      onEnd: options.onEnd ?? (() => undefined),
      now: nowText,
    };
    this.runner = new TxRunner(tools);
    this.qualifications = new Qualifications({
      ...tools,
      current: () => this.current(),
      openOn: (tenantId, deviceId) => this.openOn(tenantId, deviceId),
    });
    this.#planner = new Planner(this.inventory, this.sessions, handler, this.kpis);
    this.#commands = new ActionCommands({ ...tools, runner: this.runner });
    this.#several = new WholeChanges({ ...tools, runner: this.runner });
  }

  async start(): Promise<void> {
    await Promise.all([this.inventory.start(), this.#followed.start()]);
    await this.callHome.start();
    await this.kpis.start();
    this.sweep(true);
    this.#sweeper = setInterval(() => this.sweep(false), this.#options.config.NETCONF_SWEEP_MS);
    this.#sweeper.unref();
  }

  /** Starts no new work, and releases the turns that it holds. */
  halt(): void {
    clearInterval(this.#sweeper);
    this.kpis.halt();
    this.#several.halt();
    this.runner.halt();
  }

  async stop(): Promise<void> {
    clearInterval(this.#sweeper);
    this.kpis.halt();
    this.#several.halt();
    try {
      const stopped = this.runner.stop();
      await this.qualifications.stop();
      this.callHome.stop();
      await this.sessions.stop();
      await Promise.all([stopped, this.inventory.stop(), this.#followed.stop()]);
    } finally {
      // A change that is under way reads its KPIs until its runner has stopped.
      this.kpis.stop();
    }
  }

  /** Simulates a crash for tests: it finishes nothing and releases nothing. */
  async kill(): Promise<void> {
    clearInterval(this.#sweeper);
    this.kpis.stop();
    this.#several.halt();
    this.runner.kill();
    const killed = this.qualifications.kill();
    this.callHome.stop();
    await this.sessions.stop();
    await Promise.all([killed, this.inventory.stop(), this.#followed.kill()]);
  }

  /**
   * Continues unfinished transactions that no process works on. `all` is set at the start and
   * selects every one. Later sweeps select only those without a recent event.
   */
  sweep(all: boolean): void {
    this.callHome.sweep();
    this.qualifications.sweep();
    for (const {
      tenant_id: tenantId,
      tx_id: txId,
      device_id: deviceId,
      phase,
      soak_s: soakS,
      changed_at: changedAt,
    } of this.openTransactions()) {
      if (this.runner.isRunning(tenantId, txId)) continue;
      const quietUntil = later(changedAt, staleMs + (phase === 'tentative' ? soakS * 1000 : 0));
      if (!all && msUntil({ now: nowText }, quietUntil) > 0) continue;
      this.#several.wake(tenantId, txId);
      if (deviceId !== null) void this.runner.run(tenantId, txId);
      else void this.#resume(tenantId, txId);
    }
  }

  /** Continues a transaction whose first events must be read to find its device. */
  async #resume(tenantId: string, txId: string): Promise<void> {
    try {
      const stream = streamName('device_tx', tenantId, txId);
      const { state } = await this.transactions.load(stream);
      const deviceId = deviceOf(state);
      if (deviceId !== null) this.#followed.transactions.learn(stream, deviceId);
      if (!isFinished(state) && deviceId !== null) await this.runner.run(tenantId, txId);
    } catch (error) {
      this.#options.logger.warn(
        { err: error, tx_id: txId },
        'a transaction could not be continued; retrying',
      );
    }
  }

  /**
   * Waits until the inventory and the open transactions hold everything that was in the log at the
   * time of the call. Returns the position that they reached.
   */
  async current(): Promise<Position> {
    const [position] = await Promise.all([this.inventory.current(), this.#followed.current()]);
    return position;
  }

  /** Returns the unfinished transactions of all tenants, followed from the log. */
  openTransactions(): readonly OpenTransaction[] {
    return this.#followed.transactions.list();
  }

  /** Returns the ids of unfinished transactions on a device. */
  openOn(tenantId: string, deviceId: string): readonly string[] {
    return this.openTransactions()
      .filter((one) => one.tenant_id === tenantId && one.device_id === deviceId)
      .map((one) => one.tx_id);
  }

  estimateImpact(request: EstimateImpactRequest): Promise<ImpactEstimate> {
    return this.#planner.estimateImpact(request);
  }

  async plan(request: EstimateImpactRequest & Partial<PlanRequest>): Promise<PlanAnswer> {
    if (request.undo !== true || request.action_id === undefined) return this.#planner.plan(request);
    const { tenant_id: tenantId, action_id: actionId } = request;
    const { devices } = await this.#followed.actionThat(tenantId, actionId, () => false);
    const ids = WholeChanges.isFor({ devices })
      ? devices!.map((_, i) => partTxId(actionId, i + 1))
      : [actionId];
    const loaded = await Promise.all(
      ids.map((id) => this.transactions.load(streamName('device_tx', tenantId, id))),
    );
    return this.#planner.planUndo(
      tenantId,
      loaded.map(({ state }) => state),
    );
  }

  /** Returns the modules that a device reports now. */
  yangLibrary(
    tenantId: string,
    deviceId: string,
  ): Promise<{ readonly entry: InventoryEntry; readonly library: YangLibrary }> {
    return this.#planner.yangLibrary(tenantId, deviceId);
  }

  /** Returns the YANG of modules, and of all that they import, as the device provides it. */
  yangTexts(tenantId: string, deviceId: string, modules: readonly string[]): Promise<readonly string[]> {
    return this.#planner.yangTexts(tenantId, deviceId, modules);
  }

  connect(tenantId: string, deviceId: string): Promise<ConnectAnswer> {
    return this.#planner.connect(tenantId, deviceId);
  }

  validate(request: EstimateImpactRequest): Promise<ValidateAnswer> {
    return this.#planner.validate(request);
  }

  async takeTurn(envelope: HandlerEnvelope): Promise<TxStatus> {
    const action = await this.#ofSeveral(envelope, ({ turn }) => turn?.request_id === envelope.request_id);
    return action === null ? this.#commands.takeTurn(envelope) : this.#several.takeTurn(envelope, action);
  }

  async apply(envelope: HandlerEnvelope): Promise<ApplyAnswer> {
    const action = await this.#ofSeveral(
      envelope,
      ({ started }) => started?.request_id === envelope.request_id,
    );
    return action === null ? this.#commands.apply(envelope) : this.#several.apply(envelope, action);
  }

  async status(envelope: HandlerEnvelope): Promise<TxStatus> {
    const action = await this.#ofSeveral(envelope);
    return action === null ? this.#commands.status(envelope) : this.#several.status(envelope);
  }

  async observe(envelope: HandlerEnvelope): Promise<TxStatus> {
    const action = await this.#ofSeveral(envelope);
    return action === null ? this.#commands.observe(envelope) : this.#several.status(envelope);
  }

  async confirm(envelope: HandlerEnvelope): Promise<TxStatus> {
    const action = await this.#ofSeveral(envelope, (one) => one.confirm_request === envelope.request_id);
    return action === null ? this.#commands.confirm(envelope) : this.#several.confirm(envelope, action);
  }

  async undo(envelope: HandlerEnvelope): Promise<TxStatus> {
    const action = await this.#ofSeveral(
      envelope,
      (one) => one.undo_request === envelope.request_id || one.rollback?.request_id === envelope.request_id,
    );
    return action === null ? this.#commands.undo(envelope) : this.#several.undo(envelope, action);
  }

  /** Returns the action if its change spans several devices; null if it has one device. */
  async #ofSeveral(
    { tenant_id: tenantId, action_id: actionId }: HandlerEnvelope,
    says: (action: ActionRecord) => boolean = ({ devices }) => devices !== null,
  ): Promise<ActionRecord | null> {
    // A transaction of a single device is known without its action.
    if (this.#followed.revisionOf(streamName('device_tx', tenantId, actionId)) !== undefined) return null;
    const action = await this.#followed.actionThat(tenantId, actionId, says);
    return WholeChanges.isFor(action) ? action : null;
  }
}
