import { useEffect } from 'react';

const ancestorsOf = (element: Element | null): readonly Element[] =>
  element === null ? [] : [element, ...ancestorsOf(element.parentElement)];

/** A dialog that closes returns the focus to its opener within this time, in milliseconds. */
const returnMs = 50;

/**
 * When the focused element leaves the page, for example a button whose action succeeded, the focus
 * moves to what is left around it. Otherwise the next Tab would start at the top of the page.
 */
export const useKeptFocus = (): void =>
  useEffect(() => {
    let around: readonly Element[] = [];
    let timer: number | undefined;
    const onFocus = ({ target }: FocusEvent): void => {
      around = target instanceof Element ? ancestorsOf(target) : [];
    };
    const onBlur = (): void =>
      queueMicrotask(() => {
        // The user clicked elsewhere, and the element is still there.
        if (document.activeElement === document.body && around[0]?.isConnected === true) around = [];
      });
    const isLost = (): boolean =>
      document.activeElement === document.body && around[0]?.isConnected === false;
    const move = (): void => {
      timer = undefined;
      if (!isLost()) return;
      const left = around.filter((one) => one.isConnected && one.closest('#main, [role=dialog]') !== null);
      around = [];
      for (const next of [...left, document.getElementById('main')]) {
        if (!(next instanceof HTMLElement)) continue;
        if (!next.hasAttribute('tabindex')) next.tabIndex = -1;
        next.focus({ preventScroll: true });
        // An element without a box of its own cannot take the focus.
        if (document.activeElement === next) return;
      }
    };
    const observer = new MutationObserver(() => {
      if (isLost()) timer ??= window.setTimeout(move, returnMs);
    });
    document.addEventListener('focusin', onFocus);
    document.addEventListener('focusout', onBlur);
    observer.observe(document.body, { childList: true, subtree: true });
    return () => {
      observer.disconnect();
      window.clearTimeout(timer);
      document.removeEventListener('focusin', onFocus);
      document.removeEventListener('focusout', onBlur);
    };
  }, []);
