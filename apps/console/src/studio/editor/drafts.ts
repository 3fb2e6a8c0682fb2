/** The storage of drafts on this device. */
export type Keep = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
export type DraftOf = {
  readonly person: string;
  readonly tenant: string;
  readonly bundle: string;
  readonly revision: string;
};

/**
 * Returns the key of a draft. A draft belongs to one person, one bundle and the revision that it
 * was started from.
 */
export const draftKey = ({ person, tenant, bundle, revision }: DraftOf): string =>
  `interlock.draft:${[person, tenant, bundle, revision].map(encodeURIComponent).join(':')}`;

/** Returns the unsaved draft; undefined if there is none or it cannot be read. */
export const keptDraft = (keep: Keep, of: DraftOf): string | undefined => {
  try {
    return keep.getItem(draftKey(of)) ?? undefined;
  } catch {
    return undefined;
  }
};

/**
 * Stores the draft, or removes it if it equals the saved text. If the storage is full, nothing is
 * stored and no error occurs.
 */
export const keepDraft = (keep: Keep, of: DraftOf, text: string, saved: string): void => {
  try {
    if (text === saved) keep.removeItem(draftKey(of));
    else keep.setItem(draftKey(of), text);
  } catch {
    // A device with full or forbidden storage keeps no drafts; the editor still works.
  }
};
