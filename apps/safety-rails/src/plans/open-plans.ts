import { createFollower, type LogFollower } from '@interlock/eventstore';
import type { EventStore, RecordedEvent } from '@interlock/kernel';
import { EVENT_STORE } from '@interlock/platform';
import type { KnownPlan, OpenPlan } from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';
import { RailsWork } from '../rails-work.js';

/**
 * The target of an engaged kill switch; null means any. A site's switch stops no plan directly,
 * because the plan's actions meet the switch at their gates.
 */
type EngagedSwitch = { readonly [member: string]: unknown };

const isRecord = (value: unknown): value is { readonly [member: string]: unknown } =>
  typeof value === 'object' && value !== null;
/**
 * The members that may limit a switch, each with the value of a node's intent to compare; null if
 * the intent does not have it.
 */
const compared = {
  action_type: 'action_type',
  agent: 'agent',
  account_id: 'account_id',
  site_id: null,
} as const;
const limits = Object.entries(compared);

/** The unfinished plans of all tenants and the engaged kill switches, from the log. */
@Injectable()
export class OpenPlans {
  readonly #engaged = new Map<string, EngagedSwitch>();
  /** Follows the kill switches; the plans are open work. */
  readonly follower: LogFollower;

  constructor(
    @Inject(EVENT_STORE) store: EventStore,
    private readonly work: RailsWork,
  ) {
    this.follower = createFollower(store, {
      name: 'safety-rails-engaged-switches',
      prefixes: ['kill_switch-'],
      onEvent: (event) => this.#fold(event),
    });
  }

  /**
   * Reads the log, so that everything before the call is known afterwards. Throws the store's
   * errors.
   */
  async current(): Promise<void> {
    await Promise.all([this.follower.confirmCurrent(), this.work.current()]);
  }

  list(): readonly OpenPlan[] {
    return this.work.open.plans.list();
  }

  /**
   * Returns true if an engaged switch stops the plan: its tenant's, every tenant's, or one for a
   * target in one of its nodes.
   */
  isStopped({ submitted: { tenant_id: tenant, nodes } }: KnownPlan): boolean {
    return [...this.#engaged.values()].some((engaged) => {
      if (typeof engaged['tenant_id'] === 'string' && engaged['tenant_id'] !== tenant) return false;
      return nodes.some(({ intent }) =>
        limits.every(([limit, member]) => {
          const value = engaged[limit] ?? null;
          return value === null || (member !== null && intent[member] === value);
        }),
      );
    });
  }

  #fold(event: RecordedEvent): void {
    if (event.type === 'KillSwitchReleased') this.#engaged.delete(event.stream);
    else if (event.type === 'KillSwitchEngaged' && isRecord(event.data))
      this.#engaged.set(event.stream, event.data);
  }
}
