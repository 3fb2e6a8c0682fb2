import type { Condition, FieldType, Scalar } from './condition.js';
import { fieldRows, wordsOf, type FieldRows, type OnField } from './field-rows.js';
import type { RequestValues } from './request-values.js';
import type { RuleV1 } from './rule.js';

/** A rule and its place in the bundle's order. */
export type PlacedRule = { readonly rule: RuleV1; readonly place: number };
export type Found = PlacedRule & { /** It could match, but looks at a field that the request lacks. */ readonly unknown: boolean };

/** Rules of one agent and action, in the bundle's order; `locate` looks where the request at hand stands, and goes before the other questions. */
export type Rules = {
  /** Place of the first rule. */
  readonly start: number;
  /** True where the request lacks a field that one of the rules looks at. */
  readonly locate: () => boolean;
  /** The first rule that matches, or the first that denies. */
  readonly first: (denying?: boolean) => PlacedRule | undefined;
  /** Rules before a place of which no condition is false, in order: those that match, and those that are unknown; all, or those that deny or ask only. */
  readonly possible: (until: number, stricter: boolean, into: Found[]) => void;
  /** Rules before a place, in order, every one among them that one condition alone keeps from matching, until `take` has enough and says false. */
  readonly nearly: (until: number, take: (rule: PlacedRule) => boolean) => void;
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

const conditionsByField = (rules: readonly PlacedRule[]): readonly FieldRows[] => {
  const byField = new Map<string, { readonly field: string; readonly type: FieldType; readonly on: OnField[] }>();
  for (const [place, { rule }] of rules.entries()) {
    const own = new Map<string, Condition[]>();
    for (const condition of rule.conditions) {
      const key = `${typeof condition.value}:${condition.field}`;
      const before = own.get(key);
      if (before === undefined) own.set(key, [condition]);
      else before.push(condition);
    }
    for (const [key, conditions] of own) {
      const { field, value } = conditions[0]!;
      let entry = byField.get(key);
      if (entry === undefined) byField.set(key, entry = { field, type: typeof value as FieldType, on: [] });
      entry.on.push({ place, conditions });
    }
  }
  return [...byField.values()].map(({ field, type, on }) => fieldRows(field, type, rules.length, on));
};

/** Many rules, with the bits by which those that match a request are found without looking at each. */
export class RuleBlock implements Rules {
  readonly start: number;
  readonly #rules: readonly PlacedRule[];
  readonly #fields: readonly FieldRows[];
  readonly #words: number;
  readonly #width: number;
  readonly #all: Mask;
  readonly #denies: Mask;
  readonly #stricter: Mask;
  readonly #values: RequestValues;
  readonly #numbers: readonly number[];
  /** Where the request stands. */
  readonly #rowAt: Int32Array;
  readonly #sumAt: Int32Array;
  readonly #lacks: Uint8Array;
  #lacksAny = false;

  constructor(rules: readonly PlacedRule[], values: RequestValues) {
    this.#rules = rules;
    this.#values = values;
    this.start = rules[0]!.place;
    this.#words = wordsOf(rules.length);
    this.#width = wordsOf(this.#words);
    this.#all = maskOf(rules, () => true);
    this.#denies = maskOf(rules, ({ effect }) => effect === 'deny');
    this.#stricter = maskOf(rules, ({ effect }) => effect !== 'allow');
    this.#fields = conditionsByField(rules);
    this.#numbers = this.#fields.map(({ field }) => values.numberOf(field));
    this.#rowAt = new Int32Array(this.#fields.length);
    this.#sumAt = new Int32Array(this.#fields.length);
    this.#lacks = new Uint8Array(this.#fields.length);
  }

  locate(): boolean {
    let lacksAny = false;
    for (let i = 0; i < this.#fields.length; i += 1) {
      const rows = this.#fields[i]!;
      const value = this.#values.get(this.#numbers[i]!);
      const lacking = typeof value !== rows.type;
      const cell = lacking ? rows.cells - 1 : rows.cellOf(value as Scalar);
      if (lacking) lacksAny = true;
      this.#lacks[i] = lacking ? 1 : 0;
      this.#rowAt[i] = cell * this.#words;
      this.#sumAt[i] = cell * this.#width;
    }
    this.#lacksAny = lacksAny;
    return lacksAny;
  }

  first(denying = false): PlacedRule | undefined {
    const { rows, sums } = denying ? this.#denies : this.#all;
    const fields = this.#fields;
    for (let s = 0; s < this.#width; s += 1) {
      let sum = sums[s]!;
      for (let i = 0; i < fields.length && sum !== 0; i += 1) sum &= fields[i]!.sums[this.#sumAt[i]! + s]!;
      while (sum !== 0) {
        const w = (s << 5) + lowestBit(sum);
        sum &= sum - 1;
        let word = rows[w]!;
        for (let i = 0; i < fields.length && word !== 0; i += 1) word &= fields[i]!.rows[this.#rowAt[i]! + w]!;
        if (word !== 0) return this.#rules[(w << 5) + lowestBit(word)];
      }
    }
    return undefined;
  }

  possible(until: number, stricter: boolean, into: Found[]): void {
    const { rows } = stricter ? this.#stricter : this.#all;
    for (let w = 0; w < this.#words && this.#rules[w << 5]!.place < until; w += 1) {
      let known = rows[w]!;
      for (let i = 0; i < this.#fields.length && known !== 0; i += 1) if (this.#lacks[i] === 0) known &= this.#fields[i]!.rows[this.#rowAt[i]! + w]!;
      let matching = known;
      if (this.#lacksAny) for (let i = 0; i < this.#fields.length; i += 1) if (this.#lacks[i] === 1) matching &= this.#fields[i]!.rows[this.#rowAt[i]! + w]!;
      for (; known !== 0; known &= known - 1) {
        const at = lowestBit(known);
        const found = this.#rules[(w << 5) + at]!;
        if (found.place >= until) return;
        into.push({ ...found, unknown: (matching >>> at & 1) === 0 });
      }
    }
  }

  /** Those that the conditions on one field keep from matching: there are few others among them. */
  nearly(until: number, take: (rule: PlacedRule) => boolean): void {
    for (let w = 0; w < this.#words && this.#rules[w << 5]!.place < until; w += 1) {
      let apt = this.#all.rows[w]!;
      let once = 0;
      let twice = 0;
      for (let i = 0; i < this.#fields.length; i += 1) {
        const row = this.#fields[i]!.rows[this.#rowAt[i]! + w]!;
        if (this.#lacks[i] === 1) apt &= row;
        else {
          twice |= once & ~row;
          once |= ~row;
        }
      }
      for (let left = apt & once & ~twice; left !== 0; left &= left - 1) {
        const found = this.#rules[(w << 5) + lowestBit(left)]!;
        if (found.place >= until || !take(found)) return;
      }
    }
  }
}
