/** The keys that can be moved: what each does, and where it is until somebody moves it. */
export const movable = {
  j: 'Next row',
  k: 'Previous row',
  '/': 'Filter',
  '.': 'Show new rows',
  '[': 'Gate before',
  ']': 'Next gate',
  d: 'Device changes',
  o: 'Whole story',
  y: 'Copy the address',
  z: 'UTC or this browser’s zone',
  a: 'To approve',
  c: 'To confirm',
  e: 'To extend',
  r: 'To reject',
  x: 'To cancel',
  m: 'Change the mode, silence an alert',
  b: 'Change the budget',
} as const;
export type Movable = keyof typeof movable;
export type Remap = { readonly [K in Movable]?: string };

const isMovable = (key: string): key is Movable => Object.hasOwn(movable, key);

/**
 * What a press means after keys were moved; undefined where the key that was pressed has moved
 * away. Pure.
 */
export const meantKey = (pressed: string, remap: Remap): string | undefined => {
  const moved = Object.entries(remap).find(([, to]) => to === pressed)?.[0];
  if (moved !== undefined) return moved;
  return isMovable(pressed) && remap[pressed] !== undefined ? undefined : pressed;
};

/**
 * What was kept of moved keys, as far as it is readable: one character each, none of them twice.
 */
export const readRemap = (kept: unknown): Remap => {
  if (typeof kept !== 'object' || kept === null) return {};
  const taken = new Set<string>();
  const read: { [K in Movable]?: string } = {};
  for (const [key, to] of Object.entries(kept)) {
    if (!isMovable(key) || typeof to !== 'string' || !/^[\x21-\x7e]$/.test(to)) continue;
    const small = to.toLowerCase();
    // `g` leads to the pages and `?` opens the list: nobody loses the way to this setting.
    if (small === key || small === 'g' || small === '?' || taken.has(small)) continue;
    taken.add(small);
    read[key] = small;
  }
  return read;
};
