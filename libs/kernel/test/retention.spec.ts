import { describe, expect, it } from '@jest/globals';
import {
  given,
  removedBefore,
  retentionDecider,
  retentionLoosens,
  type RetentionEvent,
} from '../src/index.js';

const set = (days: RetentionEvent['data']['days']): RetentionEvent => ({
  type: 'RetentionSet',
  data: { days, reason: 'why' },
});
const to = (days: RetentionEvent['data']['days']) => ({ kind: 'SetRetention', days, reason: 'why' }) as const;

describe('the retention of a tenant', () => {
  it('is written whole, once, with who set it and when', () => {
    const { events, state } = given(retentionDecider, [set({ kpis: 90 })]).when(to({ actions: 365 }));
    expect(events).toEqual([set({ actions: 365 })]);
    expect(state).toEqual({
      days: { actions: 365 },
      set_at: '2026-01-01T00:00:00.000Z',
      set_by: 'service:test',
    });
    expect(given(retentionDecider, [set({ kpis: 90 })]).when(to({ kpis: 90 })).events).toEqual([]);
    expect(given(retentionDecider, []).when(to({})).events).toEqual([]);
  });

  const loosened = (before: RetentionEvent['data']['days'], after: RetentionEvent['data']['days']) =>
    retentionLoosens(
      { ...retentionDecider.initial, days: before },
      { ...retentionDecider.initial, days: after },
    );

  it('loosens where a kind is kept for a shorter time than before, or no longer for ever', () => {
    expect(loosened({ kpis: 90, actions: 30 }, { kpis: 30, deliveries: 400, actions: 30 })).toEqual([
      { pointer: '/days/kpis', detail: 'is kept for 30 days and no longer for 90 days' },
      { pointer: '/days/deliveries', detail: 'is kept for 400 days and no longer for ever' },
    ]);
  });

  it('does not loosen where every kind is kept as long as before, or longer', () => {
    expect(loosened({ kpis: 90, actions: 30 }, { kpis: 91, actions: 30 })).toEqual([]);
    expect(loosened({ kpis: 90 }, {})).toEqual([]);
    expect(loosened({}, {})).toEqual([]);
  });

  it('says before which time each kind is removed, and nothing of the kinds that are kept', () => {
    expect(removedBefore({ kpis: 7, actions: 365 }, '2026-01-08T12:00:00.000Z')).toEqual({
      kpis: '2026-01-01T12:00:00.000Z',
      actions: '2025-01-08T12:00:00.000Z',
    });
    expect(removedBefore({}, '2026-01-08T12:00:00.000Z')).toEqual({});
  });
});
