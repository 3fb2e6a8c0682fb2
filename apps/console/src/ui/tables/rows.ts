import { useKeys } from '../../shell/keys.js';

const move = (by: 1 | -1) => (): void => {
  const rows = [...document.querySelectorAll<HTMLElement>('main [data-row]')];
  const at = rows.findIndex((row) => row === document.activeElement);
  const next = at === -1 ? (by === 1 ? 0 : rows.length - 1) : at + by;
  rows[Math.min(rows.length - 1, Math.max(0, next))]?.focus();
};

/**
 * Binds `j` and `k` to move the focus through the elements with `data-row`. `Enter` opens an
 * element, because each is a link or a button.
 */
export const useRowKeys = (): void => useKeys({ j: move(1), k: move(-1) });
