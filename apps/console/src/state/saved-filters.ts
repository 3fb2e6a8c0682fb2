import { createStore, type Store } from './store.js';

/** The filter members of a list's address, as texts. */
export type FilterSearch = { readonly [name: string]: string | undefined };
/** The named filters of one list that the user saved in this browser. */
export type SavedFilters = { readonly [name: string]: FilterSearch };

const keptAs = (list: string): string => `interlock.filters.${list}`;

/** Reads the stored filters and ignores invalid ones. Pure. */
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

/** Stores the filters of a list. */
export const keepFilters = (list: string, saved: SavedFilters): void => {
  savedFilters(list).set(saved);
  localStorage.setItem(keptAs(list), JSON.stringify(saved));
};
