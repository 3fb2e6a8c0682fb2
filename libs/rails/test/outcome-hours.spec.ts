import { describe, expect, it } from '@jest/globals';
import { keptOutcomeHours, OutcomeHours } from '../src/index.js';

const at = (time: string, type: string, data: object = {}) => ({
  type,
  data,
  metadata: { occurred_at: time },
});

describe('outcomes by hour', () => {
  it('counts an end in the hour it came in, by the state it left behind', () => {
    const hours = new OutcomeHours();
    hours.add('a', at('2026-01-01T09:59:59.999Z', 'ActionCompleted'));
    hours.add('b', at('2026-01-01T10:00:00.000Z', 'ActionCompleted'));
    hours.add('c', at('2026-01-01T10:59:59.999Z', 'ActionDenied', { status: 'DENIED' }));
    hours.add('d', at('2026-01-01T10:30:00.000Z', 'ActionRolledBack'));
    hours.add('e', at('2026-01-01T10:30:00.000Z', 'GatePassed'));
    expect(hours.last(3, '2026-01-01T11:00:00.000Z')).toEqual([
      { hour: '2026-01-01T09:00:00.000Z', counts: { COMPLETED: 1 } },
      { hour: '2026-01-01T10:00:00.000Z', counts: { COMPLETED: 1, DENIED: 1, ROLLED_BACK: 1 } },
      { hour: '2026-01-01T11:00:00.000Z', counts: {} },
    ]);
  });

  it('leaves a dry run out, however it ended, and counts the same action when it is not a dry run', () => {
    const hours = new OutcomeHours();
    hours.add('dry', at('2026-01-01T10:00:00.000Z', 'IntentAccepted', { intent: { dry_run: true } }));
    hours.add('dry', at('2026-01-01T10:00:01.000Z', 'ActionDenied', { status: 'DENIED' }));
    hours.add('real', at('2026-01-01T10:00:00.000Z', 'IntentAccepted', { intent: { dry_run: false } }));
    hours.add('real', at('2026-01-01T10:00:01.000Z', 'ActionDenied', { status: 'DENIED' }));
    expect(hours.last(1, '2026-01-01T10:30:00.000Z')[0]?.counts).toEqual({ DENIED: 1 });
  });

  it('keeps a week and forgets what is older', () => {
    const hours = new OutcomeHours();
    const start = Date.UTC(2026, 0, 1);
    for (let i = 0; i <= keptOutcomeHours; i += 1)
      hours.add(`a-${i}`, at(new Date(start + i * 3_600_000).toISOString(), 'ActionCompleted'));
    const shown = hours.last(
      keptOutcomeHours + 1,
      new Date(start + keptOutcomeHours * 3_600_000).toISOString(),
    );
    expect(shown[0]?.counts).toEqual({});
    expect(shown.slice(1).every(({ counts }) => counts.COMPLETED === 1)).toBe(true);
  });
});
