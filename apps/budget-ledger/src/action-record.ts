import { actionEndTypes, streamName, type ConsumeRequest, type GiveBackRequest } from '@interlock/contracts';
import { collect, ProblemError, type EventStore } from '@interlock/kernel';
import type { ActionEvent } from '@interlock/rails';

const ends: ReadonlySet<string> = new Set(actionEndTypes);

const no = (what: string, detail: string): ProblemError =>
  new ProblemError('side-door', `the budget ledger ${what} nothing: ${detail}`);

/** The action's own stream decides what may be asked of its budget; the caller's word does not. */
const read = async (store: EventStore, tenantId: string, actionId: string): Promise<readonly ActionEvent[]> =>
  (await collect(store.read(streamName('action', tenantId, actionId)))) as unknown as readonly ActionEvent[];

/** Throws `side-door` unless the action's own stream asks for this very consumption: request, day, account and action type. */
export const requireConsumeRequest = async (
  store: EventStore,
  { tenant_id, account_id, action_type, action_id, day, request_id }: ConsumeRequest,
): Promise<void> => {
  const events = await read(store, tenant_id, action_id);
  const accepted = events.find((event) => event.type === 'IntentAccepted')?.data.intent;
  if (accepted?.account_id !== account_id || accepted.action_type !== action_type)
    throw no('takes', "the action's own stream is not of this account and action type");
  if (
    !events.some(
      (event) =>
        event.type === 'BudgetConsumeRequested' &&
        event.data.request_id === request_id &&
        event.data.day === day,
    )
  )
    throw no('takes', "the action's own stream has no BudgetConsumeRequested for this request and day");
};

/**
 * The end that a consumption is given back for: the type of the event in the action's own stream. Throws `side-door` unless the stream asks for this very give-back
 * and says that nothing was sent: an end without `ExecutionStarted`, or behind the last one its `ApplyRefused`, or its `TurnLapsed` and an end.
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
