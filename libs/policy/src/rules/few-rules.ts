import type { RuleHit, Missed, PlacedRule, Rules } from './rule-block.js';
import type { RuleTests } from './rule-tests.js';

/** A list of rules for one agent and action that is short enough to examine rule by rule. */
export class FewRules implements Rules {
  readonly start: number;
  lacks = false;
  readonly #rules: readonly PlacedRule[];
  readonly #tests: RuleTests;

  constructor(rules: readonly PlacedRule[], tests: RuleTests) {
    this.#rules = rules;
    this.#tests = tests;
    this.start = rules[0]!.place;
  }

  first(until: number, denying: boolean): PlacedRule | undefined {
    this.lacks = false;
    for (let i = 0; i < this.#rules.length; i += 1) {
      const placed = this.#rules[i]!;
      if (placed.place >= until) return undefined;
      if (denying && placed.rule.effect !== 'deny') continue;
      const truth = this.#tests.truth(placed.place);
      if (truth === true) return placed;
      if (truth === undefined) this.lacks = true;
    }
    return undefined;
  }

  possible(until: number, stricter: boolean, into: RuleHit[]): void {
    for (const placed of this.#rules) {
      if (placed.place >= until) return;
      if (stricter && placed.rule.effect === 'allow') continue;
      const truth = this.#tests.truth(placed.place);
      if (truth !== false) into.push({ ...placed, unknown: truth === undefined });
    }
  }

  missed(until: number, most: number, into: Missed[]): void {
    for (let i = 0; i < this.#rules.length && into.length < most; i += 1) {
      const { rule, place } = this.#rules[i]!;
      if (place >= until) return;
      const condition = this.#tests.onlyFault(place);
      if (condition !== undefined) into.push({ rule, place, condition });
    }
  }
}
