import {
  defaults,
  type HandlerEnvelope,
  type PlanAnswer,
  type RpcAnswer,
  type TxStatus,
} from '@interlock/contracts';
import { isProblem, ProblemError } from '@interlock/kernel';
import type { RpcClient } from '@interlock/jetstream';
import { nowText } from '@interlock/platform';
import {
  isOpen,
  killSwitchEpoch,
  sawOf,
  type ActionCommand,
  type ActionState,
  type Effect,
} from '@interlock/rails';
import type { RailsConfig } from './config.js';
import type { GateLooks } from './gate-looks.js';
import { awaitedOf, isUnreachable } from './gate-looks.js';
import type { KillSwitches } from './kill-switches.js';
import type { Reservations } from './reservations.js';

type Act = { readonly command: ActionCommand } | { readonly again_ms: number };

const calendars = new Map<string, Intl.DateTimeFormat>();
/** The calendar day of a zone, `YYYY-MM-DD`; making a calendar costs more than a gate. */
const dayIn = (timeZone: string, at: Date): string => {
  const calendar =
    calendars.get(timeZone) ??
    new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  calendars.set(timeZone, calendar);
  return calendar.format(at);
};

const ofLog: ReadonlySet<string> = new Set(['log-unavailable', 'append-outcome-unknown']);

/** Who is waited for where an effect could not be had and the error does not name a service itself: a device that does not answer is its gateway's. */
const ownerOf = (effect: Effect, state: ActionState, error: ProblemError): string => {
  if (effect.kind === 'reserve' || ofLog.has(error.code)) return 'log';
  return effect.kind === 'consume'
    ? 'budget-ledger'
    : (state.accepted?.action_type.handler?.service ?? 'log');
};

/** Does one effect of an action and says which command records it; the caller appends. Every call is idempotent by the action's own ids. */
export class Effects {
  readonly #rpc: Pick<RpcClient, 'call'>;
  readonly #looks: GateLooks;
  readonly #reservations: Reservations;
  readonly #switches: Pick<KillSwitches, 'read'>;
  readonly #config: Pick<RailsConfig, 'SAFETY_RAILS_SOAK_S'>;

  constructor(parts: {
    readonly rpc: Pick<RpcClient, 'call'>;
    readonly looks: GateLooks;
    readonly reservations: Reservations;
    readonly switches: Pick<KillSwitches, 'read'>;
    readonly config: Pick<RailsConfig, 'SAFETY_RAILS_SOAK_S'>;
  }) {
    this.#rpc = parts.rpc;
    this.#looks = parts.looks;
    this.#reservations = parts.reservations;
    this.#switches = parts.switches;
    this.#config = parts.config;
  }

  /**
   * An unreachable service becomes `await_service`, any other error before the execution an end; once something may be on a device, or only
   * something is to be returned, it is asked again instead.
   */
  async perform(effect: Effect, state: ActionState): Promise<Act> {
    try {
      return await this.#perform(effect, state);
    } catch (error) {
      const before = state.status === 'PENDING' || state.status === 'AWAITING_CONFIRMATION';
      if (!isUnreachable(error)) {
        // A reservation has its own expiry, and the log is not a gate's.
        if (!before || effect.kind === 'reserve') throw error;
        return {
          command: {
            kind: 'record_gate_error',
            gate: effect.kind,
            detail: isProblem(error) ? `${error.code}: ${error.detail}` : 'the effect threw',
            now: nowText(),
          },
        };
      }
      if (!before) return { again_ms: isOpen(state) || state.ended_at === null ? 500 : 5000 };
      return {
        command: {
          kind: 'await_service',
          now: nowText(),
          ...awaitedOf(error, ownerOf(effect, state, error), effect.kind),
        },
      };
    }
  }

  async #perform(effect: Effect, state: ActionState): Promise<Act> {
    switch (effect.kind) {
      case 'walk': {
        const { looks, awaited } = await this.#looks.from(state, effect.from, false);
        const timeZone = looks.find((l) => l.gate === 'autonomy_mode' && 'saw' in l);
        const zone =
          timeZone !== undefined && 'saw' in timeZone && timeZone.gate === 'autonomy_mode'
            ? timeZone.saw.answer.time_zone
            : (sawOf(state, 'autonomy_mode')?.answer.time_zone ?? 'UTC');
        return {
          command: {
            kind: 'record_looks',
            looks,
            awaited,
            day: dayIn(zone, new Date()),
            time_zone: zone,
            now: nowText(),
          },
        };
      }
      case 'consume':
        return { command: { kind: 'record_consume', answer: await this.#consume(state), now: nowText() } };
      case 'plan':
        return { command: { kind: 'record_plan', plan: await this.#plan(state), now: nowText() } };
      case 'reevaluate':
        return this.#reevaluate(state);
      case 'reserve': {
        const command = await this.#reservations.reserve(state);
        return command === null ? { again_ms: 500 } : { command };
      }
      case 'request_turn':
        return { command: { kind: 'request_turn', now: nowText() } };
      case 'take_turn':
        return { command: { kind: 'record_turn', status: await this.#takeTurn(state), now: nowText() } };
      case 'last_look':
        return this.#lastLook(state);
      case 'apply':
        return this.#apply(state);
      case 'confirm':
        return this.#recorded(await this.#handler(state, 'confirm', state.confirm!.request_id));
      case 'undo':
        return this.#recorded(await this.#handler(state, 'undo', state.undo!.request_id));
      case 'give_back':
        return {
          command: { kind: 'record_give_back', given_back: await this.#giveBack(state), now: nowText() },
        };
      case 'release':
        return { command: await this.#reservations.release(state) };
      case 'expire':
        return { command: { kind: 'tick', now: nowText() } };
      case 'wait':
      case 'none':
        return { again_ms: 0 };
    }
  }

  async #consume(state: ActionState): Promise<RpcAnswer<'budget-ledger.consume'>> {
    const { intent, action_id } = state.accepted!;
    const { tenant_id, account_id, action_type } = intent;
    return this.#rpc.call('budget-ledger.consume', {
      request_id: state.budget!.request_id,
      tenant_id,
      account_id,
      action_type,
      action_id,
      day: state.budget!.day,
    });
  }

  async #giveBack(state: ActionState): Promise<boolean> {
    const { intent, action_id } = state.accepted!;
    const answer = await this.#rpc.call('budget-ledger.give_back', {
      request_id: state.budget!.request_id,
      tenant_id: intent.tenant_id,
      account_id: intent.account_id,
      action_id,
      day: state.budget!.day,
    });
    return answer.given_back;
  }

  async #plan(state: ActionState): Promise<PlanAnswer | null> {
    const { intent, action_id, action_type: type } = state.accepted!;
    if (type.handler === null) return null;
    const { tenant_id, action_type, entity_id, parameters } = intent;
    const name = `${type.handler.service}.plan` as const;
    const plan: Partial<PlanAnswer> | null = await this.#rpc.call(
      name,
      { tenant_id, action_id, action_type, entity_id, parameters },
      { deadlineMs: defaults.netconf_connect_ms + defaults.rpc_deadline_ms },
    );
    const texts = [plan?.plan_hash, plan?.diff_hash, plan?.leaves_fingerprint];
    if (!texts.every((text) => typeof text === 'string') || !Array.isArray(plan?.violations))
      throw new ProblemError('internal-error', `\`${name}\` answered no plan`);
    return plan as PlanAnswer;
  }

  async #reevaluate(state: ActionState): Promise<Act> {
    const { looks, awaited } = await this.#looks.from(state, 'kill_switch', true);
    if (awaited !== null) return { command: { kind: 'await_service', now: nowText(), ...awaited } };
    return { command: { kind: 'record_reevaluation', looks, now: nowText() } };
  }

  async #lastLook(state: ActionState): Promise<Act> {
    const began = performance.now();
    const [first, plan] = await Promise.all([
      this.#looks.from(state, 'kill_switch', true),
      this.#plan(state),
    ]);
    // A slow device made the gates' answers old: they are asked once more.
    const { looks, awaited } =
      performance.now() - began < defaults.kill_switch_lease_ms
        ? first
        : await this.#looks.from(state, 'kill_switch', true);
    if (awaited !== null) return { command: { kind: 'await_service', now: nowText(), ...awaited } };
    const { tenant_id: tenantId, action_type: actionType } = state.accepted!.intent;
    const seen = looks.find((l) => l.gate === 'kill_switch');
    const switches =
      seen !== undefined && 'saw' in seen && seen.gate === 'kill_switch'
        ? seen.saw.switches
        : await this.#switches.read(tenantId, actionType);
    const soak = this.#config.SAFETY_RAILS_SOAK_S;
    return {
      command: {
        kind: 'record_last_look',
        looks,
        plan,
        switches,
        soak_s: soak,
        confirm_timeout_s: Math.ceil(soak + defaults.confirm_timer_extra_s),
        now: nowText(),
      },
    };
  }

  /** Asks the executor for its turn (a repeat answers how it stands); the turn is taken in the background. */
  #takeTurn(state: ActionState): Promise<TxStatus> {
    return this.#rpc.call(
      `${state.accepted!.action_type.handler!.service}.take_turn`,
      this.#envelope(
        state,
        state.turn!.request_id,
        killSwitchEpoch(sawOf(state, 'kill_switch')?.switches ?? []) || 'none',
      ),
    );
  }

  /** Starts the handler's transaction (a repeat answers what was recorded) and asks how it stands. */
  async #apply(state: ActionState): Promise<Act> {
    const envelope = this.#envelope(state, state.execution!.request_id, state.execution!.epoch);
    if (state.execution!.tx_id === null) {
      const answer = await this.#rpc.call(`${state.execution!.service}.apply`, envelope);
      if (answer.status === 'refused')
        return {
          command: {
            kind: 'record_refusal',
            reasons: Array.isArray(answer.reasons) ? answer.reasons : [],
            now: nowText(),
          },
        };
    }
    return this.#recorded(await this.#rpc.call(`${state.execution!.service}.status`, envelope));
  }

  #handler(state: ActionState, command: 'confirm' | 'undo', requestId: string): Promise<TxStatus> {
    return this.#rpc.call(
      `${state.execution!.service}.${command}`,
      this.#envelope(state, requestId, state.execution!.epoch),
    );
  }

  #recorded(status: TxStatus): Act {
    return { command: { kind: 'record_transaction', status, now: nowText() } };
  }

  #envelope(state: ActionState, requestId: string, epoch: string): HandlerEnvelope {
    const { action_id, intent } = state.accepted!;
    return {
      request_id: requestId,
      deadline: new Date(Date.now() + defaults.rpc_deadline_ms).toISOString(),
      epoch,
      tenant_id: intent.tenant_id,
      action_id,
    };
  }
}
