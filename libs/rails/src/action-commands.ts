import type { ConsumeAnswer, PlanAnswer, Reason, Timestamp, TxStatus } from '@interlock/contracts';
import type { IntentAcceptedData } from './action-events.js';
import type { Look } from './gates/table.js';
import type { KillSwitchHead } from './kill-switch.js';

/** `rules` is there only where what was decided by the first version of the rules is decided again (`first-rules.ts`). */
type Timed = { readonly now: Timestamp; readonly rules?: 1 };
/** `refused_as`: every key that counts as the same person as `by` where another is needed; `by` alone where absent. */
type ByPerson = Timed & { readonly by: string; readonly refused_as?: readonly string[] };
/** What a person wrote with it, sealed before it gets here; null or absent where nothing. */
type Said = { readonly comment?: string | null };

/** What can be told to an action. Who acts is an actor key (`person:…`, `service:…`); the token was checked at the door. */
export type ActionCommand =
  | (Timed & { readonly kind: 'accept'; readonly data: IntentAcceptedData })
  /** Looks at gates 1–8 in order, from the first that has not been judged. */
  | (Timed & {
      readonly kind: 'record_looks';
      readonly looks: readonly Look[];
      readonly day: string;
      readonly time_zone: string;
      readonly awaited: Awaited | null;
    })
  | (Timed & { readonly kind: 'await_service' } & Awaited)
  | (Timed & { readonly kind: 'record_consume'; readonly answer: ConsumeAnswer })
  | (Timed & { readonly kind: 'record_plan'; readonly plan: PlanAnswer | null })
  | (Timed & { readonly kind: 'record_reevaluation'; readonly looks: readonly Look[] })
  /** `digest` as the window showed it; without one (null) it is refused. */
  | (ByPerson & Said & { readonly kind: 'confirm'; readonly digest: string | null })
  | (ByPerson & { readonly kind: 'extend'; readonly seconds: number })
  /** `digest` as the request showed it; without one (null) it is refused. */
  | (ByPerson & Said & { readonly kind: 'approve'; readonly digest: string | null })
  | (ByPerson & Said & { readonly kind: 'reject' })
  | (ByPerson & Said & { readonly kind: 'cancel' })
  /** As `cancel` of what is in flight; refused before and after. */
  | (ByPerson & Said & { readonly kind: 'rollback' })
  | (Timed & { readonly kind: 'tick' })
  | (Timed & {
      readonly kind: 'record_reservation';
      readonly granted: { readonly fencing: string; readonly expires_at: Timestamp } | null;
      readonly held_by: readonly string[];
      /** Only when an append from before there were turns is decided again. */ readonly before_turns?: true;
    })
  /** Asks for a turn where none is asked for. */
  | (Timed & { readonly kind: 'request_turn' })
  /** How the executor's transaction stands while the turn is waited for. */
  | (Timed & { readonly kind: 'record_turn'; readonly status: TxStatus })
  | (Timed & {
      readonly kind: 'record_last_look';
      readonly looks: readonly Look[];
      readonly plan: PlanAnswer | null;
      readonly switches: readonly KillSwitchHead[];
      readonly soak_s: number;
      readonly confirm_timeout_s: number;
    })
  | (Timed & { readonly kind: 'record_refusal'; readonly reasons: readonly Reason[] })
  | (Timed & {
      readonly kind: 'record_transaction';
      readonly status: TxStatus;
      /** As in `record_reservation`. */ readonly before_turns?: true;
    })
  | (Timed & { readonly kind: 'record_give_back'; readonly given_back: boolean })
  /** An effect before the execution threw: an error ends the action, like a gate's. */
  | (Timed & { readonly kind: 'record_gate_error'; readonly gate: string; readonly detail: string })
  | (Timed & { readonly kind: 'record_release' })
  | (Timed & {
      readonly kind: 'stop_by_kill_switch';
      readonly reasons: readonly Reason[];
      readonly rollback_in_flight: boolean;
    });

export type Awaited = { readonly service: string; readonly gate: string; readonly detail: string };
