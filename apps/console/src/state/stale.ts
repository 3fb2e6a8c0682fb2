import { streamState } from '../api/live.js';
import { createStore } from './store.js';

/** After so long without the stream what stands on the page is too old to act on. */
const staleAfterMs = 60_000;

/**
 * Whether what is shown is too old to act on: components read it and change when it does, not each
 * second.
 */
export const staleStore = createStore(false);

/** Follows the stream; the page's root says that it is stale, for the styles. */
export const startStale = (): void => {
  // Of this machine's steady clock: neither a wrong clock nor one that is put right makes a page
  // old or new.
  let since: number | undefined;
  const look = (): void => {
    since = streamState.get().kind === 'offline' ? (since ?? performance.now()) : undefined;
    const stale = since !== undefined && performance.now() - since >= staleAfterMs;
    staleStore.set(stale);
    document.documentElement.toggleAttribute('data-stale', stale);
  };
  streamState.subscribe(look);
  setInterval(look, 1000);
};
