import { expect, it } from '@jest/globals';
import { receiptShape, type Receipt } from '../src/commands/stop/receipt.js';
import { screenOf } from '../src/output/screen.js';

const screen = screenOf({ isTTY: false }, {}, Date.parse('2026-01-01T00:00:10.000Z'));
const answered = { service: 'netconf-gateway', instance: 'a', answered: true };
const receipt: Receipt = {
  scope: 'tenant',
  tenant_id: 'demo',
  action_type: null,
  account_id: null,
  agent: null,
  site_id: null,
  engaged: true,
  engaged_at: '2026-01-01T00:00:00.000Z',
  drill: false,
  rollback_in_flight: false,
  acknowledged_by: 'executors',
  use_id: 'use-1',
  position: '7',
  executors: [answered, { ...answered, service: 'posture' }],
  cancelled: [{ tenant_id: 'demo', action_id: 'action-1', state: 'CANCELLED' }],
  cancelled_count: 1,
  in_flight: [],
  in_flight_count: 0,
  not_notified: [],
  complete: true,
  time_to_stop_ms: 121,
  known: true,
  near: [],
  release_requested: null,
};
const shown = (of: Partial<Receipt>, wide = false): readonly string[] =>
  receiptShape.text({ ...receipt, ...of }, screen, wide).split('\n');

it('a receipt says first that nothing starts, then how long the stop took and what it met', () => {
  expect(shown({}).slice(0, 5)).toEqual([
    'ENGAGED: no autonomous action of the tenant demo starts',
    'stopped in  121 ms, all 2 executors answered',
    'cancelled   1 action',
    'in flight   0 actions',
    'receipt     interlock kill-switch receipt use-1',
  ]);
  expect(shown({}).join('\n')).toContain('action-1');
  expect(shown({}).join('\n')).not.toContain('position');
  expect(shown({}, true).join('\n')).toContain('position');
});

it('a receipt counts the executors that did not answer', () => {
  const executors = [answered, { ...answered, answered: false }];
  expect(shown({ acknowledged_by: 'time', executors })[1]).toBe(
    'stopped in  121 ms, 1 of 2 executors answered; the leases of the others ran out',
  );
  expect(shown({ acknowledged_by: null })[1]).toBe('stopped in  121 ms, not acknowledged yet');
});

it('a requested release is still engaged, and waits for another person', () => {
  expect(
    shown({ cancelled: [], release_requested: { by: 'person:a', expires_at: '2026-01-01T01:00:10.000Z' } }),
  ).toEqual([
    'STILL ENGAGED: the release of the tenant demo is requested, and waits for another person',
    'until       2026-01-01 01:00:10.000 UTC, in 1 h',
  ]);
});

it('a released switch says what may start again', () => {
  expect(shown({ engaged: false, cancelled: [] })).toEqual([
    'released: autonomous actions of the tenant demo may start again',
  ]);
  expect(shown({ engaged: false, cancelled: [], scope: 'account', account_id: 'ran' })).toEqual([
    'released: autonomous actions of the account ran of the tenant demo may start again',
  ]);
  expect(shown({ engaged: false, cancelled: [], scope: 'global', tenant_id: null })).toEqual([
    'released: autonomous actions of all tenants may start again',
  ]);
});
