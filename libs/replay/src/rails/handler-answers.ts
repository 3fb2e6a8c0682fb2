import type { TxStatus } from '@interlock/contracts';
import type { Recorded } from '@interlock/kernel';
import { rulesOf, type ActionCommand, type ActionEvent, type ActionState } from '@interlock/rails';
import type { StreamOf } from '../stream-replay.js';
import type { World } from '../world.js';

type Append = readonly [Recorded<ActionEvent>, ...Recorded<ActionEvent>[]];

const answered: ReadonlySet<ActionCommand['kind'] | undefined> = new Set([
  'record_transaction',
  'record_turn',
  'record_refusal',
  'record_rollback',
]);

/** True where the commands hold a handler's answer that is taken as the action recorded it: only the gateway of devices keeps what it answered in a form to compare. */
export const isTakenAsRecorded = (
  commands: readonly ActionCommand[],
  rebuilt: readonly ActionCommand[],
): boolean => commands === rebuilt && answered.has(rebuilt[0]?.kind);

/** What an action records of its handler's transaction is one of the answers that the transaction's own stream gave; null where that stream is not in the file. */
export const handlerCommands = (
  world: Pick<World, 'transactions'>,
  of: StreamOf,
  before: ActionState,
  events: Append,
  rebuilt: readonly ActionCommand[],
): readonly ActionCommand[] | null => {
  const kind = rebuilt[0]?.kind;
  const service = before.execution?.service ?? before.accepted?.action_type.handler?.service;
  if (!answered.has(kind) || service !== 'netconf-gateway') return rebuilt;
  const statuses: readonly TxStatus[] | null = world.transactions.statusesOf(of.tenant, of.id);
  if (kind === 'record_refusal') {
    // A request that never became a transaction was refused by the handler at once, and the handler keeps nothing of it.
    const refused = statuses?.filter((status) => status.state === 'REFUSED') ?? [];
    const now = events[0].metadata.occurred_at;
    return refused.length === 0
      ? rebuilt
      : refused.flatMap((status): readonly ActionCommand[] => [
          { kind: 'record_transaction', status, now },
          { kind: 'record_refusal', reasons: status.reasons, now },
        ]);
  }
  const earlier = rulesOf(events);
  const rules = earlier === undefined ? {} : { rules: earlier };
  const now = events[0].metadata.occurred_at;
  const early = rebuilt.flatMap((command) =>
    command.kind === 'record_transaction' && command.rules === 'before-turns' ? [command] : [],
  );
  if (statuses === null) return null;
  return [
    ...statuses.flatMap((status): readonly ActionCommand[] => [
      { kind: 'record_turn', status, now },
      { kind: 'record_transaction', status, now, ...rules },
      { kind: 'record_rollback', status, now },
    ]),
    ...early,
  ];
};
