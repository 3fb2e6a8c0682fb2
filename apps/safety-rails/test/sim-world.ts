import type { JsonObject, RpcName } from '@interlock/contracts';
import {
  CommandHandler,
  collect,
  InMemoryEventStore,
  isProblem,
  ProblemError,
  testMetadata,
  type EventStore,
  type RecordedEvent,
} from '@interlock/kernel';
import {
  actionDecider,
  endEventTypes,
  killSwitchStreams,
  leaseDecider,
  type ActionCommand,
  type KillSwitchHead,
} from '@interlock/rails';
import { acceptedData } from '@interlock/rails/looks';
import { Effects } from '../src/actions/effects.js';
import { GateLooks } from '../src/gates/gate-looks.js';
import { Orchestrator } from '../src/actions/orchestrator.js';
import { Reservations } from '../src/actions/reservations.js';
import { SimServices } from './sim-services.js';

const tenant = 'demo';
const actionType = 'cell_failover';
const config = {
  SAFETY_RAILS_WORKERS: 2,
  SAFETY_RAILS_WALKS: 8,
};
const nowText = (): string => new Date().toISOString();

/** Numbers 0–1 of a seed (mulberry32). */
export const randomOf = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

type Pending = {
  readonly instance: Instance;
  readonly not_before?: number;
  readonly run: () => void;
  readonly effect: (() => void) | null;
};

/** One process: its own caches and timers over the one log; dead, it hears nothing any more. */
class Instance {
  dead = false;
  readonly orchestrator: Orchestrator;

  constructor(private readonly world: World) {
    const store = {
      append: (...args: Parameters<EventStore['append']>) => this.#ask(() => world.store.append(...args)),
      read: (...args: Parameters<EventStore['read']>) => this.#read(...args),
      setRetention: () => Promise.resolve(),
      scavenge: () => Promise.resolve(),
    } as unknown as EventStore;
    const handlerOf = { backoff: () => Promise.resolve() };
    const handler = new CommandHandler(store, actionDecider, handlerOf);
    const leases = new CommandHandler(store, leaseDecider, handlerOf);
    const switches = {
      known: () => Promise.resolve(world.switches()),
      read: () => this.#ask(() => Promise.resolve(world.switches())),
    };
    const rpc = {
      call: (name: RpcName, request: object) => this.#call(name, request as JsonObject),
    } as never;
    this.orchestrator = new Orchestrator(
      handler,
      new Effects(
        rpc,
        new GateLooks(rpc, switches, { judged: () => undefined }),
        new Reservations(leases, handler, store),
        switches,
        {
          current: () => Promise.resolve(),
          reachOf: () => null,
          notifyingChannel: () => null,
        },
        { judged: () => undefined },
      ),
      config,
      { schedule: () => Promise.resolve() },
      { warn: () => undefined },
      { count: () => undefined },
    );
  }

  /** What is asked is done when the scheduler comes to it, and answered when it comes to that. */
  #ask<T>(work: () => Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let done: Promise<T> | undefined;
      const effect = (): void => {
        done ??= work();
        done.catch(() => undefined);
      };
      this.world.later({
        instance: this,
        effect,
        run: () => {
          effect();
          this.world.later({
            instance: this,
            effect: null,
            run: () => {
              done!.then(resolve, reject);
            },
          });
        },
      });
    });
  }

  async *#read(...args: Parameters<EventStore['read']>): AsyncIterable<RecordedEvent> {
    yield* await this.#ask(() => collect(this.world.store.read(...args)));
  }

  #call(name: RpcName, request: JsonObject): Promise<unknown> {
    const gone = new ProblemError('service-unreachable', `\`${name}\` is away`, {
      members: { service: name.split('.')[0] },
    });
    return this.#ask(async () => {
      const fate = this.world.random();
      if (fate < this.world.loss / 2) throw gone;
      const answer = await new Promise((resolve) => {
        resolve(this.world.services.answer(name, structuredClone(request)));
      });
      if (fate < this.world.loss) throw gone;
      return structuredClone(answer);
    });
  }
}

/**
 * Two instances on one log, other services, a device, people; which of all that waits goes on next
 * is drawn.
 */
export class World {
  step = 0;
  loss = 0.05;
  lateness = 0.1;
  readonly random: () => number;
  readonly store: InMemoryEventStore;
  readonly services: SimServices;
  readonly actions: readonly string[];
  readonly events: RecordedEvent[] = [];
  readonly #pending: Pending[] = [];
  readonly #committed = new Set<string>();
  readonly #heads: Map<string, KillSwitchHead>;
  #instances: Instance[] = [];

  constructor(
    seed: number,
    readonly flush: () => Promise<void>,
  ) {
    this.random = randomOf(seed);
    this.store = new InMemoryEventStore(() => `${this.step}`);
    const append = this.store.append.bind(this.store);
    // The log as the checks read it: what was committed, at which step.
    this.store.append = async (stream, events, expected) => {
      const created = `${this.step}`;
      const result = await append(stream, events, expected);
      for (const [place, event] of events.entries()) {
        if (this.#committed.has(event.id)) continue;
        this.#committed.add(event.id);
        this.events.push({
          ...event,
          stream,
          revision: result.revision - BigInt(events.length - 1 - place),
          position: result.position,
          created,
        });
      }
      return result;
    };
    this.#heads = new Map(
      killSwitchStreams(tenant, actionType).map((stream) => [
        stream,
        { stream, revision: '-1', engaged: false },
      ]),
    );
    this.services = new SimServices(
      { action: (id) => this.of(id), switches: () => this.switches() },
      2,
      () => this.step,
      this.random,
    );
    this.actions = ['a', 'b', 'c', 'd'];
    this.#instances = [new Instance(this), new Instance(this)];
  }

  of(id: string): readonly RecordedEvent[] {
    return this.events.filter((event) => event.stream === `action-${tenant}:${id}`);
  }

  switches(): readonly KillSwitchHead[] {
    return [...this.#heads.values()];
  }

  later(pending: Pending): void {
    // Some answers are very late: long enough for people to say something else meanwhile.
    if (!pending.instance.dead)
      this.#pending.push({
        ...pending,
        not_before: this.random() < this.lateness ? this.step + Math.floor(this.random() * 120) : 0,
      });
  }

  pick<T>(all: readonly T[]): T {
    return all[Math.floor(this.random() * all.length)]!;
  }

  async accept(): Promise<void> {
    for (const id of this.actions) {
      const data = {
        ...acceptedData({ intent_id: id, entity_id: id === 'd' ? 'cell-2' : 'cell-1' }),
        action_id: id,
        first_gate_by: new Date(Date.now() + 300_000).toISOString(),
      };
      await this.store.append(
        `action-${tenant}:${id}`,
        [
          {
            id: `accepted-${id}`,
            type: 'IntentAccepted',
            data,
            metadata: { ...testMetadata(), occurred_at: nowText() },
          },
        ],
        'no_stream',
      );
    }
    this.wakeAll();
  }

  /** As the sweep does, or a start. */
  wakeAll(): void {
    for (const instance of this.#instances)
      for (const id of this.actions) if (!this.isDone(id)) instance.orchestrator.wake(tenant, id);
  }

  isDone(id: string): boolean {
    const types = this.of(id).map((event) => event.type);
    const open = (asked: string, answered: string): boolean =>
      types.lastIndexOf(asked) > types.lastIndexOf(answered);
    return (
      types.some((type) => endEventTypes.has(type)) &&
      !open('BudgetGiveBackRequested', 'BudgetGivenBack') &&
      !open('ReservationRequested', 'ReservationReleased')
    );
  }

  /** Lets one thing of all that waits happen; false where nothing waits. */
  async advance(): Promise<boolean> {
    this.step += 1;
    const ready = this.#pending.filter((one) => (one.not_before ?? 0) <= this.step);
    if (ready.length === 0) return false;
    const next = this.pick(ready);
    this.#pending.splice(this.#pending.indexOf(next), 1);
    next.run();
    await this.flush();
    return true;
  }

  /** kill -9 at whatever it was waiting for: of what it had sent, some arrives. */
  async crash(): Promise<void> {
    const which = Math.floor(this.random() * this.#instances.length);
    const instance = this.#instances[which]!;
    instance.dead = true;
    void instance.orchestrator.stop();
    const sent = this.#pending.filter((one) => one.instance === instance);
    for (const one of sent) {
      this.#pending.splice(this.#pending.indexOf(one), 1);
      if (one.effect !== null && this.random() < 0.5) one.effect();
    }
    this.#instances[which] = new Instance(this);
    await this.flush();
    this.wakeAll();
  }

  /** A person or an upstream system says something, to either instance. */
  say(id: string, command: ActionCommand): void {
    const context = {
      commandId: `said-${this.step}`,
      tenantId: tenant,
      actor: { kind: 'person', person_id: 'p' } as const,
      now: command.now,
      correlationId: id,
      causationId: id,
    };
    this.pick(this.#instances)
      .orchestrator.command(tenant, id, command, context)
      .catch((error: unknown) => {
        if (!isProblem(error)) this.services.faults.push(String(error));
      });
  }

  async turnSwitch(): Promise<void> {
    const head = this.pick(this.switches());
    const event = {
      id: `switch-${this.step}`,
      type: head.engaged ? 'KillSwitchReleased' : 'KillSwitchEngaged',
      data: {},
      metadata: { ...testMetadata(), occurred_at: nowText() },
    };
    const { revision } = await this.store.append(head.stream, [event], 'any');
    this.#heads.set(head.stream, { stream: head.stream, revision: `${revision}`, engaged: !head.engaged });
  }

  /** Ends the storm: everything works, no switch is engaged. */
  async calm(): Promise<void> {
    this.loss = 0;
    this.lateness = 0;
    while (this.switches().some((head) => head.engaged)) await this.turnSwitch();
  }

  async stop(): Promise<void> {
    for (const instance of this.#instances) {
      instance.dead = true;
      void instance.orchestrator.stop();
    }
    this.#pending.length = 0;
    await this.flush();
  }
}
