import { riskLevels, type JsonValue } from '@interlock/contracts';
import type { HoldContent } from './gate.js';

// INVARIANT: each comparison is false if a member is missing or of another type. So a person is
// asked again if values cannot be compared.

/** True if the present number is not above the earlier one. */
export const atMost = (now: JsonValue | undefined, said: JsonValue | undefined): boolean =>
  typeof now === 'number' && typeof said === 'number' && now <= said;

/** True if the present word comes no later in the order than the earlier one. */
export const noHigher = (
  order: readonly string[],
  now: JsonValue | undefined,
  said: JsonValue | undefined,
): boolean => {
  const [is, was] = [order.indexOf(String(now)), order.indexOf(String(said))];
  return is >= 0 && is <= was;
};

/** True if both contents have each of these members, with equal values. */
export const same = (said: HoldContent, now: HoldContent, ...names: readonly string[]): boolean =>
  names.every((name) => said[name] !== undefined && JSON.stringify(said[name]) === JSON.stringify(now[name]));

/** True if every item of the present list is also in the earlier one. */
export const within = (now: JsonValue | undefined, said: JsonValue | undefined): boolean =>
  Array.isArray(now) && Array.isArray(said) && now.every((item) => said.includes(item));

/**
 * Compares a confidence and its threshold. The confidence may not be lower than before, unless the
 * load moves it. The threshold and the risk level may not be higher.
 */
export const coversConfidence = (said: HoldContent, now: HoldContent, loadMoves = false): boolean =>
  (loadMoves ? typeof now['confidence'] === 'number' : atMost(said['confidence'], now['confidence'])) &&
  atMost(now['threshold'], said['threshold']) &&
  noHigher(riskLevels, now['risk_level'], said['risk_level']);
