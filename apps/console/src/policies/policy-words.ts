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

/** When a policy opens a confirmation window, and how that ends; nothing where it opens none. */
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
 * What a policy does, as sentences: `Allows cell_failover where device.level >= 2, for at most 10
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

/** The content of a policy as the text that is edited. Pure. */
export const policyDocument = (policy: Policy | PolicyVersion): string =>
  JSON.stringify(Object.fromEntries(policyContentFields.map((name) => [name, policy[name]])), null, 2);

/** The text with which a new policy begins. */
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

/** How a version came to be, in words. Pure. */
export const versionText = ({ version, changed, restored_version: restored }: PolicyVersion): string => {
  if (version === 1) return 'made';
  if (restored !== null) return `restored version ${restored}`;
  return changed.length === 0
    ? 'changed nothing'
    : `changed ${changed.map((name) => sentence(name).toLowerCase()).join(', ')}`;
};
