import type { FailureRule, PlanStateName } from '@interlock/rails';

/**
 * A row of the plans' read model, with the filters and order of lists. `revision` is that of the
 * last event.
 */
export type PlansTable = {
  tenant_id: string;
  plan_id: string;
  submission_id: string;
  requester: string;
  state: PlanStateName;
  failure_rule: FailureRule;
  dry_run: boolean;
  nodes: number;
  submitted_at: string | Date;
  ended_at: string | Date | null;
  revision: string;
};
