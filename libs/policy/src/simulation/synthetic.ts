import type { ActionTypeV1 } from '@interlock/contracts';
import { holds, type Condition, type Scalar } from '../condition/condition.js';
import type { RuleV1 } from '../rules/rule.js';
import type { SimulationCase } from './case.js';
import { oneOf, seededRandom, shuffled, type Random } from './random.js';
import {
  anyValue,
  bordersOf,
  conditionsByField,
  declaredUsual,
  fieldsOf,
  type Fields,
} from './synthetic-fields.js';

/** The limits of the number of synthetic cases. */
export const syntheticCount = { least: 100, most: 1000 } as const;

export type SyntheticOptions = {
  /** The rules of the bundle, or of both compared bundles. */
  readonly rules: readonly RuleV1[];
  readonly actionTypes: readonly ActionTypeV1[];
  readonly count: number;
  /** A whole number from 0. */
  readonly seed: number;
};

/** A rule that a case should match, and the value that one of its fields should have. */
type Target = { readonly rule: RuleV1; readonly field?: string; readonly value?: Scalar };

/** The agent of requests that no rule with an agent governs. */
const stranger = 'agent-of-no-rule';

class Synthesis {
  readonly #random: Random;
  readonly #rules: readonly RuleV1[];
  readonly #agents: readonly string[];
  readonly #fields: ReadonlyMap<string, Fields>;
  readonly #conditions: ReadonlyMap<string, readonly Condition[]>;
  readonly #actions: readonly string[];

  constructor({ rules, actionTypes, seed }: SyntheticOptions) {
    this.#random = seededRandom(seed);
    this.#rules = rules.filter(({ enabled }) => enabled);
    this.#agents = [
      ...new Set(this.#rules.map(({ agent }) => agent).filter((agent) => agent !== '*')),
      stranger,
    ];
    this.#fields = new Map(actionTypes.map((entry) => [entry.action_type, fieldsOf(entry)]));
    this.#actions = [...this.#fields.keys()];
    this.#conditions = conditionsByField(this.#rules);
  }

  /**
   * Returns every rule once with all conditions true, and once at each border of each condition, in
   * a shuffled order.
   */
  targets(): readonly Target[] {
    const all = this.#rules.flatMap((rule): readonly Target[] => {
      const fields = this.#fields.get(rule.action) ?? this.#fields.get(this.#actions[0] ?? '') ?? new Map();
      return [
        { rule },
        ...rule.conditions.flatMap((condition) => {
          const usual = declaredUsual(fields, condition.field) ?? {
            type: typeof condition.value as 'number' | 'string' | 'boolean',
          };
          return bordersOf(condition, usual).map((value) => ({ rule, field: condition.field, value }));
        }),
      ];
    });
    return shuffled(this.#random, all);
  }

  case(id: string, target: Target | undefined, gaps: boolean): SimulationCase {
    const random = this.#random;
    const agent =
      target === undefined || target.rule.agent === '*' ? oneOf(random, this.#agents) : target.rule.agent;
    const action =
      target === undefined || target.rule.action === '*'
        ? oneOf(random, this.#actionsFor(target))
        : target.rule.action;
    const fields = this.#fields.get(action) ?? new Map();
    const context: { [field: string]: Scalar } = { agent, action_type: action };
    for (const field of new Set([...fields.keys(), ...this.#conditions.keys()])) {
      const usual = declaredUsual(fields, field);
      if (usual === undefined || field in context) continue;
      const lacking = gaps && random() < 0.04;
      const value =
        this.#aimed(target, field, fields) ?? anyValue(random, usual, this.#conditions.get(field) ?? []);
      if (!lacking) context[field] = value;
    }
    return { id, agent, action, context };
  }

  /** Returns an action that declares the fields of a rule about every action, if there is one. */
  #actionsFor(target: Target | undefined): readonly string[] {
    if (target === undefined) return this.#actions;
    const declaring = this.#actions.filter((action) =>
      target.rule.conditions.every(
        ({ field }) => declaredUsual(this.#fields.get(action)!, field) !== undefined,
      ),
    );
    return declaring.length === 0 ? this.#actions : declaring;
  }

  /**
   * Returns the value of a field for a target: the border itself, or one at which the rule's
   * conditions on it hold.
   */
  #aimed(target: Target | undefined, field: string, fields: Fields): Scalar | undefined {
    if (target === undefined) return undefined;
    if (target.field === field) return target.value;
    const own = target.rule.conditions.filter((condition) => condition.field === field);
    const usual = declaredUsual(fields, field);
    if (own.length === 0 || usual === undefined) return undefined;
    const holding = own
      .flatMap((condition) => bordersOf(condition, usual))
      .filter((value) =>
        own.every(({ op, value: against }) => typeof value === typeof against && holds(value, op, against)),
      );
    return holding.length === 0 ? undefined : oneOf(this.#random, holding);
  }
}

/**
 * Returns cases made from the conditions of a bundle and the fields of the action types. They cover
 * every rule and every border of its conditions, as far as the count allows. Random requests are
 * mixed in, and later ones lack fields. The same options give the same cases.
 */
export const syntheticCases = (options: SyntheticOptions): readonly SimulationCase[] => {
  const synthesis = new Synthesis(options);
  const targets = synthesis.targets();
  let met = 0;
  return Array.from({ length: options.count }, (_, i) => {
    const free = targets.length === 0 || i % 5 === 4;
    const target = free ? undefined : targets[met % targets.length];
    const gaps = free || met >= targets.length;
    if (!free) met += 1;
    return synthesis.case(`synthetic-${options.seed}-${i + 1}`, target, gaps);
  });
};
