/** The keys that the user can move: the action of each, by its default key. */
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
 * Returns the default key that a pressed key stands for; undefined if the pressed key was moved
 * away. Pure.
 */
export const meantKey = (pressed: string, remap: Remap): string | undefined => {
  const moved = Object.entries(remap).find(([, to]) => to === pressed)?.[0];
  if (moved !== undefined) return moved;
  return isMovable(pressed) && remap[pressed] !== undefined ? undefined : pressed;
};

/**
 * Reads the stored remapping and ignores invalid entries. Each key has one character, and no two
 * keys are equal.
 */
export const readRemap = (kept: unknown): Remap => {
  if (typeof kept !== 'object' || kept === null) return {};
  const taken = new Set<string>();
  const read: { [K in Movable]?: string } = {};
  for (const [key, to] of Object.entries(kept)) {
    if (!isMovable(key) || typeof to !== 'string' || !/^[\x21-\x7e]$/.test(to)) continue;
    const small = to.toLowerCase();
    // `g` leads to the pages and `?` opens the key list. They stay, so that the user can always
    // reach this setting.
    if (small === key || small === 'g' || small === '?' || taken.has(small)) continue;
    taken.add(small);
    read[key] = small;
  }
  return read;
};
