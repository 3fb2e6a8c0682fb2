import {
  autoApprovalDecider,
  budgetDayDecider,
  budgetDecider,
  earnedDecider,
  modeDecider,
  thresholdDecider,
} from '@interlock/autonomy';
import { handlerOf } from '@interlock/platform';

// One command handler per decider.
export class AutoApprovalHandler extends handlerOf(autoApprovalDecider) {}
export class BudgetDayHandler extends handlerOf(budgetDayDecider) {}
export class BudgetHandler extends handlerOf(budgetDecider) {}
export class EarnedHandler extends handlerOf(earnedDecider) {}
export class ModeHandler extends handlerOf(modeDecider) {}
export class ThresholdHandler extends handlerOf(thresholdDecider) {}
