import type { PolicyDecision } from '@interlock/contracts';
import { RuleAnalysis } from '../analysis/rule-analysis.js';
import { Space, type World } from '../analysis/space.js';
import { bundleSchema } from '../bundle/schema.js';
import type { Condition } from '../condition/condition.js';
import { DecisionPair, isLooser } from '../analysis/decision-search.js';
import { schemaViolations } from '../condition/json-schema.js';
import { normalRule, type RuleInput, type RuleV1 } from '../rules/rule.js';
import type { FindingDraft, LintFinding, LintSeverity } from './finding.js';
import {
  budgetSanity,
  disabledRules,
  duplicateIds,
  invalidConditions,
  missingReasons,
  unknownActions,
  type Placed,
  type Submitted,
} from './rule-checks.js';
import { adjustableChecks, type LintSettings } from './settings.js';
import { againstInvariant, apart, firstOf, majorStep, withoutAllowing } from './rule-mends.js';
import { schemaMend } from './schema-mends.js';
import { JsonSource } from './source.js';

/**
 * A decision that a tenant forbids for all its bundles, such as ALLOW of `knowledge.delete` if
 * `parameters.env` is `prod`.
 */
export type Invariant = {
  readonly id: string;
  readonly description: string;
  readonly never: PolicyDecision;
  readonly agent: string;
  readonly action: string;
  readonly conditions: readonly Condition[];
};
export type LintOptions = {
  readonly world?: World;
  readonly invariants?: readonly Invariant[];
  /** The bundle that this one would follow. A more permissive bundle needs a MAJOR step. */
  readonly previous?: { readonly version: string; readonly rules: readonly RuleV1[] };
  /** Checks that the tenant made more severe than their default. */
  readonly severities?: LintSettings['severities'];
};
export type LintReport = {
  /** True if there is no error. */
  readonly passed: boolean;
  readonly counts: { readonly [severity in LintSeverity]: number };
  readonly findings: readonly LintFinding[];
};

/** The largest number of overriding rules listed for an overridden rule. */
const overriders = 5;
/** The largest number of listed conflicts. */
const mostConflicts = 1000;

const isRule = (value: unknown): value is Submitted =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Checks a submitted bundle, even one that the schema would refuse: it checks all readable parts.
 * Conflicts and reachability are decided exactly (`RuleAnalysis`), each with a request that shows
 * it. Throws a SyntaxError if the text is not JSON.
 */
export const lintBundle = (text: string, options: LintOptions = {}): LintReport => {
  const source = new JsonSource(text);
  const bundle = isRule(source.value) ? source.value : {};
  const rules = (Array.isArray(bundle['rules']) ? (bundle['rules'] as readonly unknown[]) : [])
    .map((rule, i): Placed | undefined =>
      isRule(rule)
        ? { rule, pointer: `/rules/${i}`, id: typeof rule['id'] === 'string' ? rule['id'] : `rules/${i}` }
        : undefined,
    )
    .filter((placed) => placed !== undefined);
  const invalid = invalidConditions(rules, options.world?.catalogue);
  const shape = schemaFaults(source.value, rules, invalid);
  const broken = new Set([...invalid, ...shape].map(({ pointer }) => ruleAt(pointer)));
  // A rule for an unregistered action type is still a rule.
  const unregistered = unknownActions(rules, options.world?.catalogue);
  const schema = [...shape, ...unregistered];
  // The fields of such a rule are unknown, so it cannot be determined whether it ever matches.
  const nameless = new Set(unregistered.map(({ pointer }) => ruleAt(pointer)));
  const sound = new Map(
    rules
      .filter(({ pointer }) => !broken.has(pointer))
      .map((placed) => [normalRule(placed.rule as unknown as RuleInput), placed]),
  );
  const found = [
    ...duplicateIds(rules),
    ...invalid,
    ...schema,
    ...missingReasons(rules),
    ...budgetSanity(rules),
    ...analysed(sound, options).filter(
      ({ check, pointer }) => check !== 'never_matches' || !nameless.has(pointer),
    ),
    ...permissive(sound, bundle['version'], options),
    ...disabledRules(rules),
  ];
  const findings = found.map((one): LintFinding => ({
    witness: null,
    ...one,
    severity: severityOf(one, options),
    ...source.placeOf(one.pointer),
  }));
  const counts = { error: 0, warning: 0, info: 0 };
  for (const { severity } of findings) counts[severity] += 1;
  return { passed: counts.error === 0, counts, findings };
};

const severityOf = ({ check, severity }: FindingDraft, { severities = {} }: LintOptions): LintSeverity =>
  (check in adjustableChecks ? severities[check as keyof typeof adjustableChecks] : undefined) ?? severity;

/** The rule that contains a place; undefined if none does. */
const ruleAt = (pointer: string): string | undefined => /^\/rules\/\d+/.exec(pointer)?.[0];

/** The condition that contains a place; undefined if none does. */
const conditionAt = (pointer: string): string | undefined =>
  /^\/rules\/\d+\/conditions\/\d+/.exec(pointer)?.[0];

/**
 * Returns the schema's faults, except those of conditions, which have their own check. A draft need
 * not have a version yet.
 */
const schemaFaults = (
  value: unknown,
  rules: readonly Placed[],
  invalid: readonly FindingDraft[],
): readonly FindingDraft[] => {
  const byPlace = new Map(rules.map((placed) => [placed.pointer, placed]));
  const reported = new Set(invalid.map(({ pointer }) => conditionAt(pointer)));
  return schemaViolations(bundleSchema, value)
    .filter(
      ({ pointer, code }) =>
        !reported.has(conditionAt(pointer) ?? '') && !(pointer === '/version' && code === 'required'),
    )
    .map((fault): FindingDraft => {
      const placed = byPlace.get(ruleAt(fault.pointer) ?? '');
      return {
        check: 'schema',
        severity: 'error',
        rule_ids: placed === undefined ? [] : [placed.id],
        pointer: fault.pointer,
        suggestion: schemaMend(value, fault),
        message: `${fault.pointer === '' ? 'the bundle' : `\`${fault.pointer}\``} ${fault.detail}`,
      };
    });
};

const analysed = (
  sound: ReadonlyMap<RuleV1, Placed>,
  { world = {}, invariants = [] }: LintOptions,
): readonly FindingDraft[] => {
  const regions = invariants.map((one): RuleV1 => ({
    id: one.id,
    agent: one.agent,
    action: one.action,
    effect: 'deny',
    priority: 0,
    enabled: true,
    conditions: one.conditions,
    reason: '',
  }));
  const space = new Space(
    [...sound.keys(), ...regions].filter(({ enabled }) => enabled),
    world,
  );
  const analysis = new RuleAnalysis([...sound.keys()], space);
  const at = (rule: RuleV1): Placed => sound.get(rule)!;
  const found: FindingDraft[] = [];
  found.push(...inConflict(analysis, at));
  for (const rule of analysis.rules) found.push(...reach(analysis, rule, at));
  found.push(...overrides(analysis, at));
  for (const [i, one] of invariants.entries()) found.push(...held(analysis, at, regions[i]!, one));
  return found;
};

const inConflict = (analysis: RuleAnalysis, at: (rule: RuleV1) => Placed): readonly FindingDraft[] =>
  findingsOr(
    () => {
      const found = analysis.conflicts(mostConflicts + 1).map(({ allow, deny, witness }): FindingDraft => ({
        check: 'conflicts',
        severity: 'error',
        rule_ids: [allow.id, deny.id],
        pointer: at(deny).pointer,
        witness,
        message: `rules \`${allow.id}\` and \`${deny.id}\` allow and deny the same request at priority ${deny.priority}`,
        suggestion: firstOf(deny, at(deny).pointer, allow, at(allow).pointer),
      }));
      return found.length <= mostConflicts
        ? found
        : [
            ...found.slice(0, mostConflicts),
            {
              ...undecided(analysis, at, [], '/rules', ''),
              message: `there are more than ${mostConflicts} conflicts: the others are not listed`,
            },
          ];
    },
    () => undecided(analysis, at, [], '/rules', 'rules are in conflict'),
  );

const overrides = (analysis: RuleAnalysis, at: (rule: RuleV1) => Placed): readonly FindingDraft[] =>
  findingsOr(
    () =>
      analysis.overridden(overriders).map(({ rule, by }): FindingDraft => {
        const others = by.map(({ allow, deny }) => (rule.effect === 'allow' ? deny : allow).id);
        const suggestion = apart(
          rule,
          by.length < overriders ? by.map(({ allow, deny }) => (rule.effect === 'allow' ? deny : allow)) : [],
          analysis,
          (one) => at(one).pointer,
        );
        return {
          check: 'overridden',
          severity: 'info',
          suggestion,
          rule_ids: [rule.id, ...others],
          pointer: at(rule).pointer,
          witness: by[0]!.witness,
          message: `of what rule \`${rule.id}\` ${rule.effect === 'allow' ? 'allows' : 'denies'}, ${others.map((id) => `\`${id}\``).join(', ')} ${others.length === 1 ? 'takes' : 'take'} some, at a higher priority`,
        };
      }),
    () => undecided(analysis, at, [], '/rules', 'rules override others'),
  );

/** Returns the findings of an analysis, or the finding that it would take too long. */
const findingsOr = (
  ask: () => readonly FindingDraft[],
  otherwise: () => FindingDraft,
): readonly FindingDraft[] => {
  try {
    return ask();
  } catch (error) {
    if (error instanceof RangeError) return [otherwise()];
    throw error;
  }
};

const undecided = (
  analysis: Pick<RuleAnalysis, 'rules'>,
  at: (rule: RuleV1) => Placed,
  rule_ids: readonly string[],
  pointer: string,
  what: string,
): FindingDraft => ({
  check: 'undecided',
  severity: 'error',
  rule_ids,
  pointer,
  suggestion: withoutAllowing(analysis.rules, (rule) => at(rule).pointer),
  message: `whether ${what} could not be told in reasonable time: the rules overlap too much, or look at too many fields`,
});

const reach = (
  analysis: RuleAnalysis,
  rule: RuleV1,
  at: (rule: RuleV1) => Placed,
): readonly FindingDraft[] => {
  const { pointer } = at(rule);
  const removal: FindingDraft['suggestion'] = {
    text: 'remove it, or raise its priority',
    patch: [{ op: 'remove', path: pointer }],
  };
  if (analysis.boxOf(rule) === undefined) {
    return [
      {
        check: 'never_matches',
        severity: 'warning',
        rule_ids: [rule.id],
        pointer,
        message: `no request can meet the conditions of rule \`${rule.id}\``,
        suggestion: removal,
      },
    ];
  }
  try {
    if (analysis.reaches(rule)) return [];
  } catch (error) {
    if (error instanceof RangeError)
      return [
        {
          ...undecided(analysis, at, [rule.id], pointer, `rule \`${rule.id}\` is ever reached`),
          suggestion: removal,
        },
      ];
    throw error;
  }
  const cover = analysis.coverOf(rule);
  return [
    {
      check: 'unreachable_rules',
      severity: 'warning',
      rule_ids: [rule.id],
      pointer,
      suggestion: removal,
      message:
        cover === undefined
          ? `rule \`${rule.id}\` is never reached: the rules before it together take every request that it would match`
          : `rule \`${rule.id}\` is never reached: rule \`${cover.id}\` takes every request that it would match`,
    },
  ];
};

const held = (
  analysis: RuleAnalysis,
  at: (rule: RuleV1) => Placed,
  region: RuleV1,
  invariant: Invariant,
): readonly FindingDraft[] => {
  const { id, description, never } = invariant;
  const box = analysis.space.box(region);
  if (box === undefined) return [];
  try {
    const shown = analysis.find(box, (decision) => decision === never);
    if (shown === undefined) return [];
    return [
      {
        check: 'invariants',
        severity: 'error',
        suggestion: againstInvariant(invariant, analysis.rules),
        rule_ids: shown.rule === null ? [] : [shown.rule.id],
        pointer: '/rules',
        witness: { agent: shown.agent, action: shown.action, context: shown.context },
        message: `the invariant \`${id}\` does not hold: ${description}`,
      },
    ];
  } catch (error) {
    if (error instanceof RangeError)
      return [undecided(analysis, at, [], '/rules', `the invariant \`${id}\` holds`)];
    throw error;
  }
};

const permissive = (
  sound: ReadonlyMap<RuleV1, Placed>,
  version: unknown,
  { previous, world }: LintOptions,
): readonly FindingDraft[] => {
  if (
    previous === undefined ||
    typeof version !== 'string' ||
    Number(version.split('.')[0]) > Number(previous.version.split('.')[0])
  )
    return [];
  try {
    const looser = new DecisionPair(previous.rules, [...sound.keys()], world).change((before, now) =>
      isLooser(now, before),
    );
    if (looser === undefined) return [];
    const { agent, action, context, from, to, after } = looser;
    return [
      {
        check: 'more_permissive',
        severity: 'warning',
        suggestion: majorStep(previous.version),
        rule_ids: after === null ? [] : [after],
        pointer: '/version',
        witness: { agent, action, context },
        message: `some requests that ${previous.version} answers with ${from} get ${to}: a more permissive bundle is a MAJOR step`,
      },
    ];
  } catch (error) {
    if (error instanceof RangeError)
      return [
        {
          ...undecided(
            { rules: [...sound.keys()] },
            (rule) => sound.get(rule)!,
            [],
            '/version',
            `it is more permissive than ${previous.version}`,
          ),
          suggestion: majorStep(previous.version),
        },
      ];
    throw error;
  }
};
