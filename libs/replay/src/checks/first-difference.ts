import { sameJson } from '@interlock/kernel';

/**
 * Returns the path of the first member that differs (`/a/0/b`), in the order of the first value;
 * null if none does.
 */
export const firstDifference = (
  a: unknown,
  b: unknown,
  at = '',
): { readonly path: string; readonly a: unknown; readonly b: unknown } | null => {
  if (sameJson(a, b)) return null;
  if (
    typeof a !== 'object' ||
    typeof b !== 'object' ||
    a === null ||
    b === null ||
    Array.isArray(a) !== Array.isArray(b)
  )
    return { path: at, a: a ?? null, b: b ?? null };
  for (const name of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const found = firstDifference(
      (a as { readonly [member: string]: unknown })[name],
      (b as { readonly [member: string]: unknown })[name],
      `${at}/${name}`,
    );
    if (found !== null) return found;
  }
  return { path: at, a, b };
};
