import type { HourlyRoom } from '../execution/lease.js';
import type { PlanAnswer, Reason, Timestamp, TxStatus } from '@interlock/contracts';
import type { IntentAcceptedData } from '../action-events/events.js';
import type { Look, SeenGate } from '../gates/table.js';

type TimedCommand = { readonly now: Timestamp };
/**
 * A command of a person. `refused_as` lists every key that identifies the same person as `by` when
 * another person is needed; absent if there is only `by`.
 */
type PersonsCommand = TimedCommand & { readonly by: string; readonly refused_as?: readonly string[] };
/** The comment of a person, already sealed; null or absent if there is none. */
type CommandComment = { readonly comment?: string | null };

/** The status of an executor's transaction, without its changes and observations. */
export type TxAnswer = Omit<TxStatus, 'diff' | 'observation'>;

/**
 * The commands of an action. The actor is an actor key (`person:…`, `service:…`); its token was
 * checked at the edge.
 */
export type ActionCommand =
  | (TimedCommand & { readonly kind: 'accept' } & IntentAcceptedData)
  /**
   * Records the looks at the gates before the budget in order, from the first that has not been
   * judged. `consume` is the day whose budget is then requested. It is absent if a gate refuses,
   * and then nothing is requested.
   */
  | (TimedCommand & {
      readonly kind: 'record_looks';
      readonly gates: readonly Look[];
      readonly consume?: { readonly day: string; readonly time_zone: string };
      readonly awaited?: AwaitedService;
    })
  | (TimedCommand & { readonly kind: 'await_service' } & AwaitedService)
  /** Records the look at the budget's gate with the ledger's answer. */
  | (TimedCommand & { readonly kind: 'record_consume'; readonly gates: readonly [SeenGate<'budget'>] })
  /**
   * `notify_within_s` is the time in seconds within which somebody must be notified of a window;
   * absent if the tenant has no channel. `reaches_nobody`: it has channels, but none that reaches
   * people.
   */
  | (TimedCommand & {
      readonly kind: 'record_plan';
      readonly plan: PlanAnswer | null;
      readonly notify_within_s?: number;
      readonly reaches_nobody?: true;
    })
  /** A channel that reaches people has delivered the notice of the window. */
  | (TimedCommand & { readonly kind: 'record_notified'; readonly channel_id: string })
  /** Checks whether somebody was notified of the window in time. */
  | (TimedCommand & { readonly kind: 'ask_unnotified' })
  | (TimedCommand & { readonly kind: 'record_reevaluation'; readonly gates: readonly Look[] })
  /** `digest` is that of the window as it was shown. Null is refused. */
  | (PersonsCommand & CommandComment & { readonly kind: 'confirm'; readonly digest: string | null })
  | (PersonsCommand & { readonly kind: 'extend'; readonly seconds: number })
  /** `digest` is that of the request as it was shown. Null is refused. */
  | (PersonsCommand & CommandComment & { readonly kind: 'approve'; readonly digest: string | null })
  | (PersonsCommand & CommandComment & { readonly kind: 'reject' })
  | (PersonsCommand & CommandComment & { readonly kind: 'cancel' })
  /**
   * Takes back a running execution, as `cancel` does while it runs. It is refused before and after.
   */
  | (PersonsCommand & CommandComment & { readonly kind: 'rollback' })
  /**
   * Records what the rollback of a completed action would change back, according to its handler
   * now.
   */
  | (TimedCommand & { readonly kind: 'prepare_rollback'; readonly by: string; readonly plan: PlanAnswer })
  /** A person's approval of the rollback of a completed action, by the digest of what was shown. */
  | (PersonsCommand & CommandComment & { readonly kind: 'approve_rollback'; readonly digest: string | null })
  /**
   * The plan takes the completed action back, under the plan's own approval, which included this.
   */
  | (TimedCommand & { readonly kind: 'approve_rollback_by_plan'; readonly by: string })
  /** Undoes a temporary change whose time is over, as the approval of the action included. */
  | (TimedCommand & { readonly kind: 'end_temporary'; readonly by: string; readonly plan: PlanAnswer })
  /** Records the gates of a rollback; with `plan`, its last look. */
  | (TimedCommand & {
      readonly kind: 'record_rollback_look';
      readonly look: 'first' | 'last';
      readonly gates: readonly Look[];
      readonly plan: PlanAnswer | null;
    })
  /** Records the status of the handler's work while a completed action is taken back. */
  | (TimedCommand & { readonly kind: 'record_rollback'; readonly status: TxAnswer })
  | (TimedCommand & { readonly kind: 'tick' })
  | (TimedCommand & {
      readonly kind: 'record_reservation';
      readonly granted: { readonly fencing: string; readonly expires_at: Timestamp } | null;
      readonly held_by: readonly string[];
      /** How much of the hour's blast radius is used, if it has no room. */
      readonly room?: HourlyRoom;
    })
  /** Requests a turn if none is requested. */
  | (TimedCommand & { readonly kind: 'request_turn' })
  /** Records the status of the executor's transaction while the action waits for its turn. */
  | (TimedCommand & { readonly kind: 'record_turn'; readonly status: TxAnswer })
  | (TimedCommand & {
      readonly kind: 'record_last_look';
      readonly gates: readonly Look[];
      readonly plan: PlanAnswer | null;
      readonly soak_s: number;
      readonly confirm_timeout_s: number;
    })
  | (TimedCommand & { readonly kind: 'record_refusal'; readonly reasons: readonly Reason[] })
  | (TimedCommand & {
      readonly kind: 'record_transaction';
      /** `diff` comes with the answer that first reports the change. */
      readonly status: TxAnswer & Pick<TxStatus, 'observation'> & Partial<Pick<TxStatus, 'diff'>>;
    })
  | (TimedCommand & { readonly kind: 'record_give_back'; readonly given_back: boolean })
  /**
   * An effect before the execution threw an error, which ends the action like an error of a gate.
   */
  | (TimedCommand & { readonly kind: 'record_gate_error'; readonly gate: string; readonly detail: string })
  | (TimedCommand & { readonly kind: 'record_release' })
  | (TimedCommand & {
      readonly kind: 'stop_by_kill_switch';
      readonly reasons: readonly Reason[];
      readonly rollback_in_flight: boolean;
    });

export type AwaitedService = { readonly service: string; readonly gate: string; readonly detail: string };
