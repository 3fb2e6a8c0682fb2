type Members = { readonly [member: string]: unknown };

/**
 * Compares two objects by their members. INVARIANT: members are looked up one by one and never
 * collected, because a replay compares thousands of values for each decision.
 */
const sameMembers = (a: Members, b: Members): boolean => {
  let present = 0;
  for (const name of Object.keys(a)) {
    const member = a[name];
    if (member === undefined) continue;
    if (!Object.hasOwn(b, name) || !sameJson(member, b[name])) return false;
    present += 1;
  }
  for (const name of Object.keys(b)) if (b[name] !== undefined) present -= 1;
  return present === 0;
};

/**
 * Returns true if two values have the same canonical JSON (RFC 8785), without writing it. Members
 * may be in any order, an undefined member counts as absent, and −0 as 0. Values are those of JSON,
 * and undefined.
 */
export const sameJson = (a: unknown, b: unknown): boolean => {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (!Array.isArray(a) && !Array.isArray(b)) return sameMembers(a as Members, b as Members);
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (!sameJson(a[i], b[i])) return false;
  return true;
};
