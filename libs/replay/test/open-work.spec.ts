import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { OpenCallsFold } from '@interlock/agents';
import {
  noteEvents,
  noteParts,
  openWorkStream,
  type OpenWorkFold,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import { OpenTransactions } from '@interlock/network';
import { HistoryIndex } from '@interlock/policy';
import { RailsOpenWork } from '@interlock/rails';
import { readExportedLine } from '@interlock/tree';
import { Replay, type ReplayReport } from '../src/index.js';

const demo: readonly RecordedEvent[] = readFileSync(
  new URL('../../../fixtures/streams/demo.ndjson', import.meta.url),
  'utf8',
)
  .trim()
  .split('\n')
  .map((line) => {
    const read = readExportedLine(line);
    if ('fault' in read) throw new Error(read.fault);
    return read.event;
  });

const folds: readonly (readonly [service: string, initial: () => OpenWorkFold])[] = [
  ['safety-rails', () => new RailsOpenWork()],
  ['netconf-gateway', () => new OpenTransactions()],
  ['agent-gateway', () => new OpenCallsFold()],
  ['policy-evaluator', () => new HistoryIndex()],
];
const folded = (initial: () => OpenWorkFold, events: readonly RecordedEvent[]): OpenWorkFold => {
  const work = initial();
  for (const event of events) work.take(event);
  return work;
};
const sorted = (work: OpenWorkFold): readonly string[] => [...new Set(work.streams())].sort();
/** The state itself, not only its streams. */
const stateOf = (work: OpenWorkFold): unknown => {
  if (work instanceof RailsOpenWork)
    return [
      work.actions.list(),
      work.plans.list(),
      work.waiting.of('demo').filter(({ item }) => item !== null),
    ];
  if (work instanceof OpenTransactions || work instanceof OpenCallsFold) return work.list();
  return (work as HistoryIndex).derived(
    'demo',
    { entity_id: 'cell-001-1', action_type: 'cell_failover' },
    demo.at(-1)!.metadata.occurred_at,
  );
};

describe.each(folds)('the open work of %s', (_, initial) => {
  it('follows from only its own streams at each position of a recorded log, and later work does too', () => {
    for (let end = 0; end <= demo.length; end += 1) {
      const [before, after] = [demo.slice(0, end), demo.slice(end)];
      const whole = folded(initial, before);
      const named = new Set(whole.streams());
      const noted = folded(
        initial,
        before.filter(({ stream }) => named.has(stream)),
      );
      expect([end, sorted(noted)]).toEqual([end, sorted(whole)]);
      for (const event of after) {
        whole.take(event);
        noted.take(event);
      }
      expect([end, sorted(noted), stateOf(noted)]).toEqual([end, sorted(whole), stateOf(whole)]);
    }
  });
});

it('the recorded log has open work of the rails, of the gateway and of the evaluator', () => {
  for (const [service, initial] of folds.filter(([name]) => name !== 'agent-gateway')) {
    const most = demo.reduce((so, _event, i) => {
      const work = folded(initial, demo.slice(0, i));
      return Math.max(so, sorted(work).length);
    }, 0);
    expect([service, most > 0]).toEqual([service, true]);
  }
});

type Change = (events: readonly RecordedEvent[]) => readonly RecordedEvent[];
const at = (event: RecordedEvent): Position => event.position;
/** The recorded log with a later note of the rails that names a position within it. */
const withNote = (end: number, change: Change = (events) => events): readonly RecordedEvent[] => {
  const work = folded(() => new RailsOpenWork(), demo.slice(0, end));
  const last = demo.at(-1)!;
  const events = noteEvents(
    'safety-rails',
    noteParts('safety-rails', at(demo[end - 1]!), work.streams()),
    last.metadata.occurred_at,
  ).map((event, i): RecordedEvent => {
    const place = last.position.commit + BigInt(i + 1);
    return {
      ...event,
      metadata: { ...event.metadata, writer: 'safety-rails' },
      stream: openWorkStream('safety-rails'),
      revision: BigInt(i),
      position: { commit: place, prepare: place },
      created: last.created,
    };
  });
  return [...demo, ...change(events)];
};
const replayed = (events: readonly RecordedEvent[], whole = true): ReplayReport => {
  const replay = new Replay({ whole });
  for (const event of events) if (!replay.take(event)) break;
  return replay.end();
};
const ids =
  (changed: { readonly [category: string]: readonly string[] }): Change =>
  (events) =>
    events.map((event) => ({ ...event, data: { ...event.data, ids: changed } }));
/** A position at which an action is open. */
const busy = demo.findIndex(({ type }) => type === 'GatesJudged') + 1;

describe('a note in the log', () => {
  it.each([busy, demo.length])('is replayed from the events up to its position (%s)', (end) => {
    const { difference, checked } = replayed(withNote(end));
    expect(difference).toBeNull();
    expect(checked['open_work']).toBe(1);
  });

  it('is reported as different if it lacks an open action', () => {
    expect(replayed(withNote(busy, ids({}))).difference).toMatchObject({
      stream: openWorkStream('safety-rails'),
      type: 'OpenWorkNoted',
      kind: 'open_work',
    });
  });

  it('differs if it names more than the open work', () => {
    expect(replayed(withNote(demo.length, ids({ action: ['demo:nobody'] }))).difference).toMatchObject({
      kind: 'open_work',
    });
  });

  it('differs if its position is later than itself', () => {
    const ahead: Change = (events) =>
      events.map((event) => ({ ...event, data: { ...event.data, position: '99999999' } }));
    expect(replayed(withNote(busy, ahead)).difference).toMatchObject({ kind: 'open_work' });
  });

  it('is not checked if the log is not whole', () => {
    const { difference, unchecked } = replayed(withNote(busy), false);
    expect(difference).toBeNull();
    expect(unchecked['open_work']).toBe(1);
  });
});
