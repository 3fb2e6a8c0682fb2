import { openTexts, sealed, type Principal } from '@interlock/platform';
import { bundleStream } from '@interlock/policy';

/** Converts a bundle's notes to the form that the log stores. `before` are its current notes. */
export type Notes = (written: string, bundleId: string, before: string | null) => Promise<string>;

/** Keeps notes as they are, for notes that no person wrote. */
export const plainNotes: Notes = (written) => Promise.resolve(written);

/**
 * Seals the notes that a person wrote, like all their texts. Unchanged notes keep their author and
 * the bundle's hash.
 */
export const notesOf =
  (principal: Principal): Notes =>
  async (written, bundleId, before) => {
    const { people, tenant_id: tenantId } = principal;
    if (before !== null && (await openTexts(people, [tenantId], before)) === written) return before;
    return written === '' ? '' : sealed(principal, written, `${bundleStream(tenantId, bundleId)} notes`);
  };
