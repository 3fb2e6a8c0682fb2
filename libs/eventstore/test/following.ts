import type { EventStore } from '@interlock/kernel';
import { createFollower, type LogFollower } from '../src/index.js';
import { numberOf } from './events.js';

/** A follower of the streams that begin with `prefix`, and the numbers of its events. */
export const following = (
  store: EventStore,
  prefix = 'autonomy-',
): { readonly follower: LogFollower; readonly seen: readonly number[] } => {
  const seen: number[] = [];
  const follower = createFollower(store, {
    name: 'test',
    prefixes: [prefix],
    onEvent: (event) => seen.push(numberOf(event)),
  });
  return { follower, seen };
};
