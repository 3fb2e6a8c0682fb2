import { describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@interlock/kernel';
import { exportedEvent, readExportedLine } from '@interlock/tree';
import { Replay, type ReplayReport } from '../src/index.js';
import { tenant } from './simulated-log/journal.ts';
import { TeamMonth } from './simulated-log/team-month.ts';

const exported = (event: RecordedEvent): RecordedEvent => {
  const read = readExportedLine(JSON.stringify(exportedEvent(event)));
  if ('fault' in read) throw new Error(read.fault);
  return read.event;
};
const replayed = (events: readonly RecordedEvent[], whole = true): ReplayReport => {
  const replay = new Replay({ whole });
  for (const event of events.map(exported)) if (!replay.take(event)) break;
  return replay.end();
};
const month = (seed: number): TeamMonth => {
  const team = new TeamMonth(seed);
  team.run();
  return team;
};
const seeds = [1, 2, 3, 4, 5, 6, 7, 8];

describe("a month of a team's changes", () => {
  it.each(seeds)('replays without a finding (seed %i)', (seed) => {
    const { log, tally } = month(seed);
    for (const whole of [true, false]) {
      const { difference, unchecked } = replayed(log.out, whole);
      expect(difference).toBeNull();
      // A part of a log may lack the cause of an alert.
      expect(Object.keys(unchecked)).toEqual(whole ? [] : ['alert']);
    }
    for (const what of ['invited', 'stopped', 'requested', 'tightened', 'loosened'])
      expect([what, tally[what] ?? 0]).toEqual([what, expect.any(Number)]);
    expect(tally['loosened']).toBeGreaterThan(0);
  });

  it('has everything that a team does', () => {
    const all = Object.assign({}, ...seeds.map((seed) => month(seed).tally)) as object;
    expect(Object.keys(all)).toEqual(
      expect.arrayContaining([
        'invited',
        'stopped',
        'requested',
        'tightened',
        'loosened',
        'consented',
        'rejected',
        'expired',
        'void',
        'refused same-person',
      ]),
    );
  });
});

type Tamper = (events: readonly RecordedEvent[], pick: (count: number) => number) => RecordedEvent[] | null;

/** Alters one of the events that a test names. */
const altering =
  (
    is: (event: RecordedEvent) => boolean,
    alter: (event: RecordedEvent) => Partial<RecordedEvent> | null,
  ): Tamper =>
  (events, pick) => {
    const places = events.flatMap((event, place) => (is(event) && alter(event) !== null ? [place] : []));
    const place = places[pick(places.length)];
    return place === undefined
      ? null
      : events.with(place, { ...events[place]!, ...alter(structuredClone(events[place]!)) }).slice();
  };
const applies = ({ metadata }: RecordedEvent): boolean => metadata.change !== undefined;
const ofType =
  (type: string) =>
  (event: RecordedEvent): boolean =>
    event.type === type;

const tampering: { readonly [what: string]: Tamper } = {
  'a change that is no longer named': altering(applies, ({ metadata: { change: _change, ...metadata } }) => ({
    metadata,
  })),
  'another digest at the setting': altering(applies, ({ metadata }) => ({
    metadata: { ...metadata, change: { ...metadata.change!, digest: '0'.repeat(64) } },
  })),
  'another change at the setting': altering(applies, ({ metadata }) => ({
    metadata: { ...metadata, change: { ...metadata.change!, id: '00000000-0000-4000-8000-000000000000' } },
  })),
  'one person twice': altering(ofType('ChangeApproved'), ({ data }) => {
    const { people } = data as { readonly people: readonly string[] };
    return { data: { ...data, people: people.map(() => people[0]) } };
  }),
  'an approval by the requester': altering(ofType('ChangeApproved'), ({ data, metadata }) => {
    const { people } = data as { readonly people: readonly string[] };
    const [first = ''] = people;
    return {
      data: { ...data, by: first },
      metadata: { ...metadata, actor: { kind: 'person', person_id: first.slice('person:'.length) } },
    };
  }),
  'an approval of another digest': altering(ofType('ChangeApproved'), ({ data }) => ({
    data: { ...data, digest: '0'.repeat(64) },
  })),
  'an approval by a program': altering(ofType('ChangeApproved'), ({ data, metadata }) => ({
    data: { ...data, by: 'service:ci' },
    metadata: { ...metadata, actor: { kind: 'service', service: 'ci' } },
  })),
  'a request that hides what it loosens': altering(ofType('ChangeRequested'), ({ data }) => ({
    data: { ...data, loosened: [] },
  })),
  'an approved request that needs one person': (events, pick) =>
    altering(
      (event) =>
        event.type === 'ChangeRequested' &&
        events.some(({ type, stream }) => type === 'ChangeApproved' && stream === event.stream),
      ({ data }) => ({ data: { ...data, required_people: 1 } }),
    )(events, pick),
  'an approval that is left out': (events, pick) => {
    const approved = events.filter(ofType('ChangeApproved'));
    const one = approved[pick(approved.length)];
    return one === undefined ? null : events.filter((event) => event !== one);
  },
  'a loosening event that is added': (events, pick) => {
    const settings = events.filter(({ stream }) => stream === `autonomy-${tenant}:config`);
    const last = settings.at(-1);
    const by = events[pick(events.length)];
    const end = events.at(-1)!;
    if (last === undefined || by === undefined) return null;
    const { change: _change, command: _command, ...metadata } = last.metadata;
    return [
      ...events,
      {
        ...last,
        id: '00000000-0000-4000-8000-000000000001',
        type: 'LimitsSet',
        data: { limits: { soak_s: 1 }, reason: 'r' },
        revision: last.revision + 1n,
        position: { commit: end.position.commit + 1n, prepare: end.position.prepare + 1n },
        metadata: {
          ...metadata,
          actor: by.metadata.actor,
          command_id: '00000000-0000-4000-8000-000000000002',
          command: { kind: 'SetLimits', from: ['*'] },
        },
      },
    ];
  },
};

describe("a month of a team's changes that somebody tampers with", () => {
  it.each(Object.keys(tampering))('is found: %s', (what) => {
    let tried = 0;
    for (const seed of seeds) {
      const { log } = month(seed);
      let state = seed * 7919;
      const pick = (count: number): number => (state = (state * 48_271) % 2_147_483_647) % Math.max(count, 1);
      const events = tampering[what]!(log.out, pick);
      if (events === null) continue;
      tried += 1;
      expect([seed, replayed(events).difference]).toEqual([
        seed,
        expect.objectContaining({ kind: expect.any(String) }),
      ]);
    }
    expect(tried).toBeGreaterThan(seeds.length / 2);
  });
});
