const present = (object: object): readonly string[] => Object.keys(object).filter((name) => (object as { readonly [member: string]: unknown })[name] !== undefined);

/**
 * True where two values have the same canonical JSON (RFC 8785), found without writing it: members in any order, one that is undefined as if absent,
 * −0 as 0. Values are what JSON holds, and undefined.
 */
export const sameJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]));
  const names = present(a);
  if (names.length !== present(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && sameJson((a as { readonly [member: string]: unknown })[name], (b as { readonly [member: string]: unknown })[name]));
};
