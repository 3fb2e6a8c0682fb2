import type { LintOptions, RuleV1 } from '../src/index.js';
import { catalogue, rule } from './samples.js';

export const risk = (op: string, value: unknown) => ({ field: 'risk_score', op, value });
export const of = (...rules: readonly object[]) => ({ version: '1.0.0', rules });
export const known: LintOptions = { world: { catalogue } };
const invariant = {
  id: 'quiet',
  description: 'no quarantine of senders',
  never: 'ALLOW' as const,
  agent: '*',
  action: 'inbox.quarantine',
  conditions: [],
};
const many = (from: number, effect: RuleV1['effect'], priority: number, total: number) =>
  Array.from({ length: total }, (_, i) => rule({ id: `${effect}-${from + i}`, effect, priority }));
const odd = (member: string, value: unknown): object => ({ ...rule(), [member]: value });
const lacking = (member: string, over: object = {}): object =>
  Object.fromEntries(Object.entries({ ...rule(), ...over }).filter(([name]) => name !== member));

export const corpus: readonly (readonly [string, unknown, LintOptions])[] = [
  [
    'rules of one id',
    of(rule({ id: 'a', agent: 'x' }), rule({ id: 'a', agent: 'y' }), rule({ id: 'a', agent: 'z' })),
    {},
  ],
  [
    'reasons',
    of(rule({ reason: 'short' }), lacking('reason', { id: 'b', agent: 'x' }), odd('reason', 5)),
    {},
  ],
  [
    'conflicts',
    of(rule({ id: 'a' }), rule({ id: 'b', effect: 'deny', conditions: [risk('>=', 80)] as never })),
    {},
  ],
  [
    'conflicts at the highest priority',
    of(
      rule({ id: 'a', priority: 1_000_000 }),
      rule({ id: 'b', effect: 'deny', priority: 1_000_000, conditions: [risk('>=', 80)] as never }),
    ),
    {},
  ],
  ['more conflicts than are listed', of(...many(0, 'allow', 5, 40), ...many(0, 'deny', 5, 40)), {}],
  [
    'rules that are never reached, or never match',
    of(
      rule({ id: 'a' }),
      rule({ id: 'b', priority: 1 }),
      rule({ id: 'c', priority: 500, conditions: [risk('>', 5), risk('<', 5)] as never }),
    ),
    {},
  ],
  ['budgets', of(rule({ effect: 'needs_approval' })), {}],
  ['disabled rules', of(rule({ enabled: false })), {}],
  [
    'an allow that is overridden by a condition',
    of(
      rule({ id: 'a' }),
      rule({ id: 'b', effect: 'deny', priority: 200, conditions: [risk('>=', 80)] as never }),
    ),
    {},
  ],
  [
    'an allow that is overridden by two',
    of(
      rule({ id: 'a', conditions: [risk('<', 90)] as never }),
      rule({ id: 'b', effect: 'deny', priority: 200, conditions: [risk('>=', 80), risk('<', 90)] as never }),
      rule({
        id: 'c',
        effect: 'deny',
        priority: 300,
        conditions: [{ field: 'agent', op: '==', value: 'x' }],
      }),
    ),
    {},
  ],
  [
    'an allow that is overridden for one agent',
    of(rule({ id: 'a' }), rule({ id: 'b', effect: 'deny', priority: 200, agent: 'x' })),
    {},
  ],
  [
    'an allow that is overridden by many',
    of(
      rule({ id: 'a' }),
      ...Array.from({ length: 7 }, (_, i) =>
        rule({ id: `d${i}`, effect: 'deny', priority: 200, conditions: [risk('==', i + 1)] as never }),
      ),
    ),
    {},
  ],
  [
    'a deny that is overridden',
    of(
      rule({ id: 'a', effect: 'deny' }),
      rule({ id: 'b', priority: 200, conditions: [risk('<', 20)] as never }),
    ),
    {},
  ],
  [
    'a deny that is overridden at the highest priority',
    of(
      rule({ id: 'a', effect: 'deny' }),
      rule({ id: 'b', priority: 1_000_000, conditions: [risk('<', 20)] as never }),
    ),
    {},
  ],
  [
    'operators',
    of(
      ...['=>', 'GTE', ' >= ', '~', 5, null, undefined].map((op, i) =>
        rule({
          id: `r${i}`,
          agent: `x${i}`,
          effect: i % 2 === 0 ? 'allow' : 'deny',
          conditions: [risk(op as string, 5)] as never,
        }),
      ),
    ),
    known,
  ],
  [
    'fields',
    of(
      ...['Risk_Score', 'power_raise_db', 'no.such', '', 5, undefined].map((field, i) =>
        rule({
          id: `r${i}`,
          agent: `x${i}`,
          action: 'cell_failover',
          effect: i % 2 === 0 ? 'allow' : 'deny',
          conditions: [{ field, op: '==', value: 5 }] as never,
        }),
      ),
    ),
    known,
  ],
  [
    'values',
    of(
      ...['5', 'five', true, null, [], {}, undefined].map((value, i) =>
        rule({
          id: `r${i}`,
          agent: `x${i}`,
          effect: i % 2 === 0 ? 'allow' : 'needs_approval',
          conditions: [risk('>=', value)] as never,
        }),
      ),
    ),
    known,
  ],
  [
    'values of other types',
    of(
      rule({ id: 'a', conditions: [{ field: 'posture', op: '==', value: 5 }] as never }),
      rule({ id: 'b', agent: 'x', conditions: [{ field: 'dry_run', op: '==', value: 'true' }] as never }),
      rule({ id: 'c', agent: 'y', conditions: [{ field: 'posture', op: '>', value: 'RED' }] as never }),
    ),
    known,
  ],
  [
    'values without a catalogue',
    of(
      rule({ id: 'a', conditions: [risk('>=', '5')] as never }),
      rule({ id: 'b', agent: 'x', conditions: [risk('<', 'low')] as never }),
      odd('conditions', [5, 'x', null]),
    ),
    {},
  ],
  [
    'members of conditions',
    of(
      rule({
        conditions: [
          { ...risk('>=', 5), also: 1 },
          { field: 'x'.repeat(300), op: '==', value: 'y'.repeat(2000) },
        ] as never,
      }),
    ),
    {},
  ],
  ['action types', of(rule({ action: 'warp_drive' }), rule({ id: 'b', action: 'Warp Drive' })), known],
  [
    'members that are missing',
    of(
      ...['id', 'agent', 'action', 'effect', 'priority'].flatMap((member) => [
        lacking(member, { id: `m-${member}` }),
        lacking(member, { id: `d-${member}`, effect: 'deny' }),
      ]),
    ),
    {},
  ],
  [
    'members of other types',
    of(
      ...Object.keys(rule()).flatMap((member) =>
        [null, 5, 'x y', true, [], {}].flatMap((value) => [
          odd(member, value),
          { ...odd(member, value), ...(member === 'effect' ? {} : { effect: 'deny' }) },
        ]),
      ),
    ),
    {},
  ],
  [
    'members out of range',
    of(
      odd('priority', 5e6),
      odd('priority', 1.5),
      odd('priority', '7'),
      odd('reason', 'x'.repeat(2000)),
      odd('budget', { cost: -1, compute: 'x', other: 1 }),
      odd('approvals_required', 7),
      odd('id', 'ä b/c'),
      odd('id', '!'),
      odd('agent', 'Ann B'),
      odd('enabled', 'false'),
    ),
    {},
  ],
  ['a deferral that denies nothing', of({ ...rule(), retry_after_s: 60 }), {}],
  ['members that are not known', { ...of({ ...rule(), 'a/b': 1, 'c~d': 2 }), more: true }, {}],
  [
    'too many conditions',
    of(
      ...(['allow', 'deny'] as const).map((effect) =>
        rule({
          id: effect,
          effect,
          conditions: Array.from({ length: 65 }, (_, i) => risk('!=', i + 1)) as never,
        }),
      ),
    ),
    {},
  ],
  ['what is not a bundle', [5], {}],
  ['rules that are none', of(null as never, 5 as never, 'x' as never, [] as never), {}],
  ['rules that are no list', { version: '1.0.0', rules: 'x' }, {}],
  ['no rules', { version: '1.0.0' }, {}],
  ['versions', { version: 'v2.1', rules: [] }, {}],
  ['a version that is none', { version: { a: 1 }, rules: [] }, {}],
  ['notes', { version: '1.0.0', rules: [], notes: 'x'.repeat(20_000), metadata: 5, team: 'My Team' }, {}],
  ['an invariant', of(rule({ action: 'inbox.quarantine' })), { invariants: [invariant] }],
  [
    'an invariant against denials',
    of(rule({ action: 'inbox.quarantine', effect: 'deny' })),
    { invariants: [{ ...invariant, never: 'DENY' }] },
  ],
  [
    'an invariant against approvals',
    of(rule({ action: 'inbox.quarantine', effect: 'needs_approval', budget: { cost: 1, compute: 1 } })),
    { invariants: [{ ...invariant, never: 'NEEDS_APPROVAL' }] },
  ],
  [
    'a version that allows more',
    { version: '1.5.0', rules: [rule()] },
    { previous: { version: '1.4.0', rules: [] } },
  ],
];
