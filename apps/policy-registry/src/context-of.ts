import type { CommandContext } from '@interlock/kernel';
import { actingFor, commandContext, nowText, type Principal } from '@interlock/platform';

/** What goes with a command of this caller's, now. */
export const contextOf = async (principal: Principal, tenantId: string): Promise<CommandContext> => commandContext(await actingFor(principal, tenantId), nowText(), { tenantId });
