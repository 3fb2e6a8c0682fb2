import type { ConsumeAnswer } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';

/**
 * A call on a day's budget, with the moments at which it was made and answered (any clock that only
 * goes forward).
 */
export type Call = {
  readonly account: string;
  readonly action: string;
  readonly invoked: number;
  readonly returned: number;
  readonly answer: ConsumeAnswer;
};
/** What a day allows: actions, and cost. */
export type Allowed = { readonly limit: number; readonly cost: number };

type Data = {
  readonly action_id: string;
  readonly consumed?: boolean;
  readonly spend?: { readonly cost: number };
};

/**
 * What is wrong with a history of calls on one day's stream; empty where it is linearizable. The
 * stream's order is the order in which the calls took effect: each answer must be what a budget
 * that is used by one at a time gives in that order, and a call that was made after another had
 * been answered must stand behind it. This is a model of its own, and shares no code with the
 * decider.
 */
export const historyFaults = (
  events: readonly RecordedEvent[],
  calls: readonly Call[],
  { limit, cost }: Allowed,
): readonly string[] => {
  const faults: string[] = [];
  const held = new Map<string, number>();
  const decided = new Map<string, { readonly yes: boolean; readonly revision: bigint }>();
  for (const { type, data, revision } of events) {
    const { action_id: action, consumed, spend } = data as Data;
    const spent = [...held.values()].reduce((sum, one) => sum + one, 0);
    const room = held.size < limit && spent + (spend?.cost ?? 0) <= cost + 1e-9;
    if (type === 'BudgetGivenBack') {
      if ((consumed === true) !== held.delete(action))
        faults.push(`${action} gave back what it did not hold`);
      if (consumed !== true) decided.set(action, { yes: false, revision });
      continue;
    }
    if (decided.has(action)) faults.push(`${action} was decided twice`);
    const yes = type === 'BudgetConsumed';
    decided.set(action, { yes, revision });
    if (yes !== room)
      faults.push(`${action} was ${yes ? 'let through' : 'refused'} at ${held.size} and ${spent}`);
    if (yes) held.set(action, spend?.cost ?? 0);
    if (held.size > limit) faults.push(`overspent at revision ${revision}`);
  }
  for (const { action, answer } of calls) {
    const was = decided.get(action);
    if (was === undefined) faults.push(`${action} was answered and is not in the stream`);
    else if (was.yes !== answer.consumed) faults.push(`${action} was answered ${answer.consumed}`);
  }
  for (const later of calls)
    for (const earlier of calls) {
      const [a, b] = [decided.get(earlier.action), decided.get(later.action)];
      if (a !== undefined && b !== undefined && earlier.returned < later.invoked && a.revision > b.revision)
        faults.push(
          `${later.action} was made after ${earlier.action} was answered, and took effect before it`,
        );
    }
  return faults;
};
