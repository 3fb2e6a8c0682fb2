import type { HourlyRoom } from './lease.js';
import type { ConsumeAnswer, PlanAnswer, Reason, Timestamp, TxStatus } from '@interlock/contracts';
import type { IntentAcceptedData } from './action-events.js';
import type { Look } from './gates/table.js';
import type { KillSwitchHead } from './kill-switch.js';

/**
 * Rules that were replaced, the oldest first: `first` are those of the first version (`first-rules.ts`), `before-turns` those of the time when an executor was not yet asked for
 * its turn, `before-declared-kpis` those of the time when a validation did not look at the KPIs that the action type declares, and `before-affected` those of the time when no yes
 * was bound to how many entities are affected, and no last look held that against what was reserved (`before-affected.ts`).
 * A command names them only where a decision of that time is made again. What came later than the rules that it names did not hold then either.
 */
const earlierRules = ['first', 'before-turns', 'before-declared-kpis', 'before-affected'] as const;
export type EarlierRules = (typeof earlierRules)[number];
/** True where `rules` are those of `time`, or older. Those of today are absent. */
export const areFrom = (rules: EarlierRules | undefined, time: EarlierRules): boolean =>
  rules !== undefined && earlierRules.indexOf(rules) <= earlierRules.indexOf(time);
type TimedCommand = { readonly now: Timestamp; readonly rules?: EarlierRules };
/** `refused_as`: every key that counts as the same person as `by` where another is needed; `by` alone where absent. */
type PersonsCommand = TimedCommand & { readonly by: string; readonly refused_as?: readonly string[] };
/** The comment that a person gave, already sealed; null or absent where there is none. */
type CommandComment = { readonly comment?: string | null };

/** What can be told to an action. Who acts is an actor key (`person:…`, `service:…`); the token was checked at the door. */
export type ActionCommand =
  | (TimedCommand & { readonly kind: 'accept'; readonly data: IntentAcceptedData })
  /** Looks at gates 1–8 in order, from the first that has not been judged. */
  | (TimedCommand & {
      readonly kind: 'record_looks';
      readonly looks: readonly Look[];
      readonly day: string;
      readonly time_zone: string;
      readonly awaited: AwaitedService | null;
    })
  | (TimedCommand & { readonly kind: 'await_service' } & AwaitedService)
  | (TimedCommand & { readonly kind: 'record_consume'; readonly answer: ConsumeAnswer })
  /**
   * `tell_within_s`: somebody must be told of a window within so many seconds; absent where the tenant has no channel.
   * `reaches_nobody`: it has channels, but none that reaches people.
   */
  | (TimedCommand & {
      readonly kind: 'record_plan';
      readonly plan: PlanAnswer | null;
      readonly tell_within_s?: number;
      readonly reaches_nobody?: true;
    })
  /** A channel that reaches people has told of the window. */
  | (TimedCommand & { readonly kind: 'record_told'; readonly channel_id: string })
  /** Looks whether somebody has been told of the window in time. */
  | (TimedCommand & { readonly kind: 'ask_untold' })
  | (TimedCommand & { readonly kind: 'record_reevaluation'; readonly looks: readonly Look[] })
  /** `digest` as the window showed it; without one (null) it is refused. */
  | (PersonsCommand & CommandComment & { readonly kind: 'confirm'; readonly digest: string | null })
  | (PersonsCommand & { readonly kind: 'extend'; readonly seconds: number })
  /** `digest` as the request showed it; without one (null) it is refused. */
  | (PersonsCommand & CommandComment & { readonly kind: 'approve'; readonly digest: string | null })
  | (PersonsCommand & CommandComment & { readonly kind: 'reject' })
  | (PersonsCommand & CommandComment & { readonly kind: 'cancel' })
  /** Takes back an execution that is under way, as `cancel` does then. It is refused before and after. */
  | (PersonsCommand & CommandComment & { readonly kind: 'rollback' })
  /** Shows what the rollback of a completed action would change back, as its handler says now. */
  | (TimedCommand & { readonly kind: 'prepare_rollback'; readonly by: string; readonly plan: PlanAnswer })
  /** A person's yes to the rollback of a completed action, by the digest of what was shown. */
  | (PersonsCommand & CommandComment & { readonly kind: 'approve_rollback'; readonly digest: string | null })
  /** The plan takes the completed action back, under the yes that its approval included. */
  | (TimedCommand & { readonly kind: 'approve_rollback_by_plan'; readonly by: string })
  /** Gates 1 and 6 of a rollback; with `plan` its last look. */
  | (TimedCommand & {
      readonly kind: 'record_rollback_look';
      readonly look: 'first' | 'last';
      readonly looks: readonly Look[];
      readonly plan: PlanAnswer | null;
      readonly switches: readonly KillSwitchHead[];
    })
  /** How the handler's work stands while a completed action is taken back. */
  | (TimedCommand & { readonly kind: 'record_rollback'; readonly status: TxStatus })
  | (TimedCommand & { readonly kind: 'tick' })
  | (TimedCommand & {
      readonly kind: 'record_reservation';
      readonly granted: { readonly fencing: string; readonly expires_at: Timestamp } | null;
      readonly held_by: readonly string[];
      /** Where the hour's blast radius has no room: what is taken of it. */
      readonly room?: HourlyRoom;
    })
  /** Asks for a turn where none is asked for. */
  | (TimedCommand & { readonly kind: 'request_turn' })
  /** How the executor's transaction stands while the turn is waited for. */
  | (TimedCommand & { readonly kind: 'record_turn'; readonly status: TxStatus })
  | (TimedCommand & {
      readonly kind: 'record_last_look';
      readonly looks: readonly Look[];
      readonly plan: PlanAnswer | null;
      readonly switches: readonly KillSwitchHead[];
      readonly soak_s: number;
      readonly confirm_timeout_s: number;
    })
  | (TimedCommand & { readonly kind: 'record_refusal'; readonly reasons: readonly Reason[] })
  | (TimedCommand & {
      readonly kind: 'record_transaction';
      readonly status: TxStatus;
    })
  | (TimedCommand & { readonly kind: 'record_give_back'; readonly given_back: boolean })
  /** An effect before the execution threw: an error ends the action, like a gate's. */
  | (TimedCommand & { readonly kind: 'record_gate_error'; readonly gate: string; readonly detail: string })
  | (TimedCommand & { readonly kind: 'record_release' })
  | (TimedCommand & {
      readonly kind: 'stop_by_kill_switch';
      readonly reasons: readonly Reason[];
      readonly rollback_in_flight: boolean;
    });

export type AwaitedService = { readonly service: string; readonly gate: string; readonly detail: string };
