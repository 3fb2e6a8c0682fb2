import type { PredictRequest } from '@interlock/contracts';
import { DecisionMemory, type TraceV1 } from '../src/index.js';

export const now = '2026-06-01T12:00:00.000Z';
export const hoursAgo = (hours: number): string =>
  new Date(Date.parse(now) - hours * 3_600_000).toISOString();

export const trace = (over: Partial<TraceV1> = {}): TraceV1 => ({
  trace_id: 't',
  action_id: null,
  action_type: 'cell_failover',
  trigger_type: 'cell_failover',
  entity_id: 'gnb-001-cell-1',
  parameters: { power_raise_db: 3 },
  context: { affected_entity_count: 3 },
  incident_id: null,
  outcome: 'COMPLETED',
  harmed: false,
  impact_delta: 1,
  impact_by_kpi: { latency_ms: 2 },
  finished_at: hoursAgo(1),
  predicted: null,
  imported: false,
  ...over,
});

export const request = (over: Partial<PredictRequest> = {}): PredictRequest => ({
  tenant_id: 'demo',
  action_type: 'cell_failover',
  entity_id: 'gnb-001-cell-1',
  parameters: { power_raise_db: 3 },
  affected_entity_count: 3,
  at: now,
  ...over,
});

export const memoryOf = (traces: readonly TraceV1[]): DecisionMemory => {
  const memory = new DecisionMemory();
  for (const [i, each] of traces.entries()) memory.add(each, `${i + 1}`);
  return memory;
};

/** A generator of numbers 0–1 that is the same in every run. */
export const seeded = (seed: number) => (): number => {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
  return seed / 2 ** 32;
};
