import { streamName, type ActionTypeV1, type HandlerEnvelope, type RpcName } from '@interlock/contracts';
import { ExecutorPresence } from '@interlock/executor';
import type { RpcClient } from '@interlock/jetstream';
import {
  CommandHandler,
  type Command,
  ProblemError,
  type Decider,
  type DomainEvent,
  type EventStore,
} from '@interlock/kernel';
import type { People } from '@interlock/people';
import { backoff } from '@interlock/platform';
import { IntentIntake } from '../../src/intents/intent-intake.js';
import { Effects } from '../../src/actions/effects.js';
import { Executors } from '../../src/executors/executors.js';
import { GateLooks } from '../../src/gates/gate-looks.js';
import {
  ActionHandler,
  ExecutorHandler,
  KillSwitchHandler,
  LeaseHandler,
  PlanHandler,
} from '../../src/handlers.js';
import { KillSwitchService } from '../../src/kill-switch/kill-switch.service.js';
import { KillSwitchStops } from '../../src/kill-switch/kill-switch-stops.js';
import { KillSwitches } from '../../src/kill-switch/kill-switches.js';
import { OpenActions } from '../../src/actions/open-actions.js';
import { RailsWork } from '../../src/rails-work.js';
import { Orchestrator } from '../../src/actions/orchestrator.js';
import { NotifiedPeople } from '../../src/actions/notified-people.js';
import { OpenPlans } from '../../src/plans/open-plans.js';
import { PlanNodes } from '../../src/plans/plan-nodes.js';
import { PlanRunner } from '../../src/plans/plan-runner.js';
import { PlanSubmission } from '../../src/plans/plan-submission.js';
import { Reservations } from '../../src/actions/reservations.js';
import { Sweep } from '../../src/actions/sweep.js';
import type { SimProcess } from './machine.js';
import type { Network, Served } from './network.js';
import type { TenantHandler } from './tenant-handler.js';
import { actionType } from './weather.js';

const config = {
  SAFETY_RAILS_WORKERS: 2,
  SAFETY_RAILS_WALKS: 8,
  SAFETY_RAILS_SWEEP_S: 10,
  KILL_SWITCH_RELEASE_PEOPLE: 2,
};
const agentConfig = {
  KILL_SWITCH_LEASE_MS: 2000,
  AGENT_GIVE_UP_MS: 20_000,
  AGENT_SWEEP_MS: 10_000,
};
/** Notes of open work are frequent here, so that starts go by them. */
const noteEvery = 20;
const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** What a test plants in place of a part, to show that the rules find it. */
export type Planted = {
  /** The log as a service sees it. */
  readonly store?: (service: string, store: EventStore) => EventStore;
  readonly effects?: (effects: Pick<Effects, 'perform'>) => Pick<Effects, 'perform'>;
  readonly client?: (client: ReturnType<TenantHandler['clientOf']>) => ReturnType<TenantHandler['clientOf']>;
  readonly withoutSweep?: boolean;
};

const busOf = (network: Network, process: SimProcess): Pick<RpcClient, 'call'> => ({
  call: (name, request, options) =>
    network.call(process, name as RpcName, request, options?.deadlineMs) as never,
});

const storeOf = (network: Network, process: SimProcess, service: string, planted: Planted): EventStore => {
  const store = network.storeOf(process);
  return planted.store?.(service, store) ?? store;
};

/** safety-rails as one process: all that acts on its streams, without its doors. */
export class Rails {
  readonly orchestrator: Orchestrator;
  readonly switch: KillSwitchService;
  readonly plans: PlanRunner;
  readonly submission: PlanSubmission;
  readonly #sweep: Sweep;
  readonly #followers: readonly { readonly start: () => Promise<void> }[];
  isReady = false;

  constructor(
    network: Network,
    readonly process: SimProcess,
    readonly planted: Planted,
    /** Stores a due time of an action durably. */
    schedule: (due: Date, tenantId: string, actionId: string) => void,
  ) {
    const store = storeOf(network, process, 'safety-rails', planted);
    const rpc = busOf(network, process);
    const actions = new ActionHandler(store);
    const switches = new KillSwitches(store);
    const executors = new Executors(store, new ExecutorHandler(store));
    const work = new RailsWork(store, undefined, undefined, noteEvery);
    const open = new OpenActions(work);
    const notified = new NotifiedPeople(store);
    const effects = new Effects(
      rpc,
      new GateLooks(rpc, switches, { judged: () => undefined }),
      new Reservations(new LeaseHandler(store), actions, store),
      switches,
      notified,
      { judged: () => undefined },
    );
    this.orchestrator = new Orchestrator(
      actions,
      planted.effects?.(effects) ?? effects,
      config,
      {
        schedule: (_, due, data) => {
          const { tenant_id, action_id } = data as { tenant_id: string; action_id: string };
          schedule(due, tenant_id, action_id);
          return Promise.resolve();
        },
      },
      logger,
      { count: () => undefined },
    );
    this.#sweep = new Sweep(open, this.orchestrator, config, logger);
    const stops = new KillSwitchStops(actions, open, this.orchestrator, logger);
    work.onMissed((streams) => {
      void stops.stopMissed(streams, switches.uses.goingOn());
    });
    this.switch = new KillSwitchService(
      store,
      new KillSwitchHandler(store),
      stops,
      executors,
      config,
      // What is stopped here was seen.
      { unseen: () => Promise.resolve([]) },
      logger,
    );
    const openPlans = new OpenPlans(store, work);
    const types = { current: () => Promise.resolve(actionType) };
    const tenants = { check: () => Promise.resolve() };
    const people: Pick<People, 'actorOf' | 'withNamesake'> = {
      actorOf: () => Promise.reject(new Error('nobody is looked up here')),
      withNamesake: (_, actor) => Promise.resolve(actor),
    };
    const plans = new PlanHandler(store);
    const intake = new IntentIntake(types, tenants, { people }, this.orchestrator);
    this.plans = new PlanRunner(
      plans,
      new PlanNodes(effects, actions, intake, this.orchestrator),
      openPlans,
      config,
      logger,
    );
    this.submission = new PlanSubmission(plans, types, tenants, this.plans);
    this.#followers = [openPlans.follower, switches.follower, executors.follower, work, notified.follower];
    network.serve(['safety-rails.executor'], process, () => (request) => executors.take(request as never));
  }

  async start(): Promise<void> {
    await Promise.all(this.#followers.map((follower) => follower.start()));
    if (this.planted.withoutSweep !== true) this.#sweep.start();
    this.plans.start();
    this.isReady = true;
  }
}

// The other services' own classes. An app may import no other app, so that what is used of them is
// said here.
type Ledger = {
  consume: (request: unknown) => Promise<unknown>;
  giveBack: (request: unknown) => Promise<unknown>;
};
type Index = { readonly follower: { start: () => Promise<void> } };
type Call = {
  readonly phase: string;
  readonly changed_at: string | null;
  readonly apply: { readonly soak_s: number } | null;
};
type Calls = CommandHandler<Command, DomainEvent, Call>;
type Runner = {
  run: (tenantId: string, actionId: string) => Promise<void>;
  wake: (tenantId: string, actionId: string) => void;
  isRunning: (tenantId: string, actionId: string) => boolean;
  halt: () => void;
  stop: () => Promise<void>;
};
type Open = {
  start: () => Promise<void>;
  list: () => readonly { tenant_id: string; action_id: string; state: Call }[];
};
type Asked = (envelope: HandlerEnvelope) => Promise<unknown>;
type Commands = { readonly [Command in 'takeTurn' | 'apply' | 'observe' | 'confirm' | 'undo']: Asked };
type Parts = {
  readonly BudgetLedger: new (store: EventStore, handler: object, index: Index) => Ledger;
  readonly AutonomyIndex: new (store: EventStore, logger: object) => Index;
  readonly BudgetDayHandler: new (store: EventStore) => object;
  readonly CallRunner: new (tools: object) => Runner;
  readonly CallCommands: new (tools: object, runner: Runner) => Commands;
  readonly OpenCalls: new (
    store: EventStore,
    logger: object,
    onMoved: (tenantId: string, actionId: string) => void,
    onConfirmed: undefined,
    every: number,
  ) => Open;
  readonly Places: new (pauseMs: number) => object;
  readonly callDecider: Decider<unknown, DomainEvent, Call>;
  readonly callStatus: (actionId: string, state: Call) => object;
  readonly impactOf: (type: ActionTypeV1, parameters: object, answer: null) => object;
  readonly planOf: (type: ActionTypeV1, request: object, answer: object | null) => object;
};

let parts: Parts | undefined;
/** Loads what the simulation uses of the other services, once. */
export const loadParts = async (): Promise<void> => {
  const files = [
    ['budget-ledger', 'budgets/budget-ledger'],
    ['budget-ledger', 'autonomy-index'],
    ['budget-ledger', 'handlers'],
    ['agent-gateway', 'calls/runner'],
    ['agent-gateway', 'calls/call-commands'],
    ['agent-gateway', 'calls/open-calls'],
    ['agent-gateway', 'handlers/places'],
  ] as const;
  const loaded = await Promise.all([
    ...files.map(([app, file]) => import(`../../../${app}/src/${file}.js`) as Promise<object>),
    ...['agents'].map((lib) => import(`@interlock/${lib}`) as Promise<object>),
  ]);
  parts = Object.assign({}, ...loaded) as Parts;
};
const own = (): Parts => {
  if (parts === undefined) throw new Error('the parts of the other services are not loaded');
  return parts;
};

/** budget-ledger as one process. */
export const startLedger = async (network: Network, process: SimProcess, planted: Planted): Promise<void> => {
  const { AutonomyIndex, BudgetDayHandler, BudgetLedger } = own();
  const store = storeOf(network, process, 'budget-ledger', planted);
  const index = new AutonomyIndex(store, logger);
  const ledger = new BudgetLedger(store, new BudgetDayHandler(store), index);
  network.serve(['budget-ledger.consume'], process, () => (request) => ledger.consume(request));
  network.serve(['budget-ledger.give_back'], process, () => (request) => ledger.giveBack(request));
  await index.follower.start();
};

/** agent-gateway as one process: the executor whose calls are made from the log alone. */
export class Agents {
  readonly runner: Runner;
  readonly #open: Open;
  readonly #presence: ExecutorPresence;

  constructor(
    network: Network,
    readonly process: SimProcess,
    handler: TenantHandler,
    instance: string,
    planted: Planted,
  ) {
    const { callDecider, CallRunner, CallCommands, OpenCalls, Places } = own();
    const store = storeOf(network, process, 'agent-gateway', planted);
    const calls = new CommandHandler(store, callDecider, { backoff });
    const client = handler.clientOf(process);
    this.#presence = new ExecutorPresence({
      store,
      service: 'agent-gateway',
      instance,
      tell: (request) => network.call(process, 'safety-rails.executor', request) as never,
      logger,
    });
    const tools = {
      store,
      executor: this.#presence,
      config: agentConfig,
      logger,
      calls,
      client: planted.client?.(client) ?? client,
      places: new Places(30_000),
      notesKeys: [Buffer.alloc(32)],
      mayRun: () => Promise.resolve(true),
      instance,
      probe: () => undefined,
      onEnd: () => undefined,
    };
    this.runner = new CallRunner(tools);
    const wake = (tenantId: string, actionId: string): void => this.runner.wake(tenantId, actionId);
    this.#open = new OpenCalls(store, logger, wake, undefined, noteEvery);
    const commands = new CommandsOf(new CallCommands(tools, this.runner), calls, handler);
    network.serve(handlerNames, process, (name) => commands.served(name));
  }

  async start(): Promise<void> {
    await Promise.all([this.#presence.start(), this.#open.start()]);
    this.#sweep(true);
    setInterval(() => this.#sweep(false), agentConfig.AGENT_SWEEP_MS);
  }

  /** Is told to stop: begins nothing any more, gives up its turns, says that it leaves. */
  async stop(): Promise<void> {
    this.runner.halt();
    await this.runner.stop();
    await this.#presence.stop();
  }

  /** As the gateway does: everything at start, later what has not moved for a while. */
  #sweep(all: boolean): void {
    for (const { tenant_id: tenantId, action_id: actionId, state } of this.#open.list()) {
      if (this.runner.isRunning(tenantId, actionId)) continue;
      const soakMs = state.phase === 'applied' ? (state.apply?.soak_s ?? 0) * 1000 : 0;
      if (!all && Date.now() - Date.parse(state.changed_at ?? '') < 15_000 + soakMs) continue;
      void this.runner.run(tenantId, actionId);
    }
  }
}

const handlerNames = (
  ['estimate_impact', 'plan', 'take_turn', 'apply', 'status', 'observe', 'confirm', 'undo'] as const
).map((command) => `agent-gateway.${command}` as RpcName);

class CommandsOf {
  constructor(
    private readonly commands: Commands,
    private readonly calls: Calls,
    private readonly handler: TenantHandler,
  ) {}

  served(name: RpcName): Served {
    const { commands } = this;
    return async (request) => {
      const envelope = request as unknown as HandlerEnvelope;
      switch (name.split('.')[1]) {
        case 'estimate_impact':
          return own().impactOf(actionType, {}, null);
        case 'plan':
          return own().planOf(actionType, request, this.handler.plan());
        case 'take_turn':
          return commands.takeTurn(envelope);
        case 'apply':
          return commands.apply(envelope);
        case 'observe':
          return commands.observe(envelope);
        case 'confirm':
          return commands.confirm(envelope);
        case 'undo':
          return commands.undo(envelope);
        case 'status': {
          const { tenant_id, action_id } = envelope;
          const { state } = await this.calls.load(streamName('call', tenant_id, action_id));
          return own().callStatus(action_id, state);
        }
        default:
          throw new ProblemError('internal-error', `\`${name}\` is not answered here`);
      }
    };
  }
}
