import type { PolicyDecision } from '@interlock/contracts';
import type { Condition } from '../condition/condition.js';
import { FewRules } from './few-rules.js';
import { fieldRows, wordsOf, type FieldRows, type OnSlot } from './field-rows.js';
import type { RuleTests } from './rule-tests.js';
import type { RuleV1 } from './rule.js';

/** A rule with its place in the bundle's order, and the bundle's decision if this rule decides. */
export type PlacedRule = {
  readonly rule: RuleV1;
  readonly place: number;
  readonly decided: { readonly decision: PolicyDecision; readonly rule: RuleV1 };
};
export type RuleHit = PlacedRule & {
  /** True if it could match, but the request lacks a field that it reads. */
  readonly unknown: boolean;
};
/** A rule that a single condition kept from matching. */
export type Missed = { readonly rule: RuleV1; readonly place: number; readonly condition: Condition };

/** Rules of one agent and action, in the bundle's order, for queries about the current request. */
export type Rules = {
  /** The place of the first rule. */
  readonly start: number;
  /** Returns the first matching rule before a place, among all rules or among deny rules. */
  readonly first: (until: number, denying: boolean) => PlacedRule | undefined;
  /** False if `first` skipped no rule because of a missing field; true if it may have. */
  readonly lacks: boolean;
  /**
   * Adds the rules before a place that no condition excludes, in order: matching and unknown ones.
   * They come from all rules, or from those that deny or ask.
   */
  readonly possible: (until: number, stricter: boolean, into: RuleHit[]) => void;
  /**
   * Adds the rules before a place, in order and up to a number, that a single condition keeps from
   * matching.
   */
  readonly missed: (until: number, most: number, into: Missed[]) => void;
};

/** One bit per rule, and one bit per word that tells whether the word has any set. */
type Mask = { readonly rows: Uint32Array; readonly sums: Uint32Array };

const maskOf = (rules: readonly PlacedRule[], wanted: (rule: RuleV1) => boolean): Mask => {
  const rows = new Uint32Array(wordsOf(rules.length));
  const sums = new Uint32Array(wordsOf(rows.length));
  for (const [i, { rule }] of rules.entries()) {
    if (!wanted(rule)) continue;
    rows[i >>> 5]! |= 1 << (i & 31);
    sums[i >>> 10]! |= 1 << ((i >>> 5) & 31);
  }
  return { rows, sums };
};

const lowestBit = (word: number): number => 31 - Math.clz32(word & -word);

const testsBySlot = (rules: readonly PlacedRule[], tests: RuleTests): readonly FieldRows[] => {
  const bySlot = new Map<number, { readonly bit: number; readonly tests: number[] }[]>();
  for (const [bit, { place }] of rules.entries()) {
    for (let test = tests.from[place]!; test < tests.from[place + 1]!; test += 1) {
      const slot = tests.slots[test]!;
      let on = bySlot.get(slot);
      if (on === undefined) bySlot.set(slot, (on = []));
      const last = on.at(-1);
      if (last?.bit === bit) last.tests.push(test);
      else on.push({ bit, tests: [test] });
    }
  }
  return [...bySlot].map(([slot, on]: readonly [number, readonly OnSlot[]]) =>
    fieldRows(slot, rules.length, on, tests),
  );
};

/**
 * How many of a list's first rules are examined one by one. One of them often decides, which saves
 * using the bits.
 */
const ahead = 8;

/** Many rules, with bits that find the matching ones without examining each rule. */
export class RuleBlock implements Rules {
  readonly start: number;
  readonly #rules: readonly PlacedRule[];
  readonly #tests: RuleTests;
  readonly #head: FewRules | undefined;
  readonly #fields: readonly FieldRows[];
  readonly #words: number;
  readonly #width: number;
  readonly #all: Mask;
  readonly #denies: Mask;
  readonly #stricter: Mask;
  /** The request's row for each field, and the request that these rows belong to. */
  readonly #rowAt: Int32Array;
  readonly #sumAt: Int32Array;
  readonly #lacking: Uint8Array;
  #lacksAny = false;
  #located = 0;
  #lacks = false;

  /** `leads`: the block is the first of its list. */
  constructor(rules: readonly PlacedRule[], tests: RuleTests, leads: boolean) {
    this.#rules = rules;
    this.#tests = tests;
    this.#head = leads ? new FewRules(rules.slice(0, ahead), tests) : undefined;
    this.start = rules[0]!.place;
    this.#words = wordsOf(rules.length);
    this.#width = wordsOf(this.#words);
    this.#all = maskOf(rules, () => true);
    this.#denies = maskOf(rules, ({ effect }) => effect === 'deny');
    this.#stricter = maskOf(rules, ({ effect }) => effect !== 'allow');
    this.#fields = testsBySlot(rules, tests);
    this.#rowAt = new Int32Array(this.#fields.length);
    this.#sumAt = new Int32Array(this.#fields.length);
    this.#lacking = new Uint8Array(this.#fields.length);
  }

  get lacks(): boolean {
    return this.#lacks;
  }

  first(until: number, denying: boolean): PlacedRule | undefined {
    if (this.#head !== undefined) {
      const early = this.#head.first(until, denying);
      this.#lacks = this.#head.lacks;
      if (early !== undefined || this.#rules[ahead]!.place >= until) return early;
    }
    this.#lacks = this.#locate();
    const { rows, sums } = denying ? this.#denies : this.#all;
    const fields = this.#fields;
    for (let s = 0; s < this.#width; s += 1) {
      let sum = sums[s]!;
      for (let i = 0; i < fields.length && sum !== 0; i += 1) sum &= fields[i]!.sums[this.#sumAt[i]! + s]!;
      while (sum !== 0) {
        const w = (s << 5) + lowestBit(sum);
        sum &= sum - 1;
        let word = rows[w]!;
        for (let i = 0; i < fields.length && word !== 0; i += 1)
          word &= fields[i]!.rows[this.#rowAt[i]! + w]!;
        if (word === 0) continue;
        const found = this.#rules[(w << 5) + lowestBit(word)]!;
        return found.place < until ? found : undefined;
      }
    }
    return undefined;
  }

  possible(until: number, stricter: boolean, into: RuleHit[]): void {
    this.#locate();
    const { rows } = stricter ? this.#stricter : this.#all;
    for (let w = 0; w < this.#words && this.#rules[w << 5]!.place < until; w += 1) {
      let known = rows[w]!;
      for (let i = 0; i < this.#fields.length && known !== 0; i += 1)
        if (this.#lacking[i] === 0) known &= this.#fields[i]!.rows[this.#rowAt[i]! + w]!;
      let matching = known;
      if (this.#lacksAny)
        for (let i = 0; i < this.#fields.length; i += 1)
          if (this.#lacking[i] === 1) matching &= this.#fields[i]!.rows[this.#rowAt[i]! + w]!;
      for (; known !== 0; known &= known - 1) {
        const at = lowestBit(known);
        const found = this.#rules[(w << 5) + at]!;
        if (found.place >= until) return;
        into.push({ ...found, unknown: ((matching >>> at) & 1) === 0 });
      }
    }
  }

  /**
   * Examines the rules that the conditions on a single field exclude, because most of them have a
   * single failing condition.
   */
  missed(until: number, most: number, into: Missed[]): void {
    this.#locate();
    for (let w = 0; w < this.#words && this.#rules[w << 5]!.place < until; w += 1) {
      let apt = this.#all.rows[w]!;
      let once = 0;
      let twice = 0;
      for (let i = 0; i < this.#fields.length; i += 1) {
        const row = this.#fields[i]!.rows[this.#rowAt[i]! + w]!;
        if (this.#lacking[i] === 1) apt &= row;
        else {
          twice |= once & ~row;
          once |= ~row;
        }
      }
      for (let left = apt & once & ~twice; left !== 0; left &= left - 1) {
        const at = lowestBit(left);
        const { rule, place } = this.#rules[(w << 5) + at]!;
        if (place >= until || into.length >= most) return;
        const condition = this.#tests.onlyFaultOn(this.#keeping(w, at), place);
        if (condition !== undefined) into.push({ rule, place, condition });
      }
    }
  }

  /** Returns the slot whose conditions exclude a rule, which is given by its word and bit. */
  #keeping(w: number, at: number): number {
    let i = 0;
    while (this.#lacking[i] === 1 || ((this.#fields[i]!.rows[this.#rowAt[i]! + w]! >>> at) & 1) === 1) i += 1;
    return this.#fields[i]!.slot;
  }

  /** Finds the rows of the request. Returns true if the request lacks a field that a rule reads. */
  #locate(): boolean {
    const { values } = this.#tests;
    if (this.#located === values.request) return this.#lacksAny;
    this.#located = values.request;
    this.#lacksAny = false;
    for (let i = 0; i < this.#fields.length; i += 1) {
      const { slot, cellMap } = this.#fields[i]!;
      const value = values.get(slot);
      const lacking = value !== value;
      const cell = lacking ? cellMap.cells : cellMap.cellOf(value);
      if (lacking) this.#lacksAny = true;
      this.#lacking[i] = lacking ? 1 : 0;
      this.#rowAt[i] = cell * this.#words;
      this.#sumAt[i] = cell * this.#width;
    }
    return this.#lacksAny;
  }
}
