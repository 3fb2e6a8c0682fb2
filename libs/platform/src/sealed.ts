import { ProblemError } from '@interlock/kernel';
import { sealedBy } from '@interlock/people';

import type { Principal } from './principal.js';

/**
 * Text that a principal wrote, as it may stand in an event of the principal's tenant: a person's is sealed, a service's stays as it is.
 * `context` is the stream and what the text is there for: the same text in it seals to the same, so a repeated command stays the same command.
 * Throws `validation-failed` where a service's text looks sealed, `database-unavailable`, `not-found` where the person was erased meanwhile.
 */
export const sealed = async (principal: Principal, text: string, context: string): Promise<string> => {
  const { person_id, tenant_id } = principal;
  if (person_id !== null) return principal.people.seal({ tenant_id, person_id }, text, context);
  if (sealedBy(text) !== undefined)
    throw new ProblemError('validation-failed', 'the text has the form of a sealed one', {
      violations: [{ pointer: '', detail: 'must not be a text that was sealed for a person' }],
    });
  return text;
};
