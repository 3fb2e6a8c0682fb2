import type { EvaluationContext, Scalar } from './condition.js';

const noContext: EvaluationContext = {};

/** The fields that a bundle's rules look at, numbered, and their values in the request at hand, each read from it once. */
export class RequestValues {
  readonly #numbers = new Map<string, number>();
  readonly #fields: string[] = [];
  readonly #values: (Scalar | undefined)[] = [];
  readonly #readFor: number[] = [];
  #request = 0;
  #context = noContext;

  /** The field's number; a field that was not yet known gets one. */
  numberOf(field: string): number {
    let number = this.#numbers.get(field);
    if (number === undefined) {
      number = this.#fields.push(field) - 1;
      this.#numbers.set(field, number);
      this.#values.push(undefined);
      this.#readFor.push(0);
    }
    return number;
  }

  /** Turns to another request. INVARIANT: all that is asked until the next one belongs to one synchronous evaluation. */
  turnTo(context: EvaluationContext): void {
    this.#context = context;
    this.#request += 1;
  }

  /** The value of a field by its number; undefined where it is lacking or no number. */
  get(number: number): Scalar | undefined {
    if (this.#readFor[number] !== this.#request) {
      this.#readFor[number] = this.#request;
      const value: unknown = this.#context[this.#fields[number]!];
      const type = typeof value;
      this.#values[number] = (type === 'number' && value === value) || type === 'string' || type === 'boolean' ? value as Scalar : undefined;
    }
    return this.#values[number];
  }
}
