import { changeDecider, requiredPeopleDecider, retentionDecider } from '@interlock/kernel';
import { handlerOf } from '@interlock/platform';
import {
  actionDecider,
  executorDecider,
  killSwitchDecider,
  leaseDecider,
  planDecider,
  feedbackDecider,
  tenantDecider,
} from '@interlock/rails';

// One command handler per decider.
export class ActionHandler extends handlerOf(actionDecider, { cacheSize: 2000 }) {}
export class ChangeHandler extends handlerOf(changeDecider) {}
export class ExecutorHandler extends handlerOf(executorDecider) {}
export class FeedbackHandler extends handlerOf(feedbackDecider) {}
export class KillSwitchHandler extends handlerOf(killSwitchDecider) {}
export class LeaseHandler extends handlerOf(leaseDecider) {}
export class RequiredPeopleHandler extends handlerOf(requiredPeopleDecider) {}
export class RetentionHandler extends handlerOf(retentionDecider) {}
export class TenantHandler extends handlerOf(tenantDecider) {}
export class PlanHandler extends handlerOf(planDecider) {}
