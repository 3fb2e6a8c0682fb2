import { budgetStream, modeStream } from '@interlock/autonomy';
import {
  postureAccount,
  readOnlyResponses,
  readOnlyResponsesPerDay,
  systemTenant,
} from '@interlock/contracts';
import { collect, uuidV5, type CommandContext, type EventStore } from '@interlock/kernel';
import { EVENT_STORE, serviceCommandContext } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import { BudgetHandler, ModeHandler } from './handlers.js';

const context = (what: string): CommandContext =>
  serviceCommandContext('budget-ledger', systemTenant, uuidV5('system settings', what));

/**
 * What ships for the responses of the posture that only read: AUTO_EXECUTE, so many a day. It is
 * written once: what an operator changes or removes stays so.
 */
@Injectable()
export class SystemSettings {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly modes: ModeHandler,
    private readonly budgets: BudgetHandler,
  ) {}

  async ensure(): Promise<void> {
    const stream = modeStream(systemTenant);
    const events = await collect(this.store.read(stream));
    const set = new Set(
      events.map(({ data }) => {
        const { account_id, action_type } = data as {
          readonly account_id?: string;
          readonly action_type?: string;
        };
        return `${account_id ?? ''}/${action_type ?? ''}`;
      }),
    );
    for (const actionType of readOnlyResponses)
      if (!set.has(`${postureAccount}/${actionType}`))
        await this.modes.handle(
          stream,
          {
            kind: 'SetMode',
            key: { account_id: postureAccount, action_type: actionType },
            mode: 'AUTO_EXECUTE',
          },
          context(`mode ${actionType}`),
        );
    const budget = budgetStream(systemTenant, postureAccount);
    if ((await this.budgets.load(budget)).revision >= 0n) return;
    await this.budgets.handle(
      budget,
      {
        kind: 'SetBudget',
        account_id: postureAccount,
        limits: {
          max_autonomous_per_day: readOnlyResponsesPerDay,
          max_per_action_type: {},
          decay_if_unused: false,
        },
      },
      context('budget'),
    );
  }
}
