import type { TxStatus } from '@interlock/contracts';
import type { AutoApprovalReplay } from './autonomy/auto-approval.js';
import type { BudgetReplay } from './autonomy/budget.js';
import type { EvaluationReplay } from './policy/evaluation.js';
import type { InventoryReplay } from './network/inventory.js';
import type { KillSwitchReplay } from './rails/kill-switch.js';
import type { LeaseReplay } from './rails/lease.js';
import type { MemoryReplay } from './twin/memory.js';
import type { ModeReplay } from './autonomy/mode.js';
import type { PostureReplay } from './posture/posture.js';
import type { ContentHash } from './replay-contexts.js';

/** The sources that the decisions of actions are compared with. */
export type World = {
  /** True if the decisions of a stream are made again; otherwise its events are only folded. */
  readonly checks: (stream: string) => boolean;
  readonly contentHash: ContentHash;
  readonly modes: ModeReplay;
  readonly autoApproval: AutoApprovalReplay;
  readonly postures: PostureReplay;
  readonly evaluations: EvaluationReplay;
  readonly switches: KillSwitchReplay;
  readonly budgets: BudgetReplay;
  readonly leases: LeaseReplay;
  /**
   * Returns the answers that an action's handler may have given so far, latest first; null if the
   * file contains no work of this handler.
   */
  readonly statusesOf: (service: string, tenant: string, actionId: string) => readonly TxStatus[] | null;
  readonly memory: MemoryReplay;
  readonly inventory: InventoryReplay;
};
