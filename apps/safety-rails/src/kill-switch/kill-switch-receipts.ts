import { endStates, systemTenant, type Timestamp } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { Injectable } from '@nestjs/common';
import type { KillSwitchTarget, ReceiptData, StoppedAction } from '@interlock/rails';
import { KillSwitchStops } from './kill-switch-stops.js';
import type { KillSwitchUse } from './kill-switch-uses.js';
import { KillSwitches } from './kill-switches.js';

/** One use of a switch, without the affected actions. */
export type UseSummary = Pick<
  KillSwitchUse,
  | 'use_id'
  | 'reason'
  | 'drill'
  | 'rollback_in_flight'
  | 'engaged_at'
  | 'engaged_by'
  | 'position'
  | 'acknowledged_at'
  | 'release_requested'
  | 'released'
> & {
  readonly scope: KillSwitchTarget['scope'];
  readonly tenant_id: string | null;
  readonly action_type: string | null;
  readonly account_id: string | null;
  readonly agent: string | null;
  readonly site_id: string | null;
  readonly engaged: boolean;
  /** Null until it is acknowledged. */
  readonly acknowledged_by: ReceiptData['acknowledged_by'] | null;
  readonly time_to_stop_ms: number | null;
  readonly cancelled_count: number | null;
  readonly in_flight_count: number | null;
};

/** An action that was in flight: its state when the receipt was answered, and its present state. */
type FollowedAction = {
  readonly tenant_id: string;
  readonly action_id: string;
  readonly state_at_receipt: string;
  readonly state: string;
  readonly ended: boolean;
};
export type FollowedReceipt = UseSummary & {
  readonly executors: ReceiptData['executors'];
  readonly cancelled: readonly StoppedAction[];
  readonly in_flight: readonly FollowedAction[];
  /** The number of these actions that have not ended. */
  readonly still_in_flight: number;
  readonly not_notified: ReceiptData['not_notified'];
  readonly complete: ReceiptData['complete'];
  readonly read_at: Timestamp;
};

const summary = (use: KillSwitchUse): UseSummary => ({
  use_id: use.use_id,
  scope: use.target.scope,
  tenant_id: use.target.tenant_id,
  action_type: use.target.action_type,
  account_id: use.target.account_id ?? null,
  agent: use.target.agent ?? null,
  site_id: use.target.site_id ?? null,
  reason: use.reason,
  drill: use.drill,
  rollback_in_flight: use.rollback_in_flight,
  engaged: use.released === null,
  engaged_at: use.engaged_at,
  engaged_by: use.engaged_by,
  position: use.position,
  acknowledged_at: use.acknowledged_at,
  acknowledged_by: use.receipt?.acknowledged_by ?? null,
  time_to_stop_ms: use.receipt?.time_to_stop_ms ?? null,
  cancelled_count: use.receipt?.cancelled_count ?? null,
  in_flight_count: use.receipt?.in_flight_count ?? null,
  release_requested: use.release_requested,
  released: use.released,
});

/**
 * The uses of kill switches from the log, and their receipts, followed until every action that was
 * in flight has ended.
 */
@Injectable()
export class KillSwitchReceipts {
  constructor(
    private readonly switches: KillSwitches,
    private readonly stops: KillSwitchStops,
  ) {}

  /**
   * Returns the uses of a tenant's switches, latest first; those of the global switch belong to the
   * system. Throws `not-current`.
   */
  async list(tenantId: string, drill: boolean | undefined, limit: number): Promise<readonly UseSummary[]> {
    await this.switches.follower.ensureCurrent(false);
    return this.switches.uses
      .of(tenantId)
      .filter((use) => drill === undefined || use.drill === drill)
      .slice(0, limit)
      .map(summary);
  }

  /** Returns the active uses: those of a tenant, and those of the global switch. */
  engaged(tenantId: string): readonly UseSummary[] {
    const owners = tenantId === systemTenant ? [systemTenant] : [systemTenant, tenantId];
    return owners
      .flatMap((owner) => this.switches.uses.of(owner))
      .filter(({ released }) => released === null)
      .map(summary);
  }

  /**
   * Returns a use with its receipt. Each action that was in flight is read from the log now. Throws
   * `not-found`, `not-current` and the store's errors.
   */
  async follow(tenantId: string, useId: string, now: Timestamp): Promise<FollowedReceipt> {
    await this.switches.follower.ensureCurrent(false);
    const use = this.switches.uses.of(tenantId).find(({ use_id }) => use_id === useId);
    if (use === undefined)
      throw new ProblemError('not-found', `no use of a kill switch has the id \`${useId.slice(0, 64)}\``);
    const { receipt } = use;
    const before = receipt?.in_flight ?? [];
    const standing = await this.stops.standing(before);
    const inFlight = before.map((action, i): FollowedAction => {
      const { tenant_id, action_id, state: state_at_receipt } = action;
      const { state } = standing[i] ?? action;
      return { tenant_id, action_id, state_at_receipt, state, ended: endStates.some((end) => end === state) };
    });
    return {
      ...summary(use),
      executors: receipt?.executors ?? [],
      cancelled: receipt?.cancelled ?? [],
      in_flight: inFlight,
      still_in_flight: inFlight.filter(({ ended }) => !ended).length,
      not_notified: receipt?.not_notified ?? [],
      complete: receipt?.complete ?? false,
      read_at: now,
    };
  }
}
