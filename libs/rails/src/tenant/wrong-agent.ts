import { agentCredential } from '@interlock/contracts';
import { cutText, ProblemError } from '@interlock/kernel';
import type { Names } from './credential.js';
import { has, mayName } from './tenant.js';

const violationOf = (pointer: string, allowed: readonly string[]): { pointer: string; detail: string } => ({
  pointer,
  detail:
    allowed.length === 0
      ? 'must be one that the credential is registered for, and it is registered for none'
      : `must be one of ${allowed.map((name) => `\`${name}\``).join(', ')}`,
});

/**
 * Returns the refusal of a requester that may not name this agent and account, null if it may. Each
 * of the two that it may not name is a violation. `names` is null for a requester without names.
 */
export const wrongAgent = (
  requester: string,
  names: Names | null,
  agent: string,
  account: string,
): ProblemError | null => {
  const { agents, accounts } = names ?? { agents: [], accounts: [] };
  if (mayName({ agents, accounts }, agent, account)) return null;
  return new ProblemError(
    'wrong-agent',
    names === null
      ? 'the credential is registered for no agent and no account'
      : `the credential is not registered for agent \`${cutText(agent, 64)}\` and account \`${cutText(account, 64)}\``,
    {
      violations: [
        ...(has(agents, agent) ? [] : [violationOf('/agent', agents)]),
        ...(has(accounts, account) ? [] : [violationOf('/account_id', accounts)]),
      ],
      remedy: requester.startsWith(agentCredential(''))
        ? 'name an agent and an account of the credential; its names do not change, so register another agent for others: `interlock agents create`'
        : 'name an agent and an account of the credential, or have them registered: `interlock tenants allow`',
    },
  );
};
