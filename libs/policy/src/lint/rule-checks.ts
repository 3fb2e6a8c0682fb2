import { cutText } from '@interlock/kernel';
import type { JsonValue, Violation } from '@interlock/contracts';
import { operators, type Condition } from '../condition/condition.js';
import { conditionViolations, type FieldCatalogue } from '../condition/field.js';
import type { RuleEffect } from '../rules/rule.js';
import type { FindingDraft } from './finding.js';

/** A rule as submitted. Nothing about its shape is known. */
export type Submitted = { readonly [name: string]: unknown };
export type Placed = { readonly rule: Submitted; readonly pointer: string; readonly id: string };

const leastReason = 10;

/**
 * Returns the fix for a condition with an unclear meaning. An allow rule is removed whole, because
 * without the condition it would allow more. Another rule loses only the condition.
 */
const without = ({ rule, pointer }: Placed, condition: string): FindingDraft['suggestion'] =>
  rule['effect'] === 'deny' || rule['effect'] === 'needs_approval'
    ? {
        text: 'remove the condition: the rule then holds for more requests',
        patch: [{ op: 'remove', path: condition }],
      }
    : {
        text: 'remove the rule: without the condition it would allow more',
        patch: [{ op: 'remove', path: pointer }],
      };

/** The value converted to the field's type; undefined if that is impossible. */
const valueMeant = (value: unknown, types: ReadonlySet<string>): number | boolean | string | undefined => {
  if (
    types.has('number') &&
    typeof value === 'string' &&
    value.trim() !== '' &&
    Number.isFinite(Number(value))
  )
    return Number(value);
  if (types.has('boolean') && (value === 'true' || value === 'false')) return value === 'true';
  return types.has('string') && (typeof value === 'number' || typeof value === 'boolean')
    ? String(value)
    : undefined;
};

const verbs: { readonly [effect in RuleEffect]: string } = {
  allow: 'Allows',
  deny: 'Denies',
  needs_approval: 'Asks for an approval of',
};
/** Common misspellings of operators, and their meaning. */
const meant: { readonly [op: string]: Condition['op'] } = {
  '=>': '>=',
  '=<': '<=',
  '=': '==',
  '===': '==',
  '<>': '!=',
  '!==': '!=',
  gte: '>=',
  lte: '<=',
  gt: '>',
  lt: '<',
  eq: '==',
  ne: '!=',
};

const named = (value: unknown): string => (typeof value === 'string' ? value : shown(value));
const shown = (value: unknown): string => cutText(JSON.stringify(value) ?? 'nothing', 60);
const isOperator = (op: unknown): op is Condition['op'] => operators.includes(op as Condition['op']);
const conditionsOf = ({ conditions }: Submitted): readonly unknown[] =>
  Array.isArray(conditions) ? conditions : [];

const draftReason = ({ effect, action, agent, conditions }: Submitted): string => {
  const when = Array.isArray(conditions)
    ? conditions
        .map(
          (one: { field?: unknown; op?: unknown; value?: unknown }) =>
            `${named(one?.field)} ${named(one?.op)} ${shown(one?.value)}`,
        )
        .join(' and ')
    : '';
  const verb =
    typeof effect === 'string' && Object.hasOwn(verbs, effect) ? verbs[effect as RuleEffect] : 'Governs';
  const text = `${verb} ${named(action)} by ${agent === '*' ? 'every agent' : named(agent)}${when === '' ? '' : ` where ${when}`}`;
  return cutText(text, 1024);
};

/** Rules with the same id, reported once for each id. */
export const duplicateIds = (rules: readonly Placed[]): readonly FindingDraft[] => {
  const seen = new Map<string, Placed[]>();
  for (const placed of rules) {
    if (typeof placed.rule['id'] !== 'string') continue;
    const same = seen.get(placed.id);
    if (same === undefined) seen.set(placed.id, [placed]);
    else same.push(placed);
  }
  const taken = new Set(seen.keys());
  const next = new Map<string, number>();
  const free = (id: string): string => {
    let n = next.get(id) ?? 2;
    while (taken.has(`${id}-${n}`)) n += 1;
    next.set(id, n + 1);
    taken.add(`${id}-${n}`);
    return `${id}-${n}`;
  };
  return [...seen]
    .filter(([, placed]) => placed.length > 1)
    .map(([id, [, ...again]]): FindingDraft => ({
      check: 'duplicate_ids',
      severity: 'error',
      rule_ids: [id],
      pointer: `${again[0]!.pointer}/id`,
      message: `${again.length + 1} rules have the id \`${id}\``,
      suggestion: {
        text: 'give each a name of its own',
        patch: again.map(({ pointer }) => ({ op: 'replace', path: `${pointer}/id`, value: free(id) })),
      },
    }));
};

/** Reasons with fewer than ten characters, surrounding spaces not counted. */
export const missingReasons = (rules: readonly Placed[]): readonly FindingDraft[] =>
  rules.flatMap(({ rule, pointer, id }): readonly FindingDraft[] => {
    const { reason } = rule;
    const length = typeof reason === 'string' ? [...reason.trim()].length : 0;
    if (length >= leastReason) return [];
    return [
      {
        check: 'missing_reasons',
        severity: 'warning',
        rule_ids: [id],
        pointer: reason === undefined ? pointer : `${pointer}/reason`,
        message:
          reason === undefined || length === 0
            ? `rule \`${id}\` gives no reason`
            : `the reason of rule \`${id}\` has ${length} characters, at least ${leastReason} are needed`,
        suggestion: {
          text: 'say why; this is what the rule says itself',
          patch: [
            {
              op: reason === undefined ? 'add' : 'replace',
              path: `${pointer}/reason`,
              value: draftReason(rule),
            },
          ],
        },
      },
    ];
  });

/** Rules that ask for an approval without stating the action's cost. */
export const budgetSanity = (rules: readonly Placed[]): readonly FindingDraft[] =>
  rules
    .filter(({ rule }) => rule['effect'] === 'needs_approval' && rule['budget'] === undefined)
    .map(({ pointer, id }) => ({
      check: 'budget_sanity',
      severity: 'warning',
      rule_ids: [id],
      pointer,
      message: `rule \`${id}\` asks for an approval, but has no budget for whoever approves to go by`,
      suggestion: {
        text: 'state cost and compute',
        patch: [{ op: 'add', path: `${pointer}/budget`, value: { cost: 0, compute: 0 } }],
      },
    }));

export const disabledRules = (rules: readonly Placed[]): readonly FindingDraft[] =>
  rules
    .filter(({ rule }) => rule['enabled'] === false)
    .map(({ pointer, id }) => ({
      check: 'disabled_rules',
      severity: 'info',
      rule_ids: [id],
      pointer: `${pointer}/enabled`,
      message: `rule \`${id}\` is disabled`,
      suggestion: { text: 'remove it, if it is not to come back', patch: [{ op: 'remove', path: pointer }] },
    }));

/** Invalid conditions: operator, field, type. */
export const invalidConditions = (
  rules: readonly Placed[],
  catalogue: FieldCatalogue | undefined,
): readonly FindingDraft[] =>
  rules.flatMap((placed) => {
    const { rule, pointer, id } = placed;
    return conditionsOf(rule).flatMap((condition, i): readonly FindingDraft[] => {
      const at = `${pointer}/conditions/${i}`;
      const faulty = (fault: Violation, mend: FindingDraft['suggestion'] | null = null): FindingDraft => ({
        check: 'invalid_conditions',
        severity: 'error',
        rule_ids: [id],
        pointer: fault.pointer,
        message: `rule \`${id}\`: ${fault.detail}`,
        suggestion: mend ?? without(placed, at),
      });
      const written = (member: string, value: JsonValue | undefined): FindingDraft['suggestion'] | null =>
        value === undefined
          ? null
          : { text: `write \`${shown(value)}\``, patch: [{ op: 'replace', path: `${at}/${member}`, value }] };
      if (typeof condition !== 'object' || condition === null)
        return [faulty({ pointer: at, detail: `\`${shown(condition)}\` is not a condition` })];
      const { field, op, value } = condition as { readonly [name: string]: unknown };
      if (!isOperator(op)) {
        const said = typeof op === 'string' ? op.trim().toLowerCase() : '';
        return [
          faulty(
            {
              pointer: op === undefined ? at : `${at}/op`,
              detail: `\`${shown(op)}\` is not an operator, there are ${operators.join(' ')}`,
            },
            written('op', isOperator(said) ? said : Object.hasOwn(meant, said) ? meant[said] : undefined),
          ),
        ];
      }
      if (typeof field !== 'string' || field === '')
        return [
          faulty({
            pointer: field === undefined ? at : `${at}/field`,
            detail: `\`${shown(field)}\` is not a field`,
          }),
        ];
      if (typeof value !== 'number' && typeof value !== 'string' && typeof value !== 'boolean')
        return [
          faulty({
            pointer: value === undefined ? at : `${at}/value`,
            detail: `\`${shown(value)}\` is not a number, string or boolean`,
          }),
        ];
      if (catalogue === undefined)
        return typeof value === 'number' || op === '==' || op === '!='
          ? []
          : [
              faulty(
                { pointer: `${at}/op`, detail: `\`${op}\` orders numbers, the value is a ${typeof value}` },
                written('value', valueMeant(value, new Set(['number']))),
              ),
            ];
      const actions = [typeof rule['action'] === 'string' ? rule['action'] : '*'];
      return conditionViolations({ field, op, value }, actions, catalogue, at).map((fault) => {
        const declared = [field.trim(), field.trim().toLowerCase(), `parameters.${field.trim()}`].find(
          (one) => one !== field && catalogue.typesOf(one, actions).size === 1,
        );
        if (fault.code === 'unknown-field') return faulty(fault, written('field', declared));
        return faulty(
          fault,
          written(
            'value',
            valueMeant(
              value,
              fault.code === 'operator' ? new Set(['number']) : catalogue.typesOf(field, actions),
            ),
          ),
        );
      });
    });
  });

/** Rules for an unregistered action type, which the registry refuses. */
export const unknownActions = (
  rules: readonly Placed[],
  catalogue: FieldCatalogue | undefined,
): readonly FindingDraft[] =>
  rules.flatMap(({ rule: { action }, pointer, id }): readonly FindingDraft[] => {
    // The schema already reports a value that is not a name.
    if (
      catalogue === undefined ||
      typeof action !== 'string' ||
      !/^[a-z0-9][a-z0-9_.-]{0,62}$/.test(action) ||
      catalogue.actionTypes.has(action)
    )
      return [];
    return [
      {
        check: 'schema',
        severity: 'error',
        rule_ids: [id],
        pointer: `${pointer}/action`,
        message: `rule \`${id}\`: action type \`${action}\` is not registered`,
        suggestion: {
          text: 'remove the rule, which governs nothing, or register the action type',
          patch: [{ op: 'remove', path: pointer }],
        },
      },
    ];
  });
