import type { KpiSample, LeafChange, Observation, Reason, Timestamp } from '@interlock/contracts';
import type { AcceptedWork } from '@interlock/kernel';
import type { DeviceEndpoint } from '../device-settings.js';

/** The terms under which `apply` was accepted; the action's own stream contains the same. */
export type AcceptedApply = AcceptedWork & { readonly device_id: string };
/**
 * A turn on a device that an action requested. It has a number, from 1, and the id of the request
 * in the action's own stream.
 */
export type AskedTurn = {
  readonly turn: number;
  readonly request_id: string;
  readonly action_id: string;
  readonly action_type: string;
  readonly entity_id: string;
  readonly device_id: string;
  /** The device's endpoint. Every step uses it, even if the inventory changes later. */
  readonly device: DeviceEndpoint;
  /** The place in a change of several devices; absent if the change has only this device. */
  readonly part?: ChangePart;
};
/** `number` counts from 1 in the order of the commits, which `devices` names. */
export type ChangePart = { readonly number: number; readonly devices: readonly string[] };
/**
 * The pre-image, the intended edit and the edit that reverts it, recorded before the device is
 * touched.
 */
export type PreparedChange = {
  /** The binding whose paths the leaves are in; absent for Interlock's own model. */
  readonly binding?: string;
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
 * One RPC that could change the device or block others, as it was sent. Secrets are masked, and
 * long contents are cut.
 */
export type DeviceExchange = {
  readonly at: Timestamp;
  readonly operation: string;
  readonly sent: string;
  /** `ok`, the device's error tag, or the reason why there is no answer. */
  readonly outcome: string;
  readonly detail: string | null;
  readonly ms: number;
};
/** The RPCs exchanged with the device since the previous event. */
export type ExchangeReport = { readonly exchanges?: readonly DeviceExchange[] };

/** The ids that the device gave to the change's commit, and to the one before it. */
export type CommitIds = { readonly id: string; readonly before: string };

/** How a change was removed; `nothing-applied` if it never reached the device. */
export type RollbackWay =
  | 'nothing-applied'
  | 'cancel-commit'
  | 'device-timer'
  | 'device-restart'
  | 'inverse-edit'
  | 'commit-id'
  | 'found-gone';

export type DeviceTxEvent =
  /** The action has a place in its device's queue. */
  | { readonly type: 'TurnAccepted'; readonly data: AskedTurn }
  /**
   * `instance` is connected, holds the locks and has done steps 1 and 2. The change that it would
   * send is in the preceding `ChangePrepared`.
   */
  | {
      readonly type: 'TurnTaken';
      readonly data: { readonly turn: number; readonly instance: string; readonly plan_hash: string };
    }
  /** The turn is over, and nothing was sent to the device. */
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
   * Written before the commit is sent to the device. From here on its outcome is unknown until the
   * device is read.
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
        /** Absent if the device has named none. */
        readonly commit?: CommitIds;
      };
    }
  | {
      readonly type: 'KpisObserved';
      readonly data: { readonly observation: Observation; readonly samples: readonly KpiSample[] };
    }
  | { readonly type: 'ConfirmRequested'; readonly data: { readonly request_id: string } }
  | { readonly type: 'ChangeConfirmed'; readonly data: ExchangeReport & { readonly read_back_hash: string } }
  /** `request_id` is the orchestrator's; null if the gateway itself takes the change back. */
  | {
      readonly type: 'CancelRequested';
      readonly data: ExchangeReport & {
        readonly request_id: string | null;
        readonly reasons: readonly Reason[];
      };
    }
  /**
   * `rollback`: the action was already over, so this is a new execution, which may still be
   * refused. Absent otherwise.
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
   * Written before the inverse edit of a rollback is sent, by each process that sends it. From here
   * on its outcome is unknown until the device is read. `to_commit`: the device is first asked to
   * return to this commit, and the inverse edit is sent only if it refuses.
   */
  | {
      readonly type: 'InverseCommitRequested';
      readonly data: ExchangeReport & { readonly instance: string; readonly to_commit?: string };
    }
  /** Nothing of the rollback was sent, so the change stays confirmed. */
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
  /** Takes a place in the device's queue. An earlier turn that is still held lapses with it. */
  | { readonly kind: 'AcceptTurn'; readonly asked: AskedTurn }
  /** The device is locked, and the change prepared. */
  | {
      readonly kind: 'TakeTurn';
      readonly turn: number;
      readonly instance: string;
      readonly plan_hash: string;
      readonly prepared: PreparedChange;
    }
  /** Nothing was sent. After the commit was requested, only its requester can know that. */
  | (ExchangeReport & { readonly kind: 'RecordLapse'; readonly reasons: readonly Reason[] })
  | { readonly kind: 'AcceptApply'; readonly apply: AcceptedApply }
  /**
   * Nothing was sent to the device, because of a kill switch, a changed plan or a guard. After the
   * commit was requested, only its requester can know that.
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
      readonly commit?: CommitIds;
    })
  | {
      readonly kind: 'RecordObservation';
      readonly observation: Observation;
      readonly samples: readonly KpiSample[];
    }
  | { readonly kind: 'RequestConfirm'; readonly request_id: string }
  | (ExchangeReport & { readonly kind: 'RecordConfirmed'; readonly read_back_hash: string })
  /** `rollback`: the action was already over when it requested this. */
  | {
      readonly kind: 'RequestUndo';
      readonly request_id: string;
      readonly reasons: readonly Reason[];
      readonly rollback?: true;
    }
  | (ExchangeReport & {
      readonly kind: 'RequestInverseCommit';
      readonly instance: string;
      readonly to_commit?: string;
    })
  /** Nothing was sent. After the inverse commit was requested, only its requester can know that. */
  | (ExchangeReport & { readonly kind: 'RefuseUndo'; readonly reasons: readonly Reason[] })
  /**
   * The gateway's own decision: kill switch, wrong read-back, no decision in time, or too late to
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
