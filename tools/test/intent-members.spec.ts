import 'reflect-metadata';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, it } from '@jest/globals';
import { faultsOf, type IntentMemberName } from '@interlock/platform';

import { root } from '../run/node.mjs';

type Class = new () => object;
const classesOf = async (file: string): Promise<{ readonly [name: string]: Class }> =>
  (await import(pathToFileURL(join(root, 'apps', file)).href)) as { readonly [name: string]: Class };
const intake = await classesOf('safety-rails/src/intents/intent.dto.ts');
const evaluator = await classesOf('policy-evaluator/src/evaluate.dto.ts');
const twin = await classesOf('digital-twin/src/twin.dto.ts');
const ActionIntentDto = intake['ActionIntentDto']!;

const long = (length: number): string => 'x'.repeat(length);
const badName = ['', 'A b', long(64), 'ünits', 7, null];
const badText = (most: number): readonly unknown[] => ['', long(most + 1), 7, null];
const badAmount = [-1, Number.NaN, Number.POSITIVE_INFINITY, '1', null];
const badFlag = ['true', 1, null];

/** Values that the published rule of each member refuses. */
const bad: { readonly [member in IntentMemberName]: readonly unknown[] } = {
  intent_id: ['', long(129), 'a\u202eb', 7, null],
  tenant_id: ['', 'a.b', 'Demo', long(64), null],
  account_id: badName,
  agent: badName,
  agent_model: ['', long(129), 'a\u202eb', null],
  agent_model_version: ['', long(129), 'a\nb', null],
  action_type: badName,
  entity_id: ['', long(257), 'a\u0007b', 7, null],
  parameters: ['', 7, [], null],
  affected_entity_count: [-1, 1.5, 1_000_000_001, '1', null],
  confidence_score: [-0.1, 1.1, Number.NaN, '1', null],
  risk_level: ['', 'low', 7, null],
  lifecycle_state: badText(64),
  external_contact: badFlag,
  trigger_type: badName,
  incident_id: badText(128),
  estimated_cost: badAmount,
  estimated_compute: badAmount,
  not_after: ['', 'tomorrow', 7, null],
  requested_by: badText(256),
  dry_run: badFlag,
  traceparent: ['', '00-1-2-3', long(64), null],
};
const cases = Object.entries(bad).flatMap(([member, values]) =>
  values.map((value): readonly [string, unknown] => [member, value]),
);

const faultOf = (Class: Class, member: string, value: unknown): readonly string[] =>
  faultsOf(Object.assign(new Class(), { [member]: value }), { strict: true })
    .filter(({ pointer }) => pointer === `/${member}`)
    .map(({ detail }) => detail);
const isDeclared = (Class: Class, member: string): boolean =>
  !faultOf(Class, member, undefined).includes('is not known here') &&
  !faultOf(Class, member, 'x').includes('is not known here');

/** The messages that carry members of an intent, and the members that each must declare. */
const messages: readonly (readonly [string, Class, readonly string[]])[] = [
  ['an evaluation', evaluator['EvaluateIntentDto']!, Object.keys(bad)],
  [
    'an auto-approval',
    evaluator['AutoApproveRequestDto']!,
    [
      'tenant_id',
      'account_id',
      'action_type',
      'confidence_score',
      'risk_level',
      'lifecycle_state',
      'external_contact',
    ],
  ],
  [
    'a prediction',
    twin['PredictBody']!,
    ['action_type', 'entity_id', 'parameters', 'affected_entity_count', 'trigger_type', 'incident_id'],
  ],
];

it('the intake refuses every bad value of a member', () => {
  expect(cases.filter(([member, value]) => faultOf(ActionIntentDto, member, value).length === 0)).toEqual([]);
});

describe.each(messages)('the intent in %s', (_, Class, members) => {
  it('declares its members of an intent', () => {
    expect(
      Object.keys(bad)
        .filter((member) => isDeclared(Class, member))
        .sort(),
    ).toEqual([...members].sort());
  });

  it('refuses the same values as the intake, in the same words', () => {
    for (const [member, value] of cases)
      if (members.includes(member))
        expect([member, value, faultOf(Class, member, value)]).toEqual([
          member,
          value,
          faultOf(ActionIntentDto, member, value),
        ]);
  });
});
