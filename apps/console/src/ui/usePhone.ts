import { useSyncExternalStore } from 'react';

const narrow = (): MediaQueryList => matchMedia('(max-width: 760px)');
const subscribe = (listener: () => void): (() => void) => {
  const list = narrow();
  list.addEventListener('change', listener);
  return () => {
    list.removeEventListener('change', listener);
  };
};

/**
 * Whether the page is laid out for a phone. What stands first there also comes first in the
 * document, so that keys and screen readers meet it in the order that is seen.
 */
export const usePhone = (): boolean => useSyncExternalStore(subscribe, () => narrow().matches);
