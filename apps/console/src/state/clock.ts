import { useEffect, useState } from 'react';
import { createStore, useStore } from './store.js';

/**
 * How far the server's clock is ahead of this machine's, in milliseconds. Each response updates it.
 */
const offset = createStore(0);

/** Updates the offset from the server's time in a response that took `tookMs` milliseconds. */
export const noteServerTime = (serverTime: string, tookMs = 0): void => {
  const ms = Date.parse(serverTime);
  if (Number.isFinite(ms)) offset.set(Math.round(ms + tookMs / 2 - Date.now()));
};

export const serverNow = (): number => Date.now() + offset.get();

/** Returns the server's time in milliseconds. It renders again every `everyMs` milliseconds. */
export const useNow = (everyMs = 1000): number => {
  useStore(offset);
  const [, tick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => tick((n) => n + 1), everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return serverNow();
};
