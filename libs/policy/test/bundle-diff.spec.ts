import { describe, expect, it } from '@jest/globals';
import { diffBundles, normalBundle, semanticDiff, worldOf, type RuleV1 } from '../src/index.js';
import { catalogue, rule } from './samples.js';

describe('the differences word for word', () => {
  const bundle = (notes: string, ...rules: readonly RuleV1[]) =>
    normalBundle({ version: '1.0.0', rules, notes });

  it('is named field by field', () => {
    const found = diffBundles(
      bundle(
        'old',
        rule({ id: 'keep' }),
        rule({ id: 'change', budget: { cost: 1, compute: 0 } }),
        rule({ id: 'gone' }),
      ),
      bundle(
        'new',
        rule({ id: 'new' }),
        rule({ id: 'change', effect: 'deny', approvals_required: 2 }),
        rule({ id: 'keep' }),
      ),
    );
    expect([found.added, found.removed, found.modified, found.unchanged]).toEqual([
      ['new'],
      ['gone'],
      ['change'],
      ['keep'],
    ]);
    expect(found.changes).toEqual([
      {
        rule_id: 'change',
        fields: [
          { field: 'effect', from: 'allow', to: 'deny' },
          { field: 'budget', from: { cost: 1, compute: 0 }, to: null },
          { field: 'approvals_required', from: null, to: 2 },
        ],
      },
    ]);
    expect(found.fields).toEqual([{ field: 'notes', from: 'old', to: 'new' }]);
    expect([found.added_rules.map(({ id }) => id), found.removed_rules.map(({ id }) => id)]).toEqual([
      ['new'],
      ['gone'],
    ]);
  });

  it('is nothing between equal bundles', () => {
    const same = bundle('n', rule({ id: 'a' }));
    expect(diffBundles(same, same)).toMatchObject({
      added: [],
      removed: [],
      modified: [],
      unchanged: ['a'],
      changes: [],
      fields: [],
    });
    expect(semanticDiff(same.rules, same.rules, worldOf(catalogue))).toEqual({
      changed: 'no',
      more_permissive: 'no',
      more_restrictive: 'no',
      examples: [],
      truncated: false,
    });
  });

  it('limits the examples and reports the limit', () => {
    const [before, after] = [
      [rule({ id: 'a', effect: 'deny', conditions: [{ field: 'risk_score', op: '<', value: 40 }] })],
      [rule({ id: 'a', conditions: [{ field: 'risk_score', op: '>', value: 20 }] })],
    ];
    const all = semanticDiff(before, after, worldOf(catalogue));
    expect(all.examples.length).toBeGreaterThan(2);
    expect(semanticDiff(before, after, worldOf(catalogue), 2)).toMatchObject({
      changed: 'yes',
      truncated: true,
      examples: all.examples.slice(0, 2),
    });
  });
});
