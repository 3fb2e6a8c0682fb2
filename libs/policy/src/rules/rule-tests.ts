import type { Condition, FieldType, Operator, Truth } from '../condition/condition.js';
import { RequestValues } from './request-values.js';
import type { RuleV1 } from './rule.js';

/** The results of comparing a value with a constant, one bit each. */
const below = 1;
const equal = 2;
const above = 4;
/** Each operator as the set of results for which it holds. */
const allows: { readonly [op in Operator]: number } = {
  '<': below,
  '<=': below | equal,
  '==': equal,
  '>=': above | equal,
  '>': above,
  '!=': below | above,
};

/** All conditions of a bundle's rules, rule after rule, as numbers for fast comparison. */
export class RuleTests {
  readonly values = new RequestValues();
  /**
   * The index of the first condition of the rule at a place; it ends where the next rule's begin.
   */
  readonly from: Int32Array;
  readonly slots: Int32Array;
  readonly against: Float64Array;
  readonly #allowed: Uint8Array;
  readonly #conditions: readonly Condition[];

  /** Compiles the rules of a bundle, in its order. */
  constructor(rules: readonly RuleV1[]) {
    const conditions = rules.flatMap((rule) => rule.conditions);
    this.from = new Int32Array(rules.length + 1);
    for (const [place, rule] of rules.entries())
      this.from[place + 1] = this.from[place]! + rule.conditions.length;
    this.slots = Int32Array.from(conditions, ({ field, value }) =>
      this.values.slotOf(field, typeof value as FieldType),
    );
    this.against = Float64Array.from(conditions, ({ value }) => this.values.numberOf(value));
    this.#allowed = Uint8Array.from(conditions, ({ op }) => allows[op]);
    this.#conditions = conditions;
  }

  condition(test: number): Condition {
    return this.#conditions[test]!;
  }

  /**
   * Returns false if one condition of the rule is false, else undefined if a field is missing, else
   * true.
   */
  truth(place: number): Truth {
    let truth: Truth = true;
    for (let test = this.from[place]!; test < this.from[place + 1]!; test += 1) {
      const value = this.values.get(this.slots[test]!);
      if (value !== value) truth = undefined;
      else if (!this.#holds(test, value)) return false;
    }
    return truth;
  }

  /**
   * Returns the single condition that kept a rule from matching; undefined if there is none, more
   * than one, or an unknown one.
   */
  onlyFault(place: number): Condition | undefined {
    let fault = -1;
    for (let test = this.from[place]!; test < this.from[place + 1]!; test += 1) {
      const value = this.values.get(this.slots[test]!);
      if (value !== value) return undefined;
      if (this.#holds(test, value)) continue;
      if (fault !== -1) return undefined;
      fault = test;
    }
    return fault === -1 ? undefined : this.#conditions[fault];
  }

  /**
   * Returns the single false condition on a slot with a value; undefined if there is none or more
   * than one.
   */
  onlyFaultOn(slot: number, place: number): Condition | undefined {
    const value = this.values.get(slot);
    let fault = -1;
    for (let test = this.from[place]!; test < this.from[place + 1]!; test += 1) {
      if (this.slots[test] !== slot || this.#holds(test, value)) continue;
      if (fault !== -1) return undefined;
      fault = test;
    }
    return fault === -1 ? undefined : this.#conditions[fault];
  }

  #holds(test: number, value: number): boolean {
    const against = this.against[test]!;
    return (this.#allowed[test]! & (value < against ? below : value > against ? above : equal)) !== 0;
  }
}
