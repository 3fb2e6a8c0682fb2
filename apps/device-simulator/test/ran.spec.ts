import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cellConfigs, initialConfig } from '../src/cells.js';
import {
  createRan,
  degrade,
  demoFleet,
  heal,
  kpis,
  step,
  type CellConfig,
  type CellKpis,
  type RanConfig,
  type RanModel,
} from '../src/index.js';
import { demandFactor, hashUnit } from '../src/ran/random.js';

const fleet = demoFleet();
const specs = fleet.flatMap((device) => device.cells);
const start: RanConfig = cellConfigs(fleet.flatMap((device) => initialConfig(device.cells)));
const model = createRan(3, specs);

const site = (n: number): string[] => [1, 2, 3].map((cell) => `cell-00${n}-${cell}`);
const set = (config: RanConfig, id: string, change: Partial<CellConfig>): RanConfig => ({
  ...config,
  [id]: { ...(config[id] as CellConfig), ...change },
});

/** Imitates the handler: locks the cell, raises its neighbours' power, eases the handover. */
const failover = (id: string, config: RanConfig = start): RanConfig => {
  const own = config[id] as CellConfig;
  const relations = Object.fromEntries(
    Object.keys(own.relations).map((target) => [target, { ho_allowed: true, offset_db: 6 }]),
  );
  const lockedConfig = set(config, id, { locked: true, relations });
  return Object.keys(relations).reduce(
    (next, target) => set(next, target, { tx_power: (next[target] as CellConfig).tx_power + 30 }),
    lockedConfig,
  );
};

const at = (ran: RanModel, config: RanConfig, id: string): CellKpis => {
  const found = kpis(ran, config)[id];
  if (found === undefined) throw new Error(id);
  return found;
};

const mean = (
  ran: RanModel,
  config: RanConfig,
  ids: readonly string[],
  field: 'drop_rate_pct' | 'latency_ms' | 'availability_pct',
): number => ids.reduce((sum, id) => sum + at(ran, config, id)[field], 0) / ids.length;

const throughput = (ran: RanModel, config: RanConfig, ids: readonly string[]): number =>
  ids.reduce((sum, id) => sum + at(ran, config, id).throughput_mbps, 0);

describe('a cell', () => {
  it('drops calls while degraded, and is well again when healed', () => {
    const bad = degrade(model, 'cell-001-1');
    expect(at(model, start, 'cell-001-1').drop_rate_pct).toBeLessThan(1);
    expect(at(bad, start, 'cell-001-1')).toMatchObject({
      operational_state: 'ENABLED',
      availability_pct: 82,
    });
    expect(at(bad, start, 'cell-001-1').drop_rate_pct).toBeGreaterThan(15);
    expect(at(bad, start, 'cell-001-2')).toEqual(at(model, start, 'cell-001-2'));
    expect(heal(bad, 'cell-001-1')).toEqual(model);
  });

  it('is unchanged if its id is unknown', () => {
    expect(degrade(model, 'cell-x')).toEqual(model);
    expect(kpis(model, {})['cell-001-1']).toMatchObject({
      operational_state: 'DISABLED',
      drop_rate_pct: 100,
      availability_pct: 0,
    });
  });
});

describe('locking a cell', () => {
  const config = failover('cell-001-1');

  it('moves its users to the neighbours, nearly all of them', () => {
    const before = site(1).reduce((sum, id) => sum + at(model, start, id).users, 0);
    const after = site(1).reduce((sum, id) => sum + at(model, config, id).users, 0);
    expect(at(model, config, 'cell-001-1')).toMatchObject({
      operational_state: 'DISABLED',
      users: 0,
      load_pct: 0,
      throughput_mbps: 0,
    });
    expect(after).toBeLessThanOrEqual(before + 1);
    expect(after).toBeGreaterThanOrEqual(before - 2);
    expect(at(model, config, 'cell-001-2').load_pct).toBeGreaterThan(
      at(model, start, 'cell-001-2').load_pct + 10,
    );
    expect(at(model, config, 'cell-001-2').latency_ms).toBeGreaterThan(
      at(model, start, 'cell-001-2').latency_ms,
    );
  });

  it('leaves other sites alone', () => {
    for (const id of site(2)) expect(at(model, config, id)).toEqual(at(model, start, id));
  });

  it('loses all users if no handover is allowed, and more of them without raised power', () => {
    const none = set(start, 'cell-001-1', { locked: true, relations: {} });
    expect(at(model, none, 'cell-001-1')).toMatchObject({
      drop_rate_pct: 100,
      availability_pct: 0,
      latency_ms: 0,
    });
    expect(at(model, none, 'cell-001-2')).toEqual(at(model, start, 'cell-001-2'));
    const forbidden = {
      'cell-001-2': { ho_allowed: false, offset_db: 0 },
      'cell-001-3': { ho_allowed: true, offset_db: 0 },
    };
    const half = set(start, 'cell-001-1', { locked: true, relations: forbidden });
    expect(at(model, half, 'cell-001-2')).toEqual(at(model, start, 'cell-001-2'));
    expect(at(model, half, 'cell-001-3').users).toBeGreaterThan(at(model, start, 'cell-001-3').users);
    const plain = set(start, 'cell-001-1', { locked: true });
    expect(at(model, plain, 'cell-001-1').drop_rate_pct).toBeGreaterThan(
      at(model, config, 'cell-001-1').drop_rate_pct + 5,
    );
  });

  it('moves no users to a neighbour that is itself locked', () => {
    const both = set(config, 'cell-001-2', { locked: true });
    expect(at(model, both, 'cell-001-2').users).toBe(0);
    expect(at(model, both, 'cell-001-3').users).toBeGreaterThan(at(model, config, 'cell-001-3').users);
  });
});

describe('a failover of a degraded cell', () => {
  it.each([1, 2, 3])('at site %d improves drops, availability and latency', (n) => {
    const bad = degrade(model, `cell-00${n}-1`);
    const config = failover(`cell-00${n}-1`);
    expect(mean(bad, config, site(n), 'drop_rate_pct')).toBeLessThan(
      mean(bad, start, site(n), 'drop_rate_pct') / 2,
    );
    expect(mean(bad, config, site(n), 'availability_pct')).toBeGreaterThan(
      mean(bad, start, site(n), 'availability_pct'),
    );
    expect(mean(bad, config, site(n), 'latency_ms')).toBeLessThan(mean(bad, start, site(n), 'latency_ms'));
    expect(throughput(bad, config, site(n))).toBeGreaterThan(throughput(bad, start, site(n)));
  });

  it('at site 4, whose neighbours are nearly full, worsens everything, at any moment and with any seed', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 100_000 }), (seed, elapsed) => {
        const bad = step(degrade(createRan(seed, specs), 'cell-004-1'), elapsed);
        const config = failover('cell-004-1');
        expect(mean(bad, config, site(4), 'drop_rate_pct')).toBeGreaterThan(
          mean(bad, start, site(4), 'drop_rate_pct') + 2,
        );
        expect(mean(bad, config, site(4), 'latency_ms')).toBeGreaterThan(
          mean(bad, start, site(4), 'latency_ms') + 10,
        );
        expect(throughput(bad, config, site(4))).toBeLessThan(throughput(bad, start, site(4)));
      }),
      { numRuns: 60 },
    );
  });

  it('keeps every figure in its range', () => {
    const ids = specs.map((spec) => spec.cell_id);
    fc.assert(
      fc.property(
        fc.subarray(ids),
        fc.subarray(ids),
        fc.integer({ min: 0, max: 600 }),
        fc.integer({ min: -24, max: 24 }),
        (off, bad, power, offset) => {
          const ran = bad.reduce(degrade, model);
          const config = Object.fromEntries(
            Object.entries(start).map(([id, cell]) => [
              id,
              {
                ...cell,
                locked: off.includes(id),
                tx_power: power,
                relations: Object.fromEntries(
                  Object.keys(cell.relations).map((target) => [
                    target,
                    { ho_allowed: true, offset_db: offset },
                  ]),
                ),
              },
            ]),
          );
          for (const kpi of Object.values(kpis(ran, config))) {
            for (const percent of [kpi.load_pct, kpi.availability_pct, kpi.drop_rate_pct])
              expect(percent >= 0 && percent <= 100).toBe(true);
            expect(
              Number.isFinite(kpi.latency_ms) &&
                kpi.latency_ms >= 0 &&
                kpi.throughput_mbps >= 0 &&
                kpi.users >= 0,
            ).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe('time', () => {
  it('passes only when stepped, and the same seed gives the same day', () => {
    const later = step(model, 25);
    expect(kpis(model, start)).toEqual(kpis(model, start));
    expect(kpis(later, start)).toEqual(kpis(step(step(createRan(3, specs), 10), 15), start));
    expect(kpis(later, start)).not.toEqual(kpis(model, start));
    expect(kpis(step(createRan(4, specs), 25), start)).not.toEqual(kpis(later, start));
  });

  it('moves demand smoothly within three per cent', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.string(),
        fc.float({ min: 0, max: 1e6, noNaN: true }),
        (seed, label, elapsed) => {
          const factor = demandFactor(seed, label, elapsed);
          expect(Math.abs(factor - 1)).toBeLessThanOrEqual(0.03);
          expect(Math.abs(demandFactor(seed, label, elapsed + 0.1) - factor)).toBeLessThan(0.002);
        },
      ),
    );
  });

  it('draws evenly', () => {
    const draws = Array.from({ length: 4_000 }, (_, n) => hashUnit(1, 'cell', n));
    const average = draws.reduce((a, b) => a + b, 0) / draws.length;
    expect(average).toBeGreaterThan(0.47);
    expect(average).toBeLessThan(0.53);
    expect(new Set(draws).size).toBeGreaterThan(3_990);
  });
});

describe('throttling', () => {
  it('admits fewer connections, which reduces the load', () => {
    const half = set(start, 'cell-004-2', { admitted: 0.5 });
    expect(at(model, half, 'cell-004-2').load_pct).toBeCloseTo(
      at(model, start, 'cell-004-2').load_pct / 2,
      5,
    );
    expect(at(model, half, 'cell-004-2').users).toBeLessThan(at(model, start, 'cell-004-2').users);
  });
});
