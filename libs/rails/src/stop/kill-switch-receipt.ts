/** An action that a kill switch affected; `state` is its state when the receipt was answered. */
export type StoppedAction = {
  readonly tenant_id: string;
  readonly action_id: string;
  readonly state: string;
};

/**
 * An executor that was registered when the switch was engaged, and whether it had answered by the
 * time of the receipt.
 */
export type AskedExecutor = {
  readonly service: string;
  readonly instance: string;
  readonly answered: boolean;
};

export type Completeness = boolean | 'unconfirmed';

/**
 * How a kill switch was acknowledged. Lists contain at most `receiptActionsAtMost` actions each;
 * the counts include all.
 */
export type ReceiptData = {
  /**
   * Why nothing can start any more: every registered executor had answered, or every earlier lease
   * had expired.
   */
  readonly acknowledged_by: 'executors' | 'time';
  readonly executors: readonly AskedExecutor[];
  /** The actions that were pending or waiting, and are cancelled. */
  readonly cancelled: readonly StoppedAction[];
  readonly cancelled_count: number;
  /** The actions that had started before. Each is followed to its end. */
  readonly in_flight: readonly StoppedAction[];
  readonly in_flight_count: number;
  /** The actions that could not be notified, and why. Open ones stop at their next gate. */
  readonly not_notified: readonly {
    readonly tenant_id: string;
    readonly action_id: string;
    readonly code: string;
  }[];
  /**
   * Whether the lists above are complete. False if the log could not be read to its end.
   * `unconfirmed` if the open actions came from a snapshot that no full fold had confirmed yet.
   * Actions that the lists lack stop at their next gate.
   */
  readonly complete: Completeness;
  readonly rollback_in_flight: boolean;
  readonly drill: boolean;
  /** The time from the request's arrival until nothing could start any more. */
  readonly time_to_stop_ms: number;
};

export const receiptActionsAtMost = 2000;

/** Returns a receipt that fits into an event: the lists are shortened, the counts are complete. */
export const boundedReceipt = (receipt: ReceiptData): ReceiptData => ({
  ...receipt,
  cancelled: receipt.cancelled.slice(0, receiptActionsAtMost),
  in_flight: receipt.in_flight.slice(0, receiptActionsAtMost),
  not_notified: receipt.not_notified.slice(0, receiptActionsAtMost),
});
