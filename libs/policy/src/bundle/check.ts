import { sealedBy, type Violation } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';
import { bundleSchema } from './schema.js';
import { conditionViolations, type FieldCatalogue } from '../condition/field.js';
import { schemaViolations } from '../condition/json-schema.js';
import { normalBundle, type BundleContent, type BundleInput, type RuleInput } from '../rules/rule.js';

const isRuleShaped = (rule: unknown): rule is RuleInput =>
  typeof rule === 'object' && rule !== null && !Array.isArray(rule);

/**
 * Returns duplicate ids, reported at every place after the first. It also works on content that the
 * schema refuses.
 */
const duplicateIds = (rules: readonly unknown[]): Violation[] => {
  const first = new Map<string, number>();
  return rules.flatMap((rule, i): Violation[] => {
    if (!isRuleShaped(rule) || typeof rule.id !== 'string') return [];
    const before = first.get(rule.id);
    if (before === undefined) first.set(rule.id, i);
    return before === undefined
      ? []
      : [
          {
            pointer: `/rules/${i}/id`,
            code: 'duplicate-id',
            detail: `rule id \`${rule.id}\` is that of rule ${before} already`,
          },
        ];
  });
};

const ruleMeaning = (rule: RuleInput, i: number, catalogue: FieldCatalogue): Violation[] => {
  const violations: Violation[] = [];
  if (rule.action !== '*' && !catalogue.actionTypes.has(rule.action)) {
    violations.push({
      pointer: `/rules/${i}/action`,
      code: 'unknown-action-type',
      detail: `action type \`${rule.action}\` is not registered`,
    });
  }
  (rule.conditions ?? []).forEach((condition, c) => {
    violations.push(
      ...conditionViolations(condition, [rule.action], catalogue, `/rules/${i}/conditions/${c}`),
    );
  });
  return violations;
};

/**
 * Removes sealed notes, because sealing adds bytes and notes are measured before they are sealed.
 */
const withoutSealed = (input: unknown): unknown =>
  typeof input === 'object' &&
  input !== null &&
  'notes' in input &&
  typeof input.notes === 'string' &&
  sealedBy(input.notes) !== undefined
    ? { ...input, notes: '' }
    : input;

/**
 * Returns every violation of a submitted bundle: the schema's, duplicate ids, unregistered action
 * types, unknown fields, type mismatches. The meaning of a rule is checked only if the schema
 * accepts it.
 */
export const bundleViolations = (input: unknown, catalogue: FieldCatalogue): Violation[] => {
  const shape = schemaViolations(bundleSchema, withoutSealed(input));
  const rules =
    typeof input === 'object' && input !== null && 'rules' in input && Array.isArray(input.rules)
      ? (input.rules as readonly unknown[])
      : [];
  const broken = new Set(
    shape.map(({ pointer }) => /^\/rules\/(\d+)/.exec(pointer)?.[1]).filter((index) => index !== undefined),
  );
  const meaning = rules.flatMap((rule, i) =>
    broken.has(`${i}`) ? [] : ruleMeaning(rule as RuleInput, i, catalogue),
  );
  return [...shape, ...duplicateIds(rules), ...meaning];
};

/** Returns the bundle with its defaults. Throws `bundle-invalid`, which names every violation. */
export const checkBundle = (input: unknown, catalogue: FieldCatalogue): BundleContent => {
  const violations = bundleViolations(input, catalogue);
  if (violations.length > 0) {
    throw new ProblemError(
      'bundle-invalid',
      `the bundle has ${violations.length} ${violations.length === 1 ? 'fault' : 'faults'}`,
      { violations },
    );
  }
  return normalBundle(input as BundleInput);
};
