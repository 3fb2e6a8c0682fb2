import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { AccessEvent } from '@interlock/contracts';
import { given, testMetadata } from '@interlock/kernel';
import { accessDecider, accessStream, RefusalBound, type AccessCommand } from '../src/index.js';

const reader = { kind: 'person', person_id: '5f0c7b1e-3a52-4d0b-9c8e-6a1f2b3c4d5e' } as const;
const read: AccessCommand = { kind: 'record_read', route: 'events', filter: '', count: 3, actor: reader };

describe('accesses in the log', () => {
  it('have a stream for each tenant and hour', () =>
    expect(accessStream('demo', '2026-01-31T08:59:59.999Z')).toBe('access-demo:2026-01-31T08'));

  it('hold the first read of each reader in the hour', () => {
    const first = given(accessDecider, []).when(read).events;
    expect(first).toEqual([{ type: 'LogRead', data: { route: 'events', filter: '', count: 3 } }]);
    const state = first.reduce(
      (before, event) =>
        accessDecider.evolve(before, { ...event, metadata: testMetadata({ actor: reader }), revision: 0n }),
      accessDecider.initial,
    );
    expect(accessDecider.decide(read, state)).toEqual([]);
    const other = { ...read, actor: { kind: 'service', service: 'reporter' } } as const;
    expect(accessDecider.decide(other, state)).toHaveLength(1);
  });

  const examples = JSON.parse(
    readFileSync(new URL('../../../fixtures/privacy/events.json', import.meta.url), 'utf8'),
  ) as { readonly [Type in AccessEvent['type']]: Extract<AccessEvent, { readonly type: Type }>['data'] };

  it('hold a refused intent, as the example that is checked in', () => {
    const data = examples.IntentRefused;
    expect(given(accessDecider, []).when({ kind: 'refuse_intent', ...data }).events).toEqual([
      { type: 'IntentRefused', data },
    ]);
  });

  it('hold what a person was refused, as the example that is checked in', () => {
    const data = examples.CommandRefused;
    expect(given(accessDecider, []).when({ kind: 'refuse_command', ...data }).events).toEqual([
      { type: 'CommandRefused', data },
    ]);
  });

  it('hold every export', () => {
    const exported: AccessCommand = { kind: 'record_export', what: 'log', filter: '', until: '12' };
    expect(
      given(accessDecider, [])
        .when(exported)
        .events.map(({ type }) => type),
    ).toEqual(['DataExported']);
  });
});

describe('the bound of refusals', () => {
  it('passes so many a minute and credential, and counts the rest until the minute is over', () => {
    const bound = new RefusalBound<string>(2);
    const passed = ['a', 'b', 'c', 'd'].map((code) => bound.passes('ann', code, 1000));
    expect(passed).toEqual([true, true, false, false]);
    expect(bound.passes('bob', 'x', 1000)).toBe(true);
    expect(bound.due(59_999)).toEqual([]);
    expect(bound.due(60_000)).toEqual([{ key: 'ann', last: 'd', count: 2 }]);
    expect(bound.due(60_000)).toEqual([]);
  });

  it('begins afresh with the next minute, and loses nothing of the one before', () => {
    const bound = new RefusalBound<string>(1);
    for (const code of ['a', 'b']) bound.passes('ann', code, 0);
    expect(bound.passes('ann', 'c', 60_001)).toBe(true);
    expect(bound.due(60_002)).toEqual([{ key: 'ann', last: 'b', count: 1 }]);
  });
});
