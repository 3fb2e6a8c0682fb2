import type { KpiSample, LeafChange, Observation, Reason, Timestamp } from '@interlock/contracts';
import type { AcceptedWork } from '@interlock/kernel';
import type { DeviceEndpoint } from '../device.js';

/** What `apply` was accepted with; the action's own stream says the same. */
export type AcceptedApply = AcceptedWork & { readonly device_id: string };
/**
 * A turn on a device that an action asked for: its number, from 1, and the request that the
 * action's own stream names.
 */
export type AskedTurn = {
  readonly turn: number;
  readonly request_id: string;
  readonly action_id: string;
  readonly action_type: string;
  readonly entity_id: string;
  readonly device_id: string;
  /** Where the device is: every step goes there, whatever the inventory says later. */
  readonly device: DeviceEndpoint;
};
/**
 * The pre-image, the intended edit and what takes it back, journalled before the device is touched.
 */
export type PreparedChange = {
  readonly edit_xml: string;
  readonly inverse_xml: string;
  readonly changes: readonly LeafChange[];
  readonly diff_hash: string;
  readonly leaves_fingerprint: string;
  /** The running leaves of the handler's subtree, and the hash over them. */
  readonly pre_image: { readonly [path: string]: string };
  readonly pre_image_hash: string;
  readonly neighbours: readonly string[];
  readonly samples_before: readonly KpiSample[];
};
/**
 * One RPC that could change the device, or kept others from it, as it was sent; secrets in it are
 * masked, what is too long is cut.
 */
export type DeviceExchange = {
  readonly at: Timestamp;
  readonly operation: string;
  readonly sent: string;
  /** `ok`, the device's error tag, or what kept the answer away. */
  readonly outcome: string;
  readonly detail: string | null;
  readonly ms: number;
};
/** What was exchanged with the device since the event before. */
export type ExchangeReport = { readonly exchanges?: readonly DeviceExchange[] };

/** How a change came to be gone: `nothing-applied` where none ever reached the device. */
export type RollbackWay =
  'nothing-applied' | 'cancel-commit' | 'device-timer' | 'device-restart' | 'inverse-edit' | 'found-gone';

export type DeviceTxEvent =
  /** The action has a place in its device's queue. */
  | { readonly type: 'TurnAccepted'; readonly data: AskedTurn }
  /**
   * `instance` is connected, holds the locks and has done steps 1 and 2; what it would send is in
   * the `ChangePrepared` before.
   */
  | {
      readonly type: 'TurnTaken';
      readonly data: { readonly turn: number; readonly instance: string; readonly plan_hash: string };
    }
  /** The turn is over and nothing was sent to the device. */
  | {
      readonly type: 'TurnLapsed';
      readonly data: ExchangeReport & { readonly turn: number; readonly reasons: readonly Reason[] };
    }
  | { readonly type: 'ApplyAccepted'; readonly data: AcceptedApply }
  | {
      readonly type: 'ApplyRefused';
      readonly data: ExchangeReport & { readonly request_id: string; readonly reasons: readonly Reason[] };
    }
  | { readonly type: 'ChangePrepared'; readonly data: PreparedChange }
  /**
   * Written before the device hears of the commit; from here on its outcome is unknown until read.
   */
  | {
      readonly type: 'TentativeCommitRequested';
      readonly data: ExchangeReport & { readonly confirm_timeout_s: number; readonly instance: string };
    }
  | {
      readonly type: 'TentativeCommitApplied';
      readonly data: ExchangeReport & {
        readonly applied_at: Timestamp;
        readonly timer_ends_at: Timestamp;
        readonly read_back_hash: string;
      };
    }
  | {
      readonly type: 'KpisObserved';
      readonly data: { readonly observation: Observation; readonly samples: readonly KpiSample[] };
    }
  | { readonly type: 'ConfirmRequested'; readonly data: { readonly request_id: string } }
  | { readonly type: 'ChangeConfirmed'; readonly data: ExchangeReport & { readonly read_back_hash: string } }
  /** `request_id` is the orchestrator's; null where the gateway itself takes the change back. */
  | {
      readonly type: 'CancelRequested';
      readonly data: ExchangeReport & {
        readonly request_id: string | null;
        readonly reasons: readonly Reason[];
      };
    }
  /**
   * `rollback`: the action was over, so that this is a new execution, which may still be refused;
   * absent where the action was not over.
   */
  | {
      readonly type: 'InverseEditRequested';
      readonly data: ExchangeReport & {
        readonly request_id: string | null;
        readonly reasons: readonly Reason[];
        readonly rollback?: true;
      };
    }
  /**
   * Written before the device hears of the inverse edit of a rollback, by each process that sends
   * it; from here on its outcome is unknown until read.
   */
  | { readonly type: 'InverseCommitRequested'; readonly data: ExchangeReport & { readonly instance: string } }
  /** Nothing of the rollback was sent: the change stays as it was confirmed. */
  | {
      readonly type: 'UndoRefused';
      readonly data: ExchangeReport & { readonly request_id: string; readonly reasons: readonly Reason[] };
    }
  | {
      readonly type: 'ChangeRolledBack';
      readonly data: ExchangeReport & { readonly how: RollbackWay; readonly reasons: readonly Reason[] };
    }
  | { readonly type: 'ApplyFailed'; readonly data: ExchangeReport & { readonly reasons: readonly Reason[] } }
  | {
      readonly type: 'RollbackFailed';
      readonly data: ExchangeReport & {
        readonly reasons: readonly Reason[];
        readonly left: readonly LeafChange[];
      };
    };

export type DeviceTxCommand =
  /** Takes a place in the device's queue; an earlier turn that is still held lapses with it. */
  | { readonly kind: 'AcceptTurn'; readonly asked: AskedTurn }
  /** The device is held, and the change prepared. */
  | {
      readonly kind: 'TakeTurn';
      readonly turn: number;
      readonly instance: string;
      readonly plan_hash: string;
      readonly prepared: PreparedChange;
    }
  /** Nothing was sent. After the commit was requested only who requested it can know that. */
  | (ExchangeReport & { readonly kind: 'RecordLapse'; readonly reasons: readonly Reason[] })
  | { readonly kind: 'AcceptApply'; readonly apply: AcceptedApply }
  /**
   * Nothing was sent to the device: by kill switch, changed plan, guard. After the commit was
   * requested only who requested it can know that.
   */
  | (ExchangeReport & {
      readonly kind: 'RefuseApply';
      readonly request_id: string;
      readonly reasons: readonly Reason[];
    })
  | (ExchangeReport & { readonly kind: 'RequestTentativeCommit'; readonly instance: string })
  | (ExchangeReport & {
      readonly kind: 'RecordTentative';
      readonly applied_at: Timestamp;
      readonly timer_ends_at: Timestamp;
      readonly read_back_hash: string;
    })
  | {
      readonly kind: 'RecordObservation';
      readonly observation: Observation;
      readonly samples: readonly KpiSample[];
    }
  | { readonly kind: 'RequestConfirm'; readonly request_id: string }
  | (ExchangeReport & { readonly kind: 'RecordConfirmed'; readonly read_back_hash: string })
  /** `rollback`: the action was over when it asked. */
  | {
      readonly kind: 'RequestUndo';
      readonly request_id: string;
      readonly reasons: readonly Reason[];
      readonly rollback?: true;
    }
  | (ExchangeReport & { readonly kind: 'RequestInverseCommit'; readonly instance: string })
  /**
   * Nothing was sent. After the inverse commit was requested only who requested it can know that.
   */
  | (ExchangeReport & { readonly kind: 'RefuseUndo'; readonly reasons: readonly Reason[] })
  /**
   * The gateway's own decision: kill switch, wrong read-back, no decision in time, too late to
   * confirm.
   */
  | (ExchangeReport & { readonly kind: 'TakeBack'; readonly reasons: readonly Reason[] })
  | (ExchangeReport & { readonly kind: 'RequestInverseEdit'; readonly reasons: readonly Reason[] })
  | (ExchangeReport & {
      readonly kind: 'RecordRolledBack';
      readonly how: RollbackWay;
      readonly reasons: readonly Reason[];
    })
  | (ExchangeReport & { readonly kind: 'RecordFailed'; readonly reasons: readonly Reason[] })
  | (ExchangeReport & {
      readonly kind: 'RecordRollbackFailed';
      readonly reasons: readonly Reason[];
      readonly left: readonly LeafChange[];
    });
