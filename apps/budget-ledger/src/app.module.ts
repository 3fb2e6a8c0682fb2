import { RpcClient } from '@interlock/jetstream';
import { changeRpc, SERVICE_CONTEXT, settingChanges, type ServiceContext } from '@interlock/platform';
import { Module } from '@nestjs/common';
import { AdaptiveThresholds } from './thresholds/adaptive-thresholds.js';
import { AutonomyController } from './autonomy.controller.js';
import { AutonomyIndex } from './autonomy-index.js';
import { BudgetLedger } from './budgets/budget-ledger.js';
import {
  AutoApprovalHandler,
  BudgetDayHandler,
  BudgetHandler,
  EarnedHandler,
  ModeHandler,
  ThresholdHandler,
} from './handlers.js';
import { LedgerRpc } from './budgets/ledger.rpc.js';
import { LimitsController } from './budgets/limits.controller.js';
import { Lifecycle } from './lifecycle.js';
import { EarnedController } from './earned/earned.controller.js';
import { EarnedRecord } from './earned/earned-record.js';
import { OutcomesReactor } from './earned/outcomes.reactor.js';
import { ModeExplainedController } from './modes/mode-explained.controller.js';
import { ModeSetting } from './modes/mode-setting.js';
import { AutonomySettings } from './settings.js';
import { SystemSettings } from './system-settings.js';
import { Targets } from './targets.js';
import { ThresholdsController } from './thresholds/thresholds.controller.js';

/** The root module of the budget ledger. */
@Module({
  controllers: [
    AutonomyController,
    changeRpc('budget-ledger'),
    EarnedController,
    ModeExplainedController,
    LedgerRpc,
    LimitsController,
    OutcomesReactor,
    ThresholdsController,
  ],
  providers: [
    AutoApprovalHandler,
    BudgetDayHandler,
    BudgetHandler,
    EarnedHandler,
    ModeHandler,
    ThresholdHandler,
    AutonomyIndex,
    AutonomySettings,
    settingChanges,
    AdaptiveThresholds,
    BudgetLedger,
    EarnedRecord,
    ModeSetting,
    SystemSettings,
    Targets,
    Lifecycle,
    {
      provide: RpcClient,
      inject: [SERVICE_CONTEXT],
      useFactory: ({ nats, service }: ServiceContext) => new RpcClient(nats, { caller: service }),
    },
  ],
})
export class AppModule {}
