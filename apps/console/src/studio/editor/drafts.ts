/** Where drafts are kept on this device. */
export type Keep = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
export type DraftOf = {
  readonly person: string;
  readonly tenant: string;
  readonly bundle: string;
  readonly revision: string;
};

/** A draft belongs to one person, one bundle and the revision that it was begun on. */
export const draftKey = ({ person, tenant, bundle, revision }: DraftOf): string =>
  `interlock.draft:${[person, tenant, bundle, revision].map(encodeURIComponent).join(':')}`;

/** What was written and not saved yet; undefined where there is none, or it cannot be read. */
export const keptDraft = (keep: Keep, of: DraftOf): string | undefined => {
  try {
    return keep.getItem(draftKey(of)) ?? undefined;
  } catch {
    return undefined;
  }
};

/**
 * Keeps what is written, or forgets it where it is what the server has. A full device keeps
 * nothing, and nothing breaks by it.
 */
export const keepDraft = (keep: Keep, of: DraftOf, text: string, saved: string): void => {
  try {
    if (text === saved) keep.removeItem(draftKey(of));
    else keep.setItem(draftKey(of), text);
  } catch {
    // A device that is full or forbids it keeps no drafts; the editor goes on.
  }
};
