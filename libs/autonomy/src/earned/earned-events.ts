import type { AutonomyMode, Timestamp } from '@interlock/contracts';
import type { BoundedIndex } from '../entry-index.js';
import type { RecordDay } from './earned-evidence.js';

/** The outcome of an action, for the record of its account and action type. */
export type Outcome = {
  readonly action_id: string;
  /** The state that the action ended in. */
  readonly outcome: 'COMPLETED' | 'ROLLED_BACK' | 'ROLLBACK_FAILED' | 'REJECTED' | 'EXPIRED';
  /**
   * good and bad count. neutral: only the handler itself observed it, it was taken back for another
   * reason, or nothing ran.
   */
  readonly counted: 'good' | 'bad' | 'neutral';
  /** It was executed without a person. */
  readonly automatic: boolean;
  /** Whether a person was asked, and approved. */
  readonly asked: 'approved' | 'not_approved' | null;
  readonly affected_entity_count: number;
  /** The day on which it ended, UTC. */
  readonly day: string;
};

/** The figures that a proposal or a step down is based on. Rates and bounds are 0–1. */
export type EarnedFigures = {
  readonly good: number;
  readonly bad: number;
  /** 95 % lower bound of the chance of success, valid at every look. */
  readonly lower_bound: number;
  readonly target: number;
  readonly approved: number;
  readonly not_approved: number;
  readonly automatic_good: number;
  readonly automatic_bad: number;
  /** The largest blast radius among the good outcomes. */
  readonly up_to: number;
  readonly day: string;
};

export type EarnedEvent =
  | { readonly type: 'OutcomeCounted'; readonly data: Outcome }
  | {
      readonly type: 'OutcomeJudged';
      readonly data: {
        readonly action_id: string;
        readonly verdict: 'good' | 'bad' | 'harmful';
        readonly by: string;
        readonly counted: 'good' | 'bad';
        readonly affected_entity_count: number;
        readonly day: string;
      };
    }
  | { readonly type: 'StepUpProposed'; readonly data: EarnedFigures & { readonly digest: string } }
  | { readonly type: 'StepUpSigned'; readonly data: { readonly digest: string; readonly up_to: number } }
  | { readonly type: 'StepUpRefused'; readonly data: { readonly digest: string } }
  | {
      readonly type: 'SteppedDown';
      readonly data: EarnedFigures & {
        readonly cause: 'failures' | 'harmful' | 'person';
        readonly action_id: string | null;
        /** Sealed; absent if nothing was written. */
        readonly reason?: string;
      };
    }
  | { readonly type: 'StepDownLifted'; readonly data: { readonly reason?: string } }
  | {
      /** A person or service set the mode, which ended the step. */
      readonly type: 'StepOverridden';
      readonly data: {
        readonly standing: 'up' | 'down';
        /** The mode that was set. */
        readonly mode: AutonomyMode;
        /** Sealed if a person wrote it. */
        readonly reason?: string;
      };
    };

export type EarnedCommand =
  | ({ readonly kind: 'count' } & Outcome)
  | {
      readonly kind: 'judge';
      readonly action_id: string;
      readonly verdict: 'good' | 'bad' | 'harmful';
      readonly by: string;
      readonly affected_entity_count: number;
      readonly day: string;
    }
  /** Checks whether the record justifies a step. `mode` is the configured mode now. */
  | {
      readonly kind: 'review';
      readonly mode: AutonomyMode;
      readonly target: number;
      readonly day: string;
    }
  /** `target`: the tenant's present target; a proposal for a lower one cannot be signed. */
  | { readonly kind: 'sign'; readonly digest: string; readonly target?: number }
  | { readonly kind: 'refuse'; readonly digest: string }
  | { readonly kind: 'step_down'; readonly target: number; readonly day: string; readonly reason?: string }
  | { readonly kind: 'lift'; readonly reason?: string }
  /** A mode was set by hand, which ends the present step. */
  | { readonly kind: 'override'; readonly mode: AutonomyMode; readonly reason?: string };

/** How one account's mode for an action type differs from the configured one. */
export type Standing =
  | { readonly kind: 'configured' }
  /** Signed: automatic up to this number of affected entities. */
  | { readonly kind: 'up'; readonly up_to: number; readonly since: Timestamp; readonly by: string }
  | {
      readonly kind: 'down';
      readonly cause: 'failures' | 'harmful' | 'person';
      readonly since: Timestamp;
    };

type KnownOutcome = {
  readonly counted: Outcome['counted'];
  readonly automatic: boolean;
  readonly day: string;
};
export type EarnedState = {
  readonly standing: Standing;
  /** The record since the last step, by day. */
  readonly days: readonly RecordDay[];
  readonly automatic: { readonly good: number; readonly bad: number };
  readonly up_to: number;
  readonly proposal: (EarnedFigures & { readonly digest: string; readonly at: Timestamp }) | null;
  /**
   * The number of good outcomes at the last refusal. Only a record with more of them is proposed
   * again.
   */
  readonly refused_at: number;
  /** An action that a person judged harmful since the last step. */
  readonly harmful: string | null;
  /** The latest outcomes, by action. */
  readonly outcomes: BoundedIndex<KnownOutcome>;
};
