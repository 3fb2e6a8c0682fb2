import { openTexts, sealed, type Principal } from '@interlock/platform';
import { bundleStream } from '@interlock/policy';

/** A bundle's notes in the form for the log; `before` are its current notes. */
export type Notes = (written: string, bundleId: string, before: string | null) => Promise<string>;

/** Notes that no person wrote. */
export const plainNotes: Notes = (written) => Promise.resolve(written);

/**
 * Notes from the principal. A person's notes are sealed, like all their texts. Sending back
 * unchanged notes keeps their author and the bundle's hash.
 */
export const notesOf =
  (principal: Principal): Notes =>
  async (written, bundleId, before) => {
    const { people, tenant_id: tenantId } = principal;
    if (before !== null && (await openTexts(people, [tenantId], before)) === written) return before;
    return written === '' ? '' : sealed(principal, written, `${bundleStream(tenantId, bundleId)} notes`);
  };
