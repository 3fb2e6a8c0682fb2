import type { CommandContext } from '@interlock/kernel';
import { approverOf, type Principal } from '@interlock/platform';
import type { ActionCommand } from '@interlock/rails';

/** Returns the rights for the events of an approval; nothing for any other command. */
export const rightsOf = (principal: Principal, command: ActionCommand): Partial<CommandContext> =>
  command.kind === 'approve' || command.kind === 'confirm' || command.kind === 'approve_rollback'
    ? approverOf(principal, command.digest)
    : {};
