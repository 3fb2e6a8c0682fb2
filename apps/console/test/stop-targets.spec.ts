import { describe, expect, it } from '@jest/globals';
import { lookedAt, seenDigest } from '../src/action/approvals/seen.js';
import { flightText, narrowTargets, reachText, unseenText } from '../src/shell/targets.js';
import { keepDraft, readDraft } from '../src/state/drafts.js';

type Open = Parameters<typeof narrowTargets>[0][number];
const open = (state: Open['state'], agent: string): Open => ({
  action_type: 'cell_failover',
  account_id: 'ran-north',
  agent,
  site_id: null,
  state,
});

describe('what a narrow stop would end', () => {
  it('counts what waits and what is in flight by type, account and agent, the largest first', () => {
    const found = narrowTargets([
      open('AWAITING_APPROVAL', 'night-shift'),
      open('PENDING', 'optimizer'),
      open('VALIDATING', 'optimizer'),
    ]);
    expect(found.map(({ target, waiting, inFlight }) => [target.scope, waiting, inFlight])).toEqual([
      ['action_type', 2, 1],
      ['account', 2, 1],
      ['agent', 1, 1],
      ['agent', 1, 0],
    ]);
    expect(found[2]?.target).toEqual({ scope: 'agent', agent: 'optimizer' });
  });

  it('offers nothing where nothing is open', () => expect(narrowTargets([])).toEqual([]));

  it('says of what was never seen that the name may be wrong, with those that look like it', () => {
    expect(unseenText({ near: [] })).toBe('Never seen before. If the name is wrong, this stops nothing');
    expect(unseenText({ near: ['night-shift', 'night'] })).toMatch(/\. Near names: night-shift, night$/);
  });

  it.each([
    [0, 0, 'Nothing waits and nothing is in flight now'],
    [1, 0, '1 waits and would be cancelled, 0 are in flight'],
    [3, 1, '3 wait and would be cancelled, 1 is in flight'],
  ])('%d and %d in words', (waiting, inFlight, words) =>
    expect(reachText({ waiting, inFlight })).toBe(words),
  );

  it('tells what became of what was in flight', () => {
    expect(flightText(['COMPLETED', 'ROLLING_BACK', 'COMPLETED'])).toBe(
      '3 in flight: 2 completed, 1 rolling back',
    );
    expect(flightText([])).toBe('0 in flight');
  });
});

/** As much of a browser's store as drafts need. */
class Shelf implements Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'> {
  readonly #kept = new Map<string, string>();
  get length(): number {
    return this.#kept.size;
  }
  key(i: number): string | null {
    return [...this.#kept.keys()][i] ?? null;
  }
  getItem(name: string): string | null {
    return this.#kept.get(name) ?? null;
  }
  setItem(name: string, value: string): void {
    this.#kept.set(name, value);
  }
  removeItem(name: string): void {
    this.#kept.delete(name);
  }
}

describe('what somebody began to write', () => {
  it('is there again for the same person and the same thing, and for nobody else', () => {
    const shelf = new Shelf();
    keepDraft('ann', '7', 'half a sen', shelf);
    expect([
      readDraft('ann', '7', shelf),
      readDraft('ben', '7', shelf),
      readDraft('ann', '8', shelf),
    ]).toEqual(['half a sen', '', '']);
    keepDraft('ann', '7', '', shelf);
    expect([readDraft('ann', '7', shelf), shelf.length]).toEqual(['', 0]);
  });

  it('keeps fifty, and what is not its own', () => {
    const shelf = new Shelf();
    shelf.setItem('interlock.settings', '{}');
    for (let i = 0; i < 60; i += 1) keepDraft('ann', `${i}`, 'text', shelf);
    expect([shelf.length, readDraft('ann', '9', shelf), readDraft('ann', '59', shelf)]).toEqual([
      51,
      '',
      'text',
    ]);
    expect(shelf.getItem('interlock.settings')).toBe('{}');
  });
});

it('remembers what was looked at first, until somebody has looked at what came since', () => {
  expect(seenDigest('a', undefined)).toBeUndefined();
  expect([seenDigest('a', 'one'), seenDigest('a', 'two')]).toEqual(['one', 'one']);
  lookedAt('a', 'two');
  expect(seenDigest('a', 'two')).toBe('two');
});
