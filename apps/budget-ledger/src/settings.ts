import {
  autoApprovalDecider,
  autoApprovalLoosens,
  autoApprovalStream,
  budgetDecider,
  budgetLoosens,
  budgetStream,
  everyAccount,
  modeDecider,
  modesLoosens,
  modeStream,
  undoAutoApproval,
  undoBudget,
  undoMode,
  type AutoApprovalCommand,
  type AutoApprovalEvent,
  type AutoApprovalState,
  type BudgetCommand,
  type BudgetEvent,
  type BudgetState,
  type ModeCommand,
  type ModeEvent,
  type ModeState,
} from '@interlock/autonomy';
import { parseStream, systemTenant } from '@interlock/contracts';
import { SettingChanges, type Setting } from '@interlock/platform';
import { Injectable } from '@nestjs/common';
import { AutoApprovalHandler, BudgetHandler, ModeHandler } from './handlers.js';
import { ModeSetting } from './modes/mode-setting.js';
import { Targets } from './targets.js';

const tenantOf = (stream: string): string => parseStream(stream)?.tenant ?? '';
const accountOf = (stream: string): string => parseStream(stream)?.id.replace(/^budget=/, '') ?? '';

/** The settings of autonomy, each with its test for loosening. */
@Injectable()
export class AutonomySettings {
  readonly modes: Setting<ModeCommand, ModeEvent, ModeState>;
  readonly budgets: Setting<BudgetCommand, BudgetEvent, BudgetState>;
  readonly autoApproval: Setting<AutoApprovalCommand, AutoApprovalEvent, AutoApprovalState>;

  constructor(
    readonly changes: SettingChanges,
    modes: ModeHandler,
    budgets: BudgetHandler,
    autoApproval: AutoApprovalHandler,
    modeSetting: ModeSetting,
    targets: Targets,
  ) {
    const scope = 'AUTONOMY_ADMIN';
    this.modes = changes.add({
      holds: (stream) => stream === modeStream(tenantOf(stream)),
      decider: modeDecider,
      handler: modes,
      scope,
      loosens: async (stream) =>
        modesLoosens(tenantOf(stream), (await modes.load(modeStream(systemTenant))).state),
      undo: undoMode,
      check: async (tenantId, command) => {
        if (command.kind === 'SetMode') await targets.refuseAutonomy(tenantId, command.mode);
      },
      applied: async (command, context) => {
        if (command.kind === 'SetMode') await modeSetting.endSteps(command, context);
      },
    });
    this.budgets = changes.add({
      holds: (stream) => stream === budgetStream(tenantOf(stream), accountOf(stream)),
      decider: budgetDecider,
      handler: budgets,
      scope,
      loosens: (stream) => budgetLoosens(accountOf(stream) === everyAccount),
      undo: undoBudget,
    });
    this.autoApproval = changes.add({
      holds: (stream) => stream === autoApprovalStream(tenantOf(stream)),
      decider: autoApprovalDecider,
      handler: autoApproval,
      scope,
      loosens: () => (before, after) => autoApprovalLoosens(before.config, after.config),
      undo: undoAutoApproval,
    });
  }
}
