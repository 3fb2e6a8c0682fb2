import type { PolicyDecision } from '@interlock/contracts';
import type { Condition } from './condition.js';
import { FewRules } from './few-rules.js';
import { fieldRows, wordsOf, type FieldRows, type OnSlot } from './field-rows.js';
import type { RuleTests } from './rule-tests.js';
import type { RuleV1 } from './rule.js';

/**
 * A rule and its place in the bundle's order, and what the bundle decides where it is the rule that
 * decides.
 */
export type PlacedRule = {
  readonly rule: RuleV1;
  readonly place: number;
  readonly decided: { readonly decision: PolicyDecision; readonly rule: RuleV1 };
};
export type RuleHit = PlacedRule & {
  /** It could match, but looks at a field that the request lacks. */ readonly unknown: boolean;
};
/** A rule that one condition alone kept from matching. */
export type Missed = { readonly rule: RuleV1; readonly place: number; readonly condition: Condition };

/** Rules of one agent and action, in the bundle's order, asked about the request at hand. */
export type Rules = {
  /** Place of the first rule. */
  readonly start: number;
  /** The first rule before a place that matches; of all, or of those that deny. */
  readonly first: (until: number, denying: boolean) => PlacedRule | undefined;
  /**
   * False where `first` has left out no rule because a field is lacking; true where it may have.
   */
  readonly lacks: boolean;
  /**
   * Rules before a place of which no condition is false, in order: those that match, and those that
   * are unknown; all, or those that deny or ask only.
   */
  readonly possible: (until: number, stricter: boolean, into: RuleHit[]) => void;
  /**
   * Rules before a place, in order, that one condition alone keeps from matching, until there are
   * so many.
   */
  readonly missed: (until: number, most: number, into: Missed[]) => void;
};

/** A bit a rule, and a bit a word that says whether the word has any. */
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
 * So many of the first rules of a list are looked at one by one: often one of them decides, and the
 * bits need not be asked.
 */
const ahead = 8;

/**
 * Many rules, with the bits by which those that match a request are found without looking at each.
 */
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
  /** Where the request stands, and which that is. */
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
   * Those that the conditions on one field keep from matching are looked at: there are few others
   * among them.
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

  /** The slot whose conditions keep a rule, given by its word and bit, from matching. */
  #keeping(w: number, at: number): number {
    let i = 0;
    while (this.#lacking[i] === 1 || ((this.#fields[i]!.rows[this.#rowAt[i]! + w]! >>> at) & 1) === 1) i += 1;
    return this.#fields[i]!.slot;
  }

  /** Looks where the request stands; true where it lacks a field that one of the rules looks at. */
  #locate(): boolean {
    const { values } = this.#tests;
    if (this.#located === values.request) return this.#lacksAny;
    this.#located = values.request;
    this.#lacksAny = false;
    for (let i = 0; i < this.#fields.length; i += 1) {
      const { slot, cuts } = this.#fields[i]!;
      const value = values.get(slot);
      const lacking = value !== value;
      const cell = lacking ? cuts.cells : cuts.cellOf(value);
      if (lacking) this.#lacksAny = true;
      this.#lacking[i] = lacking ? 1 : 0;
      this.#rowAt[i] = cell * this.#words;
      this.#sumAt[i] = cell * this.#width;
    }
    return this.#lacksAny;
  }
}
