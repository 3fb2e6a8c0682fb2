import type { EvaluationContext, FieldType, Scalar } from './condition.js';

const noContext: EvaluationContext = {};
/** A string that no rule names. */
const unnamed = -1;

/**
 * The fields that a bundle's rules look at and their values in the request at hand, each read from
 * it once. Everything is a number: strings are numbered, booleans are 0 and 1, what is lacking, or
 * of another type than a rule expects, is NaN. A slot is a field together with the type that is
 * expected in it.
 */
export class RequestValues {
  readonly #slots = new Map<string, number>();
  readonly #fields: string[] = [];
  readonly #types: FieldType[] = [];
  readonly #strings = new Map<string, number>();
  readonly #values: number[] = [];
  readonly #readFor: number[] = [];
  #request = 0;
  #context = noContext;

  /** Which request is at hand. */
  get request(): number {
    return this.#request;
  }

  /** The slot of a field where a value of this type is looked for. */
  slotOf(field: string, type: FieldType): number {
    const key = `${type}:${field}`;
    let slot = this.#slots.get(key);
    if (slot === undefined) {
      slot = this.#fields.push(field) - 1;
      this.#slots.set(key, slot);
      this.#types.push(type);
      this.#values.push(NaN);
      this.#readFor.push(0);
    }
    return slot;
  }

  /** The number that stands for a constant of a rule. */
  numberOf(value: Scalar): number {
    if (typeof value === 'number') return value;
    if (typeof value === 'boolean') return value ? 1 : 0;
    let number = this.#strings.get(value);
    if (number === undefined) this.#strings.set(value, (number = this.#strings.size));
    return number;
  }

  /**
   * Turns to another request. INVARIANT: all that is asked until the next one belongs to one
   * synchronous evaluation.
   */
  turnTo(context: EvaluationContext): void {
    this.#context = context;
    this.#request += 1;
  }

  /** Stays with the request at hand where it is this one. */
  stayWith(context: EvaluationContext): void {
    if (this.#context !== context) this.turnTo(context);
  }

  /** The value in a slot; NaN where the request has none. */
  get(slot: number): number {
    if (this.#readFor[slot] !== this.#request) {
      this.#readFor[slot] = this.#request;
      this.#values[slot] = this.#read(slot);
    }
    return this.#values[slot]!;
  }

  #read(slot: number): number {
    const value: unknown = this.#context[this.#fields[slot]!];
    if (typeof value !== this.#types[slot]) return NaN;
    if (typeof value === 'number') return value;
    return typeof value === 'string' ? (this.#strings.get(value) ?? unnamed) : Number(value);
  }
}
