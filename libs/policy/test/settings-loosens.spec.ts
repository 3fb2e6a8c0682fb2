import { describe, expect, it } from '@jest/globals';
import {
  defaultRolloutSettings,
  lintLoosens,
  noLintSettings,
  rolloutLoosens,
  signingLoosens,
  teamLoosens,
  type LintSettings,
  type RolloutSettings,
} from '../src/index.js';

const pointers = (found: readonly { readonly pointer: string }[]): readonly string[] =>
  found.map(({ pointer }) => pointer);

describe('what loosens the settings of lint', () => {
  const invariant = {
    id: 'i',
    description: '',
    never: 'ALLOW',
    agent: '*',
    action: '*',
    conditions: [],
  } as const;
  const strict: LintSettings = { invariants: [invariant], severities: { overridden: 'error' } };

  it.each([
    ['nothing', strict, strict, []],
    ['a new invariant', noLintSettings, { ...noLintSettings, invariants: [invariant] }, []],
    ['another description', strict, { ...strict, invariants: [{ ...invariant, description: 'why' }] }, []],
    [
      'an invariant that changes',
      strict,
      { ...strict, invariants: [{ ...invariant, agent: 'a' }] },
      ['/invariants'],
    ],
    ['all that goes', strict, noLintSettings, ['/invariants', '/severities/overridden']],
    [
      'a severity that rises',
      noLintSettings,
      { ...noLintSettings, severities: { overridden: 'warning' as const } },
      [],
    ],
  ])('%s', (_what, before, after, loosened) =>
    expect(pointers(lintLoosens(before, after))).toEqual(loosened),
  );
});

describe('what loosens the settings of rollouts', () => {
  const of = (over: Partial<RolloutSettings>): readonly string[] =>
    pointers(rolloutLoosens(defaultRolloutSettings, { ...defaultRolloutSettings, ...over }));
  const { gates, critical, incident_table: table } = defaultRolloutSettings;

  it.each([
    [{}, []],
    [{ dwell_h: 23 }, ['/dwell_h']],
    [{ dwell_h: 25 }, []],
    [{ auto_promote: true }, ['/auto_promote']],
    [{ gates: { ...gates, error_rate_pct: 6 } }, ['/gates/error_rate_pct']],
    [{ gates: { ...gates, decisions: 99 } }, ['/gates/decisions']],
    [
      { critical: { ...critical, deny_rate_pct: 51, decisions: 21 } },
      ['/critical/deny_rate_pct', '/critical/decisions'],
    ],
    [{ error_budget_pct: 4 }, ['/error_budget_pct']],
    [{ sample_ratio_budget_pct: 0.2 }, []],
    [{ sample_ratio_budget_pct: 0.05 }, ['/sample_ratio_budget_pct']],
    [{ cost_bound: 1 }, ['/cost_bound']],
    [{ incident_min_executions: 21 }, ['/incident_min_executions']],
    [{ incident_table: [{ max_age_h: null, min_error_pct: 5, then: 'rollback' as const }] }, []],
    [
      { incident_table: [{ max_age_h: 48, min_error_pct: 5, then: 'hold' as const }, ...table] },
      ['/incident_table', '/incident_table'],
    ],
  ])('%p', (over, loosened) => expect(of(over)).toEqual(loosened));

  it('shows ten incidents at most', () => {
    expect(of({ incident_table: [] }).length).toBeLessThanOrEqual(10);
    expect(of({ incident_table: [] })).toContain('/incident_table');
  });
});

it('imports that need fewer signatures loosen', () => {
  const both = { demand: ['HMAC-SHA256', 'Ed25519'] as const };
  expect(pointers(signingLoosens(both, { demand: ['Ed25519'] }))).toEqual(['/demand']);
  expect(signingLoosens({ demand: [] }, both)).toEqual([]);
});

it('an agent that enters or leaves a team loosens, another name does not', () => {
  const team = { team_id: 't', name: 'T', agents: ['a'], accounts: ['c'] };
  expect(pointers(teamLoosens({ team }, { team: { ...team, agents: ['b'], accounts: [] } }))).toEqual([
    '/agents',
    '/agents',
    '/accounts',
  ]);
  expect(teamLoosens({ team }, { team: { ...team, name: 'U' } })).toEqual([]);
});
