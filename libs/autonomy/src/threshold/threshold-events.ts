import type { Timestamp } from '@interlock/contracts';
import type { ThresholdData } from './threshold-data.js';

/**
 * A move of the shift of an action type's confidence thresholds, with the figures that it is based
 * on.
 */
export type ThresholdMove = {
  /** The shift before, −0.1 to 0.1, which is added to each configured threshold. */
  readonly from: number;
  readonly to: number;
  /** The target share of good outcomes among automatic actions, 0–1. */
  readonly target_share: number;
  /** The day of the move, UTC. */
  readonly day: string;
  readonly data: ThresholdData;
};

export type ThresholdEvent =
  | { readonly type: 'AdaptiveThresholdsEnabled'; readonly data: { readonly target_share: number } }
  /** The configured thresholds apply again. `shift` is the last shift. */
  | { readonly type: 'AdaptiveThresholdsDisabled'; readonly data: { readonly shift: number } }
  /** Tightened automatically. */
  | { readonly type: 'ThresholdAdapted'; readonly data: ThresholdMove }
  /** A loosening that waits for a signature. */
  | { readonly type: 'ThresholdProposed'; readonly data: ThresholdMove & { readonly digest: string } }
  /**
   * Loosened by a person. `data` are the figures at the time of the signature; `digest` is the
   * proposal's.
   */
  | { readonly type: 'ThresholdSigned'; readonly data: ThresholdMove & { readonly digest: string } };

export type ThresholdCommand =
  | { readonly kind: 'enable'; readonly target_share: number }
  | { readonly kind: 'disable' }
  /** Checks whether the record justifies a move. */
  | { readonly kind: 'review'; readonly day: string; readonly data: ThresholdData }
  | { readonly kind: 'sign'; readonly digest: string; readonly day: string; readonly data: ThresholdData };

/** The shift of a tenant's confidence thresholds for one action type. */
export type ThresholdState = {
  /** null: not opted in. */
  readonly target_share: number | null;
  /** 0 unless opted in. */
  readonly shift: number;
  /** The day of the last move, UTC; only outcomes of later days count for the next. */
  readonly changed_on: string | null;
  /** The last move, kept after the adaptation ends. */
  readonly last: (ThresholdMove & { readonly at: Timestamp; readonly by: string }) | null;
  readonly proposal: (ThresholdMove & { readonly digest: string; readonly at: Timestamp }) | null;
  readonly enabled_at: Timestamp | null;
  readonly enabled_by: string | null;
};
