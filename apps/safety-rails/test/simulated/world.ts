import { isProblem, testMetadata, type RecordedEvent } from '@interlock/kernel';
import { endEventTypes, isPlanEndType, planIdOf, referenceTo } from '@interlock/rails';
import { acceptedData } from '@interlock/rails/looks';
import { Machine, type SimProcess } from './machine.js';
import { Network } from './network.js';
import { People } from './people.js';
import { planOf } from './plan.js';
import { Fleet, services } from './fleet.js';
import type { Planted } from './services.js';
import { TenantHandler, type Mood } from './tenant-handler.js';
import { account, actionType, answerOf, fair, tenant, weatherNames, type Weather } from './weather.js';

export type Committed = RecordedEvent & { readonly at: number };
/** Where a process can be killed: right after an append of such an event, by category and type. */
export const pointOf = ({ stream, type }: Pick<RecordedEvent, 'stream' | 'type'>): string =>
  `${stream.split('-')[0] ?? ''} ${type}`;

/**
 * The log in one line per event: which ids were drawn is no matter, when and in which order they
 * came is.
 */
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

/** `<category>-<tenant>:<id>` → the id. */
const idOf = (stream: string): string => stream.slice(stream.indexOf(':') + 1);

/**
 * All services on one machine, a tenant's handler, and people: a storm over them, and then a calm
 * in which whatever stands comes to its end by itself.
 */
export class SimulatedWorld {
  readonly machine: Machine;
  readonly network: Network;
  readonly handler: TenantHandler;
  readonly fleet: Fleet;
  readonly people = new People(this);
  readonly weather: Weather = { ...fair };
  readonly actions: string[] = [];
  readonly plans: string[] = [];
  /** How many autonomous actions the account has a day. */
  readonly dayLimit: number;
  /** Share of appends that kill whoever made them. */
  readonly #killShare: number;
  /** Those whose acceptance was acknowledged. */
  readonly acknowledged = new Set<string>();
  readonly events: Committed[] = [];
  /** At whose commit the process that wrote it was killed. */
  readonly killedAt = new Set<string>();
  readonly faults: string[] = [];
  #aim: string | undefined;

  /** `aim`: at the first such event whoever has written it is killed for certain. */
  constructor(seed: number, planted: Planted = {}, aim?: string) {
    this.#aim = aim;
    this.machine = new Machine(seed);
    this.dayLimit = this.machine.pick([3, 7]);
    this.#killShare = this.machine.pick([0.003, 0.04]);
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

  /** An approval is what it asked for last. */
  isAsked(id: string): boolean {
    return (
      this.action(id).findLast(
        ({ type }) => type === 'ApprovalRequested' || type === 'ConfirmationWindowOpened',
      )?.type === 'ApprovalRequested'
    );
  }

  hasPlanEnded(id: string): boolean {
    return this.of(`plan-${tenant}:${id}`).some(({ type }) => isPlanEndType(type));
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
      (name) => (request) =>
        new Promise((resolve) => resolve(answerOf(name, request, this.weather, machine))),
    );
    network.onEvent((event) => {
      this.events.push({ ...event, at: machine.now });
      const id = idOf(event.stream);
      if (event.stream.startsWith('action-') && !this.actions.includes(id)) this.actions.push(id);
      this.#relay(event);
    });
    network.onCommit = (events, by) => {
      const last = events.at(-1);
      if (by === null || last === undefined) return;
      const points = events.map(pointOf);
      const isAimedAt = this.#aim !== undefined && points.includes(this.#aim);
      if (!isAimedAt && (this.fleet.isCalm || !machine.chance(this.#killShare))) return;
      if (isAimedAt) this.#aim = undefined;
      for (const point of points) this.killedAt.add(point);
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
            max_autonomous_per_day: this.dayLimit,
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
    if (machine.chance(0.3)) this.weather.decision = machine.pick(['CONFIRM', 'NEEDS_APPROVAL']);
    if (machine.chance(0.5)) {
      const plan = planOf(machine);
      this.plans.push(planIdOf(tenant, plan.submission_id));
      machine.after(machine.between(0, 8000), null, () => this.people.submitPlan(plan));
    }
    for (let i = 0; i < (this.plans.length > 0 ? 3 : 5); i += 1) {
      const id = `action-${i}`;
      this.actions.push(id);
      machine.after(machine.between(0, 15_000), null, () => this.#submit(id));
    }
  }

  /** Events reach the services by the bus: late, twice, or after a redelivery. */
  #relay({ stream, type }: RecordedEvent): void {
    const id = idOf(stream);
    if (type === 'PlanApprovalRequested')
      this.machine.after(this.machine.between(200, 4000), null, () => this.people.answerPlan(id));
    if (endEventTypes.has(type))
      this.network.tell(
        () => this.fleet.rails().map(({ process }) => process),
        (to) => {
          const rails = this.fleet.rails().find(({ process }) => process === to);
          for (const plan of this.plans) rails?.plans.wake(tenant, plan);
        },
      );
    if (stream.startsWith('call-'))
      this.network.tell(
        () => this.fleet.rails().map(({ process }) => process),
        (to) => {
          this.fleet
            .rails()
            .find(({ process }) => process === to)
            ?.orchestrator.wake(tenant, id);
        },
      );
    const isAsked =
      type === 'ApprovalRequested' || (type === 'ConfirmationWindowOpened' && this.machine.chance(0.6));
    if (isAsked)
      for (let i = 0; i < 2; i += 1)
        this.machine.after(this.machine.between(200, 9000), null, () => this.people.say(id));
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
    const hasEnd = id.endsWith('2') && machine.chance(0.3);
    machine.after(1, to.process, () => {
      const now = new Date().toISOString();
      const data = {
        ...acceptedData({
          intent_id: id,
          account_id: account,
          action_type: actionType.action_type,
          entity_id: `message-${this.actions.indexOf(id) % 3}`,
          external_contact: false,
          ...(hasEnd ? { not_after: new Date(machine.trueMs + 5000).toISOString() } : {}),
        }),
        action_id: id,
        time: now,
        first_gate_by: new Date(machine.trueMs + 300_000).toISOString(),
        action_type: referenceTo(actionType),
      };
      to.orchestrator
        .accept(
          tenant,
          id,
          { kind: 'accept', now, ...data },
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

  #strike(): void {
    const { machine, weather } = this;
    const slot = machine.pick(this.fleet.running);
    const fate = machine.random();
    if (fate < 0.22) this.fleet.kill(slot.process);
    else if (fate < 0.3) this.fleet.replace(slot);
    else if (fate < 0.33)
      for (const one of this.fleet.running) this.fleet.kill(one.process, machine.between(1000, 40_000));
    else if (fate < 0.45) this.people.engage();
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
          { mode: 'PROPOSE_ONLY' },
          { most: 1 },
          { auto: 'BLOCK' },
          { isBroken: true },
          { decision: 'CONFIRM' },
          {},
        ]),
      );
  }

  async #storm(): Promise<void> {
    const { machine } = this;
    const end = 40_000;
    const pause = machine.pick([2500, 3500, 15_000]);
    for (let at = machine.between(100, pause); at < end; at += machine.between(200, pause))
      machine.after(at, null, () => this.#strike());
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
    const isOver = (): boolean =>
      this.actions.every((id) => this.isDone(id)) && this.plans.every((id) => this.hasPlanEnded(id));
    let next = machine.now;
    while (machine.now < end && !isOver()) {
      next += 10_000;
      for (const release of this.people.releases) release();
      for (const id of this.plans) if (!this.hasPlanEnded(id)) this.people.answerPlan(id);
      for (const id of this.actions)
        // A window that nobody answers elapses.
        if (!this.hasEnded(id) && this.isAsked(id))
          for (const to of this.fleet.rails().slice(0, 1))
            machine.after(1, to.process, () => {
              this.people.tell(to, id, {
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
