import { riskLevels, type JsonValue } from '@interlock/contracts';
import type { HoldContent } from './gate.js';

// INVARIANT: each comparison is false where a member is missing or of another type, so that what cannot be compared is asked again.

/** True where the one number is not above the other. */
export const atMost = (now: JsonValue | undefined, said: JsonValue | undefined): boolean =>
  typeof now === 'number' && typeof said === 'number' && now <= said;

/** True where the one word stands no later in the order than the other. */
export const noHigher = (
  order: readonly string[],
  now: JsonValue | undefined,
  said: JsonValue | undefined,
): boolean => {
  const [is, was] = [order.indexOf(String(now)), order.indexOf(String(said))];
  return is >= 0 && is <= was;
};

/** The same in each of these members, which stand in both. */
export const same = (said: HoldContent, now: HoldContent, ...names: readonly string[]): boolean =>
  names.every((name) => said[name] !== undefined && JSON.stringify(said[name]) === JSON.stringify(now[name]));

/** Nothing is in the one list that is not in the other. */
export const within = (now: JsonValue | undefined, said: JsonValue | undefined): boolean =>
  Array.isArray(now) && Array.isArray(said) && now.every((item) => said.includes(item));

/** A figure that should be high, against the least that goes on by itself: neither may be worse than it was. */
export const coversConfidence = (said: HoldContent, now: HoldContent): boolean =>
  atMost(said['confidence'], now['confidence']) &&
  atMost(now['threshold'], said['threshold']) &&
  noHigher(riskLevels, now['risk_level'], said['risk_level']);
