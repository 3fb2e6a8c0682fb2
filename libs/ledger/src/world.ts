import type { AutoApprovalReplay } from './replay-auto-approval.js';
import type { BudgetReplay } from './replay-budget.js';
import type { EvaluationReplay } from './replay-evaluation.js';
import type { InventoryReplay } from './replay-inventory.js';
import type { KillSwitchReplay } from './replay-kill-switch.js';
import type { LeaseReplay } from './replay-lease.js';
import type { MemoryReplay } from './replay-memory.js';
import type { ModeReplay } from './replay-mode.js';
import type { PostureReplay } from './replay-posture.js';
import type { TransactionReplay } from './replay-transaction.js';

/** What actions are held against. */
export type World = {
  readonly modes: ModeReplay;
  readonly autoApproval: AutoApprovalReplay;
  readonly postures: PostureReplay;
  readonly evaluations: EvaluationReplay;
  readonly switches: KillSwitchReplay;
  readonly budgets: BudgetReplay;
  readonly leases: LeaseReplay;
  readonly transactions: TransactionReplay;
  readonly memory: MemoryReplay;
  readonly inventory: InventoryReplay;
};
