import type { ActionIntentV1 } from '@interlock/contracts';
import type { ContextField } from '@interlock/policy';
import { counted } from '../../format.js';
import { freeId, type DraftCondition, type DraftRule } from '../rules.js';

/** The data of an action from which a rule can be drafted. */
export type ApprovedAction = {
  readonly agent: string;
  readonly action_type: string;
  readonly account_id: string;
  readonly entity_id: string;
  readonly dry_run: boolean;
  readonly affected_entity_count: number;
  readonly parameters: { readonly [name: string]: unknown };
  readonly risk_score: number | undefined;
  /** True if the action was rolled back, or if its rollback failed. */
  readonly failed: boolean;
};
/** A rule that can be added to a draft. */
type NewRule = {
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

/**
 * The fields of an intent that rules can use, but that the API does not return with an action. A
 * draft cannot limit them. A new field of an intent does not compile until it is listed here or in
 * `ApprovedAction`.
 */
const unknown: {
  readonly [
    F in Exclude<keyof ActionIntentV1 & ContextField, keyof ApprovedAction | 'intent_id' | 'tenant_id'>
  ]: true;
} = {
  confidence_score: true,
  estimated_compute: true,
  estimated_cost: true,
  external_contact: true,
  incident_id: true,
  lifecycle_state: true,
  risk_level: true,
  trigger_type: true,
};

/** Adds the scalars of nested objects by dotted path, as the context of a decision has them. */
const addScalars = (
  value: object,
  prefix: string,
  into: Map<string, Scalar>,
  depth = 0,
): Map<string, Scalar> => {
  for (const [name, member] of Object.entries(value) as [string, unknown][]) {
    if (name.includes('.')) continue;
    if (isScalar(member)) into.set(`${prefix}.${name}`, member);
    else if (typeof member === 'object' && member !== null && !Array.isArray(member) && depth < 8)
      addScalars(member, `${prefix}.${name}`, into, depth + 1);
  }
  return into;
};

/** Returns the scalar fields of an action by the names that rules use. */
const fieldsOf = (action: ApprovedAction): ReadonlyMap<string, Scalar> => {
  const fields = new Map<string, Scalar>([
    ['account_id', action.account_id],
    ['entity_id', action.entity_id],
    ['affected_entity_count', action.affected_entity_count],
  ]);
  if (action.dry_run) fields.set('dry_run', true);
  if (action.risk_score !== undefined) fields.set('risk_score', action.risk_score);
  return addScalars(action.parameters, 'parameters', fields);
};

/**
 * Returns the condition for one field: one value if all actions agree, or else a range of numbers.
 * Risk and entity count get only an upper limit. Different texts give no condition.
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

/** A drafted rule, and the fields of an intent that it does not limit. */
export type Drafted = { readonly rule: NewRule; readonly open: readonly string[] };

/**
 * Returns an allow rule that covers these approved actions. It limits each field that all of them
 * have to the values that were approved. It is broader than the approvals in every other field,
 * which `open` lists: one that only some actions have, that has different texts, or that the API
 * does not return. Returns a string with the reason if there is no rule. `declared` lists the
 * fields that rules may use for the action type. The result depends only on the arguments.
 */
export const draftRule = (
  actions: readonly ApprovedAction[],
  rules: readonly DraftRule[],
  declared: ReadonlySet<string>,
): Drafted | string => {
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
  const limited = new Set(conditions.map(({ field }) => field));
  const known = new Set(all.flatMap((fields) => [...fields.keys()]));
  const open = [...known, ...Object.keys(unknown), ...(agent === '*' ? ['agent'] : [])];
  const rule: NewRule = {
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
  return { rule, open: open.filter((field) => !limited.has(field)).sort() };
};
