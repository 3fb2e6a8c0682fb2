import { Module } from '@nestjs/common';
import { AutonomyController } from './autonomy.controller.js';
import { AutonomyIndex } from './autonomy-index.js';
import { BudgetLedger } from './budget-ledger.js';
import {
  AutoApprovalHandler,
  BudgetDayHandler,
  BudgetHandler,
  EarnedHandler,
  ModeHandler,
} from './handlers.js';
import { LedgerRpc } from './ledger.rpc.js';
import { Lifecycle } from './lifecycle.js';
import { EarnedController } from './earned.controller.js';
import { EarnedRecord } from './earned-record.js';
import { OutcomesReactor } from './outcomes.reactor.js';
import { ModeExplainedController } from './mode-explained.controller.js';
import { SystemSettings } from './system-settings.js';

/** All the wiring of the budget ledger. */
@Module({
  controllers: [AutonomyController, EarnedController, ModeExplainedController, LedgerRpc, OutcomesReactor],
  providers: [
    AutoApprovalHandler,
    BudgetDayHandler,
    BudgetHandler,
    EarnedHandler,
    ModeHandler,
    AutonomyIndex,
    BudgetLedger,
    EarnedRecord,
    SystemSettings,
    Lifecycle,
  ],
})
export class AppModule {}
