import type { Amounts } from '@interlock/autonomy';
import { actionEndTypes, streamName, type ConsumeRequest, type GiveBackRequest } from '@interlock/contracts';
import { collect, ProblemError, type EventStore } from '@interlock/kernel';
import type { ActionEvent } from '@interlock/rails';

const ends: ReadonlySet<string> = new Set(actionEndTypes);

const no = (what: string, detail: string): ProblemError =>
  new ProblemError('side-door', `the budget ledger ${what} nothing: ${detail}`);

/**
 * Reads the action's own stream. It decides what may be consumed for the action, not the caller.
 */
const read = async (store: EventStore, tenantId: string, actionId: string): Promise<readonly ActionEvent[]> =>
  (await collect(store.read(streamName('action', tenantId, actionId)))) as unknown as readonly ActionEvent[];

/**
 * Returns what the action spends from a day's budget; undefined if nothing. Cost and compute come
 * from its estimates. The entity count is the larger of the intent's and the topology's.
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
 * Returns what the action spends. Throws `side-door` unless the action's own stream requests this
 * consumption, with the same request, day, account and action type.
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
 * Returns the reason for giving a consumption back: the type of an event in the action's own
 * stream. Throws `side-door` unless that stream requests the give-back and proves that nothing was
 * sent. It proves that by an end without `ExecutionStarted`. After the last `ExecutionStarted`, it
 * needs `ApplyRefused`, or `TurnLapsed` and an end.
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
