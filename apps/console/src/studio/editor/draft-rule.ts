import { counted } from '../../format.js';
import { freeId, type DraftCondition, type DraftRule } from '../rules.js';

/** The data of an action from which a rule can be drafted. */
export type ApprovedAction = {
  readonly agent: string;
  readonly action_type: string;
  readonly account_id: string;
  readonly affected_entity_count: number;
  readonly parameters: { readonly [name: string]: unknown };
  readonly risk_score: number | undefined;
  /** True if the action was rolled back, or if its rollback failed. */
  readonly failed: boolean;
};
/** A rule that can be added to a draft. */
export type NewRule = {
  readonly id: string;
  readonly agent: string;
  readonly action: string;
  readonly effect: 'allow';
  readonly priority: number;
  readonly enabled: boolean;
  readonly conditions: readonly DraftCondition[];
  readonly reason: string;
  readonly budget: { readonly cost: number; readonly compute: number };
};

type Scalar = string | number | boolean;
const isScalar = (value: unknown): value is Scalar =>
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  (typeof value === 'number' && Number.isFinite(value));

/** Returns the scalar fields of an action by the names that rules use. */
const fieldsOf = (action: ApprovedAction): ReadonlyMap<string, Scalar> => {
  const fields = new Map<string, Scalar>([
    ['account_id', action.account_id],
    ['affected_entity_count', action.affected_entity_count],
  ]);
  if (action.risk_score !== undefined) fields.set('risk_score', action.risk_score);
  for (const [name, value] of Object.entries(action.parameters))
    if (isScalar(value) && !name.includes('.')) fields.set(`parameters.${name}`, value);
  return fields;
};

/**
 * Returns the condition for one field, which never covers more than people approved. It is one
 * value if all actions agree, or else a range of numbers. Risk and entity count get only an upper
 * limit. A field that only some actions have, or with different texts, gives no condition.
 */
const conditionOf = (field: string, values: readonly Scalar[]): readonly DraftCondition[] => {
  const [first] = values;
  const upward = field === 'risk_score' || field === 'affected_entity_count';
  const numbers = values.filter((value) => typeof value === 'number');
  if (numbers.length === values.length) {
    const [least, most] = [Math.min(...numbers), Math.max(...numbers)];
    if (upward) return [{ field, op: '<=', value: most }];
    return least === most
      ? [{ field, op: '==', value: least }]
      : [
          { field, op: '>=', value: least },
          { field, op: '<=', value: most },
        ];
  }
  return values.every((value) => value === first) ? [{ field, op: '==', value: first }] : [];
};

const governs = (rule: DraftRule, agent: string, action: string): boolean =>
  rule.enabled && [agent, '*'].includes(rule.agent) && [action, '*'].includes(rule.action);

/** Returns a priority above the rules that ask, but never above one that denies. */
const priorityOf = (rules: readonly DraftRule[], agent: string, action: string): number => {
  const governing = rules.filter((rule) => governs(rule, agent, action));
  const above = governing
    .filter(({ effect }) => effect !== 'deny')
    .reduce((highest, { priority }) => Math.max(highest, priority + 1), 100);
  const denies = governing.filter(({ effect }) => effect === 'deny').map(({ priority }) => priority - 1);
  return Math.min(1_000_000, above, ...denies);
};

/**
 * Returns an allow rule that covers these approved actions and nothing beyond what they have in
 * common. Returns a string with the reason if there is none. `declared` lists the fields that rules
 * may use for the action type. The result depends only on the arguments.
 */
export const draftRule = (
  actions: readonly ApprovedAction[],
  rules: readonly DraftRule[],
  declared: ReadonlySet<string>,
): NewRule | string => {
  const [first] = actions;
  if (first === undefined) return 'No action was chosen.';
  const { action_type: action } = first;
  if (actions.some((one) => one.action_type !== action))
    return 'The actions have several types. Choose actions of one type.';
  const failed = actions.filter((one) => one.failed).length;
  const agent = actions.every((one) => one.agent === first.agent) ? first.agent : '*';
  const all = actions.map(fieldsOf);
  const conditions = [...(all[0]?.keys() ?? [])]
    .filter((field) => declared.has(field) && all.every((fields) => fields.has(field)))
    .sort()
    .flatMap((field) =>
      conditionOf(
        field,
        all.map((fields) => fields.get(field)).filter((one) => one !== undefined),
      ),
    );
  return {
    id: freeId(rules, `approved-${action}`.replaceAll(/[^A-Za-z0-9_.:-]/g, '-').slice(0, 100)),
    agent,
    action,
    effect: 'allow',
    priority: priorityOf(rules, agent, action),
    enabled: true,
    conditions,
    reason: `Drafted from ${counted(actions.length, 'approval')} by people${
      failed === 0 ? '' : `, ${failed} of them rolled back`
    }`,
    budget: { cost: 1, compute: 1 },
  };
};
