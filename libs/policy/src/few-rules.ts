import { holds, type Operator, type Scalar, type Truth } from './condition.js';
import type { RequestValues } from './request-values.js';
import type { Found, PlacedRule, Rules } from './rule-block.js';

type Test = { readonly field: number; readonly op: Operator; readonly type: string; readonly against: Scalar };

/** So few rules of one agent and action that looking at one after the other is the quickest. */
export class FewRules implements Rules {
  readonly start: number;
  readonly #rules: readonly PlacedRule[];
  readonly #tests: readonly (readonly Test[])[];
  readonly #values: RequestValues;

  constructor(rules: readonly PlacedRule[], values: RequestValues) {
    this.#rules = rules;
    this.#values = values;
    this.#tests = rules.map(({ rule }) => rule.conditions.map(({ field, op, value }) => ({ field: values.numberOf(field), op, type: typeof value, against: value })));
    this.start = rules[0]!.place;
  }

  locate(): boolean {
    for (let i = 0; i < this.#tests.length; i += 1) {
      const tests = this.#tests[i]!;
      for (let j = 0; j < tests.length; j += 1) {
        const { field, type } = tests[j]!;
        if (typeof this.#values.get(field) !== type) return true;
      }
    }
    return false;
  }

  first(denying = false): PlacedRule | undefined {
    for (let i = 0; i < this.#rules.length; i += 1) {
      const placed = this.#rules[i]!;
      if ((!denying || placed.rule.effect === 'deny') && this.#truth(this.#tests[i]!) === true) return placed;
    }
    return undefined;
  }

  possible(until: number, stricter: boolean, into: Found[]): void {
    for (const [i, placed] of this.#rules.entries()) {
      if (placed.place >= until) return;
      if (stricter && placed.rule.effect === 'allow') continue;
      const truth = this.#truth(this.#tests[i]!);
      if (truth !== false) into.push({ ...placed, unknown: truth === undefined });
    }
  }

  nearly(until: number, take: (rule: PlacedRule) => boolean): void {
    for (const placed of this.#rules) if (placed.place >= until || !take(placed)) return;
  }

  #truth(tests: readonly Test[]): Truth {
    let result: Truth = true;
    for (let j = 0; j < tests.length; j += 1) {
      const { field, op, type, against } = tests[j]!;
      const value = this.#values.get(field);
      if (typeof value !== type) result = undefined;
      else if (!holds(value as Scalar, op, against)) return false;
    }
    return result;
  }
}
