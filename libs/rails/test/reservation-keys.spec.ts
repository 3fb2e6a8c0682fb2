import { describe, expect, it } from '@jest/globals';
import type { ImpactEstimate } from '@interlock/contracts';
import { fold } from '@interlock/kernel';
import { leaseDecider, type LeaseCommand, type LeaseEvent } from '../src/index.js';
import { keysOf } from '../src/action/walk.js';
import { Life } from './life.js';
import { later, now } from './looks.js';

const estimate = (over: Partial<ImpactEstimate>): ImpactEstimate => ({
  affected_entity_count: 3,
  device_id: 'd',
  site_id: 's',
  neighbours: [],
  kpis: [],
  users_affected: 0,
  connection_drops: 0,
  latency_increase_ms: {},
  topology_version: '1',
  ...over,
});
/** What an action on a cell reserves, by the estimate that its gate looked at. */
const keysFor = (entity_id: string, of: ImpactEstimate | null): readonly string[] => {
  const { accepted, gates } = Life.planned({ intent: { entity_id } }).state;
  const gate = gates.blast_radius;
  if (accepted === null || gate === undefined || gate.verdict === 'error')
    throw new Error('the scene has no blast radius');
  return keysOf({
    accepted: { ...accepted, intent: { ...accepted.intent, entity_id } },
    gates: { ...gates, blast_radius: { ...gate, saw: { ...gate.saw, estimate: of } } },
  });
};

describe('what an action reserves', () => {
  it('is its entity, the neighbours that it edits, and the KPIs that it moves, each once', () => {
    expect(
      keysFor('c1', estimate({ neighbours: ['c2', 'c1'], kpis: ['load_pct:c3', 'load_pct:c3'] })),
    ).toEqual(['entity:c1', 'entity:c2', 'kpi:load_pct:c3']);
  });

  it('is the slices, too, which other cells may serve', () =>
    expect(keysFor('c1', estimate({ slices: ['1-0000a1'] }))).toEqual(['entity:c1', 'slice:1-0000a1']));

  it('is its entity alone where nobody estimates', () => expect(keysFor('c1', null)).toEqual(['entity:c1']));
});

describe('two actions at once', () => {
  const reserve = (action_id: string, keys: readonly string[]): LeaseCommand => ({
    kind: 'reserve',
    action_id,
    keys,
    lease_expires_at: later(3600),
    wait_expires_at: later(300),
    now,
  });
  const second = (one: readonly string[], other: readonly string[]): string => {
    const events = [reserve('a', one), reserve('b', other)].reduce<readonly LeaseEvent[]>(
      (before, command) => [...before, ...leaseDecider.decide(command, fold(leaseDecider, before))],
      [],
    );
    return events.at(-1)?.type ?? '';
  };
  const cell = (id: string, neighbours: readonly string[], kpis: readonly string[]): readonly string[] =>
    keysFor(id, estimate({ neighbours, kpis }));
  const slice = (id: string, sliceId: string): readonly string[] =>
    keysFor(id, estimate({ slices: [sliceId] }));

  it.each<readonly [string, readonly string[], readonly string[], string]>([
    ['on the same entity are in direct conflict', cell('c1', [], []), cell('c1', [], []), 'LeaseQueued'],
    [
      "one on the other's neighbour are in indirect conflict",
      cell('c1', ['c2'], []),
      cell('c2', [], []),
      'LeaseQueued',
    ],
    ['that edit the same neighbour as well', cell('c1', ['c2'], []), cell('c3', ['c2'], []), 'LeaseQueued'],
    [
      'that would move the same KPI of the same cell are in implicit conflict',
      cell('c1', [], ['load_pct:c9']),
      cell('c3', [], ['load_pct:c9']),
      'LeaseQueued',
    ],
    [
      'that move other KPIs of it go on side by side',
      cell('c1', [], ['load_pct:c9']),
      cell('c3', [], ['latency_ms:c9']),
      'LeaseGranted',
    ],
    ['that change the same slice on two cells', slice('c1', '1'), slice('c2', '1'), 'LeaseQueued'],
    ['that change two slices go on side by side', slice('c1', '1'), slice('c2', '2'), 'LeaseGranted'],
    ['that have nothing in common too', cell('c1', ['c2'], []), cell('c3', ['c4'], []), 'LeaseGranted'],
  ])('%s', (_, one, other, expected) => expect(second(one, other)).toBe(expected));
});
