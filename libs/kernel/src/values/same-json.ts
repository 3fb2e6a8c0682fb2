type Members = { readonly [member: string]: unknown };

/** Compares two objects whose members are in different orders, or not the same. */
const sameMembers = (
  a: Members,
  b: Members,
  names: readonly string[],
  others: readonly string[],
): boolean => {
  let present = 0;
  for (const name of names) {
    const member = a[name];
    if (member === undefined) continue;
    if (!Object.hasOwn(b, name) || !sameJson(member, b[name])) return false;
    present += 1;
  }
  for (const name of others) if (b[name] !== undefined) present -= 1;
  return present === 0;
};

const sameElements = (a: readonly unknown[], b: readonly unknown[]): boolean => {
  for (let i = 0; i < a.length; i += 1) if (!sameJson(a[i], b[i])) return false;
  return true;
};

/**
 * Compares two objects. INVARIANT: objects with the same names in the same order are compared
 * value by value, without a look-up by name. A replay compares thousands of them for each decision.
 */
const sameObjects = (a: Members, b: Members): boolean => {
  const [names, others] = [Object.keys(a), Object.keys(b)];
  if (names.length !== others.length) return sameMembers(a, b, names, others);
  for (let i = 0; i < names.length; i += 1)
    if (names[i] !== others[i]) return sameMembers(a, b, names, others);
  return sameElements(Object.values(a), Object.values(b));
};

/**
 * Returns true if two values have the same canonical JSON (RFC 8785), without writing it. Members
 * may be in any order, an undefined member counts as absent, and −0 as 0. Values are those of JSON,
 * and undefined.
 */
export const sameJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  const isList = Array.isArray(a);
  if (isList !== Array.isArray(b)) return false;
  if (!isList) return sameObjects(a as Members, b as Members);
  return a.length === (b as readonly unknown[]).length && sameElements(a, b as readonly unknown[]);
};
