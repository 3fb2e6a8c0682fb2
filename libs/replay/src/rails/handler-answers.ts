import type { TxStatus } from '@interlock/contracts';
import { sameJson } from '@interlock/kernel';
import type { ActionCommand, ActionState } from '@interlock/rails';
import { compared, ofItself, type Finding } from '../finding.js';
import type { StreamOf } from '../stream-replay.js';
import type { World } from '../world.js';

const kind = 'handler_answer';
const what = "what the handler's transaction answered";
/**
 * Returns the finding for a request that a handler refuses at once, which leaves no trace in the
 * handler's own stream.
 */
const unheard = (said: unknown): Finding =>
  ofItself(compared(kind, what, said, said), "the handler's refusal is in no other stream");

/**
 * Checks that the transaction status in an action's event is one of the answers that the
 * transaction's own stream gave.
 */
export const handlerAnswered = (
  world: Pick<World, 'statusesOf'>,
  { tenant, id }: StreamOf,
  before: ActionState,
  command: ActionCommand | null,
): readonly Finding[] => {
  if (command === null) return [];
  const service = before.execution?.service ?? before.accepted?.action_type.handler?.service;
  const statuses = (): readonly TxStatus[] | null => world.statusesOf(service ?? '', tenant, id);
  switch (command.kind) {
    case 'record_refusal': {
      // The handler refused the request at once and keeps no transaction for it.
      const refused = (statuses() ?? []).flatMap(({ state, reasons }) =>
        state === 'REFUSED' ? [reasons] : [],
      );
      const said = refused.find((reasons) => sameJson(reasons, command.reasons)) ?? refused[0];
      return said === undefined ? [unheard(command.reasons)] : [compared(kind, what, command.reasons, said)];
    }
    case 'record_turn':
    case 'record_transaction':
    case 'record_rollback': {
      const answered = statuses();
      if (answered === null) return [{ kind, missing: "the handler's work is not in the file" }];
      const { status } = command;
      const told = answered.map((one) =>
        Object.fromEntries(Object.entries(one).filter(([member]) => member in status)),
      );
      return [compared(kind, what, status, told.find((one) => sameJson(one, status)) ?? told[0] ?? null)];
    }
    default:
      return [];
  }
};
