import { describe, expect, it } from '@jest/globals';
import { systemTenant } from '@interlock/contracts';
import { given } from '@interlock/kernel';
import {
  fieldCatalogue,
  policyDecider,
  shippedPolicy,
  type BesidePolicy,
  type RuleV1,
} from '@interlock/policy';
import { builtInActionTypes } from '@interlock/rails';
import { settingOf } from '../src/changes/settings.js';

if (shippedPolicy.command.kind !== 'CreatePolicy') throw new Error('the built-in policy is created');
const { content, ...shipped } = shippedPolicy.command;
const create = {
  ...shipped,
  content: { ...content, action_types: ['cell_failover'], max_affected_entities: 5 },
};
/** The state before and after a new policy that allows failovers of up to five entities. */
const before = policyDecider.initial;
const after = given(policyDecider, []).when(create).state;

const rule: RuleV1 = {
  id: 'all',
  agent: '*',
  action: '*',
  effect: 'allow',
  priority: 100,
  enabled: true,
  conditions: [],
  reason: 'Everything is allowed',
};
const catalogue = fieldCatalogue(builtInActionTypes);
const beside = (rules: readonly RuleV1[]): BesidePolicy => ({ policies: [], bundles: [rules], catalogue });
/** Beside these rules the policy replaces the approval of a person. */
const asksPeople = beside([]);
/** Beside these rules the policy replaces the tenant's limit of entities. */
const allowsAll = beside([rule]);
const deniesAll = beside([{ ...rule, effect: 'deny' }]);

const of = { category: 'policy', tenant: systemTenant, id: create.policy_id };
const pointers = (...worlds: readonly BesidePolicy[]): readonly string[] | undefined =>
  settingOf(of)!
    .loosens(of, () => worlds)(before, after)
    ?.map(({ pointer }) => pointer);

describe('a policy that loosens beside each set of policies that its service may have seen', () => {
  it('loosens at the pointers that the sets have in common', () => {
    expect(pointers(asksPeople)).toEqual(['/decision']);
    expect(pointers(asksPeople, deniesAll)).toEqual(['/decision']);
  });

  it('loosens although the sets have no pointer in common', () => {
    expect(pointers(allowsAll)).toEqual(['/max_affected_entities']);
    expect(pointers(asksPeople, allowsAll)).toEqual(['/decision']);
    expect(pointers(allowsAll, asksPeople)).toEqual(['/max_affected_entities']);
  });

  it('is not judged if the file lacks the sets', () => expect(pointers()).toBeUndefined());
});
