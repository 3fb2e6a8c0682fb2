import type { ActionRow } from '../api/types.js';
import { sentence } from '../format.js';
import type { Target } from './stops.js';

/** The number of actions that a stop would cancel before they start, and the number in flight. */
export type Reach = { readonly waiting: number; readonly inFlight: number };
export type NarrowTarget = Reach & { readonly target: Target; readonly name: string };

type Counted = Pick<ActionRow, 'action_type' | 'account_id' | 'agent' | 'site_id' | 'state'>;

const running: ReadonlySet<string> = new Set(['EXECUTING', 'VALIDATING', 'ROLLING_BACK']);

const targetsOf = ({ action_type, account_id, agent, site_id }: Counted): readonly Target[] => [
  { scope: 'action_type', action_type },
  { scope: 'account', account_id },
  { scope: 'agent', agent },
  ...(site_id === null ? [] : [{ scope: 'site', site_id } as const]),
];

const nameOf = ({ action_type, account_id, agent, site_id }: Target): string =>
  action_type ?? account_id ?? agent ?? site_id ?? '';

const order = ['action_type', 'account', 'agent', 'site'];

/**
 * Returns every narrow stop that affects an action now, with the numbers. They are ordered by
 * scope, and within a scope the largest comes first. Pure.
 */
export const narrowTargets = (open: readonly Counted[]): readonly NarrowTarget[] => {
  const found = new Map<string, NarrowTarget>();
  for (const action of open)
    for (const target of targetsOf(action)) {
      const name = nameOf(target);
      const key = `${target.scope} ${name}`;
      const { waiting, inFlight } = found.get(key) ?? { waiting: 0, inFlight: 0 };
      const flies = running.has(action.state);
      found.set(key, {
        target,
        name,
        waiting: waiting + (flies ? 0 : 1),
        inFlight: inFlight + (flies ? 1 : 0),
      });
    }
  return [...found.values()].sort(
    (a, b) =>
      order.indexOf(a.target.scope) - order.indexOf(b.target.scope) ||
      b.waiting + b.inFlight - (a.waiting + a.inFlight) ||
      (a.name < b.name ? -1 : 1),
  );
};

/** Returns for example `1 waits and would be cancelled, 2 are in flight`. */
export const reachText = ({ waiting, inFlight }: Reach): string =>
  waiting === 0 && inFlight === 0
    ? 'Nothing waits and nothing is in flight now'
    : `${waiting} ${waiting === 1 ? 'waits' : 'wait'} and would be cancelled, ${inFlight} ${inFlight === 1 ? 'is' : 'are'} in flight`;

/** Warns that the target of a stop was never seen. */
export const unseenText = ({ near }: { readonly near: readonly string[] }): string =>
  `Never seen before. If the name is wrong, this stops nothing${near.length === 0 ? '' : `. Near names: ${near.join(', ')}`}`;

/**
 * Returns the actions in flight by their current state: `2 in flight: 1 completed, 1 rolling back`.
 */
export const flightText = (states: readonly string[]): string => {
  const counts = new Map<string, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  const parts = [...counts].map(([state, count]) => `${count} ${sentence(state).toLowerCase()}`);
  return `${states.length} in flight${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`;
};
