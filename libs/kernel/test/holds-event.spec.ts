import { describe, expect, it } from '@jest/globals';
import {
  holdsEvent,
  InMemoryEventStore,
  lookUp,
  testMetadata,
  type LookedAt,
  type Position,
} from '../src/index.js';

const at = (n: bigint): Position => ({ commit: n, prepare: n });
/** A log with the events `a` at 10 and `c` at 30. */
const events = [
  { id: 'a', position: at(10n) },
  { id: 'c', position: at(30n) },
];
const log: LookedAt = {
  head: () => Promise.resolve(at(30n)),
  firstFrom: ({ commit }) => Promise.resolve(events.find(({ position }) => position.commit >= commit)),
};
const empty: LookedAt = { head: () => Promise.resolve(null), firstFrom: () => Promise.resolve(undefined) };

describe('lookUp', () => {
  it.each([
    ['the event stands there', log, 10n, 'a', undefined, { kind: 'held' }],
    ['another event stands there', log, 10n, 'b', undefined, { kind: 'other' }],
    ['no event stands there, but later ones', log, 20n, 'b', undefined, { kind: 'passed' }],
    ['no event is known, and the log goes on', log, 10n, null, undefined, { kind: 'passed' }],
    ['the log ends before', log, 40n, 'd', undefined, { kind: 'short', head: at(30n) }],
    ['the log ended before when it was asked', log, 10n, 'a', at(5n), { kind: 'short', head: at(5n) }],
    ['no event is known, and the end is', empty, 10n, null, at(10n), { kind: 'passed' }],
    ['the log is empty', empty, 10n, 'a', undefined, { kind: 'short', head: null }],
    ['the log was empty when it was asked', log, 10n, 'a', null, { kind: 'short', head: null }],
  ] as const)('where %s', async (_, looked, position, id, head, found) => {
    expect(await lookUp(looked, { position: at(position), id }, head)).toEqual(found);
  });

  it.each([
    ['b', { kind: 'other' }],
    ['a', { kind: 'held' }],
  ] as const)(
    'looks again if the log grew between its two reads, then with %s at the place',
    async (id, found) => {
      let grown = false;
      const growing: LookedAt = {
        head: () => {
          grown = true;
          return log.head();
        },
        firstFrom: (position) => (grown ? log.firstFrom(position) : empty.firstFrom(position)),
      };
      expect(await lookUp(growing, { position: at(10n), id })).toEqual(found);
    },
  );

  it('does not read an event if only the known end is needed', async () => {
    const reads: Position[] = [];
    const counted: LookedAt = {
      ...log,
      firstFrom: (position) => {
        reads.push(position);
        return Promise.resolve(undefined);
      },
    };
    await lookUp(counted, { position: at(10n), id: null }, at(30n));
    expect(reads).toEqual([]);
  });
});

describe('holdsEvent', () => {
  it("checks for the event itself if its id is known, else for the log's length", async () => {
    const store = new InMemoryEventStore();
    const id = '00000000-0000-4000-8000-000000000001';
    const { position } = await store.append(
      'thing-demo:1',
      [{ id, type: 'ThingNamed', data: {}, metadata: testMetadata() }],
      'no_stream',
    );
    expect(await holdsEvent(store, { position, id })).toBe(true);
    expect(await holdsEvent(store, { position, id: 'another' })).toBe(false);
    expect(await holdsEvent(store, { position, id: null })).toBe(true);
    expect(await holdsEvent(store, { position: at(9n), id: null })).toBe(false);
    expect(await holdsEvent(store, { position: at(9n), id })).toBe(false);
  });
});
