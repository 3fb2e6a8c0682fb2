import { useState, type RefObject } from 'react';
import { holdRows } from './hold.js';

export type Held<T> = { readonly shown: readonly T[]; readonly more: number; readonly show: () => void };

const inUse = (element: HTMLElement | null): boolean =>
  element !== null &&
  (element.matches(':hover') ||
    element.contains(document.activeElement) ||
    element.scrollTop > 0 ||
    scrollY > 40);

/**
 * Holds the rows of a list while it is hovered, focused or scrolled, so that nothing moves under
 * the pointer or the focus. New rows are counted and wait.
 */
export const useHeld = <T>(
  now: readonly T[],
  idOf: (row: T) => string,
  list: RefObject<HTMLElement | null>,
): Held<T> => {
  const [held, setHeld] = useState(now);
  const { shown, more } = holdRows(held, now, idOf);
  const gone = held.length > 0 && now.length === 0;
  if (held !== now && (held.length === 0 || gone || !inUse(list.current))) {
    setHeld(now);
    return { shown: now, more: 0, show: () => undefined };
  }
  return {
    shown,
    more,
    show: () => setHeld(now),
  };
};
