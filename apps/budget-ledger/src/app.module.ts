import { budgetDayDecider } from '@interlock/autonomy';
import { CommandHandler } from '@interlock/kernel';
import { backoff, HealthChecks, type ServiceContext } from '@interlock/platform';
import type { DynamicModule } from '@nestjs/common';
import { AutonomyController } from './autonomy.controller.js';
import { AutonomyIndex } from './autonomy-index.js';
import { BudgetLedger } from './budget-ledger.js';
import { LedgerRpc } from './ledger.rpc.js';
import { Lifecycle } from './lifecycle.js';

/** All the wiring of the budget ledger. */
export class AppModule {
  static register({ store, logger }: ServiceContext): DynamicModule {
    return {
      module: AppModule,
      controllers: [AutonomyController, LedgerRpc],
      providers: [
        { provide: AutonomyIndex, useFactory: () => new AutonomyIndex(store, logger) },
        {
          provide: BudgetLedger,
          useFactory: (index: AutonomyIndex) =>
            new BudgetLedger(store, new CommandHandler(store, budgetDayDecider, { backoff }), index),
          inject: [AutonomyIndex],
        },
        {
          provide: Lifecycle,
          useFactory: (index: AutonomyIndex, health: HealthChecks) => new Lifecycle(index, health),
          inject: [AutonomyIndex, HealthChecks],
        },
      ],
    };
  }
}
