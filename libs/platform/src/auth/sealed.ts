import { ProblemError } from '@interlock/kernel';
import { sealedBy } from '@interlock/people';

import type { Principal } from '../request/principal.js';

/**
 * Returns a principal's text in the form for an event of the principal's tenant. A person's text is
 * sealed; a service's text is unchanged. `context` is the stream and the purpose of the text. The
 * same text in the same context seals to the same bytes, so a repeated command stays the same
 * command. Throws `validation-failed` if a service's text looks sealed, `database-unavailable`, and
 * `not-found` if the person has been erased.
 */
export const sealed = async (
  principal: Pick<Principal, 'person_id' | 'tenant_id' | 'people'>,
  text: string,
  context: string,
): Promise<string> => {
  const { person_id, tenant_id } = principal;
  if (person_id !== null) return principal.people.seal({ tenant_id, person_id }, text, context);
  if (sealedBy(text) !== undefined)
    throw new ProblemError('validation-failed', 'the text has the form of a sealed one', {
      violations: [{ pointer: '', detail: 'must not be a text that was sealed for a person' }],
    });
  return text;
};
