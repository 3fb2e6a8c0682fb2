import { Module } from '@nestjs/common';
import { AutonomyController } from './autonomy.controller.js';
import { AutonomyIndex } from './autonomy-index.js';
import { BudgetLedger } from './budget-ledger.js';
import { AutoApprovalHandler, BudgetDayHandler, BudgetHandler, ModeHandler } from './handlers.js';
import { LedgerRpc } from './ledger.rpc.js';
import { Lifecycle } from './lifecycle.js';
import { ModeExplainedController } from './mode-explained.controller.js';
import { SystemSettings } from './system-settings.js';

/** All the wiring of the budget ledger. */
@Module({
  controllers: [AutonomyController, ModeExplainedController, LedgerRpc],
  providers: [
    AutoApprovalHandler,
    BudgetDayHandler,
    BudgetHandler,
    ModeHandler,
    AutonomyIndex,
    BudgetLedger,
    SystemSettings,
    Lifecycle,
  ],
})
export class AppModule {}
