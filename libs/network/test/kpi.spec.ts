import { describe, expect, it } from '@jest/globals';
import { aggregate, failoverLimits, latestByCell, networkState, observe, thinned } from '../src/index.js';

const at = (second: number): string => `2026-11-20T08:00:${String(second).padStart(2, '0')}.000Z`;
const sample = (second: number, cell: string, kpis: { [kpi: string]: number }) => ({
  at: at(second),
  entity_id: cell,
  kpis,
});
const healthy = {
  users: 100,
  load_pct: 40,
  throughput_mbps: 100,
  latency_ms: 10,
  drop_rate_pct: 0.5,
  availability_pct: 99.9,
};
const off = {
  users: 0,
  load_pct: 0,
  throughput_mbps: 0,
  latency_ms: 10,
  drop_rate_pct: 0.5,
  availability_pct: 95,
};
const before = [sample(0, 'c1', healthy), sample(0, 'c2', healthy)];
const after = (c2: { [kpi: string]: number }, seconds = [2, 3, 4, 5]) =>
  seconds.flatMap((second) => [
    sample(second, 'c1', off),
    sample(second, 'c2', { ...healthy, users: 196, throughput_mbps: 195, ...c2 }),
  ]);
const codes = (c2: { [kpi: string]: number }) =>
  observe(before, after(c2), ['c2']).breaches.map((breach) => breach.code);

describe("the network's state", () => {
  const kpis = (over: object = {}) =>
    new Map<string, { [kpi: string]: number }>([
      ['c1', healthy],
      ['c2', { ...healthy, ...over }],
    ]);

  it('has the form of an observation of the same cells', () => {
    const observed = observe(before, after({}), ['c2']).before;
    expect(networkState('c1', ['c2'], kpis())).toEqual(observed);
  });

  it('leaves out a KPI that one of the cells does not report', () => {
    const { latency_ms: _, ...silent } = healthy;
    const state = networkState('c1', ['c2'], kpis().set('c2', silent as never));
    expect(state).not.toHaveProperty('latency_ms');
    expect(state).toMatchObject({ users: 200, load_pct: 40 });
  });

  it.each([
    ['a load above 100 %', { load_pct: 101 }],
    ['a load below 0 %', { load_pct: -1 }],
    ['a number of users that is none', { users: NaN }],
    ['endless throughput', { throughput_mbps: Infinity }],
  ])('is unknown if a cell reports %s', (_name, over) =>
    expect(networkState('c1', ['c2'], kpis(over))).toBeUndefined(),
  );

  it('is unknown if a cell reports nothing, or nothing that the others report', () => {
    const alone = kpis();
    alone.delete('c2');
    expect(networkState('c1', ['c2'], alone)).toBeUndefined();
    expect(networkState('c1', ['c2'], kpis().set('c2', {}))).toBeUndefined();
    const apart = new Map<string, { [kpi: string]: number }>([
      ['c1', { users: 1 }],
      ['c2', { latency_ms: 1 }],
    ]);
    expect(networkState('c1', ['c2'], apart)).toBeUndefined();
  });
});

describe('aggregating cells', () => {
  it("adds users and throughput, weights the rest by users, and uses the neighbours' highest load", () => {
    expect(
      aggregate(
        new Map([
          [
            'c1',
            {
              users: 100,
              load_pct: 99,
              throughput_mbps: 10,
              latency_ms: 10,
              drop_rate_pct: 0,
              availability_pct: 100,
            },
          ],
          [
            'c2',
            {
              users: 300,
              load_pct: 20,
              throughput_mbps: 30,
              latency_ms: 20,
              drop_rate_pct: 4,
              availability_pct: 80,
            },
          ],
        ]),
        ['c2'],
      ),
    ).toEqual({
      users: 400,
      throughput_mbps: 40,
      latency_ms: 17.5,
      drop_rate_pct: 3,
      availability_pct: 85,
      load_pct: 20,
    });
  });
  it('weights by the users whose home a cell is, if given', () => {
    const cells = new Map([
      ['c1', { users: 0, drop_rate_pct: 10 }],
      ['c2', { users: 400, drop_rate_pct: 2 }],
    ]);
    expect(aggregate(cells, [])['drop_rate_pct']).toBe(2);
    expect(
      aggregate(
        cells,
        [],
        new Map([
          ['c1', 100],
          ['c2', 300],
        ]),
      )['drop_rate_pct'],
    ).toBe(4);
  });
  it('uses unweighted means without users', () => {
    expect(
      aggregate(
        new Map([
          ['c1', { users: 0, latency_ms: 10 }],
          ['c2', { users: 0, latency_ms: 20 }],
        ]),
        [],
      ),
    ).toEqual({ users: 0, latency_ms: 15 });
  });
  it('gives nothing for nothing', () => expect(aggregate(new Map(), ['c2'])).toEqual({}));
  it('uses the latest sample of each cell', () => {
    expect(latestByCell([sample(2, 'c1', { users: 2 }), sample(1, 'c1', { users: 1 })]).get('c1')).toEqual({
      users: 2,
    });
  });
});

describe('observing a soak', () => {
  it('accepts a rise and a loss of users exactly at the limit, whatever the rounding', () => {
    const kpis = (change: { [kpi: string]: number }) => ({
      users: 100,
      load_pct: 40,
      latency_ms: 10,
      drop_rate_pct: 0.5,
      ...change,
    });
    const breaches = (was: { [kpi: string]: number }, is: { [kpi: string]: number }) =>
      observe([sample(0, 'c1', kpis(was))], [sample(2, 'c1', kpis(is))], ['c1']).breaches.map(
        ({ code }) => code,
      );
    for (let tenths = 0; tenths < 100; tenths += 1) {
      const written = (more: number): number => Number(`${tenths * 100 + more}e-3`);
      expect([
        breaches({ drop_rate_pct: written(0) }, { drop_rate_pct: written(1000) }),
        breaches({ drop_rate_pct: written(0) }, { drop_rate_pct: written(1001) }),
      ]).toEqual([[], ['drops']]);
      const users = (tenths + 1) * 20;
      expect([
        breaches({ users }, { users: (tenths + 1) * 19 }),
        breaches({ users }, { users: (tenths + 1) * 19 - 0.001 }),
      ]).toEqual([[], ['users-lost']]);
    }
  });
  it('passes a failover whose users moved to neighbours', () => {
    const observation = observe(before, after({}), ['c2']);
    expect(observation.breaches).toEqual([]);
    expect(observation.samples).toBe(4);
    expect(observation.delta['users']).toBe(-4);
    expect(observation.before['users']).toBe(200);
    expect(observation.after['users']).toBe(196);
  });
  it.each([
    ['users that were lost', { users: 189 }, ['users-lost']],
    ['drops', { drop_rate_pct: 2.6 }, ['drops']],
    ['latency', { latency_ms: 40.2 }, ['latency']],
    [
      'an overloaded neighbour',
      { load_pct: failoverLimits.neighbour_load_max_pct + 0.1 },
      ['neighbour-overloaded'],
    ],
    [
      'all of them',
      { users: 10, drop_rate_pct: 50, latency_ms: 100, load_pct: 100 },
      ['users-lost', 'drops', 'latency', 'neighbour-overloaded'],
    ],
  ])('names %s', (_what, kpis, expected) => expect(codes(kpis)).toEqual(expected));
  it('has no load if one neighbour does not report its own, before or after', () => {
    const { load_pct: _, ...mute } = healthy;
    const [was, is] = [
      [...before, sample(0, 'c3', healthy)],
      [...after({}), ...[2, 3, 4, 5].map((second) => sample(second, 'c3', mute))],
    ];
    const breaches = (one: typeof was, other: typeof is) => observe(one, other, ['c2', 'c3']).breaches;
    expect(breaches(was, is)).toMatchObject([{ code: 'kpi-missing', kpi: 'load_pct' }]);
    expect(
      breaches(
        [...before, sample(0, 'c3', mute)],
        [...after({}), ...[2, 3, 4, 5].map((second) => sample(second, 'c3', healthy))],
      ),
    ).toMatchObject([{ code: 'kpi-missing', kpi: 'load_pct' }]);
  });
  it('has no users if a cell reports its own only afterwards, so they hide no loss', () => {
    const { users: _, ...mute } = healthy;
    const was = [sample(0, 'c1', healthy), sample(0, 'c2', mute)];
    expect(observe(was, after({ users: 96 }), ['c2']).breaches).toMatchObject([
      { code: 'kpi-missing', kpi: 'users' },
    ]);
  });
  it('accepts values exactly at each limit', () => {
    expect(
      codes({
        users: 190,
        drop_rate_pct: 2.5,
        latency_ms: 40,
        load_pct: failoverLimits.neighbour_load_max_pct,
      }),
    ).toEqual([]);
  });
  it('uses the later half, when handovers have settled', () => {
    const unsettled = [...after({ drop_rate_pct: 40 }, [1, 2]), ...after({}, [3, 4])];
    expect(observe(before, unsettled, ['c2']).breaches).toEqual([]);
    const worsening = [...after({}, [1, 2]), ...after({ drop_rate_pct: 40 }, [3, 4])];
    expect(observe(before, worsening, ['c2']).breaches.map((b) => b.code)).toEqual(['drops']);
  });
  it('treats missing samples as a breach, before or after', () => {
    expect(observe(before, [], ['c2']).breaches.map((b) => b.code)).toEqual(['no-samples']);
    expect(observe([], after({}), ['c2']).breaches.map((b) => b.code)).toEqual(['no-samples']);
  });
  it('counts moments without any KPI, so that earlier good ones alone confirm nothing', () => {
    const silent = [3, 4, 5, 6].map((second) => sample(second, 'c2', {}));
    const codes = observe(before, [...after({}, [1, 2]), ...silent], ['c2']).breaches.map((b) => b.code);
    expect(new Set(codes)).toEqual(new Set(['kpi-missing']));
    expect(observe(before, silent, ['c2']).breaches.map((b) => b.code)).toEqual(['no-samples']);
  });
  it('treats a KPI that the device does not report as a breach', () => {
    const blind = [sample(2, 'c2', { users: 200, load_pct: 40, latency_ms: 10 })];
    expect(observe(before, blind, ['c2']).breaches).toEqual([
      expect.objectContaining({ code: 'kpi-missing', kpi: 'drop_rate_pct' }),
    ]);
  });
});

describe('thinning samples', () => {
  const many = Array.from({ length: 50 }, (_, i) => [
    sample(i, 'c1', healthy),
    sample(i, 'c2', healthy),
  ]).flat();

  it('keeps whole moments, evenly spread, including the first and the last', () => {
    const kept = thinned(many, 10);
    expect(kept).toHaveLength(20);
    expect(kept[0]!.at).toBe(at(0));
    expect(kept.at(-1)!.at).toBe(at(49));
    expect(new Set(kept.map((one) => one.at)).size).toBe(10);
  });
  it('leaves few samples unchanged', () => {
    expect(thinned(many, 50)).toBe(many);
    expect(thinned([], 10)).toEqual([]);
  });
  it('keeps one moment if the limit is one', () =>
    expect(new Set(thinned(many, 1).map((one) => one.at))).toEqual(new Set([at(0)])));
});
