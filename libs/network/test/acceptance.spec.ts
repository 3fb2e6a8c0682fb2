import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { fold } from '@interlock/kernel';
import {
  buildTopology,
  endpointOf,
  deviceTxDecider,
  estimateFailover,
  kpiNames,
  observe,
  planFailover,
  profiles,
  txState,
  type DeviceTxCommand,
} from '../src/index.js';
import { device, model, profile, running } from './fleet.js';

type Case = { readonly id: string; readonly expect: Record<string, unknown> };
const suite = JSON.parse(
  readFileSync(new URL('../../../fixtures/acceptance/netconf_and_failover.json', import.meta.url), 'utf8'),
) as {
  readonly vendors: readonly string[];
  readonly kpis_pre_post: readonly string[];
  readonly impact_fields: readonly string[];
  readonly cases: readonly Case[];
};
const expected = (id: string): Record<string, unknown> => {
  const found = suite.cases.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no case ${id}`);
  return found.expect;
};

const topology = buildTopology([device()], '1');
const parameters = { power_raise_db: 3, cell_individual_offset: 3 };
const at = (second: number): string => `2026-11-20T10:00:${String(second).padStart(2, '0')}.000Z`;
const healthy = {
  users: 100,
  load_pct: 40,
  throughput_mbps: 100,
  latency_ms: 10,
  drop_rate_pct: 0.5,
  availability_pct: 99.9,
};
const sample = (second: number, over: Partial<typeof healthy> = {}) => ({
  at: at(second),
  entity_id: 'c2',
  kpis: { ...healthy, ...over },
});

describe('acceptance: the adapter and its handler', () => {
  it("nc.validate_is_dry: a plan shows its payload and leaves the device's leaves as they are", () => {
    const leaves = Object.freeze(running());
    const before = JSON.stringify(leaves);
    const planned = planFailover('c1', parameters, leaves, topology, profile, model);
    expect(planned.edit_xml).toContain('LOCKED');
    expect(JSON.stringify(leaves) !== before).toBe(expected('nc.validate_is_dry')['device_config_changed']);
  });

  it('cf.validation_fails: KPIs worse than allowed are breaches, and the undo that follows takes the change back', () => {
    const soak = observe(
      [sample(0)],
      [sample(2, { drop_rate_pct: 9 }), sample(3, { drop_rate_pct: 9 })],
      ['c2'],
    );
    expect(soak.breaches.map(({ code }) => code)).toEqual(['drops']);
    const planned = planFailover('c1', parameters, running(), topology, profile, model);
    const commands: readonly DeviceTxCommand[] = [
      {
        kind: 'AcceptTurn',
        asked: {
          turn: 1,
          request_id: 't',
          action_id: 'a',
          action_type: 'cell_failover',
          entity_id: 'c1',
          device_id: 'gnb-1',
          device: endpointOf(device()),
        },
      },
      {
        kind: 'TakeTurn',
        turn: 1,
        instance: 'i',
        plan_hash: planned.plan_hash,
        prepared: { ...planned, pre_image: running(), pre_image_hash: 'h', samples_before: [sample(0)] },
      },
      {
        kind: 'AcceptApply',
        apply: {
          action_id: 'a',
          request_id: 'r',
          epoch: '0',
          plan_hash: planned.plan_hash,
          action_type: 'cell_failover',
          entity_id: 'c1',
          device_id: 'gnb-1',
          soak_s: 5,
          confirm_timeout_s: 95,
          turn: 1,
        },
      },
      { kind: 'RequestTentativeCommit', instance: 'i' },
      { kind: 'RecordTentative', applied_at: at(0), timer_ends_at: at(59), read_back_hash: 'h' },
      { kind: 'RecordObservation', observation: soak, samples: [] },
      { kind: 'RequestUndo', request_id: 'u', reasons: soak.breaches },
      { kind: 'RecordRolledBack', how: 'cancel-commit', reasons: [] },
    ];
    type Event = ReturnType<typeof deviceTxDecider.decide>[number];
    const events = commands.reduce<readonly Event[]>(
      (written, command) => [...written, ...deviceTxDecider.decide(command, fold(deviceTxDecider, written))],
      [],
    );
    const types = events.map(({ type }) => type);
    expect(types).not.toContain('ChangeConfirmed');
    expect(txState(fold(deviceTxDecider, events)) === 'ROLLED_BACK').toBe(
      expected('cf.validation_fails')['rolled_back'],
    );
  });

  it("names a profile for each of the seed's vendors, measures its KPIs and estimates its impact", () => {
    expect(Object.keys(profiles)).toEqual(expect.arrayContaining([...suite.vendors]));
    for (const kpi of suite.kpis_pre_post) expect(kpiNames.some((name) => name.startsWith(kpi))).toBe(true);
    const estimate = estimateFailover(
      'c1',
      parameters,
      topology,
      new Map([
        ['c1', healthy],
        ['c2', healthy],
      ]),
    );
    const members: { readonly [field: string]: keyof typeof estimate } = {
      'user impact': 'users_affected',
      'connection drops': 'connection_drops',
      'latency increase': 'latency_increase_ms',
    };
    for (const field of suite.impact_fields) expect(estimate).toHaveProperty(members[field]!);
  });
});
