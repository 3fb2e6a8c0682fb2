import { handlerOf } from '@interlock/platform';
import { actionDecider, killSwitchDecider, leaseDecider, planDecider, tenantDecider } from '@interlock/rails';

// The handlers of commands of this process, one per decider.
export class ActionHandler extends handlerOf(actionDecider, { cacheSize: 2000 }) {}
export class KillSwitchHandler extends handlerOf(killSwitchDecider) {}
export class LeaseHandler extends handlerOf(leaseDecider) {}
export class TenantHandler extends handlerOf(tenantDecider) {}
export class PlanHandler extends handlerOf(planDecider) {}
