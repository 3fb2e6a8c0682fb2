import { actorKey, type TxStatus } from '@interlock/contracts';
import type { Decision, RecalledStreams } from '@interlock/kernel';
import { windowEnd } from '../action-person.js';
import type { ActionCommand } from '../action-commands.js';
import type { ActionEvent } from '../action-events.js';
import type { ActionState } from '../action-stages.js';
import { actionDecider } from '../action.js';
import { isGateEvent, isGateRefusal, lookOf } from '../gates/record.js';
import { countedFrom, dataOf, rulesOf } from './append.js';
import { rollbackCommands, rollbackEnd } from './rollback.js';
import { answerOf, transactionCommands } from './transaction.js';

const lastLook = (events: Decision<ActionEvent>, now: string): ActionCommand => {
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

const toldWithin = (
  opened: Extract<ActionEvent, { readonly type: 'ConfirmationWindowOpened' }>['data'] | undefined,
): { readonly tell_within_s?: number; readonly reaches_nobody?: true } => ({
  ...(opened?.told_within_s === undefined ? {} : { tell_within_s: opened.told_within_s }),
  ...(opened?.reaches_nobody === true ? { reaches_nobody: true } : {}),
});

const looks = (events: Decision<ActionEvent>, now: string): ActionCommand => {
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

const commandsAt = (
  events: Decision<ActionEvent>,
  state: ActionState,
  now: string,
): readonly ActionCommand[] => {
  const [first] = events;
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
      return [
        {
          kind: 'record_plan',
          plan: first.data.plan,
          now,
          ...toldWithin(dataOf(events, 'ConfirmationWindowOpened')),
        },
      ];
    case 'ConfirmationWindowStarted':
      return [{ kind: 'record_told', channel_id: first.data.channel_id, now }];
    case 'ApprovalRequested':
      return [{ kind: 'ask_untold', now }];
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
          seconds:
            (Date.parse(first.data.due_at) -
              Date.parse(
                state.window === null || state.window === undefined ? '' : windowEnd(state.window, now),
              )) /
            1000,
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
    case 'ApprovalEscalated':
      return [{ kind: 'tick', now }];
    case 'ActionExpired':
      return [{ kind: 'tick', now }, lastLook(events, now)];
    case 'ReservationGranted':
      return [
        {
          kind: 'record_reservation',
          granted: first.data,
          held_by: [],
          now,
          ...(dataOf(events, 'TurnRequested') === undefined ? { rules: 'before-turns' as const } : {}),
        },
      ];
    case 'ReservationAwaited':
      return [
        {
          kind: 'record_reservation',
          granted: null,
          held_by: first.data.held_by,
          now,
          ...(first.data.room === undefined ? {} : { room: first.data.room }),
        },
      ];
    case 'ReservationReleased':
      return [{ kind: 'record_release', now }];
    case 'TurnRequested':
      return [{ kind: 'request_turn', now }];
    case 'TurnTaken':
      return [
        { kind: 'record_turn', now, status: { ...answerOf(state), state: 'READY', turn: first.data.turn } },
      ];
    case 'TurnLapsed': {
      const status: TxStatus = {
        ...answerOf(state),
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
          status: { ...answerOf(state), state: 'REFUSED', reasons: first.data.reasons },
        },
      ];
    case 'LastLookTaken':
      return [lastLook(events, now)];
    // A lease that would end too soon is requested again. Only the process that asked knew how soon that was.
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
      return transactionCommands(events, state, now);
    }
    case 'RollbackPrepared':
    case 'RollbackApproved':
    case 'RollbackJudged':
      return rollbackCommands(events, now);
    case 'RollbackRefused':
      return first.data.cause === 'handler'
        ? rollbackEnd(first.type, first.data.reasons, state, now)
        : rollbackCommands(events, now);
    case 'ActionRolledBack':
    case 'ActionRollbackFailed':
      return first.data.sequence === undefined
        ? transactionCommands(events, state, now)
        : rollbackEnd(first.type, first.data.reasons, state, now);
    case 'ExecutionApplied':
    case 'OutcomeValidated':
    case 'ActionCompleted':
      return transactionCommands(events, state, now);
    case 'BudgetGivenBack':
      return [{ kind: 'record_give_back', given_back: first.data.given_back, now }];
    // None of these is the first event of an append, so no command begins with one.
    case 'ConfirmationWindowOpened':
    case 'ConfirmationWindowElapsed':
    case 'ExecutionStarted':
    case 'RollbackStarted':
    case 'ConfirmRequested':
    case 'DryRunCompleted':
    case 'ActionDeniedByHandler':
    case 'BudgetGiveBackRequested':
    case 'PlanApprovalRecorded':
      return [];
  }
};

/** Rebuilds, from the events of one append of an action, the commands of which one must have written them. */
export const actionRecall: RecalledStreams<ActionCommand, ActionEvent, ActionState> = {
  category: 'action',
  kind: 'action',
  decider: actionDecider,
  recall: (events, before) => {
    const now = events[0].metadata.occurred_at;
    const earlier = countedFrom(events);
    const commands = [
      ...commandsAt(events, before, now),
      ...(earlier === undefined || earlier === now ? [] : commandsAt(events, before, earlier)),
    ];
    const rules = rulesOf(events);
    return rules === undefined
      ? commands
      : commands.map((command): ActionCommand => ({ ...command, rules: command.rules ?? rules }));
  },
};
