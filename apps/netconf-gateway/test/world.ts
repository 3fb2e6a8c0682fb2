import {
  actionOfTx,
  streamName,
  txStates,
  type ApplyAnswer,
  type HandlerEnvelope,
  type TxStatus,
} from '@interlock/contracts';
import { collect, InMemoryEventStore, isProblem, uuidV5, type EventStore } from '@interlock/kernel';
import { partTxId, type Device, type DeviceExchange } from '@interlock/network';
import { boundSecrets, until } from '@interlock/testing';
import { takeLease } from '@interlock/executor';
import { GatewayConfig } from '../src/config.js';
import { Gateway, type GatewayOptions } from '../src/gateway.js';
import type { FindHandler } from '../src/handlers.js';
import type { Probe, TxLogger } from '../src/tx/context.js';
import { contextOf } from './commands.js';
import { append, grantLease, nextNumber, startRollback } from './log-writer.js';
import type { TestSimulator } from './simulator.js';

export const tenant = 'demo';
/** For devices whose timers are shorter than two usual answers, or that stay silent. */
export const shortAnswers: Partial<GatewayConfig> = { NETCONF_RPC_MS: 1000 };
const silent: TxLogger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** The variable with a device's password. */
const secretOf = (deviceId: string): string => `DEVICE_DEMO__${deviceId.replaceAll('-', '_')}`;

export const emptyLog = (): EventStore => new InMemoryEventStore(() => new Date().toISOString());

/** The log as safety-rails would have left it, and gateways over it. */
export class World {
  store: EventStore;
  #simulator: TestSimulator | undefined;
  readonly #config: Partial<GatewayConfig>;
  readonly #gateways: Gateway[] = [];

  /** `config`: what every gateway of this world is set to. */
  constructor(
    simulator?: TestSimulator,
    store: EventStore = emptyLog(),
    config: Partial<GatewayConfig> = {},
  ) {
    this.#simulator = simulator;
    this.store = store;
    this.#config = config;
  }

  get simulator(): TestSimulator {
    if (this.#simulator === undefined) throw new Error('the simulator starts in `beforeAll`');
    return this.#simulator;
  }

  set simulator(simulator: TestSimulator) {
    this.#simulator = simulator;
  }

  /** What a gateway of this world is set to. */
  settings(more: Partial<GatewayConfig> = {}): Partial<GatewayConfig> {
    return {
      NETCONF_GATEWAY_KEY: 'ab'.repeat(32),
      NETCONF_RPC_MS: 5000,
      NETCONF_OBSERVE_MS: 100,
      NETCONF_LOCK_WAIT_MS: 3000,
      NETCONF_SWEEP_MS: 200,
      ...this.#config,
      ...more,
    };
  }

  /** The devices' passwords, bound to their addresses and host keys. */
  environment(
    hostKeys: readonly string[] = [],
    secret?: string,
    more: { readonly [variable: string]: string } = {},
  ): { readonly [variable: string]: string } {
    return Object.assign(
      {},
      boundSecrets(more, ['127.0.0.1', 'localhost', ...hostKeys]),
      ...this.simulator.devices.map(({ device_id, password, host_key_fingerprint: key }) =>
        boundSecrets({ [secretOf(device_id)]: secret ?? password }, [
          '127.0.0.1',
          'localhost',
          key,
          ...hostKeys,
        ]),
      ),
    ) as { readonly [variable: string]: string };
  }

  /** The actions that were started at a gateway that has a probe. */
  readonly #probed = new WeakMap<Gateway, Set<string>>();

  async gateway(
    options: {
      /**
       * Called at the points of the transactions that were started at this gateway, or of all if
       * none was. Any gateway may drive what an earlier test left.
       */
      readonly probe?: Probe;
      readonly config?: Partial<GatewayConfig>;
      readonly logger?: TxLogger;
      readonly handler?: FindHandler;
      /** Host keys that the secrets may be sent to, beside the devices' own. */
      readonly hostKeys?: readonly string[];
      /** The secret of every device, instead of its own. */
      readonly secret?: string;
      /** Further secrets by their variables, bound to `hostKeys`. */
      readonly secrets?: { readonly [variable: string]: string };
    } & Pick<GatewayOptions, 'onCall' | 'onReach'> = {},
  ): Promise<Gateway> {
    const config = Object.assign(new GatewayConfig(), this.settings(options.config));
    const environment = this.environment(options.hostKeys, options.secret, options.secrets);
    const { probe, onCall, onReach } = options;
    const gateway: Gateway = new Gateway({
      store: this.store,
      config,
      environment,
      logger: options.logger ?? silent,
      ...(probe === undefined
        ? {}
        : {
            probe: (point, txId) => {
              const own = this.#probed.get(gateway)!;
              return own.size === 0 || own.has(actionOfTx(txId)) ? probe(point, txId) : undefined;
            },
          }),
      ...(options.handler === undefined ? {} : { handler: options.handler }),
      ...(onCall === undefined ? {} : { onCall }),
      ...(onReach === undefined ? {} : { onReach }),
    });
    this.#probed.set(gateway, new Set());
    this.#gateways.push(gateway);
    await gateway.start();
    return gateway;
  }

  /** Registers the simulator's devices, or `only` some of them, under their profiles. */
  async register(
    gateway: Gateway,
    over: Partial<
      Pick<
        Device,
        'host' | 'port' | 'call_home' | 'transport' | 'host_key_fingerprint' | 'profile' | 'username'
      >
    > = {},
    {
      profileOf = {},
      only,
    }: {
      readonly profileOf?: { readonly [deviceId: string]: string };
      readonly only?: readonly string[];
    } = {},
  ): Promise<void> {
    for (const {
      password: _secret,
      device_id: deviceId,
      site_id: siteId,
      host,
      port,
      username,
      host_key_fingerprint: key,
    } of this.simulator.devices) {
      if (only?.includes(deviceId) === false) continue;
      const cells = this.simulator.cells
        .filter((cell) => cell.device_id === deviceId)
        .map(({ cell_id, neighbours }) => ({ cell_id, neighbours }));
      await gateway.devices.handle(
        streamName('device', tenant, deviceId),
        {
          kind: 'RegisterDevice',
          device: {
            device_id: deviceId,
            site_id: siteId,
            host,
            port,
            username,
            credentials_ref: `env:${secretOf(deviceId)}`,
            host_key_fingerprint: key,
            profile: profileOf[deviceId] ?? '3gpp',
            cells,
            ...over,
          },
        },
        contextOf(`register-${deviceId}`),
      );
    }
  }

  readonly #starts = new Map<string, object>();
  readonly #executed = new Set<string>();

  /** The action is over, and a person has said yes to its rollback. */
  async rollback(action: HandlerEnvelope, number = 1): Promise<HandlerEnvelope> {
    return this.envelope(
      action.action_id,
      await startRollback(this.store, tenant, action, number),
      action.epoch,
    );
  }

  /** Plans, and writes what safety-rails writes before it asks for a turn. */
  async started(
    gateway: Gateway,
    entity: string,
    over: {
      readonly soak_s?: number;
      readonly confirm_timeout_s?: number;
      readonly plan_hash?: string;
      readonly epoch?: string;
      readonly parameters?: object;
      readonly action_type?: string;
    } = {},
  ): Promise<HandlerEnvelope> {
    const actionId = uuidV5('action', entity, nextNumber());
    this.#probed.get(gateway)?.add(actionId);
    const parameters = over.parameters ?? {};
    const type = over.action_type ?? 'cell_failover';
    const planned = () =>
      gateway.plan({
        tenant_id: tenant,
        action_id: actionId,
        action_type: type,
        entity_id: entity,
        parameters: parameters as never,
      });
    // A device on a busy machine may miss its deadline once: the orchestrator would ask again.
    const plan =
      over.plan_hash === undefined
        ? await planned().catch((error: unknown) => {
            if (isProblem(error, 'device-unreachable')) return planned();
            throw error;
          })
        : undefined;
    const epoch = over.epoch ?? (await takeLease(this.store, tenant, type, 2000)).epoch;
    await append(this.store, streamName('action', tenant, actionId), 'IntentAccepted', {
      intent: { tenant_id: tenant, action_type: type, entity_id: entity, parameters },
    });
    if (plan?.parts !== undefined)
      await append(this.store, streamName('action', tenant, actionId), 'PlanPrepared', { plan });
    const requestId = uuidV5(actionId, 'apply');
    await this.requestTurn(this.envelope(actionId, ''), 1);
    this.#starts.set(actionId, {
      plan_hash: over.plan_hash ?? plan!.plan_hash,
      epoch,
      request_id: requestId,
      soak_s: over.soak_s ?? 0.4,
      confirm_timeout_s: over.confirm_timeout_s ?? 30,
      handler: { service: 'netconf-gateway', name: type },
      fencing: await grantLease(this.store, tenant, actionId),
    });
    return this.envelope(actionId, requestId, epoch);
  }

  /**
   * The action asks for its turn of that number; answers with the envelope that `takeTurn` gets.
   */
  async requestTurn(action: HandlerEnvelope, turn: number): Promise<HandlerEnvelope> {
    const asked = this.turnOf(action, turn);
    await append(this.store, streamName('action', tenant, action.action_id), 'TurnRequested', {
      turn,
      request_id: asked.request_id,
      expires_at: new Date(Date.now() + 300_000).toISOString(),
    });
    return asked;
  }

  turnOf(action: HandlerEnvelope, turn = 1): HandlerEnvelope {
    return this.envelope(action.action_id, uuidV5(action.action_id, 'turn', `${turn}`), action.epoch);
  }

  /** Takes the turn, and writes that the execution is started; answers how the turn ended up. */
  async start(gateway: Gateway, action: HandlerEnvelope, turn = 1): Promise<TxStatus> {
    await gateway.takeTurn(this.turnOf(action, turn));
    const status = await this.leaves(gateway, action, 'NONE', 'QUEUED');
    if (status.state === 'READY' && !this.#executed.has(`${action.action_id} ${turn}`))
      await this.execute(action, turn);
    return status;
  }

  /** Writes what safety-rails writes before it calls apply, once the last look has passed. */
  async execute(action: HandlerEnvelope, turn = 1): Promise<void> {
    this.#executed.add(`${action.action_id} ${turn}`);
    await append(this.store, streamName('action', tenant, action.action_id), 'TurnTaken', { turn });
    await append(this.store, streamName('action', tenant, action.action_id), 'ExecutionStarted', {
      ...this.#starts.get(action.action_id),
      request_id: action.request_id,
      turn,
    });
  }

  /**
   * The orchestrator records that the turn lapsed, and asks for the next: the envelope that its
   * apply gets.
   */
  async again(action: HandlerEnvelope, turn: number): Promise<HandlerEnvelope> {
    await append(this.store, streamName('action', tenant, action.action_id), 'TurnLapsed', {
      turn: turn - 1,
      reasons: [],
    });
    await this.requestTurn(action, turn);
    return this.envelope(action.action_id, uuidV5(action.action_id, 'apply', `${turn}`), action.epoch);
  }

  /** Takes the turn, starts and applies, as safety-rails does. */
  async apply(gateway: Gateway, action: HandlerEnvelope): Promise<ApplyAnswer> {
    const { state, reasons } = await this.start(gateway, action);
    return state === 'REFUSED' ? { status: 'refused', reasons } : gateway.apply(action);
  }

  /** Applies, and waits until the change is observed. */
  async observed(gateway: Gateway, action: HandlerEnvelope): Promise<TxStatus> {
    await this.apply(gateway, action);
    return this.reaches(gateway, action, 'OBSERVED');
  }

  async confirmed(gateway: Gateway, action: HandlerEnvelope): Promise<TxStatus> {
    await gateway.confirm(await this.decide(action, 'ConfirmRequested'));
    return this.reaches(gateway, action, 'CONFIRMED');
  }

  async undone(gateway: Gateway, action: HandlerEnvelope): Promise<TxStatus> {
    await gateway.undo(await this.decide(action, 'UndoRequested'));
    return this.reaches(gateway, action, 'ROLLED_BACK');
  }

  envelope(actionId: string, requestId: string, epoch = '-1.-1.-1'): HandlerEnvelope {
    return {
      request_id: requestId,
      // The gateway refuses a late request. A test makes its requests early.
      deadline: new Date(Date.now() + 600_000).toISOString(),
      epoch,
      tenant_id: tenant,
      action_id: actionId,
    };
  }

  async decide(
    action: HandlerEnvelope,
    what: 'ConfirmRequested' | 'UndoRequested',
  ): Promise<HandlerEnvelope> {
    const requestId = uuidV5(action.action_id, what);
    await append(this.store, streamName('action', tenant, action.action_id), what, { request_id: requestId });
    return this.envelope(action.action_id, requestId, action.epoch);
  }

  async killSwitch(what: 'KillSwitchEngaged' | 'KillSwitchReleased'): Promise<void> {
    await append(this.store, streamName('kill_switch', '_system', 'global'), what, {
      scope: 'global',
      tenant_id: null,
      action_type: null,
      reason: 'test',
      rollback_in_flight: false,
    });
  }

  async reaches(
    gateway: Gateway,
    action: HandlerEnvelope,
    ...states: readonly TxStatus['state'][]
  ): Promise<TxStatus> {
    let last: TxStatus | undefined;
    try {
      return await until(
        async () => {
          last = await gateway.status(action);
          return states.includes(last.state) ? last : false;
        },
        `the transaction is ${states.join(' or ')}`,
        60_000,
      );
    } catch (error) {
      throw new Error(
        `the transaction stayed ${JSON.stringify(last)}: ${(await this.journal(action)).join(', ')}`,
        { cause: error },
      );
    }
  }

  /** Waits until the transaction is in none of these states any more. */
  leaves(
    gateway: Gateway,
    action: HandlerEnvelope,
    ...states: readonly TxStatus['state'][]
  ): Promise<TxStatus> {
    return this.reaches(gateway, action, ...txStates.filter((state) => !states.includes(state)));
  }

  /** What the transaction's events say was exchanged with the device, in order. */
  async exchanges(action: HandlerEnvelope): Promise<readonly DeviceExchange[]> {
    const events = await collect(this.store.read(streamName('device_tx', tenant, action.action_id)));
    return events.flatMap(
      ({ data }) => (data as { readonly exchanges?: readonly DeviceExchange[] }).exchanges ?? [],
    );
  }

  /** What was exchanged with the device of one part of a change, in order. */
  async exchangesOf(action: HandlerEnvelope, part: number): Promise<readonly DeviceExchange[]> {
    return this.exchanges({ ...action, action_id: partTxId(action.action_id, part) });
  }

  /** The types of the transaction's events, or of those of one part of a change. */
  async journal(action: HandlerEnvelope, part?: number): Promise<readonly string[]> {
    const id = part === undefined ? action.action_id : partTxId(action.action_id, part);
    const types: string[] = [];
    for await (const event of this.store.read(streamName('device_tx', tenant, id))) types.push(event.type);
    return types;
  }

  /** true where the cell is off, as the device itself says. */
  async locked(cell: string): Promise<boolean> {
    const { config } = await this.simulator.running(
      this.simulator.cells.find((one) => one.cell_id === cell)!.device_id,
    );
    return new RegExp(`<id>${cell}</id><attributes><administrativeState>LOCKED`).test(config);
  }

  /** Ends a gateway as kill -9 would, so that whatever it was about never ends. */
  async kill(gateway: Gateway): Promise<void> {
    this.#gateways.splice(this.#gateways.indexOf(gateway), 1);
    await gateway.kill();
  }

  async stop(): Promise<void> {
    for (const gateway of this.#gateways.splice(0)) await gateway.stop();
  }
}
