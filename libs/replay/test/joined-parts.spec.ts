import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@interlock/kernel';
import { exportedEvent, readExportedLine } from '@interlock/tree';
import { everyContext } from '../src/contexts.js';
import { joinParts, Replay, type ReplayReport } from '../src/index.js';
import { inPart } from '../src/parts.js';
import type { ReplayContexts, ReplayedLog } from '../src/replay-contexts.js';
import { SimulatedLog } from './simulated-log/simulated-log.ts';
import { wholeCatalogue } from './tampering/honest-log.js';

const fromLine = (line: string): RecordedEvent => {
  const read = readExportedLine(line);
  if ('fault' in read) throw new Error(read.fault);
  return read.event;
};
const copy = (event: RecordedEvent): RecordedEvent => fromLine(JSON.stringify(exportedEvent(event)));
const replayed = (events: readonly RecordedEvent[], whole: boolean): ReplayReport => {
  const replay = new Replay({ whole });
  for (const event of events) if (!replay.take(event)) break;
  return replay.end();
};
const inParts = (events: readonly RecordedEvent[], whole: boolean, of: number): ReplayReport | null =>
  joinParts(
    Array.from({ length: of }, (_, index) => {
      const replay = new Replay({ whole, part: { index, of } });
      for (const event of events) if (!replay.take(event)) break;
      return replay.endPart();
    }),
  );

const demo = readFileSync(new URL('../../../fixtures/streams/demo.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(fromLine);
const catalogue = await wholeCatalogue(3);
const simulated = [...new SimulatedLog(6).events(60)].map(copy);

describe('a replay in parts', () => {
  it.each([
    ['the demo', demo, false],
    ['every kind of event', catalogue, true],
    ['many actions', simulated, true],
    ['a log without its beginning', simulated.slice(40), false],
  ] as const)('joins to the report of one replay: %s', (_, events, whole) => {
    const report = replayed(events, whole);
    expect(report.difference).toBeNull();
    for (const count of [1, 2, 3]) expect(inParts(events, whole, count)).toEqual(report);
  });

  it('makes each decision in one part only', () => {
    const { checked } = replayed(simulated, true);
    const parts = [0, 1].map((index) => {
      const replay = new Replay({ whole: true, part: { index, of: 2 } });
      for (const event of simulated) replay.take(event);
      return replay.end().checked;
    });
    for (const part of parts) expect(part['gate']).toBeGreaterThan(0);
    expect(parts[0]!['gate']! + parts[1]!['gate']!).toBe(checked['gate']);
  });

  it('has no report exactly where one replay differs', () => {
    const places = Array.from({ length: 24 }, (_, i) => Math.floor((i * simulated.length) / 24));
    const differs = places.map((place) => {
      const events = simulated.filter((_, i) => i !== place);
      const isOther = replayed(events, true).difference !== null;
      expect(inParts(events, true, 2) === null).toBe(isOther);
      return isOther;
    });
    expect(differs).toContain(true);
  });

  it('differs at an event that cannot be folded, in whatever part it is', () => {
    const parts = [0, 1].map((index) => inPart({ index, of: 2 }));
    const bad = simulated.find(({ stream }) => parts[1]!(stream))!;
    const faulty = (log: ReplayedLog): ReplayContexts => {
      const every = everyContext(log);
      return {
        ...every,
        take: (event, of) => {
          // Only the first part does this, and it does not check the stream.
          if (log.checksOthers && event === bad) throw new Error('this cannot be folded');
          return every.take(event, of);
        },
      };
    };
    expect(parts.map((isIn) => isIn(bad.stream))).toEqual([false, true]);
    const differences = [0, 1].map((index) => {
      const replay = new Replay({ whole: true, part: { index, of: 2 } }, faulty);
      for (const event of simulated) if (!replay.take(event)) break;
      return replay.end().difference;
    });
    expect(differences[0]).toMatchObject({ kind: 'shape', id: bad.id, stream: bad.stream });
    expect(differences[1]).toBeNull();
  });

  it('keeps the streams of an action in one part', () => {
    for (const count of [2, 3, 5])
      for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']) {
        const own = ['action', 'device_tx', 'feedback'].map((name) => `${name}-sim:${id}`);
        const streams = [...own, `device_tx-sim:${id}.2`];
        const partsOf = streams.map((stream) =>
          [...Array(count).keys()].filter((index) => inPart({ index, of: count })(stream)),
        );
        for (const found of partsOf) expect(found).toEqual(partsOf[0]);
        expect(partsOf[0]).toHaveLength(1);
      }
    expect(inPart({ index: 0, of: 2 })('alert-sim:x')).toBe(true);
  });

  it('has no report without a part', () => expect(joinParts([])).toBeNull());
});
