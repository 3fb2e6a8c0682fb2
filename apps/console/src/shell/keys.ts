import { useEffect, useRef } from 'react';
import { settings } from '../state/settings.js';
import { keyName } from './key-name.js';
import { meantKey } from './remap.js';

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName));

/**
 * Binds the keys of a table. Single keys do nothing in inputs, while a dialog is open, or if the
 * user disabled them. `Ctrl` keys always work.
 */
export const useKeys = (table: { readonly [key: string]: () => void }): void => {
  const current = useRef(table);
  current.current = table;
  useEffect(() => {
    let lead: string | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || event.altKey) return;
      const pressed = keyName(event);
      const name = lead === undefined ? meantKey(pressed, settings.get().remap) : pressed;
      if (name === undefined) return;
      const single = !name.startsWith('Ctrl+');
      const dialog = document.querySelector('[role=dialog]') !== null;
      if (single && (typing(event.target) || !settings.get().keys || dialog)) return;
      const both = lead === undefined ? name : `${lead} ${name}`;
      clearTimeout(timer);
      lead = undefined;
      const work = current.current[both];
      if (work !== undefined) {
        event.preventDefault();
        work();
      } else if (Object.keys(current.current).some((key) => key.startsWith(`${name} `))) {
        lead = name;
        timer = setTimeout(() => {
          lead = undefined;
        }, 1200);
      }
    };
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
      clearTimeout(timer);
    };
  }, []);
};
