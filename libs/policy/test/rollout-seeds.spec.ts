import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { routeRequest } from '../src/index.js';
import { badGates, hour, step, timeAfter } from './rollouts.js';
import { back, canary, codeOf, one, promote, two } from './rollout-commands.js';

describe('the cases of the seeds that a rollout settles', () => {
  const { cases } = JSON.parse(
    readFileSync(new URL('../../../fixtures/acceptance/rollout.json', import.meta.url), 'utf8'),
  ) as {
    readonly cases: readonly {
      readonly id: string;
      readonly expect: object | null;
      readonly settled?: object;
      readonly settled_by?: string;
    }[];
  };
  const expected = (id: string): Record<string, unknown> => {
    const found = cases.find((case_) => case_.id === id)!;
    return (found.expect ?? found.settled) as Record<string, unknown>;
  };

  it('are settled where the seeds leave them open', () => {
    expect(
      cases.filter(
        (case_) => case_.expect === null && (case_.settled === undefined || case_.settled_by === undefined),
      ),
    ).toEqual([]);
  });

  it('rollout.promote.gates_fail', () => {
    expect(codeOf(canary, promote('b', 10, { verdicts: badGates(10) }))).toBe('gates-not-passed');
    expect(expected('rollout.promote.gates_fail')).toEqual({
      canary_pct: canary.canary!.canary_pct,
      promoted: false,
    });
  });
  it('rollout.promote.100', () => {
    expect([codeOf(two, promote('b', 100)), expected('rollout.promote.100')]).toEqual([
      'wrong-state',
      { status: 409 },
    ]);
  });
  it('rollout.promote.early', () => {
    const early = (reason: string | null): string =>
      codeOf(canary, promote('b', 10, { now: timeAfter(23.9 * hour), reason }));
    expect({
      without_reason: early(null) === 'done',
      with_reason: early('clear figures') === 'done',
    }).toEqual(expected('rollout.promote.early'));
  });
  it('rollout.promote.skip', () => {
    expect({ allowed: codeOf(canary, promote('b', 10, { to_pct: 100 })) === 'done' }).toEqual(
      expected('rollout.promote.skip'),
    );
  });
  it('rollout.rollback.no_previous', () => {
    expect([
      routeRequest(step(one, back('a')), 'demo', 'x').floor,
      expected('rollout.rollback.no_previous'),
    ]).toEqual(['withdrawn', { decision: 'NEEDS_APPROVAL' }]);
  });
});
