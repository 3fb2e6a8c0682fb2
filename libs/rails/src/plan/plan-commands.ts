import type { Reason, Timestamp } from '@interlock/contracts';
import type { NodeEnd, NodePreview, PlanSubmittedData } from './plan-events.js';

type Timed = { readonly now: Timestamp };
/** The text of a person, already sealed; null or absent if there is none. */
type Commented = { readonly comment?: string | null };

/**
 * The commands of a plan. Each command writes at most one event. `advance` writes the event that
 * follows by itself, and is repeated until none follows. So a plan can be resumed between any two
 * of its events.
 */
export type PlanCommand = Timed &
  (
    | { readonly kind: 'submit'; readonly data: PlanSubmittedData }
    | { readonly kind: 'record_preview'; readonly node_id: string; readonly preview: NodePreview }
    | { readonly kind: 'advance' }
    /** `refused_as` lists every key that identifies the same person as `by`. */
    | (Commented & {
        readonly kind: 'approve';
        readonly by: string;
        readonly refused_as?: readonly string[];
        readonly digest: string | null;
      })
    | (Commented & { readonly kind: 'reject'; readonly by: string })
    | (Commented & { readonly kind: 'cancel'; readonly by: string })
    | { readonly kind: 'stop_by_kill_switch'; readonly reasons: readonly Reason[] }
    /** How the node's own action ended. */
    | {
        readonly kind: 'record_end' | 'record_compensation';
        readonly node_id: string;
        readonly state: NodeEnd;
        readonly reasons: readonly Reason[];
      }
  );
