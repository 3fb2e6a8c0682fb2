import { isProblem } from '@interlock/kernel';
import type { ActionCommand } from '@interlock/rails';
import type { Principal } from '@interlock/platform';
import type { ReadPlan } from '../../src/plans/plan.dto.js';
import type { Rails } from './services.js';
import { account, actionType, tenant } from './weather.js';
import type { SimulatedWorld } from './world.js';

const names = ['p1', 'p2', 'claimed'] as const;

/** A person of the tenant as the doors would have made them out of a token; null for a service. */
const principalOf = (person: string | null): Principal => ({
  tenant_id: tenant,
  tenants: [tenant],
  subject: person ?? 'operations',
  person_id: person,
  kind: person === null ? 'service' : 'person',
  scopes: ['AUTONOMOUS_KILL'],
  roles: [],
  teams: [],
  actor: person === null ? { kind: 'service', service: 'operations' } : { kind: 'person', person_id: person },
  requester: person === null ? 'service:operations' : `person:${person}`,
  refused_as: person === null ? ['service:operations'] : [`person:${person}`],
  people: {
    actorOf: () => Promise.reject(new Error('nobody is looked up here')),
    withNamesake: (_, actor) => Promise.resolve(actor),
    seal: (_, text) => Promise.resolve(text),
    open: () => Promise.reject(new Error('nothing is opened here')),
  },
});

/**
 * Upstream and the operators: who submits plans, answers what is asked, and stops everything. They
 * reach whichever instance is up.
 */
export class People {
  /** What releases the switches that were engaged. */
  readonly releases: (() => void)[] = [];
  #serial = 0;

  constructor(private readonly world: SimulatedWorld) {}

  submitPlan(plan: ReadPlan): void {
    const { machine } = this.world;
    const [planId] = this.world.plans;
    if (planId === undefined || this.world.of(`plan-${tenant}:${planId}`).length > 0) return;
    machine.after(machine.between(500, 3000), null, () => this.submitPlan(plan));
    for (const to of this.world.fleet.rails().slice(0, 1))
      machine.after(1, to.process, () => {
        to.submission.submit(tenant, principalOf(null), plan).catch((error: unknown) => {
          if (!isProblem(error)) this.world.faults.push(`plan: ${String(error)}`);
        });
      });
  }

  /** A person approves a plan, or rejects it; in the calm they reject it. */
  answerPlan(planId: string): void {
    const { machine } = this.world;
    const asked = this.world
      .of(`plan-${tenant}:${planId}`)
      .findLast(({ type }) => type === 'PlanApprovalRequested');
    const isYes = !this.world.fleet.isCalm && machine.chance(0.85);
    const isCancelled = machine.chance(0.3);
    const by = `person:${machine.pick(names)}`;
    this.#serial += 1;
    const commandId = `plan-${this.#serial}`;
    for (const to of this.world.fleet.rails().slice(0, 1))
      machine.after(1, to.process, () => {
        const now = new Date().toISOString();
        const digest = (asked?.data as { readonly digest?: string } | undefined)?.digest ?? null;
        to.plans
          .command(
            tenant,
            planId,
            isYes
              ? { kind: 'approve', by, digest, now }
              : { kind: isCancelled ? 'cancel' : 'reject', by, now },
            {
              commandId,
              tenantId: tenant,
              actor: { kind: 'person', person_id: 'p' },
              now,
              correlationId: planId,
              causationId: planId,
            },
          )
          .catch((error: unknown) => {
            if (!isProblem(error)) this.world.faults.push(`plan: ${String(error)}`);
          });
      });
  }

  /** A person, or two, answers what an action asks, with the digest that was shown, or not. */
  say(id: string): void {
    const { machine } = this.world;
    const rails = this.world.fleet.rails();
    if (rails.length === 0 || this.world.hasEnded(id)) return;
    const asked = this.world
      .action(id)
      .findLast(({ type }) => type === 'ApprovalRequested' || type === 'ConfirmationWindowOpened');
    const shown = (asked?.data ?? {}) as { readonly digest?: string };
    const digest = machine.chance(0.9) ? (shown.digest ?? null) : 'another';
    const by = `person:${machine.pick(names)}`;
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
      this.tell(to, id, command);
    });
  }

  /** Tells an action something, as a person. */
  tell(to: Rails, id: string, command: ActionCommand): void {
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
        if (!isProblem(error)) this.world.faults.push(`told: ${String(error)}`);
      });
  }

  /**
   * Engages a kill switch by the production service, and some time later has two people release it.
   */
  engage(): void {
    const { machine } = this.world;
    const rails = this.world.fleet.rails();
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
            if (!isProblem(error)) this.world.faults.push(`switch: ${String(error)}`);
          });
      });
    };
    set(machine.pick(rails), null, true);
    const release = (): void => {
      const alive = this.world.fleet.rails();
      if (alive.length === 0) return;
      for (const [i, person] of ['p1', 'p2'].entries())
        machine.after(i * 400, null, () => {
          const there = this.world.fleet.rails();
          if (there.length > 0) set(machine.pick(there), person, false);
        });
    };
    machine.after(machine.between(3000, 20_000), null, release);
    this.releases.push(release);
  }
}
