import { Inject, Injectable } from '@nestjs/common';
import type { Violation } from '@interlock/contracts';
import { contentHash, ProblemError } from '@interlock/kernel';
import { commandContext, nowText, refusedInput, sealed, type Principal } from '@interlock/platform';
import { checkParameters, planIdOf, type NodeIntent } from '@interlock/rails';
import { ActionTypes } from '../actions/action-types.js';
import { PlanHandler } from '../handlers.js';
import { Tenants } from '../tenants/tenants.js';
import type { ReadPlan } from './plan.dto.js';
import { PlanRunner } from './plan-runner.js';
import { planStream } from './plan-stream.js';

/**
 * Accepts plans. Each intent is checked as if it were submitted, so that a plan with an invalid
 * intent is refused at once.
 */
@Injectable()
export class PlanSubmission {
  constructor(
    private readonly handler: PlanHandler,
    @Inject(ActionTypes) private readonly types: Pick<ActionTypes, 'current'>,
    @Inject(Tenants) private readonly tenants: Pick<Tenants, 'check'>,
    @Inject(PlanRunner) private readonly runner: Pick<PlanRunner, 'wake'>,
  ) {}

  /**
   * Returns the plan's id. Throws `validation-failed` with every violation, `tenant-suspended`,
   * `wrong-agent`, `plan-conflict`, the log's errors.
   */
  async submit(tenantId: string, principal: Principal, plan: ReadPlan): Promise<string> {
    const { requester } = principal;
    const violations: Violation[] = [];
    for (const [index, node] of plan.nodes.entries()) {
      const at = `/nodes/${index}`;
      violations.push(...(await this.#violations(tenantId, node.intent, `${at}/intent`)));
      if (node.compensation !== null)
        violations.push(...(await this.#violations(tenantId, node.compensation, `${at}/compensation`)));
      const type = await this.types.current(tenantId, node.intent.action_type);
      if (
        plan.failure_rule === 'rollback_all' &&
        node.compensation === null &&
        type !== undefined &&
        !type.read_only &&
        (type.handler === null || !type.reversible)
      )
        violations.push({
          pointer: `${at}/compensation`,
          detail: `must be given with \`rollback_all\`: \`${type.action_type}\` cannot be undone`,
        });
    }
    if (violations.length > 0) throw refusedInput('the plan', violations);
    for (const { intent, compensation } of plan.nodes)
      for (const one of compensation === null ? [intent] : [intent, compensation])
        await this.tenants.check({ tenantId, requester, agent: one.agent, account: one.account_id });
    const planId = planIdOf(tenantId, plan.submission_id);
    const stream = planStream(tenantId, planId);
    const now = nowText();
    await this.handler.handle(
      stream,
      {
        kind: 'submit',
        now,
        data: {
          ...plan,
          description:
            plan.description === null
              ? null
              : await sealed(principal, plan.description, `${stream} description`),
          plan_id: planId,
          tenant_id: tenantId,
          content_hash: contentHash({ ...plan, requester }),
          requester,
        },
      },
      { ...commandContext(principal, now), correlationId: planId },
    );
    this.runner.wake(tenantId, planId);
    return planId;
  }

  async #violations(tenantId: string, intent: NodeIntent, at: string): Promise<readonly Violation[]> {
    const type = await this.types.current(tenantId, intent.action_type);
    if (type === undefined)
      return [{ pointer: `${at}/action_type`, detail: 'must be a registered action type' }];
    try {
      return checkParameters(type, intent.parameters).map(({ pointer, ...rest }) => ({
        ...rest,
        pointer: `${at}${pointer}`,
      }));
    } catch (error) {
      if (error instanceof ProblemError) return [{ pointer: `${at}/parameters`, detail: error.detail }];
      throw error;
    }
  }
}
