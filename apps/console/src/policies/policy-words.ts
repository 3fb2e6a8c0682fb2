import { policyContentFields } from '@interlock/contracts';
import type { Schema } from '@interlock/api-types';
import { counted, durationText, numberText, plainValue, sentence } from '../format.js';
import type { Kind, GlyphName } from '../ui/kinds.js';

export type Policy = Schema<'PolicyDto'>;
export type PolicyVersion = Schema<'PolicyVersionDto'>;
type Condition = { readonly field: string; readonly op: string; readonly value: unknown };
type Look = { readonly kind: Kind; readonly glyph: GlyphName; readonly word: string };

export const conditionText = (conditions: readonly Condition[]): string =>
  conditions.length === 0
    ? 'always'
    : conditions.map(({ field, op, value }) => `${field} ${op} ${plainValue(value)}`).join(' and ');

const decisions: { readonly [decision: string]: Look } = {
  ALLOW: { kind: 'green', glyph: 'ok', word: 'ALLOW' },
  allow: { kind: 'green', glyph: 'ok', word: 'allow' },
  DENY: { kind: 'red', glyph: 'oct', word: 'DENY' },
  deny: { kind: 'red', glyph: 'oct', word: 'deny' },
  CONFIRM: { kind: 'yellow', glyph: 'clk', word: 'CONFIRM' },
  NEEDS_APPROVAL: { kind: 'yellow', glyph: 'hold', word: 'NEEDS_APPROVAL' },
  needs_approval: { kind: 'yellow', glyph: 'hold', word: 'needs approval' },
  ABSTAIN: { kind: 'unk', glyph: 'minus', word: 'abstains' },
};
export const lookOfDecision = (decision: string): Look =>
  decisions[decision] ?? { kind: 'unk', glyph: 'none', word: decision };

const verbs: { readonly [D in Policy['decision']]: string } = {
  ALLOW: 'Allows',
  DENY: 'Denies',
  CONFIRM: 'Asks to confirm',
};

/**
 * Says when a policy opens a confirmation window and how it ends; empty if the policy opens none.
 */
const windowSentence = ({
  decision,
  confirm_above_entities: above,
  confirmation_window_s: window,
  on_elapse: elapse,
}: Policy | PolicyVersion): string => {
  const length =
    window === null ? 'a window of the default length' : `a window of ${durationText(window * 1000)}`;
  const end = `An action that nobody confirms ${elapse === 'proceed' ? 'proceeds' : 'expires'}.`;
  if (decision === 'CONFIRM') return ` It opens ${length}. ${end}`;
  return decision === 'DENY' || above === null
    ? ''
    : ` Above ${counted(above, 'entity', 'entities')} it opens ${length}. ${end}`;
};

/**
 * Describes a policy in sentences: `Allows cell_failover where device.level >= 2, for at most 10
 * entities.` Pure.
 */
export const policySentence = (policy: Policy | PolicyVersion): string => {
  const { action_types: types, conditions, max_affected_entities: most, min_confidence: confidence } = policy;
  const limits = [
    ...(most === null ? [] : [`for at most ${counted(most, 'entity', 'entities')}`]),
    ...(confidence === null ? [] : [`with confidence from ${numberText(confidence)}`]),
  ];
  return [
    verbs[policy.decision],
    types.includes('*') ? 'every action type' : types.join(', '),
    ...(conditions.length === 0 ? [] : [`where ${conditionText(conditions)}`]),
  ]
    .join(' ')
    .concat(limits.length === 0 ? '.' : `, ${limits.join(' ')}.`, windowSentence(policy));
};

/** Returns the content of a policy as the text to edit. Pure. */
export const policyDocument = (policy: Policy | PolicyVersion): string =>
  JSON.stringify(Object.fromEntries(policyContentFields.map((name) => [name, policy[name]])), null, 2);

/** The initial text of a new policy. */
export const newDocument = JSON.stringify(
  {
    name: 'At most three cells at once',
    action_types: ['cell_failover'],
    conditions: [],
    decision: 'ALLOW',
    max_affected_entities: 3,
    min_confidence: null,
    confirmation_window_s: null,
    confirm_above_entities: null,
    on_elapse: 'proceed',
  },
  null,
  2,
);

/** Says how a version was made. Pure. */
export const versionText = ({ version, changed, restored_version: restored }: PolicyVersion): string => {
  if (version === 1) return 'made';
  if (restored !== null) return `restored version ${restored}`;
  return changed.length === 0
    ? 'changed nothing'
    : `changed ${changed.map((name) => sentence(name).toLowerCase()).join(', ')}`;
};

const strictness: { readonly [D in Policy['decision']]: number } = { ALLOW: 0, CONFIRM: 1, DENY: 2 };

/** Returns 1 if the later limit is looser, -1 if it is stricter, 0 if it is the same. */
const looser = (from: number | null, to: number | null, none: number): number =>
  Math.sign((to ?? none) - (from ?? none));

type Compared = Pick<
  PolicyVersion,
  'decision' | 'max_affected_entities' | 'min_confidence' | 'conditions' | 'action_types'
>;

/**
 * Says in which direction a later version moves, by the fields whose direction is certain. Which
 * conditions or types are looser depends on the requests, so that is left open. Pure.
 */
export const directionText = (from: Compared, to: Compared): string => {
  const signs = [
    Math.sign(strictness[from.decision] - strictness[to.decision]),
    looser(from.max_affected_entities, to.max_affected_entities, Number.MAX_SAFE_INTEGER),
    -looser(from.min_confidence, to.min_confidence, 0),
  ].filter((sign) => sign !== 0);
  const open = (['conditions', 'action_types'] as const).some(
    (name) => JSON.stringify(from[name]) !== JSON.stringify(to[name]),
  );
  if (signs.length === 0)
    return open ? 'Other conditions: try requests to see which way it moved.' : 'As strict as before.';
  const all = signs.every((sign) => sign === 1)
    ? 'More permissive'
    : signs.every((sign) => sign === -1)
      ? 'Stricter'
      : 'Looser in part, stricter in part';
  return `${all}${open ? ' by its limits; its conditions changed too' : ''}.`;
};

/** Says which of the two layers decides. Pure. */
export const stricterText = (policies: string, bundle: string): string => {
  const order = ['ABSTAIN', 'ALLOW', 'CONFIRM', 'NEEDS_APPROVAL', 'DENY'];
  if (policies === bundle) return `Policies and bundle both say ${policies}.`;
  if (policies === 'ABSTAIN') return `The policies do not speak of it; the bundle says ${bundle}.`;
  if (bundle === 'ABSTAIN') return `The bundle does not speak of it; the policies say ${policies}.`;
  const counts = order.indexOf(policies) > order.indexOf(bundle) ? policies : bundle;
  return `Policies say ${policies}, the bundle says ${bundle}: ${counts} is stricter and counts.`;
};
