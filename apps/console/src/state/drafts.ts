// Drafts of comments. They stay on this device, separately for each person, until they are sent.
// They survive an update of the console and the end of a session.

const prefix = 'interlock.draft:';
/** The largest number of drafts. It is more than anybody needs; the oldest are removed. */
const limit = 50;

type Kept = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

const keyOf = (person: string, about: string): string => `${prefix}${person}:${about}`;

export const readDraft = (person: string, about: string, kept: Kept = localStorage): string =>
  kept.getItem(keyOf(person, about)) ?? '';

/**
 * Stores a draft, or removes it if it is empty. If the storage is full, the draft is lost but the
 * page works.
 */
export const keepDraft = (person: string, about: string, text: string, kept: Kept = localStorage): void => {
  const key = keyOf(person, about);
  kept.removeItem(key);
  if (text === '') return;
  const drafts = Array.from({ length: kept.length }, (_, i) => kept.key(i) ?? '').filter((name) =>
    name.startsWith(prefix),
  );
  for (const name of drafts.slice(0, Math.max(0, drafts.length + 1 - limit))) kept.removeItem(name);
  try {
    kept.setItem(key, text);
  } catch {
    // The storage is full or forbidden, so the draft lives only as long as the page.
  }
};
