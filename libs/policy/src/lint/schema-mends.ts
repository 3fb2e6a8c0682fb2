import type { JsonValue, Violation } from '@interlock/contracts';
import { bundleSchema } from '../bundle/schema.js';
import { schemaViolations, type Schema } from '../condition/json-schema.js';
import type { LintFinding, PatchStep } from './finding.js';

type Suggestion = LintFinding['suggestion'];
type Fields = { readonly [name: string]: unknown };
/** The place of a fault: its schema, whether it may be omitted, and its value. */
type Spot = { readonly schema: Schema; readonly optional: boolean; readonly value: unknown };

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const named = (step: string): string => step.replaceAll('~1', '/').replaceAll('~0', '~');
const ruleAt = (pointer: string): { readonly path: string; readonly index: number } | undefined => {
  const match = /^\/rules\/(\d+)/.exec(pointer);
  return match === null ? undefined : { path: match[0], index: Number(match[1]) };
};

const spotOf = (bundle: unknown, pointer: string): Spot | undefined => {
  let spot: Spot = { schema: bundleSchema, optional: false, value: bundle };
  for (const step of pointer.split('/').slice(1).map(named)) {
    const { schema, value } = spot;
    if (schema.items !== undefined)
      spot = {
        schema: schema.items,
        optional: true,
        value: Array.isArray(value) ? value[Number(step)] : undefined,
      };
    else {
      const member =
        schema.properties !== undefined && Object.hasOwn(schema.properties, step)
          ? schema.properties[step]
          : undefined;
      if (member === undefined) return undefined;
      spot = {
        schema: member,
        optional: schema.required?.includes(step) !== true,
        value: isFields(value) ? value[step] : undefined,
      };
    }
  }
  return spot;
};

const cut = (text: string, most = Infinity): string => [...text].slice(0, most).join('');
const asName = (text: string): string =>
  cut(
    text
      .trim()
      .toLowerCase()
      .replaceAll(/[^a-z0-9_.-]+/g, '_')
      .replace(/^[^a-z0-9]+/, ''),
    63,
  );

/** The nearest value that the schema accepts, by member. */
const nearest: { readonly [member: string]: (value: unknown, index: number) => JsonValue } = {
  version: (value) => {
    const [major = '1', minor = '0', patch = '0'] =
      /(\d{1,4})(?:\.(\d{1,4}))?(?:\.(\d{1,4}))?/.exec(String(value))?.slice(1) ?? [];
    return [major, minor, patch].map(Number).join('.');
  },
  id: (value, index) =>
    cut(
      String(value)
        .trim()
        .replaceAll(/[^A-Za-z0-9_.:-]+/g, '-')
        .replace(/^[^A-Za-z0-9]+/, ''),
      128,
    ) || `rule-${index + 1}`,
  agent: (value) => asName(String(value)),
  action: (value) => asName(String(value)),
  team: (value) => asName(String(value)).replaceAll('.', '_'),
  effect: (value) => {
    const meant = asName(String(value)).replaceAll(/[.-]/g, '_');
    return (
      ((
        {
          permit: 'allow',
          allowed: 'allow',
          approve: 'needs_approval',
          approval: 'needs_approval',
          require_approval: 'needs_approval',
        } as Fields
      )[meant] as string | undefined) ?? meant
    );
  },
};
/**
 * The strictest value, by member, for values whose meaning cannot be guessed. A deny or ask rule
 * may match more than intended. An allow rule may not, and is removed if unclear.
 */
const strictest: { readonly [member: string]: (index: number, allows: boolean) => JsonValue | undefined } = {
  version: () => '1.0.0',
  rules: () => [],
  id: (index) => `rule-${index + 1}`,
  effect: () => 'deny',
  priority: () => 0,
  enabled: (_, allows) => !allows,
  agent: (_, allows) => (allows ? undefined : '*'),
  action: (_, allows) => (allows ? undefined : '*'),
  conditions: (_, allows) => (allows ? undefined : []),
};
const allowsAt = (bundle: unknown, index: number): boolean => {
  const rules = isFields(bundle) ? bundle['rules'] : undefined;
  const effect = Array.isArray(rules) && isFields(rules[index]) ? rules[index]['effect'] : undefined;
  return effect !== 'deny' && effect !== 'needs_approval';
};

const numberMeant = ({ minimum = -Infinity, maximum = Infinity, type }: Schema, value: unknown): number => {
  const number = Math.min(
    maximum,
    Math.max(minimum, typeof value === 'string' && value.trim() === '' ? NaN : Number(value)),
  );
  return type === 'integer' ? Math.round(number) : number;
};

const candidates = (
  member: string,
  { schema, value }: Spot,
  index: number,
  allows: boolean,
): readonly unknown[] => [
  ...(typeof value === 'string' || typeof value === 'number' ? [numberMeant(schema, value)] : []),
  ...(value === 'true' || value === 'false' ? [value === 'true'] : []),
  ...(isFields(value) || Array.isArray(value) || value === null || value === undefined
    ? []
    : [nearest[member]?.(value, index), cut(String(value), schema.maxLength)]),
  strictest[member]?.(index, allows),
];

const removeRule = (path: string, why: string): Suggestion => ({
  text: `remove the rule: ${why}`,
  patch: [{ op: 'remove', path }],
});

const tooMany = (spot: Spot, pointer: string, allows: boolean): Suggestion => {
  const rule = ruleAt(pointer);
  if (rule !== undefined && allows)
    return removeRule(
      rule.path,
      'it has more conditions than a rule may have, and would allow more without some',
    );
  const rules = spot.value as readonly unknown[];
  if (rule !== undefined)
    return {
      text: 'keep the first conditions only: the rule then holds for more requests',
      patch: [{ op: 'replace', path: pointer, value: rules.slice(0, spot.schema.maxItems) as JsonValue }],
    };
  const priorityOf = (one: unknown): number =>
    isFields(one) && typeof one['priority'] === 'number' ? one['priority'] : -Infinity;
  const kept = new Set(
    rules
      .map((_, i) => i)
      .toSorted((a, b) => priorityOf(rules[b]) - priorityOf(rules[a]) || a - b)
      .slice(0, spot.schema.maxItems),
  );
  const patch = rules
    .flatMap((_, i): PatchStep[] => (kept.has(i) ? [] : [{ op: 'remove', path: `/rules/${i}` }]))
    .toReversed();
  return { text: `remove the ${patch.length} rules of the lowest priority`, patch };
};

/**
 * Returns the fix for a fault against the bundle's schema: the nearest valid value, else no value
 * if it is optional, else the strictest value, else the removal of the rule. INVARIANT: no fix
 * makes a bundle allow more than it states.
 */
export const schemaMend = (bundle: unknown, { pointer, code }: Violation): Suggestion => {
  if (pointer === '')
    return {
      text: 'begin with an empty bundle',
      patch: [{ op: 'replace', path: '', value: { version: '1.0.0', rules: [] } }],
    };
  if (code === 'additional') return { text: 'remove the member', patch: [{ op: 'remove', path: pointer }] };
  const spot = spotOf(bundle, pointer);
  const rule = ruleAt(pointer);
  const remove: Suggestion = { text: 'remove it', patch: [{ op: 'remove', path: pointer }] };
  if (spot === undefined)
    return rule === undefined ? remove : removeRule(rule.path, 'what it says can not be read');
  const allows = allowsAt(bundle, rule?.index ?? -1);
  if (code === 'max-items') return tooMany(spot, pointer, allows);
  const member = named(pointer.slice(pointer.lastIndexOf('/') + 1));
  // A deferral is a denial, so the effect stays and the misplaced time is removed.
  if (code === 'enum' && member === 'effect' && schemaViolations(spot.schema, spot.value).length === 0)
    return {
      text: 'remove the time after which it may be tried again: only a denial has one',
      patch: [{ op: 'remove', path: `${rule!.path}/retry_after_s` }],
    };
  const value = candidates(member, spot, rule?.index ?? 0, allows).find(
    (one) => one !== undefined && schemaViolations(spot.schema, one).length === 0,
  ) as JsonValue | undefined;
  if (value !== undefined)
    return {
      text: `write \`${cut(JSON.stringify(value), 60)}\``,
      patch: [{ op: code === 'required' ? 'add' : 'replace', path: pointer, value }],
    };
  if (spot.optional && code !== 'required' && !pointer.includes('/conditions')) return remove;
  return rule === undefined ? remove : removeRule(rule.path, 'nobody can tell what it is about');
};
