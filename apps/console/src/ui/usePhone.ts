import { useSyncExternalStore } from 'react';

const narrow = (): MediaQueryList => matchMedia('(max-width: 760px)');
const subscribe = (listener: () => void): (() => void) => {
  const list = narrow();
  list.addEventListener('change', listener);
  return () => list.removeEventListener('change', listener);
};

/**
 * Returns whether the page has the phone layout. The document then has the order of that layout, so
 * that keys and screen readers follow it.
 */
export const usePhone = (): boolean => useSyncExternalStore(subscribe, () => narrow().matches);
