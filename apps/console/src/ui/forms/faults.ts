import { ApiProblem } from '../../api/client.js';

/**
 * Returns what a refused request says about the value at a JSON pointer; undefined if nothing. A
 * field shows it beside its input.
 */
export const faultAt = (error: unknown, pointer: string): string | undefined => {
  if (!(error instanceof ApiProblem)) return undefined;
  const found = error.problem.violations.filter(
    (one) => one.pointer === pointer || one.pointer.startsWith(`${pointer}/`),
  );
  return found.length === 0 ? undefined : found.map(({ detail }) => detail).join('; ');
};
