import { isProblem, testMetadata, type RecordedEvent } from '@interlock/kernel';
import { endEventTypes, type ActionCommand } from '@interlock/rails';
import { acceptedData } from '../answers.js';
import { Machine, type SimProcess } from './machine.js';
import { Network } from './network.js';
import { principalOf } from './people.js';
import { Fleet, services } from './fleet.js';
import type { Planted, Rails } from './services.js';
import { TenantHandler, type Mood } from './tenant-handler.js';
import { account, actionType, answerOf, fair, tenant, weatherNames, type Weather } from './weather.js';

export type Committed = RecordedEvent & { readonly at: number };
/** How many autonomous actions the account has a day. */
export const dayLimit = 3;
const people = ['p1', 'p2', 'claimed'] as const;

/** The log in one line per event: which ids were drawn is no matter, when and in which order they came is. */
export const traceOf = (events: readonly Committed[]): readonly string[] => {
  const names = new Map<string, string>();
  return events.map(({ at, stream, revision, type, data }) =>
    `${at} ${stream}@${revision} ${type} ${JSON.stringify(data)}`.replace(
      /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g,
      (id) => {
        const name = names.get(id) ?? `id-${names.size}`;
        names.set(id, name);
        return name;
      },
    ),
  );
};

/** All services on one machine, a tenant's handler, and people: a storm over them, and then a calm in which whatever stands comes to its end by itself. */
export class SimulatedWorld {
  readonly machine: Machine;
  readonly network: Network;
  readonly handler: TenantHandler;
  readonly fleet: Fleet;
  readonly weather: Weather = { ...fair };
  readonly actions: string[] = [];
  /** Those whose acceptance was acknowledged. */
  readonly acknowledged = new Set<string>();
  readonly events: Committed[] = [];
  /** At whose commit the process that wrote it was killed. */
  readonly killedAt = new Set<string>();
  readonly faults: string[] = [];
  readonly #releases: (() => void)[] = [];
  #serial = 0;
  /** Share of appends that kill whoever made them. */
  killShare = 0.04;

  constructor(seed: number, planted: Planted = {}) {
    this.machine = new Machine(seed);
    this.network = new Network(this.machine);
    this.handler = new TenantHandler(this.machine, (id) => this.hasEnded(id));
    this.fleet = new Fleet(this.machine, this.network, this.handler, planted);
  }

  of(stream: string): readonly Committed[] {
    return this.events.filter((event) => event.stream === stream);
  }

  action(id: string): readonly Committed[] {
    return this.of(`action-${tenant}:${id}`);
  }

  hasEnded(id: string): boolean {
    return this.action(id).some(({ type }) => endEventTypes.has(type));
  }

  /** It has ended, and nothing of it is left. */
  isDone(id: string): boolean {
    const types = this.action(id).map(({ type }) => type);
    const isOpen = (asked: string, answered: string): boolean =>
      types.lastIndexOf(asked) > types.lastIndexOf(answered);
    return (
      types.some((type) => endEventTypes.has(type)) &&
      !isOpen('BudgetGiveBackRequested', 'BudgetGivenBack') &&
      !isOpen('ReservationRequested', 'ReservationReleased')
    );
  }

  /** Runs one seed from beginning to end. */
  async play(): Promise<void> {
    this.machine.install();
    try {
      await this.#begin();
      await this.#storm();
      await this.#calm();
    } finally {
      for (const { process } of this.fleet.running) process.isDead = true;
      this.machine.uninstall();
    }
  }

  async #begin(): Promise<void> {
    const { machine, network } = this;
    const others: SimProcess = { name: 'others', isDead: false, skewMs: 0 };
    network.serve(
      weatherNames,
      others,
      (name) => (request) => Promise.resolve(answerOf(name, request, this.weather, machine)),
    );
    network.hear((event) => {
      this.events.push({ ...event, at: machine.now });
      this.#relay(event);
    });
    network.onCommit = (events, by) => {
      const last = events.at(-1);
      if (by === null || last === undefined || this.fleet.isCalm || !machine.chance(this.killShare)) return;
      for (const { stream, type } of events) this.killedAt.add(`${stream.split('-')[0]} ${type}`);
      this.fleet.kill(by);
    };
    await network.log.append(
      `autonomy-${tenant}:budget=${account}`,
      [
        {
          id: 'budget',
          type: 'BudgetSet',
          data: {
            account_id: account,
            max_autonomous_per_day: dayLimit,
            max_per_action_type: {},
            decay_if_unused: false,
          },
          metadata: testMetadata(),
        },
      ],
      'any',
    );
    for (const service of services)
      this.fleet.start({ service, process: others, rails: null, agents: null, isStopping: false });
    for (let i = 0; i < 5; i += 1) {
      const id = `action-${i}`;
      this.actions.push(id);
      machine.after(machine.between(0, 15_000), null, () => {
        this.#submit(id);
      });
    }
  }

  /** Events reach the services by the bus: late, twice, or after a redelivery. */
  #relay({ stream, type }: RecordedEvent): void {
    const [category, rest = ''] = stream.split(/-(.*)/s);
    const id = rest.split(':')[1] ?? '';
    if (category === 'call')
      this.network.tell(
        () => this.fleet.rails().map(({ process }) => process),
        (to) => {
          this.fleet
            .rails()
            .find(({ process }) => process === to)
            ?.orchestrator.wake(tenant, id);
        },
      );
    if (type === 'ApprovalRequested' || type === 'ConfirmationWindowOpened')
      for (let i = 0; i < 2; i += 1)
        this.machine.after(this.machine.between(200, 9000), null, () => {
          this.#say(id);
        });
  }

  /** Upstream publishes an intent until it is acknowledged; the log knows it by its action's id. */
  #submit(id: string): void {
    const { machine } = this;
    const rails = this.fleet.rails();
    const again = (): void => {
      machine.after(machine.between(500, 3000), null, () => {
        if (!this.acknowledged.has(id)) this.#submit(id);
      });
    };
    again();
    if (rails.length === 0) return;
    const to = machine.pick(rails);
    const isTogether = machine.chance(0.5);
    machine.after(1, to.process, () => {
      const now = new Date().toISOString();
      const data = {
        ...acceptedData({
          intent_id: id,
          account_id: account,
          action_type: actionType.action_type,
          entity_id: `message-${this.actions.indexOf(id) % 3}`,
          external_contact: false,
        }),
        action_id: id,
        time: now,
        first_gate_by: new Date(machine.trueMs + 300_000).toISOString(),
        action_type: actionType,
      };
      to.orchestrator
        .accept(
          tenant,
          id,
          { kind: 'accept', now, data },
          {
            commandId: `accept-${id}`,
            tenantId: tenant,
            actor: { kind: 'service', service: 'upstream' },
            now,
            correlationId: id,
            causationId: id,
            expectsNew: true,
          },
          isTogether,
        )
        .then(
          () => this.acknowledged.add(id),
          (error: unknown) => {
            if (!isProblem(error)) this.faults.push(`accept: ${String(error)}`);
          },
        );
    });
  }

  /** A person, or two, answers what an action asks, with the digest that was shown, or not. */
  #say(id: string): void {
    const { machine } = this;
    const rails = this.fleet.rails();
    if (rails.length === 0 || this.hasEnded(id)) return;
    const asked = this.action(id).findLast(
      ({ type }) => type === 'ApprovalRequested' || type === 'ConfirmationWindowOpened',
    );
    const shown = (asked?.data ?? {}) as { readonly digest?: string };
    const digest = machine.chance(0.9) ? (shown.digest ?? null) : 'another';
    const by = `person:${machine.pick(people)}`;
    const to = machine.pick(rails);
    const fate = machine.random();
    machine.after(1, to.process, () => {
      const now = new Date().toISOString();
      const isWindow = asked?.type === 'ConfirmationWindowOpened';
      const command: ActionCommand =
        fate < 0.12
          ? { kind: 'reject', by, comment: null, now }
          : fate < 0.18
            ? { kind: 'cancel', by, comment: null, now }
            : isWindow
              ? fate < 0.3
                ? { kind: 'extend', by, seconds: 20, now }
                : { kind: 'confirm', by, digest, now }
              : { kind: 'approve', by, digest, now };
      this.#tell(to, id, command);
    });
  }

  #tell(to: Rails, id: string, command: ActionCommand): void {
    this.#serial += 1;
    to.orchestrator
      .command(tenant, id, command, {
        commandId: `said-${this.#serial}`,
        tenantId: tenant,
        actor: { kind: 'person', person_id: 'p' },
        now: command.now,
        correlationId: id,
        causationId: id,
      })
      .catch((error: unknown) => {
        if (!isProblem(error)) this.faults.push(`told: ${String(error)}`);
      });
  }

  /** Engages a kill switch by the production service, and some time later has two people release it. */
  #engage(): void {
    const { machine } = this;
    const rails = this.fleet.rails();
    if (rails.length === 0) return;
    const scope = machine.pick(['tenant', 'action_type', 'account', 'agent'] as const);
    const named =
      scope === 'action_type'
        ? { action_type: actionType.action_type }
        : scope === 'account'
          ? { account }
          : scope === 'agent'
            ? { agent: 'ran-optimizer' }
            : {};
    const rollback = machine.chance(0.5);
    const set = (to: Rails, person: string | null, isEngaged: boolean): void => {
      machine.after(1, to.process, () => {
        to.switch
          .set(principalOf(person), {
            scope,
            engaged: isEngaged,
            reason: 'a drill',
            rollback_in_flight: rollback,
            ...named,
          } as Parameters<Rails['switch']['set']>[1])
          .catch((error: unknown) => {
            if (!isProblem(error)) this.faults.push(`switch: ${String(error)}`);
          });
      });
    };
    set(machine.pick(rails), null, true);
    const release = (): void => {
      const alive = this.fleet.rails();
      if (alive.length === 0) return;
      for (const [i, person] of ['p1', 'p2'].entries())
        machine.after(i * 400, null, () => {
          const there = this.fleet.rails();
          if (there.length > 0) set(machine.pick(there), person, false);
        });
    };
    machine.after(machine.between(3000, 20_000), null, release);
    this.#releases.push(release);
  }
  #strike(): void {
    const { machine, weather } = this;
    const slot = machine.pick(this.fleet.running);
    const fate = machine.random();
    if (fate < 0.22) this.fleet.kill(slot.process);
    else if (fate < 0.3) this.fleet.replace(slot);
    else if (fate < 0.33)
      for (const one of this.fleet.running) this.fleet.kill(one.process, machine.between(1000, 40_000));
    else if (fate < 0.45) this.#engage();
    else if (fate < 0.52) slot.process.skewMs += Math.floor(machine.between(-1500, 1500));
    else if (fate < 0.68)
      this.handler.mood = machine.pick<Mood>([
        'well',
        'well',
        'well',
        'refuses',
        'fails',
        'slow',
        'dead',
        'stuck',
        'worse',
      ]);
    else if (fate < 0.76) this.network.faults.loss = machine.pick([0.01, 0.05, 0.2]);
    else
      Object.assign(
        weather,
        machine.chance(0.6) ? fair : {},
        machine.pick<Partial<Weather>>([
          { posture: machine.pick(['YELLOW', 'ORANGE', 'RED', 'GREEN']) },
          { mode: machine.pick(['APPROVAL_REQUIRED', 'DISABLED', 'AUTO_EXECUTE']) },
          { decision: machine.pick(['CONFIRM', 'NEEDS_APPROVAL', 'DENY']) },
          { decision: 'NEEDS_APPROVAL', approvals: 2 },
          {},
        ]),
      );
  }

  async #storm(): Promise<void> {
    const { machine } = this;
    const end = 40_000;
    for (let at = machine.between(100, 3000); at < end; at += machine.between(200, 3500))
      machine.after(at, null, () => {
        this.#strike();
      });
    await machine.run(end);
  }

  /** Everything works again, no switch is engaged, and whoever is asked says no. */
  async #calm(): Promise<void> {
    const { machine, network, handler } = this;
    this.fleet.isCalm = true;
    Object.assign(this.weather, fair);
    network.faults.loss = 0;
    network.faults.slow = 0;
    handler.loss = 0;
    handler.mood = 'well';
    for (const { process } of this.fleet.running) process.skewMs = 0;
    const end = machine.now + 900_000;
    const isOver = (): boolean => this.actions.every((id) => this.isDone(id));
    let next = machine.now;
    while (machine.now < end && !isOver()) {
      next += 10_000;
      for (const release of this.#releases) release();
      for (const id of this.actions)
        if (!this.hasEnded(id))
          for (const to of this.fleet.rails().slice(0, 1))
            machine.after(1, to.process, () => {
              this.#tell(to, id, {
                kind: 'reject',
                by: 'person:p1',
                comment: null,
                now: new Date().toISOString(),
              });
            });
      await machine.run(next, isOver);
    }
  }
}
