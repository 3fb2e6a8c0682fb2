import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { buildTopology, estimateFailover, failoverLimits, type FailoverParameters } from '../src/index.js';
import type { Kpis } from '../src/kpi.js';
import { device } from './fleet.js';

const topology = buildTopology([device()], '7');
const usual: FailoverParameters = { power_raise_db: 3, cell_individual_offset: 3 };
const usualKpis: Kpis = {
  users: 100,
  load_pct: 50,
  latency_ms: 12,
  drop_rate_pct: 0.3,
  availability_pct: 99.9,
};
const measured = new Map<string, Kpis>([
  ['c1', usualKpis],
  ['c2', usualKpis],
  ['c3', { ...usualKpis, users: 50, load_pct: 90, latency_ms: 20 }],
]);

describe("the network model's expectation", () => {
  const expectedWith = (over: Iterable<readonly [string, Kpis]>, parameters = usual) =>
    estimateFailover('c1', parameters, topology, new Map([...measured, ...over])).expected;

  it('moves the load: users are kept, and load and latency of the neighbours grow', () => {
    const { before, after, limit_use } = expectedWith([])!;
    expect(before).toMatchObject({ users: 250, load_pct: 90 });
    expect(after['users']).toBeCloseTo(250, 3);
    expect(after['load_pct']).toBeGreaterThan(90);
    expect(after['latency_ms']).toBeGreaterThan(before['latency_ms']!);
    expect(limit_use).toBeGreaterThan(1);
  });
  it('stays within the limits if the neighbours have room', () => {
    const idle = { users: 50, load_pct: 10, latency_ms: 12, drop_rate_pct: 0.3, availability_pct: 99.9 };
    const { before, after, limit_use } = expectedWith([
      ['c2', idle],
      ['c3', idle],
    ])!;
    expect(after['users']).toBeCloseTo(before['users']!, 3);
    expect(limit_use).toBeCloseTo(0.75, 2);
  });
  it('improves the KPIs of a failing cell, whose users get those of the neighbours', () => {
    const failing = { users: 100, load_pct: 50, latency_ms: 60, drop_rate_pct: 20, availability_pct: 82 };
    const idle = { users: 50, load_pct: 10, latency_ms: 12, drop_rate_pct: 0.3, availability_pct: 99.9 };
    const { before, after } = expectedWith([
      ['c1', failing],
      ['c2', idle],
      ['c3', idle],
    ])!;
    expect(after['drop_rate_pct']).toBeLessThan(before['drop_rate_pct']!);
    expect(after['latency_ms']).toBeLessThan(before['latency_ms']!);
    expect(after['availability_pct']).toBeGreaterThan(before['availability_pct']!);
  });
  it('counts users without room as dropped', () => {
    const full = { users: 100, load_pct: 100, latency_ms: 30, drop_rate_pct: 0.3, availability_pct: 99.9 };
    const { before, after, limit_use } = expectedWith([
      ['c2', full],
      ['c3', full],
    ])!;
    expect(before['users']).toBe(300);
    expect(after['users']).toBe(200);
    expect(after['drop_rate_pct']).toBeCloseTo((100 * 100 + 0.3 * 200) / 300, 2);
    expect(limit_use).toBeGreaterThan(5);
  });
  it.each(['users', 'latency_ms', 'drop_rate_pct', 'availability_pct', 'load_pct'])(
    'is absent if a neighbour does not report %s',
    (kpi) => {
      const { [kpi]: _, ...rest } = measured.get('c2')! as { readonly [kpi: string]: number };
      expect(expectedWith([['c2', rest]])).toBeUndefined();
    },
  );
  it('is absent if the cell does not report its users', () => {
    const { users: _, ...rest } = measured.get('c1')! as { readonly [kpi: string]: number };
    expect(expectedWith([['c1', rest]])).toBeUndefined();
  });
  const idle = { users: 50, load_pct: 10, latency_ms: 12, drop_rate_pct: 0.3, availability_pct: 99.9 };
  it.each([
    ['serves nobody, as a locked one does', { ...idle, users: 0, load_pct: 0 }],
    ['is not available', { ...idle, availability_pct: 40 }],
  ])('is absent if the only neighbour that covers the cell %s', (_name, kpis) => {
    expect(expectedWith([['c2', kpis]])).toBeUndefined();
  });
  it('moves nobody to a neighbour that covers only a part of the cell', () => {
    const { before, after, limit_use } = expectedWith([
      ['c2', { ...idle, load_pct: 80 }],
      ['c3', { ...idle, users: 2, load_pct: 0.4 }],
    ])!;
    expect(after['users']).toBeLessThan(before['users']!);
    expect(limit_use).toBeGreaterThan(1);
  });
  it('takes a user of a nearly empty neighbour for as heavy as one of the failing cell', () => {
    const { after, limit_use } = expectedWith([
      ['c2', { ...idle, users: 1, load_pct: 0.01 }],
      ['c3', idle],
    ])!;
    expect(after['load_pct']).toBeCloseTo(50.01, 2);
    expect(limit_use).toBeGreaterThan(0.5);
  });
  it.each<[string, Kpis]>([
    ['a load above 100', { ...idle, load_pct: 140 }],
    ['a load below 0', { ...idle, load_pct: -5 }],
    ['users below 0', { ...idle, users: -1 }],
    ['a latency that is no number', { ...idle, latency_ms: NaN }],
  ])('is absent if a neighbour reports %s', (_name, kpis) => {
    expect(expectedWith([['c2', kpis]])).toBeUndefined();
  });
  it('is absent if no neighbour covers the whole cell', () => {
    const partly = topology.cells.get('c1')!.neighbours.filter((one) => one.coverage !== 'FULL');
    expect(partly.length).toBeGreaterThan(0);
    expect(expectedWith([], { ...usual, neighbours: partly.map((one) => one.cell_id) })).toBeUndefined();
  });
  it('exceeds the limits exactly where an observation of it would', () => {
    const cell = fc.record({
      users: fc.integer({ min: 0, max: 400 }),
      load_pct: fc.integer({ min: 0, max: 100 }),
      latency_ms: fc.integer({ min: 1, max: 80 }),
      drop_rate_pct: fc.integer({ min: 0, max: 30 }),
      availability_pct: fc.integer({ min: 80, max: 100 }),
    });
    fc.assert(
      fc.property(cell, cell, cell, (c1, c2, c3) => {
        const change = expectedWith([
          ['c1', c1],
          ['c2', c2],
          ['c3', c3],
        ]);
        fc.pre(change !== undefined);
        const { before, after, limit_use } = change;
        const breaches = [
          after['users']! < before['users']! * failoverLimits.users_kept_min,
          after['drop_rate_pct']! - before['drop_rate_pct']! > failoverLimits.drop_rate_rise_max_pct,
          after['latency_ms']! - before['latency_ms']! > failoverLimits.latency_rise_max_ms,
          after['load_pct']! > failoverLimits.neighbour_load_max_pct,
        ];
        // Both sides are rounded to three decimals.
        if (Math.abs(limit_use - 1) > 0.002) expect(limit_use > 1).toBe(breaches.includes(true));
        for (const value of Object.values(after)) expect(Number.isFinite(value)).toBe(true);
      }),
    );
  });
});
