import { Inject, Injectable } from '@nestjs/common';
import { defaults, type PlanAnswer, type RpcAnswer, type TxStatus } from '@interlock/contracts';
import { isProblem, ProblemError } from '@interlock/kernel';
import { inSpan, RpcClient } from '@interlock/jetstream';
import { nowText } from '@interlock/platform';
import {
  isRefused,
  isInFlight,
  isOpen,
  isRollbackPending,
  isTakingBack,
  limitsOf,
  rollbackGates,
  sawOf,
  type ActionCommand,
  type AcceptedAction,
  type ActionInFlight,
  type Effect,
  type TxAnswer,
} from '@interlock/rails';
import { actionStream } from './action-stream.js';
import { awaitedOf, GateLooks, isUnreachable } from '../gates/gate-looks.js';
import { KillSwitches } from '../kill-switch/kill-switches.js';
import { RailsMetrics } from '../metrics.js';
import { HandlerCalls } from './handler-calls.js';
import { NotifiedPeople } from './notified-people.js';
import { Reservations } from './reservations.js';

type Budget = NonNullable<AcceptedAction['budget']>;
type EffectOutcome =
  | { readonly command: ActionCommand }
  /** The effect must be repeated; `unanswered` if its service gave no answer. */
  | { readonly again_ms: number; readonly unanswered?: true };

const calendars = new Map<string, Intl.DateTimeFormat>();
/** Returns the calendar day of a zone, `YYYY-MM-DD`. Creating a calendar costs more than a gate. */
const dayIn = (timeZone: string, at: Date): string => {
  const calendar =
    calendars.get(timeZone) ??
    new Intl.DateTimeFormat('en-CA', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  calendars.set(timeZone, calendar);
  return calendar.format(at);
};

const ofLog: ReadonlySet<string> = new Set(['log-unavailable', 'append-outcome-unknown']);

/**
 * Returns the service to wait for if an effect fails and the error names none. A device that does
 * not answer counts as its gateway.
 */
const ownerOf = (effect: Effect, state: AcceptedAction, error: ProblemError): string => {
  if (effect.kind === 'reserve' || ofLog.has(error.code)) return 'log';
  return effect.kind === 'consume' ? 'budget-ledger' : (state.accepted.action_type.handler?.service ?? 'log');
};

/** Returns the problem that the stage of an action does not request an effect. */
const unasked = (effect: Effect, { status }: AcceptedAction): ProblemError =>
  new ProblemError('internal-error', `an action that is ${status} asks for no \`${effect.kind}\``);

const answerOf = ({ diff: _diff, observation: _observation, ...answer }: TxStatus): TxAnswer => answer;

/**
 * Performs one effect of an action and returns the command that records it, which the caller
 * appends. Every call is idempotent by the action's own ids.
 */
@Injectable()
export class Effects {
  readonly #rpc: Pick<RpcClient, 'call'>;
  readonly #handler: HandlerCalls;
  readonly #looks: GateLooks;
  readonly #reservations: Reservations;
  readonly #switches: Pick<KillSwitches, 'read'>;
  readonly #notified: Pick<NotifiedPeople, 'notifyingChannel' | 'reachOf' | 'current'>;

  constructor(
    @Inject(RpcClient) rpc: Pick<RpcClient, 'call'>,
    looks: GateLooks,
    reservations: Reservations,
    @Inject(KillSwitches) switches: Pick<KillSwitches, 'read'>,
    @Inject(NotifiedPeople) notified: Pick<NotifiedPeople, 'notifyingChannel' | 'reachOf' | 'current'>,
    @Inject(RailsMetrics) private readonly metrics: Pick<RailsMetrics, 'judged'>,
  ) {
    this.#rpc = rpc;
    this.#handler = new HandlerCalls(rpc);
    this.#looks = looks;
    this.#reservations = reservations;
    this.#switches = switches;
    this.#notified = notified;
  }

  /**
   * Performs an effect. An unreachable service becomes `await_service`; any other error before the
   * execution ends the action. Once a change may be on a device, or if only resources must be
   * returned, the effect is repeated instead.
   */
  async perform(effect: Effect, state: AcceptedAction): Promise<EffectOutcome> {
    try {
      return await this.#perform(effect, state);
    } catch (error) {
      const before = state.status === 'PENDING' || state.status === 'AWAITING_CONFIRMATION';
      if (!isUnreachable(error)) {
        // A reservation has its own expiry, and its wait for the log is not a gate's wait.
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
      const soon = isOpen(state) || state.ended_at === null || isTakingBack(state);
      if (effect.kind === 'end_temporary') return { again_ms: 30_000, unanswered: true };
      if (!before)
        return { again_ms: soon || isRollbackPending(state.rollback) ? 500 : 5000, unanswered: true };
      return {
        command: {
          kind: 'await_service',
          now: nowText(),
          ...awaitedOf(error, ownerOf(effect, state, error), effect.kind),
        },
      };
    }
  }

  async #perform(effect: Effect, state: AcceptedAction): Promise<EffectOutcome> {
    switch (effect.kind) {
      case 'walk': {
        const { looks: gates, awaited } = await this.#looks.from(state, effect.from, false);
        const timeZone = gates.find((l) => l.gate === 'autonomy_mode' && 'saw' in l);
        const zone =
          timeZone !== undefined && 'saw' in timeZone && timeZone.gate === 'autonomy_mode'
            ? timeZone.saw.answer.time_zone
            : (sawOf(state, 'autonomy_mode')?.answer.time_zone ?? 'UTC');
        return {
          command: {
            kind: 'record_looks',
            gates,
            ...(isRefused(gates) ? {} : { consume: { day: dayIn(zone, new Date()), time_zone: zone } }),
            ...(awaited === null ? {} : { awaited }),
            now: nowText(),
          },
        };
      }
      case 'consume':
        if (state.budget === null) throw unasked(effect, state);
        return {
          command: {
            kind: 'record_consume',
            gates: [await this.#lookAtBudget(state, state.budget)],
            now: nowText(),
          },
        };
      case 'plan':
        return { command: await this.#planned(state) };
      case 'await_notification': {
        if (state.status !== 'AWAITING_CONFIRMATION') throw unasked(effect, state);
        const channel = this.#notified.notifyingChannel(
          actionStream(state.accepted.intent.tenant_id, state.accepted.action_id),
        );
        return channel === null
          ? { again_ms: Math.max(0, Date.parse(state.window.due_at) - Date.now()) + 5 }
          : { command: { kind: 'record_notified', channel_id: channel, now: nowText() } };
      }
      case 'request_approval':
        return { command: { kind: 'ask_unnotified', now: nowText() } };
      case 'reevaluate':
        return this.#reevaluate(state);
      case 'reserve': {
        const command = await this.#reservations.reserve(state);
        return command === null ? { again_ms: 500 } : { command };
      }
      case 'request_turn':
        return { command: { kind: 'request_turn', now: nowText() } };
      case 'take_turn':
        if (state.turn === null || state.accepted.action_type.handler === null) throw unasked(effect, state);
        return {
          command: {
            kind: 'record_turn',
            status: answerOf(
              await this.#handler.takeTurn(state, state.turn, state.accepted.action_type.handler.service),
            ),
            now: nowText(),
          },
        };
      case 'last_look':
        return this.#lastLook(state);
      case 'apply':
        if (!isInFlight(state)) throw unasked(effect, state);
        return this.#apply(state);
      case 'confirm':
        if (state.status !== 'VALIDATING' || state.confirm === null) throw unasked(effect, state);
        return this.#recorded(state, await this.#handler.confirm(state, state.confirm.request_id));
      case 'look_back':
        return this.#lookBack(state, effect.look);
      case 'end_temporary':
        return {
          command: {
            kind: 'end_temporary',
            by: 'service:safety-rails',
            plan: await this.#planEnd(state),
            now: nowText(),
          },
        };
      case 'take_back':
        if (!isTakingBack(state) || state.rollback.request_id === null) throw unasked(effect, state);
        return {
          command: {
            kind: 'record_rollback',
            status: answerOf(
              await this.#handler.takeBack(
                state,
                state.execution.service,
                state.rollback.request_id,
                state.rollback.epoch ?? 'none',
              ),
            ),
            now: nowText(),
          },
        };
      case 'undo':
        if (!isInFlight(state) || state.status !== 'ROLLING_BACK') throw unasked(effect, state);
        return this.#recorded(state, await this.#handler.undo(state, state.undo.request_id));
      case 'give_back':
        if (state.budget === null) throw unasked(effect, state);
        return {
          command: {
            kind: 'record_give_back',
            given_back: await this.#giveBack(state, state.budget),
            now: nowText(),
          },
        };
      case 'release':
        return { command: await this.#reservations.release(state) };
      case 'expire':
      case 'escalate':
        return { command: { kind: 'tick', now: nowText() } };
      case 'wait':
      case 'none':
        return { again_ms: 0 };
    }
  }

  /** Asks the last gate, which is measured like the others. */
  async #lookAtBudget(
    { accepted: { intent, action_id } }: AcceptedAction,
    budget: Budget,
  ): Promise<{
    readonly gate: 'budget';
    readonly saw: { readonly answer: RpcAnswer<'budget-ledger.consume'> };
  }> {
    const { tenant_id, account_id, action_type } = intent;
    const began = performance.now();
    return inSpan({ name: 'gate budget', attributes: { 'interlock.gate': 'budget' } }, async (span) => {
      const answer = await this.#rpc.call('budget-ledger.consume', {
        request_id: budget.request_id,
        tenant_id,
        account_id,
        action_type,
        action_id,
        day: budget.day,
      });
      span.setAttribute('interlock.gate.verdict', answer.consumed ? 'pass' : 'fail');
      this.metrics.judged('budget', (performance.now() - began) / 1000);
      return { gate: 'budget', saw: { answer } };
    });
  }

  async #giveBack({ accepted: { intent, action_id } }: AcceptedAction, budget: Budget): Promise<boolean> {
    const answer = await this.#rpc.call('budget-ledger.give_back', {
      request_id: budget.request_id,
      tenant_id: intent.tenant_id,
      account_id: intent.account_id,
      action_id,
      day: budget.day,
    });
    return answer.given_back;
  }

  /**
   * Plans the action for people. INVARIANT: the channels are read from the log now, because a
   * window whose clock runs without anybody knowing is worse than one that waits.
   */
  async #planned(state: AcceptedAction): Promise<ActionCommand> {
    const plan = await this.#handler.plan(state, 'shown');
    await this.#notified.current();
    const reach = this.#notified.reachOf(state.accepted.intent.tenant_id);
    return {
      kind: 'record_plan',
      plan,
      now: nowText(),
      ...(reach === null ? {} : { notify_within_s: limitsOf(state).notify_within_s }),
      ...(reach === 'programs' ? { reaches_nobody: true } : {}),
    };
  }

  async #reevaluate(state: AcceptedAction): Promise<EffectOutcome> {
    const { looks, awaited } = await this.#looks.from(state, 'kill_switch', true);
    if (awaited !== null) return { command: { kind: 'await_service', now: nowText(), ...awaited } };
    return { command: { kind: 'record_reevaluation', gates: looks, now: nowText() } };
  }

  /**
   * Returns the changes that the rollback of a completed action would make, according to its
   * handler now. Throws the handler's errors.
   */
  async planUndo(state: AcceptedAction): Promise<PlanAnswer> {
    const plan = await this.#handler.plan(state, 'undo');
    if (plan === null) throw new ProblemError('undo-impossible', 'the action has no handler');
    return plan;
  }

  /** The same for a temporary change. A handler that cannot plan the undo is a violation. */
  async #planEnd(state: AcceptedAction): Promise<PlanAnswer> {
    try {
      return await this.planUndo(state);
    } catch (error) {
      const plan = state.planned?.plan ?? null;
      if (!isProblem(error) || isUnreachable(error) || plan === null) throw error;
      const { code, detail } = error;
      return { ...plan, payloads: [], diff: [], violations: [{ code, detail }] };
    }
  }

  /**
   * Looks at the gates of a rollback. The last look also includes the changes that it would make.
   */
  async #lookBack(state: AcceptedAction, look: 'first' | 'last'): Promise<EffectOutcome> {
    const plan = look === 'last' ? await this.planUndo(state) : null;
    const { looks, awaited } = await this.#looks.at(state, rollbackGates);
    if (awaited !== null) return { again_ms: 500 };
    return { command: { kind: 'record_rollback_look', look, gates: looks, plan, now: nowText() } };
  }

  async #lastLook(state: AcceptedAction): Promise<EffectOutcome> {
    const began = performance.now();
    const [first, plan] = await Promise.all([
      this.#looks.from(state, 'kill_switch', true),
      this.#handler.plan(state),
    ]);
    // The gates' answers became too old during the read of a slow device, so the gates are asked
    // again.
    const { looks, awaited } =
      performance.now() - began < defaults.kill_switch_lease_ms
        ? first
        : await this.#looks.from(state, 'kill_switch', true);
    if (awaited !== null) return { command: { kind: 'await_service', now: nowText(), ...awaited } };
    const soak = limitsOf(state).soak_s;
    return {
      command: {
        kind: 'record_last_look',
        gates: looks,
        plan,
        soak_s: soak,
        confirm_timeout_s: Math.ceil(soak + defaults.confirm_timer_extra_s),
        now: nowText(),
      },
    };
  }

  /**
   * Starts the handler's transaction and asks for its status; a repeat returns the recorded answer.
   */
  async #apply(state: ActionInFlight): Promise<EffectOutcome> {
    if (state.execution.tx_id === null) {
      const answer = await this.#handler.apply(state);
      if (answer.status === 'refused')
        return {
          command: {
            kind: 'record_refusal',
            reasons: Array.isArray(answer.reasons) ? answer.reasons : [],
            now: nowText(),
          },
        };
    }
    return this.#recorded(state, await this.#handler.status(state));
  }

  #recorded({ execution }: ActionInFlight, status: TxStatus): EffectOutcome {
    const { diff, observation } = status;
    return {
      command: {
        kind: 'record_transaction',
        status: { ...answerOf(status), observation, ...(execution.tx_id === null ? { diff } : {}) },
        now: nowText(),
      },
    };
  }
}
