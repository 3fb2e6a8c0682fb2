import { canonicalJson } from '@interlock/kernel';

const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/;
const mostShapes = 20_000;

/** The members of an object in canonical order: each one's name as text, and its place. */
type Order = { readonly names: readonly string[]; readonly places: readonly number[] };

/** The objects whose names begin with the same ones, in the same order. */
class Shape {
  readonly #next = new Map<string, Shape>();
  #latestName: string | null = null;
  #latest: Shape | undefined;
  /** The order of an object that has just these names. */
  order: Order | undefined;

  /** Returns the shape with one more name; undefined if it is not known. */
  after(name: string): Shape | undefined {
    if (name === this.#latestName) return this.#latest;
    const next = this.#next.get(name);
    if (next === undefined) return undefined;
    this.#latestName = name;
    this.#latest = next;
    return next;
  }

  add(name: string): Shape {
    const made = new Shape();
    this.#next.set(name, made);
    return made;
  }
}

const none = new Shape();
let shapes = 0;

const sorted = (names: readonly string[]): Order => {
  const places = names.map((_, place) => place).sort((a, b) => (names[a]! < names[b]! ? -1 : 1));
  return { names: places.map((place) => `${JSON.stringify(names[place])}:`), places };
};

/** Returns the canonical order of names, which is computed once for each shape. */
const orderOf = (names: readonly string[]): Order => {
  let shape = none;
  for (const name of names) {
    let next = shape.after(name);
    if (next === undefined) {
      if (shapes >= mostShapes) return sorted(names);
      shapes += 1;
      next = shape.add(name);
    }
    shape = next;
  }
  shape.order ??= sorted(names);
  return shape.order;
};

/** `odd` writes a number that JSON cannot hold. */
const textOf = (value: unknown, odd: (number: number) => string): string => {
  if (typeof value === 'string') return plain.test(value) ? `"${value}"` : JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return odd(value);
    return Number.isInteger(value) && value !== 0 ? `${value}` : JSON.stringify(value);
  }
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) {
    let text = '[';
    for (let i = 0; i < value.length; i += 1) text += `${i === 0 ? '' : ','}${textOf(value[i] ?? null, odd)}`;
    return `${text}]`;
  }
  const members: readonly unknown[] = Object.values(value);
  const { names, places } = orderOf(Object.keys(value));
  let text = '{';
  for (let i = 0; i < places.length; i += 1) {
    const member = members[places[i]!];
    if (member !== undefined) text += `${text.length === 1 ? '' : ','}${names[i]!}${textOf(member, odd)}`;
  }
  return `${text}}`;
};

/**
 * Returns the same text as `canonicalJson` (RFC 8785) in less than half the time. The value must
 * come from JSON or be representable in it, without cycles. Undefined members are left out, an
 * array's gaps and infinite numbers are null, and a lone surrogate is escaped.
 */
export const canonicalText = (value: unknown): string => textOf(value, JSON.stringify);

/**
 * Returns the same text for the hash of a content. Throws what `canonicalJson` throws, for numbers
 * that JSON cannot hold and for lone surrogates.
 */
export const contentText = (value: unknown): string => {
  const text = textOf(value, canonicalJson);
  return text.includes('\\ud') ? canonicalJson(value) : text;
};
