import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  buildTopology,
  estimateFailover,
  planFailover,
  readFailoverParameters,
  type FailoverParameters,
} from '../src/index.js';
import { device, handoverPath, model, offsetPath, powerPath, profile, running, statePath } from './fleet.js';

const far = device({ device_id: 'gnb-2', site_id: 'site-2', cells: [{ cell_id: 'far', neighbours: [] }] });
const topology = buildTopology([device(), far], '7');
const usual: FailoverParameters = { power_raise_db: 3, cell_individual_offset: 3 };
const plan = (over: Partial<FailoverParameters> = {}, leaves = running(), entity = 'c1') =>
  planFailover(entity, { ...usual, ...over }, leaves, topology, profile, model);
const codes = (p: ReturnType<typeof plan>): readonly string[] => p.violations.map((v) => v.code);

describe('planning a cell failover', () => {
  it('raises the covering neighbours first, then locks the failing cell, in one edit', () => {
    const planned = plan();
    expect(planned.violations).toEqual([]);
    expect(planned.neighbours).toEqual(['c2', 'c3']);
    expect(planned.changes).toEqual([
      { path: powerPath('c2'), before: '430', after: '460' },
      { path: offsetPath('c1', 'c2'), before: '0', after: '3' },
      { path: powerPath('c3'), before: '430', after: '460' },
      { path: offsetPath('c1', 'c3'), before: '0', after: '3' },
      { path: statePath('c1'), before: 'UNLOCKED', after: 'LOCKED' },
    ]);
    expect(planned.edit_xml).toBe(
      '<ran xmlns="urn:interlock:params:xml:ns:yang:ran">' +
        '<cell><id>c2</id><attributes><configuredMaxTxPower>460</configuredMaxTxPower></attributes></cell>' +
        '<cell><id>c1</id><relation><target>c2</target><attributes><cellIndividualOffset>3</cellIndividualOffset></attributes></relation>' +
        '<relation><target>c3</target><attributes><cellIndividualOffset>3</cellIndividualOffset></attributes></relation>' +
        '<attributes><administrativeState>LOCKED</administrativeState></attributes></cell>' +
        '<cell><id>c3</id><attributes><configuredMaxTxPower>460</configuredMaxTxPower></attributes></cell></ran>',
    );
  });

  it('reverts everything in the inverse edit, the failing cell first', () => {
    const { inverse_xml: inverse } = plan();
    expect(inverse).toContain(
      '<cell><id>c1</id><attributes><administrativeState>UNLOCKED</administrativeState></attributes>',
    );
    expect(inverse.indexOf('UNLOCKED')).toBeLessThan(inverse.indexOf('430'));
    expect(inverse).not.toMatch(/LOCKED<.*>LOCKED/);
  });

  it('removes an added leaf in the inverse edit, and never a container', () => {
    const planned = plan({}, running({ [offsetPath('c1', 'c2')]: undefined }));
    expect(planned.changes).toContainEqual({ path: offsetPath('c1', 'c2'), before: null, after: '3' });
    expect(planned.inverse_xml).toContain(
      '<cellIndividualOffset xmlns:nc="urn:ietf:params:xml:ns:netconf:base:1.0" nc:operation="remove"/>',
    );
    expect(planned.inverse_xml.match(/nc:operation/g)).toHaveLength(1);
  });

  it('allows handover if it was forbidden', () => {
    expect(plan({}, running({ [handoverPath('c1', 'c3')]: 'false' })).changes).toContainEqual({
      path: handoverPath('c1', 'c3'),
      before: 'false',
      after: 'true',
    });
  });

  it('omits leaves that already have the wanted value', () => {
    const planned = plan({ power_raise_db: 0 }, running({ [offsetPath('c1', 'c2')]: '3' }));
    expect(planned.changes.map((c) => c.path)).toEqual([offsetPath('c1', 'c3'), statePath('c1')]);
  });

  it('uses only the named neighbours', () => {
    expect(plan({ neighbours: ['c3'] }).changes.map((c) => c.path)).toEqual([
      powerPath('c3'),
      offsetPath('c1', 'c3'),
      statePath('c1'),
    ]);
  });

  it('escapes an entity id that would break out of the XML', () => {
    const odd = `a<b>&"c`;
    const one = device({
      cells: [
        { cell_id: odd, neighbours: [{ cell_id: 'c2', coverage: 'FULL' }] },
        { cell_id: 'c2', neighbours: [] },
      ],
    });
    const leaves = running({ [statePath(odd)]: 'UNLOCKED' });
    const planned = planFailover(odd, usual, leaves, buildTopology([one], '1'), profile, model);
    expect(planned.violations).toEqual([]);
    expect(planned.edit_xml).toContain('<id>a&lt;b&gt;&amp;"c</id>');
  });
});

describe('a cell that is alone on its device', () => {
  it('names the cells of its site on other devices, which do not count', () => {
    const { site_id } = device();
    const alone = device({ device_id: 'gnb-2', site_id, cells: [{ cell_id: 'far', neighbours: [] }] });
    const { violations } = planFailover(
      'far',
      usual,
      { [statePath('far')]: 'UNLOCKED' },
      buildTopology([device(), alone], '7'),
      profile,
      model,
    );
    const [{ code, detail } = { code: '', detail: '' }] = violations;
    expect(code).toBe('last-cell-of-site');
    expect(detail).toContain("on device `gnb-2`; the site's other cells (`c1`, `c2`, `c3`, `c4`)");
    expect(detail).toContain('on other devices, whose state is not read here');
  });
});

describe('the guards of a cell failover', () => {
  const others = (state: string) =>
    running({ [statePath('c2')]: state, [statePath('c3')]: state, [statePath('c4')]: state });

  it.each([
    ['an entity that no device has', () => plan({}, running(), 'nowhere'), ['entity-unknown']],
    [
      'a cell that the device does not have',
      () => plan({}, running({ [statePath('c1')]: undefined })),
      ['cell-unknown'],
    ],
    [
      'a cell that is locked already',
      () => plan({}, running({ [statePath('c1')]: 'LOCKED' })),
      ['cell-not-unlocked'],
    ],
    [
      'the last unlocked cell of a site, which then has no neighbour either',
      () => plan({}, others('LOCKED')),
      ['last-cell-of-site', 'no-covering-neighbour'],
    ],
    [
      'no enabled neighbour that covers',
      () => plan({}, running({ [statePath('c2')]: 'LOCKED', [statePath('c3')]: 'LOCKED' })),
      ['no-covering-neighbour'],
    ],
    ['a named neighbour that is none', () => plan({ neighbours: ['c9'] }), ['neighbour-unknown']],
    [
      'a named neighbour that does not cover',
      () => plan({ neighbours: ['c4'] }),
      ['neighbour-does-not-cover'],
    ],
    [
      'a named neighbour on another device',
      () => plan({ neighbours: ['far'] }),
      ['neighbour-on-another-device'],
    ],
    [
      'a named neighbour that is locked',
      () => plan({ neighbours: ['c2'] }, running({ [statePath('c2')]: 'LOCKED' })),
      ['neighbour-not-enabled'],
    ],
    ['no neighbour named at all', () => plan({ neighbours: [] }), ['no-covering-neighbour']],
    ['power above what the action may raise', () => plan({ power_raise_db: 6.5 }), ['power-out-of-range']],
    ['power lowered', () => plan({ power_raise_db: -1 }), ['power-out-of-range']],
    ['power between two steps', () => plan({ power_raise_db: 2.5, neighbours: ['c2'] }), ['power-step']],
    [
      'power beyond the licence',
      () => plan({ neighbours: ['c2'] }, running({ [powerPath('c2')]: '431' })),
      ['power-beyond-licence'],
    ],
    [
      'power that the device does not say',
      () => plan({ neighbours: ['c2'] }, running({ [powerPath('c2')]: undefined })),
      ['power-unknown'],
    ],
    ['an offset that cells do not know', () => plan({ cell_individual_offset: 7 }), ['offset-out-of-range']],
  ])('refuse %s', (_what, planned, expected) => {
    const answer = planned();
    expect(codes(answer)).toEqual(expected);
    expect(answer.changes).toEqual([]);
    expect(answer.edit_xml).toBe('');
    expect(answer.inverse_xml).toBe('');
  });

  it('let power reach exactly the licence', () =>
    expect(codes(plan({ neighbours: ['c2'] }, running({ [powerPath('c2')]: '430' })))).toEqual([]));

  it('name every refusal at once', () => {
    expect(codes(plan({ power_raise_db: 9, cell_individual_offset: 7, neighbours: ['c9'] }))).toEqual([
      'power-out-of-range',
      'offset-out-of-range',
      'neighbour-unknown',
    ]);
  });
});

describe('the hashes of a plan', () => {
  it('are the same for the same leaves', () => expect(plan()).toEqual(plan()));
  it('do not change with leaves that are not edited', () => {
    const other = plan({}, running({ [powerPath('c4')]: '100' }));
    expect(other.plan_hash).toBe(plan().plan_hash);
    expect(other.leaves_fingerprint).toBe(plan().leaves_fingerprint);
  });
  it('change with each leaf that is edited', () => {
    const first = plan();
    for (const path of [powerPath('c2'), powerPath('c3')]) {
      const other = plan({}, running({ [path]: '410' }));
      expect(other.plan_hash).not.toBe(first.plan_hash);
      expect(other.leaves_fingerprint).not.toBe(first.leaves_fingerprint);
    }
  });
  it('let every plan be reverted to exactly the earlier leaves', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 6 }),
        fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 8),
        fc.integer({ min: 0, max: 40 }),
        (power, offset, base) => {
          const before = running({ [powerPath('c2')]: `${base * 10}`, [powerPath('c3')]: `${base * 10}` });
          const planned = plan({ power_raise_db: power, cell_individual_offset: offset }, before);
          expect(planned.violations).toEqual([]);
          const after: { [path: string]: string } = { ...before };
          for (const change of planned.changes) after[change.path] = change.after!;
          for (const change of planned.changes) after[change.path] = change.before!;
          expect(after).toEqual(before);
          for (const change of planned.changes) expect(change.before).not.toBe(change.after);
        },
      ),
    );
  });
});

describe('parameters', () => {
  it("have the catalogue's defaults", () =>
    expect(readFailoverParameters({})).toEqual({ power_raise_db: 3, cell_individual_offset: 3 }));
  it('are used as given', () => {
    expect(
      readFailoverParameters({ neighbours: ['c2'], power_raise_db: 0, cell_individual_offset: -2 }),
    ).toEqual({ neighbours: ['c2'], power_raise_db: 0, cell_individual_offset: -2 });
  });
});

describe('the impact estimate', () => {
  const kpis = new Map([
    ['c1', { users: 100, load_pct: 50, latency_ms: 12 }],
    ['c2', { users: 100, load_pct: 50, latency_ms: 12 }],
    ['c3', { users: 50, load_pct: 90, latency_ms: 20 }],
  ]);

  it('moves users to free capacity, and counts the rest', () => {
    const estimate = estimateFailover('c1', usual, topology, kpis);
    expect(estimate).toMatchObject({
      affected_entity_count: 3,
      device_id: 'gnb-1',
      site_id: 'site-1',
      neighbours: ['c2', 'c3'],
      users_affected: 100,
      connection_drops: 0,
      topology_version: '7',
    });
    expect(estimate.latency_increase_ms['c2']).toBeGreaterThan(0);
    expect(Object.keys(estimate.latency_increase_ms)).toEqual(['c2', 'c3']);
  });
  it('drops users that full neighbours cannot take', () => {
    const full = new Map([
      ...kpis,
      ['c2', { users: 100, load_pct: 100, latency_ms: 30 }] as const,
      ['c3', { users: 50, load_pct: 100, latency_ms: 30 }] as const,
    ]);
    expect(estimateFailover('c1', usual, topology, full)).toMatchObject({
      users_affected: 100,
      connection_drops: 100,
    });
  });
  it('counts the entity and the edited neighbours, even without measurements', () => {
    expect(estimateFailover('c1', { ...usual, neighbours: ['c2'] }, topology, new Map())).toMatchObject({
      affected_entity_count: 2,
      users_affected: 0,
      connection_drops: 0,
      latency_increase_ms: { c2: 0 },
    });
  });
  it('reports no affected entities for an unknown entity', () => {
    expect(estimateFailover('nowhere', usual, topology, kpis)).toMatchObject({
      affected_entity_count: 0,
      device_id: null,
    });
  });
});
