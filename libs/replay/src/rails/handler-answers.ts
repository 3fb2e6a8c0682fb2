import type { TxStatus } from '@interlock/contracts';
import { recallCommand, sameJson, type Recorded } from '@interlock/kernel';
import type { ActionCommand, ActionEvent, ActionState } from '@interlock/rails';
import { compared, type Finding } from '../finding.js';
import type { StreamOf } from '../stream-replay.js';
import type { World } from '../world.js';

const kind = 'handler_answer';
const what = "what the handler's transaction answered";
/** Only the gateway of devices keeps its answers in a comparable form. */
const unheard: Finding = { kind, missing: "the handler's answer is in no other stream", excused: true };

/**
 * Checks that the transaction status in an action's event is one of the answers that the
 * transaction's own stream gave.
 */
export const handlerAnswered = (
  world: Pick<World, 'transactions'>,
  { tenant, id }: StreamOf,
  before: ActionState,
  event: Recorded<ActionEvent>,
): readonly Finding[] => {
  const command = recallCommand(event) as ActionCommand | null;
  if (command === null) return [];
  const service = before.execution?.service ?? before.accepted?.action_type.handler?.service;
  const statuses = (): readonly TxStatus[] | null => world.transactions.statusesOf(tenant, id);
  switch (command.kind) {
    case 'record_refusal': {
      if (service !== 'netconf-gateway') return [unheard];
      // The handler refused the request at once and keeps no transaction for it.
      const refused = (statuses() ?? []).flatMap(({ state, reasons }) =>
        state === 'REFUSED' ? [reasons] : [],
      );
      const said = refused.find((reasons) => sameJson(reasons, command.reasons)) ?? refused[0];
      return said === undefined ? [unheard] : [compared(kind, what, command.reasons, said)];
    }
    case 'record_turn':
    case 'record_transaction':
    case 'record_rollback': {
      if (service !== 'netconf-gateway') return [unheard];
      const answered = statuses();
      if (answered === null) return [{ kind, missing: "the handler's transaction is not in the file" }];
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
