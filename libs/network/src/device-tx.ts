import type {
  LeafChange,
  Observation,
  KpiSample,
  Reason,
  Timestamp,
  TxState,
  TxStatus,
} from '@interlock/contracts';
import { ProblemError, type Decider } from '@interlock/kernel';
import type { DeviceEndpoint } from './device.js';

/** What `apply` was accepted with; the action's own stream says the same. */
export type AcceptedApply = {
  readonly action_id: string;
  readonly request_id: string;
  readonly epoch: string;
  readonly plan_hash: string;
  readonly action_type: string;
  readonly entity_id: string;
  readonly device_id: string;
  readonly soak_s: number;
  readonly confirm_timeout_s: number;
  /** The turn that it was started under; absent in transactions from before there were turns. */
  readonly turn?: number;
};
/** A turn on a device that an action asked for: its number, from 1, and the request that the action's own stream names. */
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
/** The pre-image, the intended edit and what takes it back, journalled before the device is touched. */
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
/** One RPC that could change the device, or kept others from it, as it was sent; secrets in it are masked, what is too long is cut. */
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
type Exchanged = { readonly exchanges?: readonly DeviceExchange[] };

/** How a change came to be gone: `nothing-applied` where none ever reached the device. */
export type RollbackWay =
  'nothing-applied' | 'cancel-commit' | 'device-timer' | 'device-restart' | 'inverse-edit' | 'found-gone';

export type DeviceTxEvent =
  /** The action has a place in its device's queue. */
  | { readonly type: 'TurnAccepted'; readonly data: AskedTurn }
  /** `instance` is connected, holds the locks and has done steps 1 and 2; what it would send is in the `ChangePrepared` before. */
  | {
      readonly type: 'TurnTaken';
      readonly data: { readonly turn: number; readonly instance: string; readonly plan_hash: string };
    }
  /** The turn is over and nothing was sent to the device; number 0 in transactions from before there were turns. */
  | {
      readonly type: 'TurnLapsed';
      readonly data: Exchanged & { readonly turn: number; readonly reasons: readonly Reason[] };
    }
  | { readonly type: 'ApplyAccepted'; readonly data: AcceptedApply }
  | {
      readonly type: 'ApplyRefused';
      readonly data: Exchanged & { readonly request_id: string; readonly reasons: readonly Reason[] };
    }
  | { readonly type: 'ChangePrepared'; readonly data: PreparedChange }
  /** Written before the device hears of the commit; from here on its outcome is unknown until read. */
  | {
      readonly type: 'TentativeCommitRequested';
      readonly data: Exchanged & { readonly confirm_timeout_s: number; readonly instance: string };
    }
  | {
      readonly type: 'TentativeCommitApplied';
      readonly data: Exchanged & {
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
  | { readonly type: 'ChangeConfirmed'; readonly data: Exchanged & { readonly read_back_hash: string } }
  /** `request_id` is the orchestrator's; null where the gateway itself takes the change back. */
  | {
      readonly type: 'CancelRequested';
      readonly data: Exchanged & { readonly request_id: string | null; readonly reasons: readonly Reason[] };
    }
  | {
      readonly type: 'InverseEditRequested';
      readonly data: Exchanged & { readonly request_id: string | null; readonly reasons: readonly Reason[] };
    }
  | {
      readonly type: 'ChangeRolledBack';
      readonly data: Exchanged & { readonly how: RollbackWay; readonly reasons: readonly Reason[] };
    }
  | { readonly type: 'ApplyFailed'; readonly data: Exchanged & { readonly reasons: readonly Reason[] } }
  | {
      readonly type: 'RollbackFailed';
      readonly data: Exchanged & {
        readonly reasons: readonly Reason[];
        readonly left: readonly LeafChange[];
      };
    };

export type DeviceTxCommand =
  /** Takes a place in the device's queue; an earlier turn that is still held lapses with it. */
  | { readonly type: 'AcceptTurn'; readonly asked: AskedTurn }
  | {
      readonly type: 'RecordTurn';
      readonly turn: number;
      readonly instance: string;
      readonly plan_hash: string;
    }
  /** `RecordPreparation` and `RecordTurn` as one. */
  | {
      readonly type: 'TakeTurn';
      readonly turn: number;
      readonly instance: string;
      readonly plan_hash: string;
      readonly prepared: PreparedChange;
    }
  /** Nothing was sent. After the commit was requested only who requested it can know that. */
  | (Exchanged & { readonly type: 'RecordLapse'; readonly reasons: readonly Reason[] })
  | { readonly type: 'AcceptApply'; readonly apply: AcceptedApply }
  /** Nothing was sent to the device: by kill switch, changed plan, guard. After the commit was requested only who requested it can know that. */
  | (Exchanged & {
      readonly type: 'RefuseApply';
      readonly request_id: string;
      readonly reasons: readonly Reason[];
    })
  | { readonly type: 'RecordPreparation'; readonly prepared: PreparedChange }
  | (Exchanged & { readonly type: 'RequestTentativeCommit'; readonly instance: string })
  | (Exchanged & {
      readonly type: 'RecordTentative';
      readonly applied_at: Timestamp;
      readonly timer_ends_at: Timestamp;
      readonly read_back_hash: string;
    })
  | {
      readonly type: 'RecordObservation';
      readonly observation: Observation;
      readonly samples: readonly KpiSample[];
    }
  | { readonly type: 'RequestConfirm'; readonly request_id: string }
  | (Exchanged & { readonly type: 'RecordConfirmed'; readonly read_back_hash: string })
  | { readonly type: 'RequestUndo'; readonly request_id: string; readonly reasons: readonly Reason[] }
  /** The gateway's own decision: kill switch, wrong read-back, no decision in time, too late to confirm. */
  | (Exchanged & { readonly type: 'TakeBack'; readonly reasons: readonly Reason[] })
  | (Exchanged & { readonly type: 'RequestInverseEdit'; readonly reasons: readonly Reason[] })
  | (Exchanged & {
      readonly type: 'RecordRolledBack';
      readonly how: RollbackWay;
      readonly reasons: readonly Reason[];
    })
  | (Exchanged & { readonly type: 'RecordFailed'; readonly reasons: readonly Reason[] })
  | (Exchanged & {
      readonly type: 'RecordRollbackFailed';
      readonly reasons: readonly Reason[];
      readonly left: readonly LeafChange[];
    });

export const txPhases = [
  'none',
  'turn_accepted',
  'turn_taken',
  'lapsed',
  'accepted',
  'prepared',
  'commit_requested',
  'tentative',
  'observed',
  'confirm_requested',
  'cancel_requested',
  'inverse_requested',
  'confirmed',
  'rolled_back',
  'refused',
  'failed',
  'rollback_failed',
] as const;
/** Where the transaction stands; each phase but the ends names what is to be done next. */
export type TxPhase = (typeof txPhases)[number];

export type DeviceTxState = {
  readonly phase: TxPhase;
  /** The latest turn that was asked for; `taken` once it is held. */
  readonly turn:
    (AskedTurn & { readonly taken: { readonly instance: string; readonly plan_hash: string } | null }) | null;
  readonly apply: AcceptedApply | null;
  readonly prepared: PreparedChange | null;
  /** The device may have heard of the commit. */
  readonly touched: boolean;
  readonly commit_requested_at: Timestamp | null;
  readonly applied_at: Timestamp | null;
  readonly timer_ends_at: Timestamp | null;
  readonly observation: Observation | null;
  readonly confirm_requested: boolean;
  /** It was made permanent once: only the inverse edit takes it back. */
  readonly was_confirmed: boolean;
  readonly reasons: readonly Reason[];
  /** When the last event was written. */
  readonly changed_at: Timestamp | null;
};

const ends: readonly TxPhase[] = [
  'lapsed',
  'confirmed',
  'rolled_back',
  'refused',
  'failed',
  'rollback_failed',
];
/** The device that the transaction is on; null before its first event. */
export const deviceOf = (state: Pick<DeviceTxState, 'apply' | 'turn'>): string | null =>
  state.apply?.device_id ?? state.turn?.device_id ?? null;

/** True where nothing is left to do, unless the action asks anew: for another turn after one that lapsed, or for the undo of a confirmed change. */
export const isFinished = (state: DeviceTxState): boolean =>
  state.phase === 'none' || ends.includes(state.phase);

/** Ends the transaction cannot leave: `confirmed` can, by an undo. */
const settled: readonly TxPhase[] = ['rolled_back', 'refused', 'failed', 'rollback_failed'];

/** Phases in which each step may be recorded. */
const allowed = {
  RecordTurn: ['turn_accepted'],
  RecordLapse: ['turn_accepted', 'turn_taken', 'accepted', 'prepared', 'commit_requested'],
  RefuseApply: ['none', 'turn_accepted', 'turn_taken', 'lapsed', 'accepted', 'prepared', 'commit_requested'],
  RecordPreparation: ['accepted', 'turn_accepted'],
  RequestTentativeCommit: ['prepared'],
  RecordTentative: ['commit_requested'],
  RecordObservation: ['tentative'],
  RequestConfirm: ['observed'],
  RecordConfirmed: ['confirm_requested', 'cancel_requested'],
  TakeBack: ['accepted', 'prepared', 'commit_requested', 'tentative', 'observed', 'confirm_requested'],
  RequestUndo: ['accepted', 'prepared', 'commit_requested', 'tentative', 'observed', 'confirmed'],
  RequestInverseEdit: ['commit_requested', 'tentative', 'observed', 'confirm_requested', 'cancel_requested'],
  RecordRolledBack: ['tentative', 'observed', 'confirm_requested', 'cancel_requested', 'inverse_requested'],
  RecordFailed: ['accepted', 'prepared', 'commit_requested'],
  RecordRollbackFailed: ['cancel_requested', 'inverse_requested'],
} as const satisfies { readonly [type in DeviceTxCommand['type']]?: readonly TxPhase[] };

/** What a step leads to: a repeat of it there is already true, and writes nothing. */
const leadsTo: { readonly [type in keyof typeof allowed]: readonly TxPhase[] } = {
  RecordTurn: ['turn_taken'],
  RecordLapse: ['lapsed'],
  RefuseApply: ['refused'],
  RecordPreparation: ['prepared', 'turn_taken'],
  RequestTentativeCommit: ['commit_requested'],
  RecordTentative: ['tentative'],
  RecordObservation: ['observed'],
  RequestConfirm: ['confirm_requested', 'confirmed'],
  RecordConfirmed: ['confirmed'],
  TakeBack: ['cancel_requested', 'inverse_requested', ...settled],
  RequestUndo: ['cancel_requested', 'inverse_requested', ...settled],
  RequestInverseEdit: ['inverse_requested'],
  RecordRolledBack: ['rolled_back'],
  RecordFailed: ['failed'],
  RecordRollbackFailed: ['rollback_failed'],
};

/** false: already true, nothing to write. Throws `wrong-state` where the step has no place. */
const mayStep = (type: keyof typeof allowed, state: DeviceTxState): boolean => {
  const phases: readonly TxPhase[] = allowed[type];
  if (phases.includes(state.phase)) return true;
  if (leadsTo[type].includes(state.phase)) return false;
  throw new ProblemError(
    'wrong-state',
    `\`${type}\` has no place while the transaction is ${state.phase.replaceAll('_', ' ')}`,
    { members: { phase: state.phase } },
  );
};

const exchanged = ({ exchanges }: Exchanged): Exchanged =>
  exchanges === undefined || exchanges.length === 0 ? {} : { exchanges };

const acceptTurn = (asked: AskedTurn, state: DeviceTxState): readonly DeviceTxEvent[] => {
  if (state.turn?.request_id === asked.request_id) return [];
  const accepted: DeviceTxEvent = { type: 'TurnAccepted', data: asked };
  const later = asked.turn > (state.turn?.turn ?? 0);
  if (later && (state.phase === 'none' || state.phase === 'lapsed')) return [accepted];
  if (later && state.turn !== null && (state.phase === 'turn_accepted' || state.phase === 'turn_taken')) {
    return [
      {
        type: 'TurnLapsed',
        data: {
          turn: state.turn.turn,
          reasons: [{ code: 'turn-superseded', detail: `the action asked for turn ${asked.turn}` }],
        },
      },
      accepted,
    ];
  }
  throw new ProblemError(
    'wrong-state',
    `another turn has no place while the transaction is ${state.phase.replaceAll('_', ' ')}`,
    { members: { phase: state.phase } },
  );
};

/**
 * The journal of one change on one device: stream `device_tx-<tenant>:<action_id>`.
 * What may change the device is requested here before the device hears of it, and recorded after it was read back.
 */
export const deviceTxDecider: Decider<DeviceTxCommand, DeviceTxEvent, DeviceTxState> = {
  name: 'device transaction',
  types: [
    'TurnAccepted',
    'TurnTaken',
    'TurnLapsed',
    'ApplyAccepted',
    'ApplyRefused',
    'ChangePrepared',
    'TentativeCommitRequested',
    'TentativeCommitApplied',
    'KpisObserved',
    'ConfirmRequested',
    'ChangeConfirmed',
    'CancelRequested',
    'InverseEditRequested',
    'ChangeRolledBack',
    'ApplyFailed',
    'RollbackFailed',
  ],
  // In version 1 of KpisObserved the load of those neighbours counted that said theirs; its data are read as they are.
  // In version 1 an apply named no turn; its data are data of version 2 without one, so nothing converts them.
  schemaVersions: { ApplyAccepted: 2, KpisObserved: 2 },
  initial: {
    phase: 'none',
    turn: null,
    apply: null,
    prepared: null,
    touched: false,
    commit_requested_at: null,
    applied_at: null,
    timer_ends_at: null,
    observation: null,
    confirm_requested: false,
    was_confirmed: false,
    reasons: [],
    changed_at: null,
  },
  decide: (command, state) => {
    switch (command.type) {
      case 'AcceptTurn':
        return acceptTurn(command.asked, state);
      case 'RecordTurn': {
        if (!mayStep(command.type, state)) return [];
        if (state.prepared === null || state.turn?.turn !== command.turn)
          throw new ProblemError('wrong-state', 'a turn is taken only with its change prepared');
        return [
          {
            type: 'TurnTaken',
            data: { turn: command.turn, instance: command.instance, plan_hash: command.plan_hash },
          },
        ];
      }
      case 'TakeTurn': {
        const { prepared, turn, instance, plan_hash } = command;
        if (state.phase !== 'turn_accepted' || state.turn?.turn !== turn)
          throw new ProblemError('wrong-state', `turn ${turn} is not waited for`);
        return [
          { type: 'ChangePrepared', data: prepared },
          { type: 'TurnTaken', data: { turn, instance, plan_hash } },
        ];
      }
      case 'RecordLapse':
        return mayStep(command.type, state)
          ? [
              {
                type: 'TurnLapsed',
                data: { turn: state.turn?.turn ?? 0, reasons: command.reasons, ...exchanged(command) },
              },
            ]
          : [];
      case 'AcceptApply': {
        if (state.phase === 'none' && command.apply.turn === undefined)
          return [{ type: 'ApplyAccepted', data: command.apply }];
        if (state.phase === 'turn_taken' && command.apply.turn === state.turn?.turn)
          return [{ type: 'ApplyAccepted', data: command.apply }];
        if (state.apply?.request_id === command.apply.request_id) return [];
        throw new ProblemError(
          'wrong-state',
          `the action's transaction was begun before, by request \`${state.apply?.request_id ?? 'none'}\``,
        );
      }
      case 'RefuseApply':
        return mayStep(command.type, state)
          ? [
              {
                type: 'ApplyRefused',
                data: { request_id: command.request_id, reasons: command.reasons, ...exchanged(command) },
              },
            ]
          : [];
      case 'RecordPreparation':
        return mayStep(command.type, state) && state.prepared === null
          ? [{ type: 'ChangePrepared', data: command.prepared }]
          : [];
      case 'RequestTentativeCommit':
        return mayStep(command.type, state)
          ? [
              {
                type: 'TentativeCommitRequested',
                data: {
                  confirm_timeout_s: state.apply!.confirm_timeout_s,
                  instance: command.instance,
                  ...exchanged(command),
                },
              },
            ]
          : [];
      case 'RecordTentative':
        return mayStep(command.type, state)
          ? [
              {
                type: 'TentativeCommitApplied',
                data: {
                  applied_at: command.applied_at,
                  timer_ends_at: command.timer_ends_at,
                  read_back_hash: command.read_back_hash,
                  ...exchanged(command),
                },
              },
            ]
          : [];
      case 'RecordObservation':
        return mayStep(command.type, state)
          ? [{ type: 'KpisObserved', data: { observation: command.observation, samples: command.samples } }]
          : [];
      case 'RequestConfirm':
        return mayStep(command.type, state)
          ? [{ type: 'ConfirmRequested', data: { request_id: command.request_id } }]
          : [];
      case 'RecordConfirmed': {
        if (!mayStep(command.type, state)) return [];
        if (!state.confirm_requested)
          throw new ProblemError('wrong-state', 'a change that nobody asked to confirm cannot be confirmed');
        return [
          {
            type: 'ChangeConfirmed',
            data: { read_back_hash: command.read_back_hash, ...exchanged(command) },
          },
        ];
      }
      case 'RequestUndo': {
        if (!mayStep(command.type, state)) return [];
        return [
          {
            type: state.was_confirmed ? 'InverseEditRequested' : 'CancelRequested',
            data: { request_id: command.request_id, reasons: command.reasons },
          },
        ];
      }
      case 'TakeBack':
        return mayStep(command.type, state)
          ? [
              {
                type: 'CancelRequested',
                data: { request_id: null, reasons: command.reasons, ...exchanged(command) },
              },
            ]
          : [];
      case 'RequestInverseEdit':
        return mayStep(command.type, state)
          ? [
              {
                type: 'InverseEditRequested',
                data: { request_id: null, reasons: command.reasons, ...exchanged(command) },
              },
            ]
          : [];
      case 'RecordRolledBack':
        return mayStep(command.type, state)
          ? [
              {
                type: 'ChangeRolledBack',
                data: { how: command.how, reasons: command.reasons, ...exchanged(command) },
              },
            ]
          : [];
      case 'RecordFailed':
        return mayStep(command.type, state)
          ? [{ type: 'ApplyFailed', data: { reasons: command.reasons, ...exchanged(command) } }]
          : [];
      case 'RecordRollbackFailed':
        return mayStep(command.type, state)
          ? [
              {
                type: 'RollbackFailed',
                data: { reasons: command.reasons, left: command.left, ...exchanged(command) },
              },
            ]
          : [];
    }
  },
  evolve: (before, event) => {
    const state = { ...before, changed_at: event.metadata.occurred_at };
    switch (event.type) {
      case 'TurnAccepted':
        return {
          ...state,
          phase: 'turn_accepted',
          turn: { ...event.data, taken: null },
          apply: null,
          prepared: null,
          reasons: [],
        };
      case 'TurnTaken':
        return {
          ...state,
          phase: 'turn_taken',
          turn:
            state.turn === null
              ? null
              : { ...state.turn, taken: { instance: event.data.instance, plan_hash: event.data.plan_hash } },
        };
      case 'TurnLapsed':
        return {
          ...state,
          phase: 'lapsed',
          touched: false,
          commit_requested_at: null,
          reasons: event.data.reasons,
        };
      case 'ApplyAccepted':
        return { ...state, phase: state.turn === null ? 'accepted' : 'prepared', apply: event.data };
      case 'ApplyRefused':
        return { ...state, phase: 'refused', touched: false, reasons: event.data.reasons };
      // Since there are turns, a change is prepared before its execution is started.
      case 'ChangePrepared':
        return {
          ...state,
          phase: state.phase === 'accepted' ? 'prepared' : state.phase,
          prepared: event.data,
        };
      case 'TentativeCommitRequested':
        return {
          ...state,
          phase: 'commit_requested',
          touched: true,
          commit_requested_at: event.metadata.occurred_at,
        };
      case 'TentativeCommitApplied':
        return {
          ...state,
          phase: 'tentative',
          applied_at: event.data.applied_at,
          timer_ends_at: event.data.timer_ends_at,
        };
      case 'KpisObserved':
        return { ...state, phase: 'observed', observation: event.data.observation };
      case 'ConfirmRequested':
        return { ...state, phase: 'confirm_requested', confirm_requested: true };
      case 'ChangeConfirmed':
        return { ...state, phase: 'confirmed', was_confirmed: true };
      case 'CancelRequested':
        return { ...state, phase: 'cancel_requested', reasons: event.data.reasons };
      case 'InverseEditRequested':
        return { ...state, phase: 'inverse_requested', reasons: [...state.reasons, ...event.data.reasons] };
      case 'ChangeRolledBack':
        return { ...state, phase: 'rolled_back', reasons: [...state.reasons, ...event.data.reasons] };
      case 'ApplyFailed':
        return { ...state, phase: 'failed', reasons: event.data.reasons };
      case 'RollbackFailed':
        return { ...state, phase: 'rollback_failed', reasons: [...state.reasons, ...event.data.reasons] };
    }
  },
};

const open = (state: DeviceTxState): TxState =>
  state.observation !== null ? 'OBSERVED' : state.applied_at !== null ? 'TENTATIVE' : 'PREPARING';

/** The transaction's state in the words of the contract. */
export const txState = (state: DeviceTxState): TxState => {
  switch (state.phase) {
    case 'none':
      return 'NONE';
    case 'turn_accepted':
      return 'QUEUED';
    case 'turn_taken':
      return 'READY';
    case 'lapsed':
      return 'STALE';
    case 'confirmed':
      return 'CONFIRMED';
    case 'rolled_back':
      return 'ROLLED_BACK';
    case 'refused':
      return 'REFUSED';
    case 'failed':
      return 'FAILED';
    case 'rollback_failed':
      return 'ROLLBACK_FAILED';
    case 'accepted':
    case 'prepared':
    case 'commit_requested':
    case 'tentative':
    case 'observed':
    case 'confirm_requested':
    case 'cancel_requested':
    case 'inverse_requested':
      return open(state);
  }
};

/** The answer of `take_turn`, `status`, `observe`, `confirm` and `undo`. */
export const txStatus = (txId: string, state: DeviceTxState): TxStatus => ({
  tx_id: txId,
  state: txState(state),
  reasons: state.reasons,
  observation: state.observation,
  diff: state.prepared?.changes ?? [],
  ...(state.turn === null ? {} : { turn: state.turn.turn }),
});
