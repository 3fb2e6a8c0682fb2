import { actorKey, defaults, type TxStatus } from '@interlock/contracts';
import type { Recorded, RecordedEvent } from '@interlock/kernel';
import {
  decidedByFirstRules,
  isGateEvent,
  isGateRefusal,
  lookOf,
  type ActionCommand,
  type ActionEvent,
  type ActionState,
} from '@interlock/rails';

type Event = Recorded<ActionEvent>;
type Of<T extends ActionEvent['type']> = Extract<ActionEvent, { readonly type: T }>['data'];

const dataOf = <T extends ActionEvent['type']>(events: readonly Event[], type: T): Of<T> | undefined =>
  events.find((event) => event.type === type)?.data as Of<T> | undefined;

/** A command's own time may be a moment before that of its events (to 0.1 they were taken one after the other): never longer. */
const momentMs = 10_000;

/** The time that a due time was counted from. */
const countedFrom = (events: readonly Event[]): string | undefined => {
  const opened = dataOf(events, 'ConfirmationWindowOpened');
  const [due, seconds] =
    opened !== undefined
      ? [opened.due_at, opened.window_s]
      : [
          dataOf(events, 'ReservationRequested')?.wait_expires_at ??
            dataOf(events, 'ApprovalRequested')?.expires_at ??
            dataOf(events, 'ServiceAwaited')?.expires_at,
          dataOf(events, 'ReservationRequested') !== undefined
            ? defaults.reservation_wait_s
            : dataOf(events, 'ApprovalRequested') !== undefined
              ? defaults.approval_expiry_s
              : defaults.service_wait_s,
        ];
  const at = due === undefined ? NaN : Date.parse(due) - seconds * 1000;
  const recorded = Date.parse(events[0]!.metadata.occurred_at);
  return at <= recorded && at >= recorded - momentMs ? new Date(at).toISOString() : undefined;
};

/** How a handler answers that has nothing to say of the change itself. */
const nothing = (state: ActionState): Omit<TxStatus, 'state'> => ({
  tx_id: state.accepted?.action_id ?? '',
  reasons: [],
  observation: null,
  diff: [],
});

const transaction = (events: readonly Event[], state: ActionState, now: string): readonly ActionCommand[] => {
  const last = events.at(-1)!;
  const applied = dataOf(events, 'ExecutionApplied');
  const base = {
    tx_id: state.accepted?.action_id ?? '',
    diff: applied?.diff ?? [],
    observation: null,
    reasons: [],
  };
  const status = (
    over: Partial<Extract<ActionCommand, { kind: 'record_transaction' }>['status']>,
  ): ActionCommand => ({ kind: 'record_transaction', now, status: { ...base, state: 'NONE', ...over } });
  const undone = state.undo?.reasons.length ?? 0;
  switch (last.type) {
    case 'ExecutionApplied':
      return [status({ state: 'TENTATIVE' })];
    case 'OutcomeValidated':
    case 'ConfirmRequested':
      return [
        status({ state: 'OBSERVED', observation: dataOf(events, 'OutcomeValidated')?.observation ?? null }),
      ];
    case 'UndoRequested': {
      const validated = dataOf(events, 'OutcomeValidated');
      if (validated !== undefined) return [status({ state: 'OBSERVED', observation: validated.observation })];
      return last.data.cause === 'stale'
        ? [{ ...status({}), before_turns: true } as ActionCommand]
        : [status({ state: 'CONFIRMED' })];
    }
    case 'ActionCompleted':
      return [status({ state: 'CONFIRMED', reasons: last.data.reasons, observation: last.data.observation })];
    case 'ActionRolledBack': {
      const of = { reasons: last.data.reasons.slice(undone), observation: last.data.observation };
      return last.data.cause === 'execution-failed'
        ? [status({ ...of, state: 'FAILED' })]
        : [status({ ...of, state: 'ROLLED_BACK' })];
    }
    case 'ActionRollbackFailed':
      return [
        status({
          state: 'ROLLBACK_FAILED',
          reasons: last.data.reasons.slice(undone),
          observation: last.data.observation,
        }),
      ];
    default:
      return [];
  }
};

const lastLook = (events: readonly Event[], now: string): ActionCommand => {
  const taken = dataOf(events, 'LastLookTaken');
  const started = dataOf(events, 'ExecutionStarted');
  return {
    kind: 'record_last_look',
    now,
    looks: taken?.gates.map(lookOf) ?? [],
    plan: taken?.plan ?? null,
    switches: started?.switches ?? [],
    soak_s: started?.soak_s ?? 0,
    confirm_timeout_s: started?.confirm_timeout_s ?? 0,
  };
};

const looks = (events: readonly Event[], now: string): ActionCommand => {
  const awaited = dataOf(events, 'ServiceAwaited');
  const consume = dataOf(events, 'BudgetConsumeRequested');
  return {
    kind: 'record_looks',
    now,
    looks: events.flatMap((event) =>
      isGateEvent(event) && event.type !== 'BudgetChecked' ? [lookOf(event.data)] : [],
    ),
    day: consume?.day ?? '',
    time_zone: consume?.time_zone ?? '',
    awaited:
      awaited === undefined ? null : { service: awaited.service, gate: awaited.gate, detail: awaited.detail },
  };
};

const commandsAt = (events: readonly Event[], state: ActionState, now: string): readonly ActionCommand[] => {
  const first = events[0]!;
  if (isGateEvent(first)) {
    const { data } = first;
    return first.type === 'BudgetChecked' && data.gate === 'budget' && 'answer' in data.saw
      ? [{ kind: 'record_consume', answer: data.saw.answer, now }]
      : [looks(events, now)];
  }
  // A gate's refusal stands behind the gate's own event; the kill switch's may also stand alone.
  if (isGateRefusal(first) && first.type !== 'ActionCancelledByKillSwitch') return [];
  switch (first.type) {
    case 'IntentAccepted':
      return [{ kind: 'accept', data: first.data, now }];
    case 'BudgetConsumeRequested':
      return [looks(events, now)];
    case 'ServiceAwaited': {
      const { service, gate, detail } = first.data;
      return [{ kind: 'await_service', service, gate, detail, now }, looks(events, now)];
    }
    case 'PlanPrepared':
      return [{ kind: 'record_plan', plan: first.data.plan, now }];
    case 'GatesReevaluated':
      return [{ kind: 'record_reevaluation', looks: first.data.gates.map(lookOf), now }];
    case 'ActionConfirmed':
      return [
        {
          kind: 'confirm',
          by: first.data.by,
          digest: first.data.digest,
          comment: first.data.comment ?? null,
          now,
        },
      ];
    case 'ConfirmationWindowExtended':
      return [
        {
          kind: 'extend',
          by: first.data.by,
          seconds: (Date.parse(first.data.due_at) - Date.parse(state.window?.due_at ?? '')) / 1000,
          now,
        },
      ];
    case 'ActionApproved':
      return [
        {
          kind: 'approve',
          by: first.data.by,
          digest: first.data.digest,
          comment: first.data.comment ?? null,
          now,
        },
      ];
    case 'ActionRejected':
      return [{ kind: 'reject', by: first.data.by, comment: first.data.comment ?? null, now }];
    case 'ActionCancelled':
      return [{ kind: 'cancel', by: first.data.by, comment: first.data.comment ?? null, now }];
    case 'ActionCancelledByKillSwitch':
      return [{ kind: 'stop_by_kill_switch', reasons: first.data.reasons, rollback_in_flight: false, now }];
    case 'ActionDeniedByGateError':
      return [
        {
          kind: 'record_gate_error',
          gate: first.data.gate,
          detail: first.data.reasons[0]?.detail ?? '',
          now,
        },
      ];
    case 'ActionExpired':
      return [{ kind: 'tick', now }, lastLook(events, now)];
    case 'ReservationGranted':
      return [
        {
          kind: 'record_reservation',
          granted: first.data,
          held_by: [],
          now,
          ...(dataOf(events, 'TurnRequested') === undefined ? { before_turns: true } : {}),
        },
      ];
    case 'ReservationAwaited':
      return [{ kind: 'record_reservation', granted: null, held_by: first.data.held_by, now }];
    case 'ReservationReleased':
      return [{ kind: 'record_release', now }];
    case 'TurnRequested':
      return [{ kind: 'request_turn', now }];
    case 'TurnTaken':
      return [
        { kind: 'record_turn', now, status: { ...nothing(state), state: 'READY', turn: first.data.turn } },
      ];
    case 'TurnLapsed': {
      const status: TxStatus = {
        ...nothing(state),
        state: 'STALE',
        turn: first.data.turn,
        reasons: first.data.reasons,
      };
      return [
        { kind: 'record_turn', now, status },
        { kind: 'record_transaction', now, status },
      ];
    }
    case 'ActionCancelledByRefusal':
      return [
        {
          kind: 'record_turn',
          now,
          status: { ...nothing(state), state: 'REFUSED', reasons: first.data.reasons },
        },
      ];
    case 'LastLookTaken':
      return [lastLook(events, now)];
    // A lease that ends too soon is asked for anew; how soon, only the process that started it knew.
    case 'ReservationRequested':
      return [{ ...lastLook(events, now), confirm_timeout_s: 86_400 } as ActionCommand];
    case 'ApplyRefused':
      return [
        { kind: 'record_refusal', reasons: first.data.reasons, now },
        {
          kind: 'record_transaction',
          now,
          status: {
            tx_id: state.accepted?.action_id ?? '',
            state: 'REFUSED',
            reasons: first.data.reasons,
            observation: null,
            diff: [],
          },
        },
      ];
    case 'UndoRequested': {
      const by = actorKey(first.metadata.actor);
      const comment = first.data.comment ?? null;
      if (first.data.cause === 'operator')
        return [
          { kind: 'cancel', by, comment, now },
          { kind: 'rollback', by, comment, now },
        ];
      if (first.data.cause === 'kill_switch')
        return [{ kind: 'stop_by_kill_switch', reasons: first.data.reasons, rollback_in_flight: true, now }];
      return transaction(events, state, now);
    }
    case 'ExecutionApplied':
    case 'OutcomeValidated':
    case 'ActionCompleted':
    case 'ActionRolledBack':
    case 'ActionRollbackFailed':
      return transaction(events, state, now);
    case 'BudgetGivenBack':
      return [{ kind: 'record_give_back', given_back: first.data.given_back, now }];
    // Each of these stands behind another event of its append: no command writes it first.
    case 'ConfirmationWindowOpened':
    case 'ConfirmationWindowElapsed':
    case 'ApprovalRequested':
    case 'ExecutionStarted':
    case 'ConfirmRequested':
    case 'DryRunCompleted':
    case 'ActionDeniedByHandler':
    case 'BudgetGiveBackRequested':
      return [];
  }
};

/** In version 1 a person's words stood where the reason's own are now. */
const ownWords: { readonly [code: string]: string } = {
  rejected: 'a person rejected it',
  cancelled: 'an operator cancelled it',
  'rollback-asked': 'an operator asked for the rollback',
};

/** An append of before as it would be written now: the words that a person gave as a reason are the reason's own. */
export const asWrittenNow = (
  events: readonly (Event & RecordedEvent)[],
): readonly (Event & RecordedEvent)[] => {
  const first = events[0]!;
  if (
    first.metadata.schema_version !== 1 ||
    !['ActionRejected', 'ActionCancelled', 'UndoRequested'].includes(first.type) ||
    !('reasons' in first.data)
  )
    return events;
  const reasons = first.data.reasons.map((reason) => ({
    ...reason,
    detail: ownWords[reason.code] ?? reason.detail,
  }));
  return [{ ...first, data: { ...first.data, reasons } } as Event & RecordedEvent, ...events.slice(1)];
};

/** True where events of one append were decided by the first version of the rules. */
export const byFirstRules = (events: readonly Event[]): boolean =>
  events.some(({ type, metadata }) => decidedByFirstRules.has(type) && metadata.schema_version === 1);

/** The commands of which one wrote these events of one append, rebuilt from the events themselves; none where no command can have. */
export const actionCommands = (events: readonly Event[], state: ActionState): readonly ActionCommand[] => {
  const now = events[0]!.metadata.occurred_at;
  const earlier = countedFrom(events);
  const commands = [
    ...commandsAt(events, state, now),
    ...(earlier === undefined || earlier === now ? [] : commandsAt(events, state, earlier)),
  ];
  return byFirstRules(events)
    ? commands.map((command): ActionCommand => ({ ...command, rules: 1 }))
    : commands;
};
