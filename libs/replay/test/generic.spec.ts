import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@interlock/kernel';
import { compared } from '../src/finding.js';
import { Replay, type DerivedState, type ReplayOptions } from '../src/index.js';
import type { ReplayContexts, ReplayedLog } from '../src/replay-contexts.js';
import type { StreamOf } from '../src/stream-replay.js';

// A made-up context: tills. Each sale states the sum after it. A closed till is over. A note is an
// event without a decision.
type Till = { readonly stream: string; readonly of: StreamOf; sum: number; last: RecordedEvent };

const tills = (): ((log: ReplayedLog) => ReplayContexts) => () => {
  const open = new Map<string, Till>();
  let notes = 0;
  let append: RecordedEvent | null = null;
  const stateOf = ({ stream, of, sum, last }: Till) => ({ stream, of, state: { sum }, last });
  return {
    keptForATime: (stream) => stream.startsWith('purse-'),
    knows: ({ category }, type, version) =>
      category === 'note' || ((type === 'Sold' || type === 'Shut') && version === 1),
    continues: (event) => append !== null && append.metadata.command_id === event.metadata.command_id,
    take: (event, of) => {
      if (of.category === 'note') {
        notes += 1;
        return [];
      }
      const { price, sum } = event.data as { readonly price: number; readonly sum: number };
      if (price < 0) throw new Error('a price is not negative');
      const till = open.get(event.stream) ?? { stream: event.stream, of, sum: 0, last: event };
      open.set(event.stream, till);
      append = event;
      till.last = event;
      if (event.type === 'Shut') return [{ kind: 'key', missing: 'the key is not in the file' }];
      till.sum += price;
      return [compared('sale', 'the sum after the sale', { sum }, { sum: till.sum })];
    },
    close: () => {
      const till = append === null ? undefined : open.get(append.stream);
      const over = append?.type === 'Shut' && till !== undefined ? stateOf(till) : null;
      append = null;
      return over;
    },
    ended: ({ stream }) => open.delete(stream),
    openStates: () => [...open.values()].map(stateOf),
    owed: () => ({ answer: notes }),
  };
};

const at = (place: number, stream: string, revision: number, type: string, data: object): RecordedEvent => ({
  stream,
  revision: BigInt(revision),
  position: { commit: BigInt(place), prepare: BigInt(place) },
  created: '2026-11-21T08:00:00.000Z',
  id: `event-${place}`,
  type,
  data: data as RecordedEvent['data'],
  metadata: { command_id: `command-${place}`, schema_version: 1 } as RecordedEvent['metadata'],
});
const day = [
  at(1, 'till-t:a', 0, 'Sold', { price: 2, sum: 2 }),
  at(2, 'note-t:n', 0, 'Written', {}),
  at(3, 'till-t:b', 0, 'Sold', { price: 5, sum: 5 }),
  at(4, 'till-t:a', 1, 'Sold', { price: 3, sum: 5 }),
  at(5, 'till-t:a', 2, 'Shut', {}),
  at(6, 'till-t:c', 0, 'Burnt', {}),
  at(7, 'till-t:c', 1, 'Sold', { price: 1, sum: 1 }),
];

const replayed = (events: readonly RecordedEvent[], options: ReplayOptions = {}) => {
  const states: DerivedState[] = [];
  const replay = new Replay({ ...options, onState: (derived) => states.push(derived) }, tills());
  for (const event of events) if (!replay.take(event)) break;
  return { report: replay.end(), states };
};

describe('replay of made-up contexts', () => {
  it('counts decisions, takes events without them, reports unknown events and derives states', () => {
    const { report, states } = replayed(day);
    expect(report).toMatchObject({
      events: 7,
      checked: { sale: 3 },
      unchecked: { key: 1, till: 1 },
      unknown: { 'till/Burnt@1': 1 },
      owed: { answer: 1 },
      states: { count: 2 },
      difference: null,
    });
    expect(states.map(({ stream, revision, state }) => ({ stream, revision, state }))).toEqual([
      { stream: 'till-t:a', revision: '2', state: { sum: 5 } },
      { stream: 'till-t:b', revision: '0', state: { sum: 5 } },
    ]);
  });

  it('reports the first difference and stops there', () => {
    const wrong = day.with(3, at(4, 'till-t:a', 1, 'Sold', { price: 3, sum: 6 }));
    const { report } = replayed(wrong);
    expect(report).toMatchObject({
      events: 4,
      states: null,
      difference: { id: 'event-4', kind: 'sale', path: '/sum', recorded: 6, replayed: 5 },
    });
  });

  it('reports an error of the context as a difference of kind shape', () => {
    const { report } = replayed([at(1, 'till-t:a', 0, 'Sold', { price: -1, sum: -1 })]);
    expect(report.difference).toMatchObject({
      kind: 'shape',
      what: '`Sold` cannot be made again: a price is not negative',
    });
  });

  it('requires beginnings and inputs in a whole log, except where the context deletes them', () => {
    const late = (stream: string) =>
      replayed([at(1, stream, 3, 'Sold', { price: 1, sum: 1 })], { whole: true });
    expect(late('till-t:a').report.difference).toMatchObject({ kind: 'order', replayed: '0' });
    expect(late('purse-t:a').report.difference).toBeNull();
    expect(replayed(day.slice(0, 5), { whole: true }).report.difference).toMatchObject({
      id: 'event-5',
      kind: 'key',
    });
  });
});
