import { modeKey, modeStream, shippedBudget, shippedModes, type ModeKey } from '@interlock/autonomy';
import { systemTenant } from '@interlock/contracts';
import { collect, type CommandContext, type EventStore } from '@interlock/kernel';
import { EVENT_STORE, serviceCommandContext } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import { BudgetHandler, ModeHandler } from './handlers.js';

const context = (commandId: string): CommandContext =>
  serviceCommandContext('budget-ledger', systemTenant, { commandId });

/**
 * Writes the default settings for posture's read-only responses: AUTO_EXECUTE, with a daily budget.
 * They are written once, so an operator's later change or removal is kept.
 */
@Injectable()
export class SystemSettings {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly modes: ModeHandler,
    private readonly budgets: BudgetHandler,
  ) {}

  async ensure(): Promise<void> {
    const events = await collect(this.store.read(modeStream(systemTenant)));
    const set = new Set(events.map(({ data }) => modeKey(data as ModeKey)));
    for (const { stream, command_id, command } of shippedModes)
      if (!set.has(modeKey(command.key))) await this.modes.handle(stream, command, context(command_id));
    const { stream, command_id, command } = shippedBudget;
    if ((await this.budgets.load(stream)).revision >= 0n) return;
    await this.budgets.handle(stream, command, context(command_id));
  }
}
