import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseStream } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import {
  defaultPostureConfig,
  postureConfigDecider,
  postureConfigStream,
  postureLoosens,
  signalDecider,
  signalStream,
} from '@interlock/posture';
import { postureTableOf } from '@interlock/rails';
import { exportedEvent, readExportedLine } from '@interlock/tree';
import { Replay, type ReplayReport } from '../src/index.js';
import { writeSetting } from './simulated-log/changes.ts';
import { Journal, person, service, tenant } from './simulated-log/journal.ts';
import { recordLevel, reportSignals } from './simulated-log/posture.ts';
import { SimulatedLog } from './simulated-log/simulated-log.ts';
import { wholeCatalogue } from './tampering/honest-log.js';

const isLong = process.env['INTERLOCK_LONG_TESTS'] === 'true';

const fromLine = (line: string): RecordedEvent => {
  const read = readExportedLine(line);
  if ('fault' in read) throw new Error(read.fault);
  return read.event;
};
const exported = (event: RecordedEvent): RecordedEvent => fromLine(JSON.stringify(exportedEvent(event)));
const replayed = (events: readonly RecordedEvent[], whole = false): ReplayReport => {
  const replay = new Replay({ whole });
  for (const event of events) if (!replay.take(event)) break;
  return replay.end();
};

const demo = readFileSync(new URL('../../../fixtures/streams/demo.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map(fromLine);
const simulated = (seed: number): readonly RecordedEvent[] => {
  const log = new SimulatedLog(seed);
  return [...log.events(isLong ? 40 : 12), ...log.stories()].map(exported);
};
/** Honest logs: the demo's recording, every kind of event, and many actions. */
const logs = [demo, await wholeCatalogue(3), ...(isLong ? [1, 2, 5, 7, 9] : [2]).map(simulated)];

const kinds = ['stream', 'category', 'tenant'] as const;
const nameOf = (kind: (typeof kinds)[number], { stream }: RecordedEvent): string =>
  kind === 'stream' ? stream : (parseStream(stream)?.[kind] ?? '');

/** A number from 0 to 1 for a name, another one for each salt. */
const shareOf = (name: string, salt: number): number => {
  let hash = salt;
  for (const letter of name) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 32;
};

/** The events that a part leaves out, beside those before and after it. */
const selection = fc.oneof(
  fc.constant({ what: 'all' } as const),
  fc.record({
    what: fc.constant('some' as const),
    kind: fc.constantFrom(...kinds),
    kept: fc.constantFrom(0.3, 0.6, 0.9, 0.97),
    salt: fc.nat(),
  }),
  // All streams that have an event of the type, or about half of them.
  fc.record({
    what: fc.constant('without' as const),
    type: fc.nat(),
    lost: fc.constantFrom(0.5, 1),
    salt: fc.nat(),
  }),
);
const part = fc.record({
  log: fc.nat(logs.length - 1),
  // Both ends, as shares of the log. The beginning may also lie near an event of a type.
  from: fc.oneof(
    fc.constant(0),
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.record({ type: fc.nat(), nth: fc.nat(), off: fc.integer({ min: -3, max: 3 }) }),
  ),
  to: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
  selection,
});
type Part = typeof part extends fc.Arbitrary<infer P> ? P : never;

const typeAt = (events: readonly RecordedEvent[], index: number): string => {
  const types = [...new Set(events.map(({ type }) => type))];
  return types[index % types.length] ?? '';
};

const eventsOf = ({ log, from, to, selection: of }: Part): readonly RecordedEvent[] => {
  const all = logs[log]!;
  const beginOf = (): number => {
    if (typeof from === 'number') return Math.floor(from * all.length);
    const type = typeAt(all, from.type);
    const places = all.flatMap((event, i) => (event.type === type ? [i] : []));
    return Math.max(0, places[from.nth % places.length]! + from.off);
  };
  const begin = beginOf();
  const cut = all.slice(begin, begin + Math.ceil(to * (all.length - begin)));
  switch (of.what) {
    case 'all':
      return cut;
    case 'some':
      return cut.filter((event) => shareOf(nameOf(of.kind, event), of.salt) < of.kept);
    case 'without': {
      const type = typeAt(cut, of.type);
      const streams = new Set(cut.flatMap((event) => (event.type === type ? [event.stream] : [])));
      return cut.filter(({ stream }) => !streams.has(stream) || shareOf(stream, of.salt) >= of.lost);
    }
  }
};

describe('any part of an honest log', () => {
  it('has no difference, wherever it begins and ends, and whatever streams it lacks', () => {
    fc.assert(
      fc.property(part, (of) => expect(replayed(eventsOf(of)).difference).toBeNull()),
      { numRuns: isLong ? 4000 : 30, seed: 20_261_130 },
    );
  });

  it('has no difference if it is all that a tenant has', () => {
    for (const log of logs)
      for (const owner of new Set(log.map((event) => nameOf('tenant', event)))) {
        const own = log.filter((event) => nameOf('tenant', event) === owner);
        expect([owner, replayed(own).difference]).toEqual([owner, null]);
      }
  });
});

describe('an export by correlation', () => {
  it('has no difference, whatever its streams lack, and makes its actions again', () => {
    let made = 0;
    for (const log of logs)
      for (const correlation of new Set(log.map(({ metadata }) => metadata.$correlationId))) {
        const own = log.filter(({ metadata }) => metadata.$correlationId === correlation);
        const replay = new Replay({ byCorrelation: true });
        for (const event of own) if (!replay.take(event)) break;
        const { difference, checked, events } = replay.end();
        expect([correlation, difference]).toEqual([correlation, null]);
        expect(events).toBe(own.length);
        made += checked['gate'] ?? 0;
      }
    expect(made).toBeGreaterThan(0);
  });

  it('finds an event that an action lacks in its middle', () => {
    const action = demo.filter(
      ({ stream }) => stream === demo.find(({ type }) => type === 'ActionCompleted')?.stream,
    );
    const without = action.filter((_, index) => index !== 2);
    const replay = new Replay({ byCorrelation: true });
    for (const event of without) if (!replay.take(event)) break;
    expect(replay.end().difference).toMatchObject({ kind: 'order', revision: '3' });
  });
});

describe('a level under thresholds that the tenant has set', () => {
  const log = new Journal(1);
  const loosens = postureLoosens(postureTableOf({}));
  const signal = (value: number): void => {
    log.now += 300_000;
    log.tell(
      signalStream(tenant, 'reputation_score'),
      signalDecider,
      { kind: 'ReportSignal', name: 'reputation_score', value, source: 'sensor', now: log.at },
      service('nats.demo.sensor'),
    );
    recordLevel(log);
  };
  writeSetting(
    log,
    {
      stream: postureConfigStream(tenant),
      decider: postureConfigDecider,
      loosens: (before, after) => loosens(before.config, after.config),
    },
    {
      kind: 'ConfigurePosture',
      config: {
        ...defaultPostureConfig,
        dwell_s: 0,
        thresholds: { ...defaultPostureConfig.thresholds, yellow_reputation: 50 },
      },
    },
    person('anna'),
  );
  reportSignals(log);
  // The default threshold makes the last level YELLOW.
  for (const value of [0, 50]) signal(value);
  const events = log.out.map(exported);
  const configured = events.findIndex(({ type }) => type === 'PostureConfigured');
  const last = events.findLastIndex(({ type }) => type === 'PostureChanged');
  const forged = events.with(last, {
    ...events[last]!,
    data: { ...events[last]!.data, policy: 'YELLOW', yellow_triggers: ['reputation_score'] },
  });

  it('is replayed in the whole log', () => {
    expect(events[last]!.data).toMatchObject({ policy: 'GREEN' });
    expect(replayed(events, true)).toMatchObject({ difference: null });
    // Each of three levels: as its decider writes it, and from its inputs.
    expect(replayed(events).checked['level']).toBe(6);
  });

  it('is not checked in a part without the thresholds, for that reason', () => {
    for (const lacking of [
      events.slice(configured + 1),
      events.filter(({ type }) => type !== 'PostureConfigured'),
    ]) {
      const report = replayed(lacking);
      expect(report.difference).toBeNull();
      expect(report.not_made_again).toContainEqual(
        expect.objectContaining({
          kind: 'level',
          because: "the tenant's thresholds are not in the file",
          first: expect.objectContaining({ id: events[last]!.id }),
        }),
      );
    }
  });

  it('is found if it is another one, in the whole log and in a part with the thresholds', () => {
    const of = { id: events[last]!.id, kind: 'level', recorded: 'YELLOW', replayed: 'GREEN' };
    expect(replayed(forged, true).difference).toMatchObject({ id: of.id });
    expect(replayed(forged.filter(({ stream }) => !stream.startsWith('signal-'))).difference).toMatchObject(
      of,
    );
    // Later settings are enough, if they held for the whole minute before the level.
    const again = forged.toSpliced(configured, 1, { ...forged[configured]!, revision: 1n });
    expect(replayed(again.slice(configured)).difference).toMatchObject(of);
  });
});
