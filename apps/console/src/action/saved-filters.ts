import { createStore } from '../state/store.js';
import { filterNames, type ActionsSearch } from './filters.js';

/** The filters that somebody saved in this browser, by their names. */
export type SavedFilters = { readonly [name: string]: ActionsSearch };

const keptAs = 'interlock.filters';

/** What was kept, as far as it is readable. Pure. */
const readSaved = (text: string | null): SavedFilters => {
  try {
    const kept: unknown = JSON.parse(text ?? '{}');
    if (typeof kept !== 'object' || kept === null) return {};
    return Object.fromEntries(
      Object.entries(kept).flatMap(([name, search]: [string, unknown]) =>
        typeof search === 'object' && search !== null ? [[name, search as ActionsSearch]] : [],
      ),
    );
  } catch {
    return {};
  }
};

export const savedFilters = createStore<SavedFilters>(readSaved(localStorage.getItem(keptAs)));

const keep = (saved: SavedFilters): void => {
  savedFilters.set(saved);
  localStorage.setItem(keptAs, JSON.stringify(saved));
};

/** Keeps a filter, without the place in its list; an earlier one of this name is replaced. */
export const saveFilter = (name: string, search: ActionsSearch): void => {
  const kept = Object.fromEntries(
    filterNames.flatMap((member) => (search[member] === undefined ? [] : [[member, search[member]]])),
  );
  keep({ ...savedFilters.get(), [name]: kept });
};

export const forgetFilter = (name: string): void => {
  const { [name]: _, ...rest } = savedFilters.get();
  keep(rest);
};
