import { streamState } from '../api/live.js';
import { createStore } from './store.js';

/** After this time in milliseconds without the stream, the page is too old to act on. */
const staleAfterMs = 60_000;

/**
 * Whether the page is too old to act on. It changes only when that changes, so components do not
 * render every second.
 */
export const staleStore = createStore(false);

/** Follows the stream. It marks the page's root as stale for the styles. */
export const startStale = (): void => {
  // This is the monotonic clock, so a wrong or corrected system time does not make the page stale.
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
