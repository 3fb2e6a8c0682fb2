// What somebody began to write: it stays on the device, of each person apart, until it was sent;
// neither an update nor the end of a session takes it.

const prefix = 'interlock.draft:';
/** More than anybody has open; the oldest go. */
const limit = 50;

type Kept = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

const keyOf = (person: string, about: string): string => `${prefix}${person}:${about}`;

export const readDraft = (person: string, about: string, kept: Kept = localStorage): string =>
  kept.getItem(keyOf(person, about)) ?? '';

/** Keeps a draft, or drops it where it is empty. A full store loses the draft, never the page. */
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
    // The browser has no room, or allows none: the draft lives as long as the page.
  }
};
