import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  lifecyclesOf,
  lintBundle,
  msToRollback,
  onsetOf,
  percentage,
  quantile,
  RuleIndex,
  suggestionThresholds,
  suggestRules,
  versionForSuggestion,
  within,
  type BundleChange,
  type Ended,
  type ObservedAction,
} from '../src/index.js';
import { catalogue, rule } from './samples.js';

const at = (minute: number): string => new Date(Date.UTC(2026, 2, 1, 10, minute)).toISOString();
const change = (type: string, minute: number, data: object = {}, bundle = 'b'): BundleChange => ({
  type,
  at: at(minute),
  scope: 'all',
  bundle_id: bundle,
  bundle_version: '1.0.0',
  data: data as BundleChange['data'],
});

describe('the lifecycle of a bundle', () => {
  it('follow a bundle from its draft to deciding everything', () => {
    expect(
      lifecyclesOf([
        change('BundleCreated', 0),
        change('BundleApproved', 5),
        change('BundleReleased', 9),
        change('BundleActivated', 10, { canary_pct: 10 }),
        change('CanaryPromoted', 20, { to_pct: 50 }),
        change('CanaryPromoted', 30, { to_pct: 100 }),
      ]),
    ).toEqual([
      {
        bundle_id: 'b',
        bundle_version: '1.0.0',
        drafted_at: at(0),
        approved_at: at(5),
        activated_at: at(10),
        canary: true,
        passed_at: at(30),
        rolled_back: null,
      },
    ]);
  });

  it('and to its rollback, with the reasons', () => {
    const verdicts = {
      evidence: { broken: ['error_rate_pct'] },
      threshold_verdict: { critical: ['error_rate_pct', 'deny_rate_pct'] },
    };
    const [lifecycle] = lifecyclesOf([
      change('BundleActivated', 10, { canary_pct: 10 }),
      change('BundleRolledBack', 12, { was: 'canary', trigger: 'automatic', verdicts }),
    ]);
    expect(lifecycle).toMatchObject({
      canary: true,
      passed_at: null,
      rolled_back: {
        at: at(12),
        was: 'canary',
        trigger: 'automatic',
        rates: ['error_rate_pct', 'deny_rate_pct'],
      },
    });
  });

  it('count the first approval of the content that was activated', () => {
    const [lifecycle] = lifecyclesOf([
      change('BundleCreated', 0),
      change('BundleApproved', 1),
      change('BundleUpdated', 2),
      change('BundleApproved', 3),
      change('BundleApproved', 4),
      change('BundleActivated', 5, { canary_pct: 100 }),
      change('BundleApproved', 6),
    ]);
    expect(lifecycle).toMatchObject({ approved_at: at(3), canary: false, passed_at: at(5) });
  });

  it('ignore unknown events and missing members', () => {
    const known = [change('BundleActivated', 1, { canary_pct: 10 })];
    expect(lifecyclesOf([...known, change('BundlePainted', 2, { colour: 'blue' })])).toEqual(
      lifecyclesOf(known),
    );
    expect(lifecyclesOf([...known, change('BundleRolledBack', 2)])[0]?.rolled_back).toEqual({
      at: at(2),
      was: 'canary',
      trigger: 'person',
      rates: [],
    });
  });

  it('belong to a period from its beginning until its end', () => {
    expect(
      [at(0), at(1), at(9), at(10), null].map((time) => within({ from: at(1), to: at(10) }, time)),
    ).toEqual([false, true, true, false, false]);
  });
});

describe('the time to a rollback', () => {
  const ends = (text: string): Ended[] =>
    [...text].map((end, minute) => ({ at: at(minute), failed: end === 'x' }));
  const lifecycle = (rates: readonly string[] = ['error_rate_pct']) => ({
    ...lifecyclesOf([change('BundleActivated', 0, { canary_pct: 10 })])[0]!,
    rolled_back: { at: at(30), was: 'canary', trigger: 'automatic', rates },
  });

  it.each([
    ['..........', null],
    ['x.........................', null],
    ['.....xxxx', 5],
    ['x...............................xxxx', 32],
    ['xx.x', 0],
    ['', null],
  ])('begins in %s at %s', (text, minute) => {
    expect(onsetOf(ends(text), 10)).toBe(minute === null ? null : at(minute));
  });

  it('begins at the failure from which on too many failed, whatever went before', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 40 }), (failures) => {
        const all = failures.map((failed, minute) => ({ at: at(minute), failed }));
        const onset = onsetOf(all, 10);
        const rate = (from: number): number =>
          all.slice(from).filter(({ failed }) => failed).length / (all.length - from);
        if (onset === null) expect(all.every((_, i) => rate(i) <= 0.1)).toBe(true);
        else expect(rate(all.findIndex((one) => one.at === onset))).toBeGreaterThan(0.1);
      }),
    );
  });

  it('does not begin if exactly the allowed share failed', () => {
    for (const limit of [0.7, 5, 10, 30])
      expect(
        onsetOf(
          Array.from({ length: 1000 }, (_, i) => ({ at: at(i), failed: i < limit * 10 })),
          limit,
        ),
      ).toBeNull();
    expect(onsetOf(ends('x.........'), 10)).toBeNull();
  });

  it("counts from there, from the activation for a candidate's own answers, and is unknown without either", () => {
    expect(msToRollback(lifecycle(), ends('.....xxxx'), 10)).toBe(25 * 60_000);
    expect(msToRollback(lifecycle(['cost_increase_pct']), [], 10)).toBe(30 * 60_000);
    expect(msToRollback(lifecycle([]), ends('....'), 10)).toBeNull();
    expect(msToRollback({ ...lifecycle(), rolled_back: null }, ends('xxx'), 10)).toBeNull();
  });
});

describe('shares and quantiles', () => {
  it('are null for no values', () => {
    expect([
      percentage(0, 0),
      percentage(1, 4),
      quantile([], 0.5),
      quantile([3, 1, 2], 0.5),
      quantile([1], 1),
      quantile([1, 2], 0.9),
    ]).toEqual([null, 25, null, 2, 1, 2]);
  });
});

const observed = (over: Partial<ObservedAction> = {}): ObservedAction => ({
  agent: 'ran-optimizer',
  action_type: 'cell_failover',
  risk_score: 10,
  affected_entity_count: 2,
  approved: null,
  rejected: null,
  denied: null,
  completed: null,
  failed: null,
  incident: null,
  ...over,
});
const many = (count: number, over: (i: number) => Partial<ObservedAction>): ObservedAction[] =>
  Array.from({ length: count }, (_, i) => observed(over(i)));
const approvals = many(20, (i) => ({
  approved: `a${i}`,
  completed: `c${i}`,
  risk_score: i,
  affected_entity_count: 3,
}));

describe('a suggestion', () => {
  it('allows what people approved twenty times, within what they approved', () => {
    const [suggestion, ...more] = suggestRules(approvals, []);
    expect(more).toEqual([]);
    expect(suggestion).toMatchObject({
      kind: 'approvals',
      rule: {
        effect: 'allow',
        agent: 'ran-optimizer',
        action: 'cell_failover',
        enabled: true,
        conditions: [
          { field: 'risk_score', op: '<=', value: 19 },
          { field: 'affected_entity_count', op: '<=', value: 3 },
        ],
      },
      evidence: {
        approved: 20,
        rejected: 0,
        failed: 0,
        executed: 20,
        event_ids: approvals.map((one) => one.approved),
      },
    });
  });

  it('is not made from fewer, or after a rejection, failure or incident', () => {
    expect(suggestRules(approvals.slice(1), [])).toEqual([]);
    for (const trouble of [{ rejected: 'r' }, { failed: 'f' }, { incident: 'i' }])
      expect(
        suggestRules([...approvals, observed(trouble)], []).filter(({ kind }) => kind === 'approvals'),
      ).toEqual([]);
  });

  it('keeps agents and action types apart', () => {
    expect(
      suggestRules(
        approvals.map((one, i) => ({ ...one, agent: i % 2 === 0 ? 'a' : 'b' })),
        [],
      ),
    ).toEqual([]);
    expect(
      suggestRules(
        approvals.map((one, i) => ({ ...one, action_type: i % 2 === 0 ? 'x' : 'y' })),
        [],
      ),
    ).toEqual([]);
  });

  it('limits only figures that were always known', () => {
    expect(
      suggestRules([...approvals, observed({ approved: 'z', risk_score: null })], [])[0]?.rule.conditions,
    ).toEqual([{ field: 'affected_entity_count', op: '<=', value: 3 }]);
  });

  it('denies actions that people keep rejecting, unless they disagree', () => {
    const rejections = many(5, (i) => ({ rejected: `r${i}` }));
    expect(suggestRules(rejections, [])).toMatchObject([
      {
        kind: 'denials',
        rule: { effect: 'deny', conditions: [] },
        evidence: { rejected: 5, event_ids: ['r0', 'r1', 'r2', 'r3', 'r4'] },
      },
    ]);
    expect(suggestRules(rejections.slice(1), [])).toEqual([]);
    expect(suggestRules([...rejections, ...many(2, (i) => ({ approved: `a${i}` }))], [])).toEqual([]);
  });

  it('asks a person about actions that keep failing, not about occasional failures', () => {
    const failures = many(3, (i) => ({ failed: `f${i}`, incident: i === 0 ? 'i0' : null }));
    expect(suggestRules([...failures, ...many(27, (i) => ({ completed: `c${i}` }))], [])).toMatchObject([
      {
        kind: 'incidents',
        rule: { effect: 'needs_approval', approvals_required: 1 },
        evidence: { failed: 3, incidents: 1, executed: 30, event_ids: ['i0', 'f1', 'f2'] },
      },
    ]);
    expect(suggestRules([...failures, ...many(28, (i) => ({ completed: `c${i}` }))], [])).toEqual([]);
  });

  it('never goes above a deny rule, and a stricter one goes above all rules', () => {
    const deny = rule({ id: 'no', effect: 'deny', priority: 50, agent: '*', action: 'cell_failover' });
    const ask = rule({ id: 'ask', effect: 'needs_approval', priority: 500, agent: '*', action: '*' });
    expect(suggestRules(approvals, [ask])[0]?.rule.priority).toBe(501);
    expect(suggestRules(approvals, [deny, ask])[0]?.rule.priority).toBe(49);
    expect(
      suggestRules(
        many(5, (i) => ({ rejected: `r${i}` })),
        [ask],
      )[0]?.rule.priority,
    ).toBe(501);
  });

  it('is not repeated if the active bundle has the rule', () => {
    const made = suggestRules(approvals, [])[0]!.rule;
    expect(suggestRules(approvals, [made])).toEqual([]);
  });

  it('can be drafted unchanged: it passes the lint and decides as described', () => {
    const found = [
      approvals,
      many(5, (i) => ({ rejected: `r${i}`, action_type: 'inbox.quarantine' })),
      many(3, (i) => ({ failed: `f${i}`, action_type: 'planner.deploy' })),
    ].flatMap((actions) => suggestRules(actions, []));
    expect(found).toHaveLength(3);
    const rules = found.map((one) => one.rule);
    const report = lintBundle(JSON.stringify({ version: '1.0.0', rules }), { world: { catalogue } });
    expect(report.findings).toEqual([]);
    const index = new RuleIndex(rules);
    expect(
      index.evaluate('ran-optimizer', 'cell_failover', { risk_score: 19, affected_entity_count: 3 }).rule
        ?.effect,
    ).toBe('allow');
    expect(
      index.evaluate('ran-optimizer', 'cell_failover', { risk_score: 20, affected_entity_count: 3 }).rule,
    ).toBeNull();
    expect(index.evaluate('ran-optimizer', 'inbox.quarantine', {}).rule?.effect).toBe('deny');
  });

  it('becomes a major version if it permits more', () => {
    expect(versionForSuggestion(['1.9.3', '1.10.0', '0.99.0'], 'deny')).toBe('1.11.0');
    expect(versionForSuggestion(['1.9.3', '1.10.0'], 'needs_approval')).toBe('1.11.0');
    expect(versionForSuggestion(['1.9.3', '1.10.0'], 'allow')).toBe('2.0.0');
    expect(versionForSuggestion([], 'deny')).toBe('0.1.0');
    expect(suggestionThresholds).toEqual({
      approvals: 20,
      rejections: 5,
      rejected_pct: 80,
      incidents: 3,
      incidents_pct: 10,
    });
  });
});
