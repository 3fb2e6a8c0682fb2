import { createStore, type Store } from './store.js';

/** What the address of a list filters by, each member as its text. */
export type FilterSearch = { readonly [name: string]: string | undefined };
/** The filters of one list that somebody saved in this browser, by their names. */
export type SavedFilters = { readonly [name: string]: FilterSearch };

const keptAs = (list: string): string => `interlock.filters.${list}`;

/** What was kept, as far as it is readable. Pure. */
const readSaved = (text: string | null): SavedFilters => {
  try {
    const kept: unknown = JSON.parse(text ?? '{}');
    if (typeof kept !== 'object' || kept === null) return {};
    return Object.fromEntries(
      Object.entries(kept).flatMap(([name, search]: [string, unknown]) =>
        typeof search === 'object' && search !== null ? [[name, search as FilterSearch]] : [],
      ),
    );
  } catch {
    return {};
  }
};

const stores = new Map<string, Store<SavedFilters>>();

/** The saved filters of a list. */
export const savedFilters = (list: string): Store<SavedFilters> => {
  const known = stores.get(list) ?? createStore(readSaved(localStorage.getItem(keptAs(list))));
  stores.set(list, known);
  return known;
};

/** Keeps the filters of a list. */
export const keepFilters = (list: string, saved: SavedFilters): void => {
  savedFilters(list).set(saved);
  localStorage.setItem(keptAs(list), JSON.stringify(saved));
};
