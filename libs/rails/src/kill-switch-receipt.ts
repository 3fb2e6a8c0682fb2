/** An action that a kill switch met; `state` is the one it was in when the receipt was answered. */
export type StoppedAction = {
  readonly tenant_id: string;
  readonly action_id: string;
  readonly state: string;
};

/** An executor that was registered when the switch was engaged, and whether it had answered when the receipt was. */
export type AskedExecutor = {
  readonly service: string;
  readonly instance: string;
  readonly answered: boolean;
};

export type Completeness = boolean | 'unconfirmed';

/** How a kill switch was acknowledged. Lists hold at most `receiptActionsAtMost` actions each; the counts are of all. */
export type ReceiptData = {
  /** Why nothing can start any more: every registered executor had answered, or every lease from before had run out. */
  readonly acknowledged_by: 'executors' | 'time';
  readonly executors: readonly AskedExecutor[];
  /** Was pending or waiting, and is cancelled. */
  readonly cancelled: readonly StoppedAction[];
  readonly cancelled_count: number;
  /** Had started before; each is followed to its end. */
  readonly in_flight: readonly StoppedAction[];
  readonly in_flight_count: number;
  /** Could not be told, and why: open ones stop at their next gate. */
  readonly not_told: readonly {
    readonly tenant_id: string;
    readonly action_id: string;
    readonly code: string;
  }[];
  /**
   * False where the log could not be read to its end, and `unconfirmed` where the open actions came from a note that no full fold had confirmed yet:
   * actions may be missing above. They stop at their next gate.
   */
  readonly complete: Completeness;
  readonly rollback_in_flight: boolean;
  readonly drill: boolean;
  /** From the request's arrival until nothing could start any more. */
  readonly time_to_stop_ms: number;
};

export const receiptActionsAtMost = 2000;

/** A receipt that fits into an event: the lists are cut, the counts are not. */
export const boundedReceipt = (receipt: ReceiptData): ReceiptData => ({
  ...receipt,
  cancelled: receipt.cancelled.slice(0, receiptActionsAtMost),
  in_flight: receipt.in_flight.slice(0, receiptActionsAtMost),
  not_told: receipt.not_told.slice(0, receiptActionsAtMost),
});
