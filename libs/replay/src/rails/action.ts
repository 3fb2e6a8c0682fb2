import type { PlanAnswer } from '@interlock/contracts';
import { dayOf } from '@interlock/autonomy';
import type { Recorded, RecordedEvent } from '@interlock/kernel';
import {
  actionDecided,
  endEventTypes,
  isRollbackEvent,
  isRollbackPending,
  isTakingBack,
  refusalOf,
  sawOf,
  validateOutcome,
  type ActionCommand,
  type ActionEvent,
  type ActionState,
  stops,
  wholeGate,
  type GateRecord,
  type RecordedGate,
} from '@interlock/rails';
import { compared, type Finding, nameIn } from '../finding.js';
import { planAgain } from '../network/plan-again.js';
import { acceptedAgain } from './accepted.js';
import { GateReplay, switchSubject } from './gate.js';
import { handlerAnswered } from './handler-answers.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';
import type { World } from '../world.js';

/** How many ended actions are kept because they may still be rolled back. */
const mostKept = 2000;
type Event = Recorded<ActionEvent> & RecordedEvent;

/** An action that has not ended. */
type OpenAction = {
  readonly stream: string;
  readonly of: StreamOf;
  /**
   * The file lacks the first events. Gates then rely on their own records, and results of earlier
   * events cannot be replayed.
   */
  readonly partial: boolean;
  state: ActionState;
  /** The gate record that ended the action. */
  stopped: GateRecord | null;
  started: Extract<ActionEvent, { type: 'ExecutionStarted' }>['data'] | null;
  last: RecordedEvent;
};
/** The state of a started action, for comparison with its handler's transaction. */
export type StartedAction = {
  readonly state: ActionState;
  readonly started: OpenAction['started'];
  readonly plan: PlanAnswer | null;
};
/** An action that has ended, with its derived state; `last` is its last event. */
export type EndedAction = {
  readonly stream: string;
  readonly of: StreamOf;
  readonly state: ActionState;
  readonly last: RecordedEvent;
};

/**
 * Checks the budget's day in the tenant's time zone. A request may be decided a moment after its
 * time was read.
 */
const budgetDay = (
  { day, time_zone }: { readonly day: string; readonly time_zone: string },
  state: ActionState,
  at: string,
): Finding => {
  const days = [at, new Date(Date.parse(at) - 1000).toISOString()].map((time) => dayOf(time, time_zone));
  return compared(
    'budget_day',
    'the day on which the budget counts',
    { day, time_zone },
    {
      day: days.includes(day) ? day : days[0],
      time_zone: sawOf(state, 'autonomy_mode')?.answer.time_zone,
    },
  );
};

/** True if no event can follow. */
const isOver = (state: ActionState): boolean =>
  state.ended_at !== null &&
  !isTakingBack(state) &&
  !isRollbackPending(state.rollback) &&
  state.reservation === null &&
  state.budget?.status !== 'giving-back';

/**
 * Replays actions. It judges every gate again from its inputs, computes the answers that these
 * contain, and decides every append again on the state before it. It compares each fact with the
 * stream that it comes from.
 */
export class ActionReplay {
  readonly #open = new Map<string, OpenAction>();
  readonly #over = new Set<string>();
  /** The latest actions that have ended and may still be rolled back. */
  readonly #kept = new Map<string, OpenAction>();
  readonly #gates: GateReplay;
  /** The action that ended with the latest append. */
  #ended: OpenAction | null = null;
  /** The action whose append is in progress. */
  #append: OpenAction | null = null;
  readonly #decisions: StreamReplay<ActionCommand, ActionEvent, ActionState>;

  constructor(private readonly world: World) {
    this.#gates = new GateReplay(world);
    this.#decisions = new StreamReplay(
      {
        ...actionDecided,
        also: (_event, before, of, command) => handlerAnswered(world, of, before, command),
      },
      world.checks,
    );
  }

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const own = event as Event;
    if (this.#over.has(event.stream) && !this.#reopened(own))
      return [compared('action', 'nothing follows on an action that is over', event.type, null)];
    const open = this.#open.get(event.stream) ?? {
      stream: event.stream,
      of,
      partial: event.revision > 0n,
      state: actionDecided.decider.initial,
      stopped: null,
      started: null,
      last: event,
    };
    this.#open.set(event.stream, open);
    const before = open.state;
    this.#append = open;
    const decided = this.#decisions.take(own, of);
    open.state = this.#decisions.of(event.stream)!.state;
    open.last = event;
    const findings = this.world.checks(event.stream) ? [...this.#event(own, open, before), ...decided] : [];
    if (own.type === 'ExecutionStarted') open.started = own.data;
    if (own.type === 'TurnLapsed') open.started = null;
    return findings;
  }

  /**
   * True if the event belongs to the rollback of an ended action. If the action ended long ago, no
   * state is kept, and its events are only compared with themselves.
   */
  #reopened(event: Event): boolean {
    if (!isRollbackEvent(event)) return false;
    this.#over.delete(event.stream);
    const kept = this.#kept.get(event.stream);
    this.#kept.delete(event.stream);
    if (kept !== undefined) this.#open.set(event.stream, kept);
    return true;
  }

  /** The actions whose state is no longer needed after one has ended. */
  settled({ stream }: Pick<EndedAction, 'stream'>): readonly StreamOf[] {
    const ended = this.#ended;
    this.#ended = null;
    if (ended?.stream !== stream) return [];
    if (ended.state.status !== 'COMPLETED' || ended.state.accepted.action_type.handler === null)
      return this.#forgotten(ended);
    this.#kept.set(stream, ended);
    const [oldest] = this.#kept.size > mostKept ? this.#kept.values() : [];
    if (oldest === undefined) return [];
    this.#kept.delete(oldest.stream);
    return this.#forgotten(oldest);
  }

  #forgotten({ stream, of }: OpenAction): readonly StreamOf[] {
    this.#decisions.forget(stream);
    return [of];
  }

  /** True if the event belongs to the append in progress. */
  continues(event: RecordedEvent): boolean {
    const last = this.#append?.last;
    return (
      last !== undefined &&
      last.stream === event.stream &&
      last.metadata.command_id === event.metadata.command_id &&
      last.revision + 1n === event.revision
    );
  }

  /** Ends the append. Returns the action if it is now over. */
  close(): EndedAction | null {
    const open = this.#append;
    this.#append = null;
    if (open === null || !isOver(open.state)) return null;
    this.#open.delete(open.stream);
    if (!open.partial) this.#over.add(open.stream);
    this.#ended = open.partial ? null : open;
    return open.partial ? null : { stream: open.stream, of: open.of, state: open.state, last: open.last };
  }

  /**
   * Returns a started action. After an action has ended, its handler follows only its own rules.
   */
  startedAction(stream: string): StartedAction | 'over' | undefined {
    if (this.#over.has(stream)) return 'over';
    const open = this.#open.get(stream);
    return open === undefined || open.partial
      ? undefined
      : { state: open.state, started: open.started, plan: open.state.planned?.plan ?? null };
  }

  /** The state of an ended action; null before its end, or if the file lacks its beginning. */
  endedState(stream: string): ActionState | null {
    const open = this.#open.get(stream);
    return open === undefined || open.partial || open.state.ended_at === null ? null : open.state;
  }

  /** Returns the actions that have not ended. */
  open(): readonly EndedAction[] {
    return [...this.#open.values()].filter(({ partial }) => !partial);
  }

  #event(event: Event, open: OpenAction, before: ActionState): readonly Finding[] {
    const {
      of: { tenant, id },
      state,
    } = open;
    const at = event.metadata.occurred_at;
    const account = state.accepted?.intent.account_id ?? '';
    switch (event.type) {
      case 'IntentAccepted':
        return acceptedAgain(event, open.of, this.world);
      case 'RollbackJudged':
        return this.#judged(event.data.gates, open, event, before);
      case 'GatesJudged':
        return [
          ...this.#judged(event.data.gates, open, event, before),
          ...(event.data.occasion === 'last' ? this.#plan(event.data.plan, open, at) : []),
          ...(event.data.occasion === 'first' && event.data.consume !== undefined && !open.partial
            ? [budgetDay(event.data.consume, state, at)]
            : []),
        ];
      case 'PlanPrepared':
        return this.#plan(event.data.plan, open, at);
      default:
        break;
    }
    if (open.partial)
      return event.type === 'OutcomeValidated'
        ? [{ kind: 'validation', missing: 'the beginning of the action is not in the file' }]
        : [];
    switch (event.type) {
      case 'ReservationGranted':
        return [this.world.leases.granted(tenant, id, event.data, before.reservation)];
      case 'ReservationAwaited':
        return [this.world.leases.queued(tenant, id, before.reservation)];
      case 'OutcomeValidated': {
        const prediction = sawOf(before, 'prediction')?.answer;
        const { result, reasons } = validateOutcome(
          prediction,
          event.data.observation,
          before.accepted?.action_type.kpis,
        );
        return [
          compared(
            'validation',
            'validation of the outcome',
            { result: event.data.validation_result, reasons: event.data.reasons },
            { result, reasons },
          ),
        ];
      }
      case 'ExecutionStarted':
      case 'RollbackStarted': {
        const looked = sawOf(state, 'kill_switch')?.switches;
        return [
          compared(
            'execution',
            'what starts is what its last look let start',
            { stopped: open.stopped !== null, switches: event.data.switches },
            { stopped: false, switches: looked },
          ),
          this.world.leases.held(tenant, id, event.data.fencing, at),
        ];
      }
      case 'RollbackRefused':
        open.stopped = null;
        return [];
      case 'BudgetGivenBack':
        return [
          this.world.budgets.givenBack(tenant, account, id, before.budget?.day ?? '', event.data.given_back),
        ];
      case 'UndoRequested':
        return event.data.cause === 'kill_switch' ? this.#stoppedBySwitch(open, at) : [];
      case 'ActionDenied':
        return open.stopped === null && event.data.gate === 'kill_switch'
          ? this.#stoppedBySwitch(open, at)
          : this.#refused(event, open);
      default:
        return endEventTypes.has(event.type) ? this.#refused(event, open) : [];
    }
  }

  #plan(plan: PlanAnswer | null, { of: { tenant }, state }: OpenAction, at: string): readonly Finding[] {
    if (plan === null || state.accepted?.action_type.handler?.service !== 'netconf-gateway') return [];
    const again = planAgain(
      plan,
      (name) => this.world.inventory.binding(tenant, name),
      this.world.contentHash,
    );
    return [
      ...(again === null
        ? []
        : [compared('plan', 'the plan, from its changes', again.recorded, again.replayed)]),
      ...this.world.inventory.planned(tenant, plan, at),
    ];
  }

  /** Checks a stop by the kill switch outside the gates. */
  #stoppedBySwitch({ of: { tenant }, state }: OpenAction, at: string): readonly Finding[] {
    const nothing = { tenant_id: tenant, action_type: '', account_id: '', agent: '', site_id: null };
    return [
      this.world.switches.stopped(
        state.accepted === null ? nothing : switchSubject(state.accepted.intent, state),
        at,
      ),
    ];
  }

  #judged(
    recorded: readonly RecordedGate[],
    open: OpenAction,
    by: RecordedEvent,
    before: ActionState,
  ): readonly Finding[] {
    const records = recorded.map(wholeGate);
    open.stopped = records.findLast(stops) ?? open.stopped;
    return this.#gates.judged(records, open, by, before);
  }

  /**
   * Checks the end of an action after a failed gate, which must be that gate's own refusal. An end
   * by another cause does not belong to a gate.
   */
  #refused(event: Event, open: OpenAction): readonly Finding[] {
    const record = open.stopped;
    if (record === null) return [];
    open.stopped = null;
    const refusal = refusalOf(record);
    return [
      compared(
        'refusal',
        `refusal by gate ${nameIn(record.gate)}`,
        { type: event.type, data: event.data },
        { type: refusal.type, data: refusal.data },
      ),
    ];
  }
}
