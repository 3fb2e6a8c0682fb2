import { describe, expect, it } from '@jest/globals';
import type { ConsensusVote } from '@interlock/contracts';
import fc from 'fast-check';
import {
  ActionMeasures,
  consensusOf,
  forecastRisk,
  hourAndDay,
  integrityScore,
  noIntegrity,
  recentResponses,
  reputationScore,
  scoreOf,
  trendProbability,
  withCheck,
  withEnded,
  withSlice,
  type EndedSlice,
  type IntegrityCheck,
  type Scored,
} from '../src/index.js';
import { ago, now } from './assessments.ts';

const day = 86_400;

describe('reputation', () => {
  const scored = (good: number, bad: number, age = 60): Scored => ({
    asPredicted: [...Array<boolean>(bad).fill(false), ...Array<boolean>(good).fill(true)],
    last_at: ago(age),
  });

  const score = (...all: readonly Scored[]): number =>
    reputationScore(new Map(all.map((one, i) => [`agent ${i}`, one])), now);

  it('is 100 without executions', () => expect(reputationScore(new Map(), now)).toBe(100));

  it('is the mean of the scores, not of the actions', () => {
    expect(score(scored(1, 1), scored(50, 0))).toBe(75);
    expect(score(scored(2, 1))).toBe(66.67);
  });

  it('leaves out subjects without an execution within 24 h', () => {
    expect(score(scored(1, 0), scored(0, 9, day))).toBe(100);
    expect(score(scored(1, 0), scored(0, 9, day - 1))).toBe(50);
  });

  it('counts a drifted device as 0 until the drift ends, whatever it has executed', () => {
    const measures = new ActionMeasures();
    expect(measures.foldDevice('gnb-1', 'DeviceDriftFound')).toBe(true);
    expect(measures.foldDevice('gnb-1', 'DeviceDriftFound')).toBe(false);
    expect(measures.foldDevice('gnb-2', 'DeviceRegistered')).toBe(false);
    expect(measures.reputation(now)).toBe(0);
    expect(
      reputationScore(
        new Map([
          ['device gnb-1', scored(5, 0)],
          ['agent a', scored(5, 0)],
        ]),
        now,
        new Set(['device gnb-1']),
      ),
    ).toBe(50);
    for (const end of ['DeviceDriftCleared', 'DeviceDriftAdopted', 'DeviceRemoved']) {
      measures.foldDevice('gnb-1', 'DeviceDriftFound');
      expect(measures.foldDevice('gnb-1', end)).toBe(true);
      expect(measures.reputation(now)).toBe(100);
    }
  });

  it('counts only the last 50', () => {
    let one: Scored | undefined;
    for (let i = 0; i < 10; i += 1) one = withEnded(one, false, ago(100));
    for (let i = 0; i < 40; i += 1) one = withEnded(one, true, ago(50));
    expect(scoreOf(one!)).toBe(80);
    one = withEnded(one, true, ago(10));
    expect([scoreOf(one), one.asPredicted.length, one.last_at]).toEqual([82, 50, ago(10)]);
  });

  it('keeps its latest time if an earlier end arrives late', () =>
    expect(withEnded(withEnded(undefined, true, ago(5)), true, ago(500)).last_at).toBe(ago(5)));
});

describe('forecast risk', () => {
  it.each([
    ['nothing went wrong', [0, 100], [0, 1000], 'low'],
    ['there is no day to compare with', [9, 10], [0, 0], 'low'],
    ['the hour is like the day', [5, 100], [50, 1000], 'low'],
    ['two failures are no trend', [2, 2], [0, 1000], 'low'],
    ['three of ten after none are one', [3, 10], [0, 200], 'medium'],
    ['so are four', [4, 10], [0, 1000], 'medium'],
    ['five of ten after none are a grave one', [5, 10], [0, 1000], 'high'],
    ['fewer failures than before are good news', [0, 100], [500, 1000], 'low'],
  ] as const)('%s: %p of the hour, %p of the day make %s', (_, [bad, all], [dayBad, dayAll], risk) =>
    expect(forecastRisk({ bad, all }, { bad: dayBad, all: dayAll })).toBe(risk),
  );

  it('is the exact probability of the table', () => {
    // 3 bad of 4 against 1 of 4: (C(4,3)·C(4,1) + C(4,4)·C(4,0)) / C(8,4)
    expect(trendProbability({ bad: 3, all: 4 }, { bad: 1, all: 4 })).toBeCloseTo(17 / 70, 12);
    expect(trendProbability({ bad: 0, all: 0 }, { bad: 0, all: 0 })).toBeCloseTo(1, 12);
    expect(trendProbability({ bad: 300, all: 1000 }, { bad: 3000, all: 10_000 })).toBeGreaterThan(0.4);
  });

  it('never improves with one more bad end in the hour', () => {
    const count = fc.nat(60);
    fc.assert(
      fc.property(count, count, count, count, (bad, good, dayBad, dayGood) => {
        const before = { bad: dayBad, all: dayBad + dayGood };
        const p = trendProbability({ bad, all: bad + good + 1 }, before);
        const worse = trendProbability({ bad: bad + 1, all: bad + good + 1 }, before);
        expect(worse).toBeLessThanOrEqual(p + 1e-9);
      }),
    );
  });

  it('keeps a day of slices, in whatever order actions end', () => {
    let slices: readonly EndedSlice[] = [];
    for (let age = 30 * 3600; age >= 0; age -= 60) slices = withSlice(slices, ago(age), age % 120 === 0);
    expect(slices.length).toBeLessThanOrEqual(288);
    slices = withSlice(slices, ago(3 * day), true);
    expect(slices.length).toBeLessThanOrEqual(288);
    const { hour, day: before } = hourAndDay(slices, now);
    expect(hour.all).toBeGreaterThanOrEqual(56);
    expect(hour.all).toBeLessThanOrEqual(60);
    expect(before.all).toBeGreaterThan(1350);
  });

  it('ignores ends ahead of the clock and ends over a day old', () => {
    const slices = withSlice(withSlice([], ago(day + 600), true), ago(-3600), true);
    expect(hourAndDay(slices, now)).toEqual({ hour: { all: 0, bad: 0 }, day: { all: 0, bad: 0 } });
  });
});

describe('recent responses', () => {
  it('are those of 24 h', () => {
    const runs = new Map([1, day - 1, day, day + 1].map((age, i) => [`r${i}`, ago(age)]));
    expect(recentResponses(runs, now)).toBe(2);
    expect(recentResponses(new Map(), now)).toBe(0);
  });
});

describe('integrity', () => {
  const check = (over: Partial<IntegrityCheck> = {}): IntegrityCheck => ({
    kind: 'integrity_check',
    range: { from: '100', to: '200' },
    passed: true,
    checked: 10,
    failed: 0,
    ...over,
  });
  const failed = (over: Partial<IntegrityCheck> = {}) => check({ passed: false, failed: 1, ...over });
  const score = (...checks: readonly IntegrityCheck[]) =>
    integrityScore(checks.reduce(withCheck, noIntegrity));

  it('is not known before the first check', () => {
    expect(score()).toBeNull();
    expect(score(check())).toBe(100);
  });

  it('is 0 from a failed check until a check of its range passes', () => {
    expect(score(failed())).toBe(0);
    expect(score(failed(), check({ range: { from: '101', to: '200' } }))).toBe(0);
    expect(score(failed(), check({ range: { from: '100', to: '199' } }))).toBe(0);
    expect(score(failed(), check())).toBe(100);
    expect(score(failed(), check({ range: { from: '0', to: '9999' } }))).toBe(100);
    expect(score(failed(), check({ kind: 'full_integrity_check', range: null }))).toBe(100);
    expect(score(failed({ range: null }), check())).toBe(0);
  });

  it('needs the archive to be checked for a fault of the archive', () => {
    const archive = failed({ kind: 'cold_storage_verification', range: null });
    expect(score(archive, check({ kind: 'full_integrity_check', range: null }))).toBe(0);
    expect(score(archive, check({ kind: 'cold_storage_verification', range: null }))).toBe(100);
  });

  it('is otherwise the share of the latest schema checks, never rounded up', () => {
    const schema = (checked: number, wrong: number) =>
      check({ kind: 'schema_validation', range: null, passed: wrong === 0, checked, failed: wrong });
    expect(score(schema(100, 8))).toBe(92);
    expect(score(schema(100_000, 1))).toBe(99.99);
    expect(score(schema(0, 0))).toBe(100);
    expect(score(schema(100, 8), schema(100, 0))).toBe(100);
    expect(score(failed(), schema(100, 8))).toBe(0);
    expect(score(check({ kind: 'light', checked: 50, failed: 1 }))).toBe(98);
  });

  it('keeps a bounded number of failed ranges, and loses no fault', () => {
    const many = Array.from({ length: 500 }, (_, i) => failed({ range: { from: `${i}`, to: `${i}` } }));
    const state = many.reduce(withCheck, noIntegrity);
    expect(state.failed.length).toBeLessThanOrEqual(101);
    expect(integrityScore(withCheck(state, check({ range: { from: '0', to: '9999' } })))).toBe(0);
    expect(integrityScore(withCheck(state, check({ range: null })))).toBe(100);
  });
});

describe('consensus', () => {
  const vote = (voter: string, says: string, over: Partial<ConsensusVote> = {}): ConsensusVote => ({
    voter,
    kind: 'instance',
    about: 'checkpoint',
    subject: '100',
    says,
    contradicts: false,
    at: ago(10),
    ...over,
  });
  const of = (...votes: readonly ConsensusVote[]) => consensusOf(votes, now, 900);

  it('is unknown without votes', () => expect(of()).toBeNull());

  it('is 100 and unwitnessed for a lone voter', () => {
    expect(of(vote('a', 'x'))).toMatchObject({ consensus_pct: 100, unwitnessed: true, voters: 1 });
    expect(of(vote('a', 'x'), vote('b', 'y', { about: 'bundles' }))).toMatchObject({
      consensus_pct: 100,
      unwitnessed: true,
      voters: 2,
    });
    expect(of(vote('a', 'x'), vote('b', 'x'))).toMatchObject({ consensus_pct: 100, unwitnessed: false });
  });

  it('is the share of voters that agree with the majority', () => {
    expect(of(...['x', 'x', 'x', 'y'].map((says, i) => vote(`v${i}`, says)))).toMatchObject({
      consensus_pct: 75,
      against: ['v3'],
    });
    expect(of(vote('a', 'x'), vote('b', 'x'), vote('c', 'y'))?.consensus_pct).toBe(66.66);
  });

  it('agrees with nobody in a tie', () => expect(of(vote('a', 'x'), vote('b', 'y'))?.consensus_pct).toBe(0));

  it('compares only votes about one subject', () =>
    expect(of(vote('a', 'x'), vote('b', 'y', { subject: '200' }))?.consensus_pct).toBe(100));

  it('counts a voter once, and only if all its votes agree', () => {
    const bundles = (voter: string, says: string) => vote(voter, says, { about: 'bundles' });
    expect(
      of(vote('a', 'x'), bundles('a', 'p'), bundles('b', 'q'), bundles('c', 'q'), vote('b', 'x')),
    ).toMatchObject({ voters: 3, against: ['a'] });
  });

  it('counts silence and contradiction as disagreement', () => {
    const silent = (age: number) => of(vote('a', 'x'), vote('b', 'x', { at: ago(age) }))?.consensus_pct;
    expect([silent(900), silent(901)]).toEqual([100, 50]);
    expect(of(vote('a', 'x'), vote('m', 'x', { kind: 'mirror', contradicts: true }))).toMatchObject({
      consensus_pct: 50,
      against: ['m'],
    });
    expect(of(vote('a', 'x', { at: ago(1000) }))).toMatchObject({ consensus_pct: 0, against: ['a'] });
  });
});
