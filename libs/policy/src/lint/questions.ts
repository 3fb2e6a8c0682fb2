import { policyDecisions, type PolicyDecision, type Violation } from '@interlock/contracts';
import type { ChangedDecision } from '../analysis/difference.js';
import { RuleAnalysis } from '../analysis/rule-analysis.js';
import { Space, type Witness, type World } from '../analysis/space.js';
import { DecisionPair, isLooser, type PossibleDecision } from '../analysis/decision-search.js';
import { schemaViolations, type Schema } from '../condition/json-schema.js';
import { invariantMembers, normalInvariant, regionViolations, type InvariantInput } from './settings.js';
import type { Invariant } from './lint.js';
import type { FieldCatalogue } from '../condition/field.js';
import { worldOf } from '../analysis/field-domains.js';
import { RuleIndex } from '../rules/rule-index.js';
import type { RuleV1 } from '../rules/rule.js';

type Region = {
  readonly agent: string;
  readonly action: string;
  readonly conditions: Invariant['conditions'];
};
/**
 * A question about a bundle's rules: about two rules, one rule, the whole bundle, or it and
 * another.
 */
export type Question =
  | { readonly kind: 'implies' | 'equivalent' | 'disjoint'; readonly rule: string; readonly other: string }
  | { readonly kind: 'never_matches' | 'reachable'; readonly rule: string }
  | ({ readonly kind: 'gaps' } & Region)
  | { readonly kind: 'invariant'; readonly invariant: Invariant }
  | { readonly kind: 'bundle_implies' | 'bundle_disjoint'; readonly decision: PolicyDecision }
  | { readonly kind: 'bundle_equivalent' | 'more_permissive' };
export type QuestionKind = Question['kind'];

/** A request with the bundle's decision, and the other bundle's if the question is about two. */
export type Shown = Witness & {
  readonly decision: PossibleDecision;
  readonly rule_id: string | null;
  readonly other?: { readonly decision: PossibleDecision; readonly rule_id: string | null };
};
/**
 * An answer. `undecided`: the analysis would take too long. A `yes` or `no` is exact, over all
 * requests that have every field that their action declares.
 */
export type Answer = {
  readonly kind: QuestionKind;
  readonly answer: 'yes' | 'no' | 'undecided';
  /** A request that refutes a claim about all requests, or confirms a claim about some. */
  readonly counter_example: Shown | null;
  readonly witness: Shown | null;
  /** For gaps: one request for each action type that has some. */
  readonly examples?: readonly Shown[];
};

const ruleId: Schema = { type: 'string', minLength: 1, maxLength: 128 };
const kind: Schema = { type: 'string' };
const ofKind = (
  required: readonly string[],
  properties: { readonly [name: string]: Schema } = {},
): Schema => ({ type: 'object', additionalProperties: false, required, properties: { kind, ...properties } });
const { agent, action, conditions } = invariantMembers as { readonly [name: string]: Schema };
const decision: Schema = { type: 'string', enum: policyDecisions.filter((one) => one !== 'CONFIRM') };
const twoRules = ofKind(['rule', 'other'], { rule: ruleId, other: ruleId });
const schemas: { readonly [kind in QuestionKind]: Schema } = {
  implies: twoRules,
  equivalent: twoRules,
  disjoint: twoRules,
  never_matches: ofKind(['rule'], { rule: ruleId }),
  reachable: ofKind(['rule'], { rule: ruleId }),
  gaps: ofKind([], { agent: agent!, action: action!, conditions: conditions! }),
  invariant: ofKind(['never'], invariantMembers),
  bundle_implies: ofKind([], { decision }),
  bundle_disjoint: ofKind([], { decision }),
  bundle_equivalent: ofKind([]),
  more_permissive: ofKind([]),
};
const ofTwoBundles: readonly QuestionKind[] = [
  'bundle_implies',
  'bundle_disjoint',
  'bundle_equivalent',
  'more_permissive',
];
export const questionKinds = Object.keys(schemas) as readonly QuestionKind[];
/** The largest number of questions in one request. */
const questionLimit = 100;

export type QuestionContext = {
  readonly rules: readonly RuleV1[];
  /** The other bundle, if there is one. */
  readonly other?: readonly RuleV1[];
  readonly catalogue: FieldCatalogue;
  /** The tenant's own invariants, which a question may name by id alone. */
  readonly invariants?: readonly Invariant[];
};

const listSchema: Schema = {
  type: 'array',
  minItems: 1,
  maxItems: questionLimit,
  items: {
    type: 'object',
    required: ['kind'],
    properties: { kind: { type: 'string', enum: questionKinds } },
  },
};

/** Parses submitted questions: returns the questions, or every violation. */
export const readQuestions = (
  input: unknown,
  context: QuestionContext,
): { readonly questions: readonly Question[]; readonly violations: readonly Violation[] } => {
  const shape = schemaViolations(listSchema, input, '/questions');
  if (shape.length > 0) return { questions: [], violations: shape };
  const violations: Violation[] = [];
  const questions = (input as readonly { readonly kind: QuestionKind }[]).map((given, i): Question => {
    const at = `/questions/${i}`;
    const asked = ownInvariant(given, context);
    const faults = schemaViolations(schemas[given.kind], asked, at);
    violations.push(...faults);
    return faults.length > 0
      ? (given as Question)
      : read(asked as { readonly kind: QuestionKind }, at, context, violations);
  });
  return { questions, violations };
};

/** Returns the tenant's own invariant that `{ kind: 'invariant', id }` refers to. */
const ownInvariant = (
  given: { readonly kind: QuestionKind; readonly id?: unknown; readonly never?: unknown },
  { invariants = [] }: QuestionContext,
): object =>
  given.kind === 'invariant' && given.never === undefined
    ? { ...invariants.find(({ id }) => id === given.id), ...given }
    : given;

const read = (
  asked: { readonly kind: QuestionKind },
  at: string,
  { rules, other, catalogue }: QuestionContext,
  violations: Violation[],
): Question => {
  const named = asked as {
    readonly rule?: string;
    readonly other?: string;
    readonly decision?: PolicyDecision;
  };
  for (const member of ['rule', 'other'] as const) {
    const id = named[member];
    if (id !== undefined && !rules.some((rule) => rule.id === id))
      violations.push({
        pointer: `${at}/${member}`,
        code: 'unknown-rule',
        detail: `the bundle has no rule \`${id}\``,
      });
  }
  if (ofTwoBundles.includes(asked.kind) && other === undefined)
    violations.push({
      pointer: '/other',
      code: 'required',
      detail: `\`${asked.kind}\` is about two bundles, another one must be given`,
    });
  switch (asked.kind) {
    case 'gaps': {
      const { agent: who, action: what, conditions: where } = normalInvariant({ never: 'ALLOW', ...asked });
      violations.push(...regionViolations({ action: what, conditions: where }, catalogue, at));
      return { kind: 'gaps', agent: who, action: what, conditions: where };
    }
    case 'invariant': {
      const invariant = normalInvariant(asked as unknown as InvariantInput);
      violations.push(...regionViolations(invariant, catalogue, at));
      return { kind: 'invariant', invariant };
    }
    case 'bundle_implies':
    case 'bundle_disjoint':
      return { kind: asked.kind, decision: named.decision ?? 'ALLOW' };
    default:
      return asked as Question;
  }
};

const regionRule = (
  { agent: who, action: what, conditions: where }: Region,
  over: Partial<RuleV1> = {},
): RuleV1 => ({
  id: 'region',
  agent: who,
  action: what,
  effect: 'allow',
  priority: 0,
  enabled: true,
  conditions: where,
  reason: '',
  ...over,
});
type PartialAnswer = Pick<Answer, 'answer'> & Partial<Answer>;
const claimed = (counterExample: Shown | undefined): PartialAnswer =>
  counterExample === undefined ? { answer: 'yes' } : { answer: 'no', counter_example: counterExample };
const shown = (found: ChangedDecision | undefined): Shown | undefined =>
  found === undefined
    ? undefined
    : {
        agent: found.agent,
        action: found.action,
        context: found.context,
        decision: found.from,
        rule_id: found.before,
        other: { decision: found.to, rule_id: found.after },
      };

/**
 * Answers questions about one bundle, or about it and another. A question that would take too long
 * is `undecided`, never guessed.
 */
export class Questions {
  readonly #rules: readonly RuleV1[];
  readonly #enabled: readonly RuleV1[];
  readonly #index: RuleIndex;
  readonly #world: World & { readonly catalogue: FieldCatalogue };
  readonly #other: readonly RuleV1[];
  #whole: RuleAnalysis | undefined;
  #pair: DecisionPair | undefined;

  constructor({ rules, other = [], catalogue }: QuestionContext) {
    this.#rules = rules;
    this.#enabled = rules.filter(({ enabled }) => enabled);
    this.#index = new RuleIndex(this.#enabled);
    this.#other = other;
    this.#world = worldOf(catalogue);
  }

  /** The question must have passed `readQuestions`. */
  answer(question: Question): Answer {
    try {
      return { counter_example: null, witness: null, ...this.#answer(question), kind: question.kind };
    } catch (error) {
      if (error instanceof RangeError)
        return { kind: question.kind, answer: 'undecided', counter_example: null, witness: null };
      throw error;
    }
  }

  #answer(question: Question): PartialAnswer {
    switch (question.kind) {
      case 'implies':
        return claimed(this.#outside(question.rule, question.other));
      case 'equivalent':
        return claimed(
          this.#outside(question.rule, question.other) ?? this.#outside(question.other, question.rule),
        );
      case 'disjoint':
        return claimed(this.#inBoth(question.rule, question.other));
      case 'never_matches':
        return claimed(this.#inBoth(question.rule, question.rule));
      case 'reachable':
        return this.#reachable(question.rule);
      case 'gaps':
        return this.#gaps(question);
      case 'invariant':
        return claimed(
          this.#within(question.invariant, [question.invariant.action], question.invariant.never)[0],
        );
      case 'bundle_equivalent':
        return claimed(shown(this.#both().change(() => true)));
      case 'bundle_implies':
        return claimed(
          shown(this.#both().change((from, to) => from === question.decision && to !== question.decision)),
        );
      case 'bundle_disjoint':
        return claimed(shown(this.#both().together(question.decision)));
      case 'more_permissive': {
        const looser = shown(this.#both().change((from, to) => isLooser(from, to)));
        return looser === undefined ? { answer: 'no' } : { answer: 'yes', witness: looser };
      }
    }
  }

  #rule(id: string): RuleV1 {
    return this.#rules.find((rule) => rule.id === id)!;
  }

  /**
   * Returns a request that one rule matches and the other does not. To find it, the first rule is
   * placed behind the other: such a request reaches it.
   */
  #outside(id: string, other: string): Shown | undefined {
    const rules = [
      regionRule(this.#rule(id)),
      regionRule(this.#rule(other), { id: 'other', priority: 1 }),
    ] as const;
    return this.#said(new RuleAnalysis(rules, this.#spaceWith(rules)).reached(rules[0]));
  }

  #inBoth(id: string, other: string): Shown | undefined {
    const rules = [
      regionRule(this.#rule(id)),
      regionRule(this.#rule(other), { id: 'other', effect: 'deny' }),
    ];
    return this.#said(new RuleAnalysis(rules, this.#spaceWith(rules)).conflicts()[0]?.witness);
  }

  /**
   * Returns the bundle's decision on a request that has a value for every field that the bundle
   * reads.
   */
  #said(found: Witness | undefined): Shown | undefined {
    if (found === undefined) return undefined;
    const { agent: who, action: what, context } = found;
    const { decision: said, rule } = this.#index.decide(who, what, context);
    return { agent: who, action: what, context, decision: said, rule_id: rule?.id ?? null };
  }

  #reachable(id: string): PartialAnswer {
    const rule = this.#rule(id);
    const found = rule.enabled ? this.#said(this.#analysis().reached(rule)) : undefined;
    return found === undefined ? { answer: 'no' } : { answer: 'yes', witness: found };
  }

  #gaps(region: Region): PartialAnswer {
    const examples = this.#within(
      region,
      region.action === '*' ? [...this.#world.catalogue.actionTypes].sort() : [region.action],
      'ABSTAIN',
    );
    return { answer: examples.length === 0 ? 'no' : 'yes', witness: examples[0] ?? null, examples };
  }

  /**
   * Returns requests of a region with this decision of the bundle: one for each action that has
   * some.
   */
  #within(region: Region, actions: readonly string[], said: PossibleDecision): readonly Shown[] {
    const analysis = new RuleAnalysis(this.#rules, this.#spaceWith([regionRule(region)]));
    return actions.flatMap((name) => {
      const box = analysis.space.box(regionRule({ ...region, action: name }));
      return (box === undefined ? undefined : this.#said(analysis.find(box, (one) => one === said))) ?? [];
    });
  }

  #both(): DecisionPair {
    return (this.#pair ??= new DecisionPair(this.#rules, this.#other, this.#world));
  }

  #analysis(): RuleAnalysis {
    return (this.#whole ??= new RuleAnalysis(this.#rules, this.#spaceWith([])));
  }

  #spaceWith(more: readonly RuleV1[]): Space {
    return new Space([...this.#enabled, ...more], this.#world);
  }
}
