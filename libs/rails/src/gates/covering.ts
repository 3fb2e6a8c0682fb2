import { riskLevels, type JsonValue } from '@interlock/contracts';
import type { HoldContent } from './gate.js';

// INVARIANT: each comparison is false where a member is missing or of another type, so that what cannot be compared is asked again.

/** True where the one number is not above the other. */
export const atMost = (now: JsonValue | undefined, said: JsonValue | undefined): boolean =>
  typeof now === 'number' && typeof said === 'number' && now <= said;

/** True where the present word stands no later in the order than the earlier one. */
export const noHigher = (
  order: readonly string[],
  now: JsonValue | undefined,
  said: JsonValue | undefined,
): boolean => {
  const [is, was] = [order.indexOf(String(now)), order.indexOf(String(said))];
  return is >= 0 && is <= was;
};

/** True where both contents have each of these members, with equal values. */
export const same = (said: HoldContent, now: HoldContent, ...names: readonly string[]): boolean =>
  names.every((name) => said[name] !== undefined && JSON.stringify(said[name]) === JSON.stringify(now[name]));

/** True where every item of the one list is also in the other. */
export const within = (now: JsonValue | undefined, said: JsonValue | undefined): boolean =>
  Array.isArray(now) && Array.isArray(said) && now.every((item) => said.includes(item));

/** Compares a confidence and its threshold: the confidence may not be lower than it was, nor the threshold or the risk level higher. */
export const coversConfidence = (said: HoldContent, now: HoldContent): boolean =>
  atMost(said['confidence'], now['confidence']) &&
  atMost(now['threshold'], said['threshold']) &&
  noHigher(riskLevels, now['risk_level'], said['risk_level']);
