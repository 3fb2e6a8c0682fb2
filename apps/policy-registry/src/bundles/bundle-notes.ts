import { openTexts, sealed, type Principal } from '@interlock/platform';
import { bundleStream } from '@interlock/policy';

/** A bundle's notes as they may stand in the log; `before` are those that the bundle has. */
export type Notes = (written: string, bundleId: string, before: string | null) => Promise<string>;

/** Notes that no person wrote. */
export const plainNotes: Notes = (written) => Promise.resolve(written);

/**
 * Notes that the principal sends: a person's are sealed, as every text of theirs. Who sends back
 * what was shown changes nothing: it stays its author's, and the bundle keeps its hash.
 */
export const notesOf =
  (principal: Principal): Notes =>
  async (written, bundleId, before) => {
    const { people, tenant_id: tenantId } = principal;
    if (before !== null && (await openTexts(people, [tenantId], before)) === written) return before;
    return written === '' ? '' : sealed(principal, written, `${bundleStream(tenantId, bundleId)} notes`);
  };
