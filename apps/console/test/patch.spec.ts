import { describe, expect, it } from '@jest/globals';
import { patchedPage } from '../src/api/patch.js';
import type { ActionPage, ActionRow, ActionsFilter } from '../src/api/types.js';

/** An action accepted at this minute. */
const row = (minute: number, over: Partial<ActionRow> = {}): ActionRow =>
  ({
    action_id: `id-${minute}`,
    accepted_at: `2026-11-20T03:0${minute}:00.000Z`,
    action_type: 'cell_failover',
    entity_id: 'cell-1',
    state: 'PENDING',
    ...over,
  }) as ActionRow;
const page = (items: readonly ActionRow[], next: string | null = null): ActionPage =>
  ({ items, next, server_time: '' }) as unknown as ActionPage;
const patched = (
  before: ActionPage,
  rows: readonly ActionRow[],
  filter: ActionsFilter = {},
): readonly string[] | undefined =>
  patchedPage(before, filter, rows)?.items.map(({ action_id: id, state }) => `${id} ${state}`);
const three = page([row(5), row(3), row(1)], 'older');

describe('a page of actions that is shown', () => {
  it('takes a row as it is now, in its place', () => {
    expect(patched(three, [row(3, { state: 'COMPLETED' })])).toEqual([
      'id-5 PENDING',
      'id-3 COMPLETED',
      'id-1 PENDING',
    ]);
  });

  it('takes a new row where it belongs, and none that is on a later page', () => {
    expect(patched(three, [row(6), row(4), row(0)])).toEqual(
      ['id-6', 'id-5', 'id-4', 'id-3', 'id-1'].map((id) => `${id} PENDING`),
    );
    expect(patched(page([row(5)]), [row(0)])).toEqual(['id-5 PENDING', 'id-0 PENDING']);
    expect(patched(page([]), [row(0)])).toEqual(['id-0 PENDING']);
  });

  it('keeps to the number that was asked for, and grows where it goes on with the next page', () => {
    expect(patched(three, [row(6)], { limit: 3 })).toHaveLength(3);
    expect(patched(three, [row(6)])).toHaveLength(4);
  });

  it('takes only what its filter lets through', () => {
    const filter: ActionsFilter = { state: 'PENDING', action_type: 'cell_failover', entity_id: 'cell-1' };
    for (const other of [{ state: 'DENIED' }, { action_type: 'qos_tune' }, { entity_id: 'cell-2' }] as const)
      expect(patched(three, [row(6, other)], filter)).toHaveLength(3);
  });

  it('is read again where a row leaves it, for another comes up', () =>
    expect(patched(three, [row(3, { state: 'COMPLETED' })], { state: 'PENDING' })).toBeUndefined());

  it('is not a place for new rows where it is a later page, and is read again where one belongs on it', () => {
    const filter = { cursor: 'c' };
    expect(patched(three, [row(6)], filter)).toHaveLength(3);
    expect(patched(three, [row(4)], filter)).toBeUndefined();
    expect(patched(three, [row(3, { state: 'COMPLETED' })], filter)).toContain('id-3 COMPLETED');
  });
});
