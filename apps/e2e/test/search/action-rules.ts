import { isSamePerson, refusalKeys, type Timestamp } from '@interlock/contracts';
import type { ActionEvent, RecordedGate } from '@interlock/rails';
import { must, type Ghost, type EventContext } from './machine.js';

type EventOf<Type extends ActionEvent['type']> = Extract<ActionEvent, { readonly type: Type }>;
type Consent = 'allow' | 'elapsed' | 'confirmed' | 'approved';

/**
 * The state that the rules keep of an action's stream. It is written from the rules in
 * docs/safety-case.md and shares no code with the decider.
 */
export type ActionGhost = {
  readonly requesters: readonly string[];
  /** The request id of the execution if the stream ends with its start. */
  readonly startsWith: string | null;
  readonly epoch: string | null;
  readonly holds: { readonly [gate: string]: 'approval' | 'window' };
  readonly judged: readonly string[];
  readonly planned: 'no' | 'yes' | 'irreversible';
  readonly window: { readonly due: Timestamp; readonly runs: boolean; readonly digest: string } | null;
  readonly asked: {
    readonly required: number;
    readonly expires: Timestamp;
    readonly digest: string;
    readonly by: readonly string[];
  } | null;
  readonly consent: Consent | null;
  readonly granted: { readonly fencing: string; readonly until: Timestamp } | null;
  readonly turns: number;
  readonly turn: 'none' | 'asked' | 'taken';
  readonly lapses: number;
  readonly execution: 'none' | 'started' | 'applied' | 'lapsed';
  readonly requests: readonly string[];
  readonly validated: boolean;
  readonly last: 'none' | 'confirm' | 'undo';
  readonly budget: 'none' | 'requested' | 'consumed' | 'refused' | 'returning' | 'returned';
  readonly end: ActionEvent['type'] | null;
  readonly escalated: boolean;
};

const initial: ActionGhost = {
  requesters: [],
  startsWith: null,
  epoch: null,
  holds: {},
  judged: [],
  planned: 'no',
  window: null,
  asked: null,
  consent: null,
  granted: null,
  turns: 0,
  turn: 'none',
  lapses: 0,
  execution: 'none',
  requests: [],
  validated: false,
  last: 'none',
  budget: 'none',
  end: null,
  escalated: false,
};

const later = (at: Timestamp, seconds: number): Timestamp =>
  new Date(Date.parse(at) + seconds * 1000).toISOString();
const inFlight = ({ execution, end }: ActionGhost): boolean =>
  end === null && (execution === 'started' || execution === 'applied');
/** Ends of an execution; all others are ends of an action that never executed. */
const executed: ReadonlySet<string> = new Set([
  'ActionCompleted',
  'ActionRolledBack',
  'ActionRollbackFailed',
]);

const judgedNow = (ghost: ActionGhost, records: readonly RecordedGate[]): ActionGhost => {
  const holds = { ...ghost.holds };
  for (const { gate, hold } of records) {
    delete holds[gate];
    if (hold !== undefined) holds[gate] = hold;
  }
  return { ...ghost, holds, judged: [...new Set([...ghost.judged, ...records.map(({ gate }) => gate)])] };
};
const stopping = (records: readonly RecordedGate[]): boolean =>
  records.some(({ verdict }) => verdict === 'fail' || verdict === 'error');
const holdsOf = ({ holds, planned }: ActionGhost): readonly string[] => [
  ...Object.values(holds),
  ...(planned === 'irreversible' ? ['approval'] : []),
];

/** The rules for the start of an execution. */
const beginOf = (
  event: EventOf<'ExecutionStarted'>,
  ghost: ActionGhost,
  look: readonly RecordedGate[],
  at: string,
) => {
  const { data } = event;
  must(ghost.end === null, 'rule 1: an action that has ended executes nothing');
  must(!inFlight(ghost), 'rule 1: no action executes twice');
  must(!ghost.requests.includes(data.request_id), 'rule 1: each start has a request of its own');
  must(ghost.consent !== null, 'rule 1: nothing executes without an ALLOW or a yes');
  must(data.basis === ghost.consent, 'rule 1: the execution names the yes that it has');
  must(look.length >= 8, 'rule 6: every gate is looked at afresh before the start');
  must(!stopping(look), 'rule 6: no gate refuses what starts');
  const holds = holdsOf(ghost);
  must(
    !holds.includes('approval') || ghost.consent === 'approved',
    'rule 1: what a person must approve does not start before that',
  );
  must(
    !holds.includes('window') || ghost.consent !== 'allow',
    'rule 1: what a window holds does not start before it ended',
  );
  must(ghost.turn === 'taken' && data.turn === ghost.turns, 'the execution is of the turn that was taken');
  must(ghost.granted !== null, 'nothing starts without its reservation');
  must(ghost.granted?.fencing === data.fencing, 'the execution has the number of its reservation');
  must(
    (ghost.granted?.until ?? '') > later(at, data.confirm_timeout_s),
    'the reservation outlasts the execution',
  );
  must(
    data.switches.every(({ engaged }) => !engaged),
    'rule 2: nothing starts while a kill switch is engaged',
  );
  must(
    data.epoch === data.switches.map(({ revision }) => revision).join('.'),
    'rule 2: the epoch is of the switches that were read',
  );
};

const expiredAt = (event: EventOf<'ActionExpired'>, ghost: ActionGhost, at: string): void => {
  const { cause, reasons } = event.data;
  const due = reasons[0]?.['at'];
  if (cause !== 'approval' && cause !== 'window')
    must(typeof due === 'string' && at > due, 'what waits has its time up to its last moment');
  if (cause === 'approval')
    must(ghost.asked !== null && at >= ghost.asked.expires, 'an approval is open until it expires');
  if (cause === 'window')
    must(ghost.window !== null && at >= ghost.window.due, 'a window is open until it is due');
};

const consented = (ghost: ActionGhost, consent: Consent): ActionGhost => ({ ...ghost, consent });

const onEvent = (
  ghost: ActionGhost,
  event: ActionEvent,
  { at, actor }: EventContext,
  append: readonly ActionEvent[],
): ActionGhost => {
  if (event.type === 'IntentAccepted') {
    const { requester, claimed_by: claimed, claimed_as: as = [] } = event.data;
    must(ghost.requesters.length === 0, 'an intent is accepted once');
    return {
      ...ghost,
      requesters: [requester, ...refusalKeys(actor), ...(claimed === undefined ? [] : [claimed]), ...as],
    };
  }
  must(ghost.requesters.length > 0, 'nothing happens to an action before it was accepted');
  if (ghost.end !== null && event.type !== 'BudgetGiveBackRequested')
    must(
      event.type === 'BudgetGivenBack' || event.type === 'ReservationReleased',
      `after its end nothing happens to an action but returning what it has: ${event.type}`,
    );
  switch (event.type) {
    case 'GatesJudged':
      return onGates(ghost, event);
    case 'PlanPrepared':
      must(ghost.planned === 'no', 'a plan is made once');
      return { ...ghost, planned: event.data.plan?.reversible === true ? 'yes' : 'irreversible' };
    case 'ConfirmationWindowOpened':
      must(ghost.consent === null && ghost.asked === null, 'a window opens before any yes');
      must(!holdsOf(ghost).includes('approval'), 'a window opens only where it is all that holds');
      return {
        ...ghost,
        window: {
          due: event.data.due_at,
          runs: event.data.notify_within_s === undefined,
          digest: event.data.digest,
        },
      };
    case 'ConfirmationWindowStarted':
      must(ghost.window?.runs === false, "a window's clock begins once");
      return { ...ghost, window: ghost.window && { ...ghost.window, due: event.data.due_at, runs: true } };
    case 'ConfirmationWindowExtended':
      must(ghost.window !== null && at < ghost.window.due, 'a window that closed is not extended');
      must(!isSamePerson([event.data.by], ghost.requesters), 'who requested an action does not extend it');
      must(event.data.due_at <= later(at, 3600), 'a window is open for an hour at most');
      return { ...ghost, window: ghost.window && { ...ghost.window, due: event.data.due_at, runs: true } };
    case 'ConfirmationWindowElapsed': {
      must(ghost.window !== null && ghost.window.runs, 'only a window that somebody was told of elapses');
      must(at >= (ghost.window?.due ?? ''), 'a window elapses when it is due');
      must(ghost.budget === 'consumed', 'rule 3: what goes on by itself has its budget');
      const looked = looksOf(append, 'again');
      must(
        looked.length >= 8 && !stopping(looked),
        'rule 6: a window elapses only where the gates still hold',
      );
      must(
        looked.some(({ gate, verdict }) => gate === 'posture' && verdict === 'pass'),
        'rule 6: a window elapses only at GREEN',
      );
      must(!holdsOf(ghost).includes('approval'), 'rule 6: a window elapses only where nothing else holds');
      return consented(ghost, 'elapsed');
    }
    case 'ActionConfirmed':
      must(ghost.window !== null && at < ghost.window.due, 'a window that closed is not confirmed');
      must(event.data.digest === ghost.window?.digest, 'a confirmation names what was shown');
      must(!isSamePerson([event.data.by], ghost.requesters), 'who requested an action does not confirm it');
      return consented(ghost, 'confirmed');
    case 'ApprovalRequested':
      must(!inFlight(ghost), 'nobody is asked about what executes already');
      must(event.data.expires_at === later(at, 3600), 'an approval waits for an hour');
      return {
        ...ghost,
        consent: null,
        window: null,
        escalated: false,
        asked: {
          required: event.data.approvals_required,
          expires: event.data.expires_at,
          digest: event.data.digest,
          by: [],
        },
      };
    case 'ApprovalEscalated':
      must(!ghost.escalated && ghost.asked !== null, 'a request is escalated once');
      must(at >= later(event.data.requested_at, 900), 'a request is escalated when nobody answered in time');
      must(at < event.data.expires_at, 'a request that expired is not escalated');
      return { ...ghost, escalated: true };
    case 'ActionApproved': {
      const { asked } = ghost;
      if (asked === null || ghost.consent !== null) must(false, 'what nobody asked is not approved');
      const keys = [event.data.by, ...refusalKeys(actor)];
      const by = [...new Set([...(asked?.by ?? []), ...keys])];
      must(!isSamePerson(keys, ghost.requesters), 'who requested an action does not approve it');
      must(!isSamePerson(keys, asked?.by ?? []), 'each approval is of another person');
      must(at < (asked?.expires ?? ''), 'an approval that expired is not given');
      must(event.data.digest === asked?.digest, 'an approval names what was shown');
      const next = { ...ghost, asked: asked && { ...asked, by } };
      const enough = event.data.approvals >= (asked?.required ?? 1);
      must(
        append.some(({ type }) => type === 'ReservationRequested') === enough,
        'an action goes on with all approvals that it needs, and not before',
      );
      return enough ? consented(next, 'approved') : next;
    }
    case 'ReservationRequested':
      must(!inFlight(ghost), 'nothing is reserved for what executes already');
      if (ghost.consent === null) {
        must(
          ghost.judged.length === 9 && ghost.planned === 'yes' && holdsOf(ghost).length === 0,
          'rule 1: an action goes on by itself only where every gate passed and nothing holds',
        );
        must(ghost.budget === 'consumed', 'rule 3: what goes on by itself has its budget');
      }
      return { ...ghost, consent: ghost.consent ?? 'allow', turn: 'none', granted: null };
    case 'ReservationGranted':
      must(ghost.consent !== null && ghost.granted === null, 'a reservation is granted once, after the yes');
      return { ...ghost, granted: { fencing: event.data.fencing, until: event.data.expires_at } };
    case 'ReservationReleased':
      must(!inFlight(ghost), 'rule 5: what executes keeps its reservation');
      return { ...ghost, granted: null };
    case 'TurnRequested':
      must(ghost.granted !== null && event.data.turn === ghost.turns + 1, 'turns are asked for one by one');
      return { ...ghost, turns: event.data.turn, turn: 'asked' };
    case 'TurnTaken':
      must(ghost.turn === 'asked' && event.data.turn === ghost.turns, 'a turn is taken that was asked for');
      return { ...ghost, turn: 'taken' };
    case 'TurnLapsed':
      must(ghost.execution !== 'applied', 'what was applied does not lapse');
      must(ghost.turn !== 'none' && event.data.turn === ghost.turns, 'a turn lapses once');
      must(ghost.lapses < 3 && ghost.last === 'none', 'a turn is taken three times at most');
      return {
        ...ghost,
        turn: 'none',
        lapses: ghost.lapses + 1,
        execution: inFlight(ghost) ? 'lapsed' : ghost.execution,
      };
    case 'ExecutionStarted':
      beginOf(event, ghost, looksOf(append, 'last'), at);
      return {
        ...ghost,
        execution: 'started',
        requests: [...ghost.requests, event.data.request_id],
        startsWith: event.data.request_id,
        epoch: event.data.epoch,
      };
    case 'ApplyRefused':
      must(
        ghost.execution === 'started' || ghost.execution === 'lapsed',
        'an execution is refused only once it was started, and before it was applied',
      );
      return ghost;
    case 'ExecutionApplied':
      must(ghost.execution === 'started', 'rule 1: an execution is applied once');
      return { ...ghost, execution: 'applied' };
    case 'OutcomeValidated':
      must(ghost.execution === 'applied' && !ghost.validated, 'an outcome is validated once');
      return { ...ghost, validated: true };
    case 'ConfirmRequested':
      must(ghost.validated && ghost.last === 'none', 'a change becomes permanent once it was validated');
      must(
        append.some(
          (one) => one.type === 'OutcomeValidated' && one.data.validation_result.verdict === 'pass',
        ),
        'a change becomes permanent only where its outcome is as predicted',
      );
      return { ...ghost, last: 'confirm' };
    case 'UndoRequested':
      must(inFlight(ghost) && ghost.last === 'none', 'rule 5: a change is either confirmed or taken back');
      return { ...ghost, last: 'undo' };
    case 'BudgetGiveBackRequested':
      must(
        ghost.budget === 'requested' || ghost.budget === 'consumed',
        'rule 3: a consumption is given back once',
      );
      must(ghost.end !== null && !executed.has(ghost.end), 'rule 3: what executed gives nothing back');
      return { ...ghost, budget: 'returning' };
    case 'BudgetGivenBack':
      must(ghost.budget === 'returning', 'rule 3: a consumption is given back once');
      return { ...ghost, budget: 'returned' };
    case 'ServiceAwaited':
    case 'ReservationAwaited':
    case 'PlanApprovalRecorded':
      return ghost;
    default:
      return onEnd(ghost, event, at);
  }
};

/** The gates that an append judged on an occasion. */
const looksOf = (append: readonly ActionEvent[], occasion: 'again' | 'last'): readonly RecordedGate[] =>
  append.flatMap((one) =>
    one.type === 'GatesJudged' && one.data.occasion === occasion ? one.data.gates : [],
  );

const onGates = (ghost: ActionGhost, { data }: EventOf<'GatesJudged'>): ActionGhost => {
  const judged = judgedNow(ghost, data.gates);
  switch (data.occasion) {
    case 'again':
      return judged;
    case 'last':
      must(ghost.consent !== null && ghost.granted !== null, 'a last look follows yes and reservation');
      return { ...judged, planned: data.plan?.reversible === true ? 'yes' : 'irreversible' };
    case 'first': {
      if (data.consume !== undefined) {
        must(ghost.budget === 'none', 'rule 3: a budget is asked for once');
        must(!holdsOf(judged).includes('approval'), 'no budget is used where a person decides');
        return { ...judged, budget: 'requested' };
      }
      const budget = data.gates.find(({ gate }) => gate === 'budget');
      if (budget === undefined || ghost.budget === 'none') return judged;
      must(ghost.budget === 'requested', 'rule 3: a budget is answered once');
      return { ...judged, budget: budget.verdict === 'pass' ? 'consumed' : 'refused' };
    }
  }
};

const onEnd = (ghost: ActionGhost, event: ActionEvent, at: string): ActionGhost => {
  const { type } = event;
  if (type === 'ActionCompleted')
    must(
      ghost.execution === 'applied' && ghost.last === 'confirm',
      'an action completes once it is confirmed',
    );
  else if (type === 'ActionExpired') expiredAt(event, ghost, at);
  if (executed.has(type)) must(inFlight(ghost), 'rule 1: only what was started ends as executed');
  else if (type === 'ActionCancelledByRefusal')
    must(ghost.turn !== 'none' || ghost.lapses > 0, 'an executor refuses only what it was asked for');
  else must(!inFlight(ghost), 'rule 4: what executes is not ended over the head of its executor');
  return { ...ghost, end: type };
};

/** The rules of one action's stream. */
export const actionRules: Ghost<ActionEvent, ActionGhost> = {
  initial,
  next: (ghost, events, context) => {
    const after = events.reduce<ActionGhost>((at, event) => onEvent(at, event, context, events), {
      ...ghost,
      startsWith: null,
    });
    if (after.end !== null && !executed.has(after.end))
      must(
        after.budget !== 'consumed' && after.budget !== 'requested',
        'rule 3: an action that never executed gives back what it consumed',
      );
    if (after.end === null && after.asked !== null && after.consent === null)
      must(!inFlight(after), 'rule 1: what is asked about does not execute');
    return after;
  },
};
