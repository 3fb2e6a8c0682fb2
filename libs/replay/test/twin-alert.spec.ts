import { describe, expect, it } from '@jest/globals';
import { parseStream } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import type { TraceV1 } from '@interlock/twin';
import { AlertReplay } from '../src/alerting/alerts.js';
import { firstDifference } from '../src/checks/first-difference.js';
import { Journal, service, tenant } from './simulated-log/journal.ts';

/** Traces with an impact outside their interval (`x`) or inside it (`.`), with the alerts. */
const logOf = (marks: string): readonly RecordedEvent[] => {
  const log = new Journal(1);
  for (const [i, mark] of [...marks].entries()) {
    const data: TraceV1 = {
      trace_id: `t${i}`,
      action_id: `a${i}`,
      action_type: 'cell_failover',
      trigger_type: 'cell_failover',
      entity_id: 'cell-0',
      parameters: {},
      context: {},
      incident_id: null,
      outcome: 'COMPLETED',
      harmed: false,
      impact_delta: mark === 'x' ? -9 : -1,
      impact_by_kpi: {},
      finished_at: log.at,
      predicted: { risk_score: 10, impact_delta: -1, impact_by_kpi: {}, confidence_interval: [-2, 0] },
      imported: false,
    };
    log.append(`trace-${tenant}:2026-11-20`, [{ type: 'TraceRecorded', data }], service('digital-twin'));
    log.now += 60_000;
  }
  return log.out;
};
/** The differences that a replay of the alerts finds, by their paths. */
const found = (events: readonly RecordedEvent[]): readonly string[] => {
  const replay = new AlertReplay(() => 'whole', true);
  return events.flatMap((event) => {
    const of = parseStream(event.stream)!;
    replay.fold(event, of);
    return of.category !== 'alert'
      ? []
      : replay.take(event, of).flatMap((finding) => {
          if ('missing' in finding) return [finding.missing];
          const difference = firstDifference(finding.recorded, finding.replayed);
          return difference === null ? [] : [difference.path];
        });
  });
};

describe('the alert of a twin without a vote, in a replay', () => {
  const log = logOf('x'.repeat(31) + '.'.repeat(170));
  const fired = log.findIndex(({ type }) => type === 'AlertFired');

  it('is fired and ended again by the same outcomes', () => {
    expect(log.filter(({ stream }) => stream.startsWith('alert-')).map(({ type }) => type)).toEqual([
      'AlertFired',
      'AlertResolved',
    ]);
    expect(log[fired]!.data).toMatchObject({ name: 'twin_without_vote', subject: 'cell_failover' });
    expect(found(log)).toEqual([]);
  });

  it('is found if its figures are not those of the outcomes', () => {
    const event = log[fired]!;
    const data = { ...event.data, detail: 'of its last 31 predictions, 3 were wrong' };
    expect(found(log.with(fired, { ...event, data }))[0]).toContain('detail');
  });

  it('is found if the twin had its vote', () => {
    const event = log[0]!;
    const data = { ...event.data, impact_delta: -1 };
    expect(found(log.with(0, { ...event, data }))).not.toEqual([]);
  });
});
