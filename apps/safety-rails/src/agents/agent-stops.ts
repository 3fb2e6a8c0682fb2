import { setTimeout as delay } from 'node:timers/promises';
import { isProblem } from '@interlock/kernel';
import { commandContext, nowText, type Principal } from '@interlock/platform';
import { agentRequesters } from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';
import { actionStream } from '../actions/action-stream.js';
import { OpenActions } from '../actions/open-actions.js';
import { Orchestrator } from '../actions/orchestrator.js';
import { ActionHandler, PlanHandler } from '../handlers.js';
import { OpenPlans } from '../plans/open-plans.js';
import { PlanRunner } from '../plans/plan-runner.js';
import { planStream } from '../plans/plan-stream.js';

/** The ids of the cancelled actions and plans. */
type Cancelled = { readonly actions: readonly string[]; readonly plans: readonly string[] };

/** After this time in milliseconds, no instance accepts anything from a revoked agent. */
const refusedAfterMs = 2000;

/** Returns true if the command was accepted; false if the action or plan had ended meanwhile. */
const isAccepted = async (command: Promise<unknown>): Promise<boolean> => {
  try {
    await command;
    return true;
  } catch (error) {
    if (isProblem(error) && error.code === 'wrong-state') return false;
    throw error;
  }
};

/**
 * Cancels the open actions and plans of a revoked agent. Actions in flight are rolled back, as by
 * any cancel.
 */
@Injectable()
export class AgentStops {
  constructor(
    private readonly openActions: OpenActions,
    private readonly openPlans: OpenPlans,
    @Inject(ActionHandler) private readonly actions: Pick<ActionHandler, 'load'>,
    @Inject(PlanHandler) private readonly plans: Pick<PlanHandler, 'load'>,
    private readonly orchestrator: Orchestrator,
    private readonly runner: PlanRunner,
  ) {}

  /**
   * Cancels at once, and again when every instance refuses the agent, to catch what was accepted in
   * between. Plans come first, so that they submit no further action.
   */
  async cancel(principal: Principal, name: string): Promise<Cancelled> {
    const own = agentRequesters(principal.tenant_id, name);
    const actions = new Set<string>();
    const plans = new Set<string>();
    for (const waitMs of [0, refusedAfterMs]) {
      await delay(waitMs);
      for (const id of await this.#cancelPlans(principal, own)) plans.add(id);
      for (const id of await this.#cancelActions(principal, own)) actions.add(id);
    }
    return { actions: [...actions], plans: [...plans] };
  }

  async #cancelPlans(principal: Principal, own: readonly string[]): Promise<readonly string[]> {
    const { tenant_id: tenantId, requester: by } = principal;
    await this.openPlans.current();
    const cancelled: string[] = [];
    for (const { plan_id: id } of this.openPlans.list().filter((plan) => plan.tenant_id === tenantId)) {
      const { state } = await this.plans.load(planStream(tenantId, id));
      if (state.status === 'NONE' || !own.includes(state.submitted.requester)) continue;
      const now = nowText();
      const command = { kind: 'cancel', by, comment: null, now } as const;
      if (await isAccepted(this.runner.command(tenantId, id, command, commandContext(principal, now))))
        cancelled.push(id);
    }
    return cancelled;
  }

  async #cancelActions(principal: Principal, own: readonly string[]): Promise<readonly string[]> {
    const { tenant_id: tenantId, requester: by } = principal;
    await this.openActions.current();
    const open = this.openActions.list().filter((one) => one.tenant_id === tenantId && !one.ended);
    const cancelled: string[] = [];
    for (const { action_id: id } of open) {
      const { state } = await this.actions.load(actionStream(tenantId, id));
      if (state.status === 'NONE' || !own.includes(state.accepted.requester)) continue;
      const now = nowText();
      const command = { kind: 'cancel', by, comment: null, now } as const;
      if (await isAccepted(this.orchestrator.command(tenantId, id, command, commandContext(principal, now))))
        cancelled.push(id);
    }
    return cancelled;
  }
}
