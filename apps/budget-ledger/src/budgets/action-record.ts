import type { Amounts } from '@interlock/autonomy';
import { actionEndTypes, streamName, type ConsumeRequest, type GiveBackRequest } from '@interlock/contracts';
import { collect, ProblemError, type EventStore } from '@interlock/kernel';
import type { ActionEvent } from '@interlock/rails';

const ends: ReadonlySet<string> = new Set(actionEndTypes);

const no = (what: string, detail: string): ProblemError =>
  new ProblemError('side-door', `the budget ledger ${what} nothing: ${detail}`);

/** The action's own stream decides what may be asked of its budget; the caller's word does not. */
const read = async (store: EventStore, tenantId: string, actionId: string): Promise<readonly ActionEvent[]> =>
  (await collect(store.read(streamName('action', tenantId, actionId)))) as unknown as readonly ActionEvent[];

/**
 * What the action spends of a day: its own estimates, and the larger of what its intent and the
 * topology say of entities. Absent where it is nothing.
 */
const spendOf = (events: readonly ActionEvent[]): Amounts | undefined => {
  const intent = events.find((event) => event.type === 'IntentAccepted')?.data.intent;
  const looked = events
    .flatMap((event) =>
      event.type === 'GatesJudged' && event.data.occasion === 'first' ? event.data.gates : [],
    )
    .findLast(({ gate }) => gate === 'blast_radius');
  const estimate = looked !== undefined && 'estimate' in looked.saw ? looked.saw.estimate : null;
  const spend = {
    cost: intent?.estimated_cost ?? 0,
    compute: intent?.estimated_compute ?? 0,
    entities: Math.max(intent?.affected_entity_count ?? 0, estimate?.affected_entity_count ?? 0),
  };
  return Object.values(spend).some((amount) => amount > 0) ? spend : undefined;
};

/**
 * What the action spends. Throws `side-door` unless the action's own stream asks for this very
 * consumption: request, day, account and action type.
 */
export const requireConsumeRequest = async (
  store: EventStore,
  { tenant_id, account_id, action_type, action_id, day, request_id }: ConsumeRequest,
): Promise<Amounts | undefined> => {
  const events = await read(store, tenant_id, action_id);
  const accepted = events.find((event) => event.type === 'IntentAccepted')?.data.intent;
  if (accepted?.account_id !== account_id || accepted.action_type !== action_type)
    throw no('takes', "the action's own stream is not of this account and action type");
  if (
    !events.some(
      (event) =>
        event.type === 'GatesJudged' &&
        event.data.occasion === 'first' &&
        event.data.consume?.request_id === request_id &&
        event.data.consume.day === day,
    )
  )
    throw no('takes', "the action's own stream asks for no consumption by this request on this day");
  return spendOf(events);
};

/**
 * The end that a consumption is given back for: the type of the event in the action's own stream.
 * Throws `side-door` unless the stream asks for this very give-back and says that nothing was sent:
 * an end without `ExecutionStarted`, or behind the last one its `ApplyRefused`, or its `TurnLapsed`
 * and an end.
 */
export const endWithoutEffect = async (
  store: EventStore,
  { tenant_id, account_id, action_id, day, request_id }: GiveBackRequest,
): Promise<string> => {
  const events = await read(store, tenant_id, action_id);
  const accepted = events.find((event) => event.type === 'IntentAccepted')?.data.intent;
  if (accepted?.account_id !== account_id)
    throw no('gives back', "the action's own stream is not of this account");
  if (
    !events.some(
      (event) =>
        event.type === 'BudgetGiveBackRequested' &&
        event.data.request_id === request_id &&
        event.data.day === day,
    )
  )
    throw no('gives back', "the action's own stream has no BudgetGiveBackRequested for this request and day");
  const started = events.findLastIndex(({ type }) => type === 'ExecutionStarted');
  const unsent =
    started < 0
      ? undefined
      : events.slice(started).find(({ type }) => type === 'ApplyRefused' || type === 'TurnLapsed');
  const end = unsent?.type === 'ApplyRefused' ? unsent : events.find(({ type }) => ends.has(type));
  if (end === undefined) throw no('gives back', 'the action has not ended');
  if (started >= 0 && unsent === undefined) throw no('gives back', 'the action was executed');
  return end.type;
};
