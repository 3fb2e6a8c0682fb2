import type { Schema } from '@interlock/api-types';
import { endStates } from '@interlock/contracts';
import { positionText } from '@interlock/kernel';
import { parseRelayedEvent } from '@interlock/jetstream';
import type { NatsConnection } from 'nats';
import type { Logger } from 'pino';
import type { Api } from './api.js';

type View = Schema<'ActionDto'>;
const tail = new Set([
  'IntentAccepted',
  'ConfirmationWindowOpened',
  'ConfirmationWindowStarted',
  'ConfirmationWindowExtended',
  'ApprovalRequested',
  'ExecutionStarted',
  'UndoRequested',
]);

const colour = (state: string): string => {
  const code =
    state === 'COMPLETED'
      ? 32
      : ['DENIED', 'BLOCKED', 'ROLLBACK_FAILED'].includes(state)
        ? 31
        : ['ROLLED_BACK', 'CANCELLED', 'EXPIRED', 'REJECTED'].includes(state)
          ? 35
          : 33;
  return process.stdout.isTTY ? `\u001b[${code}m${state.padEnd(21)}\u001b[0m` : state.padEnd(21);
};

const explained = (view: View): string => {
  const why = view.reasons.map((reason) => reason.detail).join('; ');
  if (view.state === 'AWAITING_CONFIRMATION')
    return `held until ${view.due_at?.slice(11, 19)} UTC, then ${view.window?.end.detail ?? 'its gates are looked at again'}: ${why}`;
  if (view.state === 'AWAITING_APPROVAL') return `waits for a person's yes: ${why}`;
  if (view.state === 'COMPLETED')
    return view.validation_result === null ? '' : 'KPIs within the prediction, change confirmed';
  return why;
};

/** Prints the progress of actions in log order, one line each with its page in the console. */
export const narrate = async (
  nats: NatsConnection,
  api: Api,
  http: string,
  say: (text: string) => void,
  logger: Logger,
): Promise<() => Promise<void>> => {
  const manager = await nats.jetstreamManager();
  const { name } = await manager.consumers.add('EVENTS', {
    filter_subject: 'interlock.events.action.*.demo',
    deliver_policy: 'new' as never,
    ack_policy: 'none' as never,
    inactive_threshold: 60_000_000_000,
  });
  const messages = await (await nats.jetstream().consumers.get('EVENTS', name)).consume();
  const said = new Map<string, string>();
  const tell = async (actionId: string, position: string): Promise<void> => {
    const view = await api('get', '/api/v1/autonomous/actions/{id}', {
      path: { id: actionId },
      minPosition: position,
    });
    const progress = `${view.state} ${view.state === 'AWAITING_CONFIRMATION' ? view.due_at : ''}`;
    if (
      said.get(actionId) === progress ||
      (!endStates.includes(view.state) && !view.state.startsWith('AWAITING') && view.state !== 'EXECUTING')
    )
      return;
    said.set(actionId, progress);
    say(
      `${new Date().toISOString().slice(11, 19)}  ${colour(view.state)} ${view.action_type} ${view.entity_id}  ${explained(view)}\n          ${http}/actions/${actionId}`,
    );
    logger.debug({ action_id: actionId, position }, 'told');
  };
  const reading = (async () => {
    for await (const message of messages) {
      try {
        const event = parseRelayedEvent(message.json());
        const ended = event.type.startsWith('Action') || event.type === 'DryRunCompleted';
        if (tail.has(event.type) || ended)
          await tell(event.stream.slice(event.stream.indexOf(':') + 1), positionText(event.position));
      } catch (error) {
        logger.warn({ err: error }, 'an event could not be reported');
      }
    }
  })();
  return async () => {
    messages.stop();
    await reading;
  };
};
