import { describe, expect, it } from '@jest/globals';
import { buildTopology, type Device } from '@interlock/network';
import { KpiSourceError, type KpiSource, type Measured } from '../src/kpi/kpi-source.js';
import { KpiSources } from '../src/kpi/kpi-sources.js';

const device = (device_id: string, ...cells: readonly string[]): Device => ({
  device_id,
  host: 'h',
  port: 830,
  username: 'u',
  credentials_ref: 'env:A',
  host_key_fingerprint: 'SHA256:a',
  profile: '3gpp',
  site_id: 's',
  cells: cells.map((cell_id) => ({ cell_id, neighbours: [] })),
});
const topology = buildTopology([device('gnb-1', 'a', 'b'), device('gnb-2', 'c')], '0');
const at = '2026-03-01T10:00:00.000Z';
const before = (seconds: number): number => Date.parse(at) - seconds * 1000;
const latency = (value: number, from = 5, to = 5): Measured => ({
  value,
  from: before(from),
  to: before(to),
});

/** Sources over one that says `says`, or fails where that is a text. */
const over = (
  says: { readonly [cell: string]: Measured } | string,
  devices: readonly string[] | null = null,
) => {
  const noted: string[] = [];
  const warned: string[] = [];
  const source: KpiSource = {
    name: 'prom',
    tenant_id: 'demo',
    devices,
    kpis: ['latency_ms'],
    max_age_s: 10,
    read: () =>
      typeof says === 'string'
        ? Promise.reject(new KpiSourceError(says))
        : Promise.resolve(new Map([['latency_ms', new Map(Object.entries(says))]])),
  };
  const sources = new KpiSources({
    sources: [source],
    topology: () => topology,
    logger: {
      warn: (fields) => warned.push((fields as { readonly detail: string }).detail),
      error: () => undefined,
    },
    checkMs: 60_000,
    onReading: (name, outcome) => noted.push(`${name} ${outcome}`),
  });
  return { sources, noted, warned };
};
const own = ['a', 'b', 'c'].map((entity_id) => ({ at, entity_id, kpis: { users: 1, latency_ms: 1 } }));
const latencies = async (
  { sources }: ReturnType<typeof over>,
  { tenant = 'demo', cells = ['a', 'b'], since = null as string | null } = {},
): Promise<readonly unknown[]> => {
  const samples = own.filter(({ entity_id }) => cells.includes(entity_id));
  const completed = await sources.complete(tenant, samples, cells, at, since);
  return completed.map(({ kpis }) => kpis['latency_ms']);
};

describe('sources of KPIs', () => {
  it('say their KPIs in the place of the devices', async () => {
    const found = over({ a: latency(7), b: latency(8) });
    expect(await latencies(found)).toEqual([7, 8]);
    expect(found.noted).toEqual(['prom ok']);
    expect([...found.sources.outcomes()]).toEqual([['prom', 'ok']]);
  });

  it('keep a moment of the soak in which nothing is known, and none from before the change', async () => {
    const { sources } = over('gone');
    expect(await sources.complete('demo', [], ['a', 'b'], at, at)).toEqual([
      { at, entity_id: 'a', kpis: {} },
      { at, entity_id: 'b', kpis: {} },
    ]);
    expect(await sources.complete('demo', [], ['a', 'b'], at, null)).toEqual([]);
  });

  it.each([
    ['missing', { a: latency(7) }, null],
    ['stale', { a: latency(7), b: latency(8, 11, 11) }, null],
    ['stale', { a: latency(7), b: latency(8, 0, -1) }, null],
    ['early', { a: latency(7), b: latency(8, 6, 3) }, new Date(before(5)).toISOString()],
    ['failed', 'no answer', null],
  ])('with a measurement that is %s say nothing of any cell', async (outcome, says, since) => {
    const found = over(says);
    expect(await latencies(found, { since })).toEqual([undefined, undefined]);
    expect(found.noted).toEqual([`prom ${outcome}`]);
  });

  it('leave the cells of other devices and tenants alone', async () => {
    const found = over({ c: latency(9) }, ['gnb-2']);
    expect(await latencies(found)).toEqual([1, 1]);
    expect(await latencies(found, { tenant: 'other', cells: ['c'] })).toEqual([1]);
    expect(found.noted).toEqual([]);
    expect(await latencies(found, { cells: ['a', 'b', 'c'] })).toEqual([1, 1, 9]);
  });

  it('are not usable before they were read, and a fault is logged once', async () => {
    const found = over('no answer');
    expect([...found.sources.outcomes()]).toEqual([['prom', 'failed']]);
    await found.sources.check(at);
    await found.sources.check(at);
    expect(found.noted).toEqual(['prom failed', 'prom failed']);
    expect(found.warned).toEqual(['no answer']);
  });
});
