import type { EvaluationContext, FieldType, Scalar } from '../condition/condition.js';

const noContext: EvaluationContext = {};
/** A string that no rule uses. */
const unnamed = -1;

/**
 * The fields that a bundle's rules read, with their values in the current request, each read once.
 * Every value is a number: strings are numbered, and booleans are 0 and 1. A value that is missing,
 * or has another type than the rule expects, is NaN. A slot is a field with its expected type.
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

  /** The number of the current request. */
  get request(): number {
    return this.#request;
  }

  /** The slot of a field with an expected type. */
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

  /** The number that represents a constant of a rule. */
  numberOf(value: Scalar): number {
    if (typeof value === 'number') return value;
    if (typeof value === 'boolean') return value ? 1 : 0;
    let number = this.#strings.get(value);
    if (number === undefined) this.#strings.set(value, (number = this.#strings.size));
    return number;
  }

  /**
   * Switches to another request. INVARIANT: all reads until the next switch belong to one
   * synchronous evaluation.
   */
  turnTo(context: EvaluationContext): void {
    this.#context = context;
    this.#request += 1;
  }

  /** Switches to this request unless it is the current one. */
  stayWith(context: EvaluationContext): void {
    if (this.#context !== context) this.turnTo(context);
  }

  /** Returns the value in a slot; NaN if the request has none. */
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
