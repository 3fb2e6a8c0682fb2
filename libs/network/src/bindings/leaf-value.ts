import { leafAt, type Binding, type CompiledLeaf, type LeafValue } from './binding.js';

const integers = new Set(['int8', 'int16', 'int32', 'int64', 'uint8', 'uint16', 'uint32', 'uint64']);

/** True for the YANG types whose values are numbers. */
export const isNumeric = (type: string): boolean => integers.has(type) || type === 'decimal64';

/** Returns the smallest and the largest value of an integer type; null for another type. */
export const widestRange = (type: string): readonly [number, number] | null => {
  const [, sign, bits] = /^(u?)int(\d+)$/.exec(type) ?? [];
  if (bits === undefined) return null;
  return sign === 'u'
    ? [0, 2 ** Number(bits) - 1]
    : [-(2 ** (Number(bits) - 1)), 2 ** (Number(bits) - 1) - 1];
};

/**
 * Returns the smallest and the largest value of a YANG range, such as `min..10 | 20..40`, within
 * the range of its base. Gaps are ignored.
 */
export const outerRange = (
  range: string,
  base: readonly [number, number] | null,
): readonly [number, number] => {
  const bounds = range.split('|').flatMap((part) => part.split('..').map((bound) => bound.trim()));
  const [low, high] = [bounds[0]!, bounds.at(-1)!];
  return [
    low === 'min' ? (base?.[0] ?? -Infinity) : Number(low),
    high === 'max' ? (base?.[1] ?? Infinity) : Number(high),
  ];
};

/**
 * Returns the value of a leaf's text in Interlock's unit; undefined if the text is no valid value.
 */
export const readLeafValue = (leaf: CompiledLeaf, text: string | undefined): LeafValue | undefined => {
  if (text === undefined) return undefined;
  if (leaf.type === 'boolean' || leaf.values !== undefined) {
    const word =
      leaf.values === undefined
        ? text
        : Object.entries(leaf.values).find(([, theirs]) => theirs === text)?.[0];
    return leaf.type === 'boolean' && (word === 'true' || word === 'false') ? word === 'true' : word;
  }
  if (!isNumeric(leaf.type)) return text;
  const number = text.trim() === '' ? Number.NaN : Number(text) / (leaf.per_unit ?? 1);
  // Whole milliwatts cannot hold every decibel exactly, so powers are rounded to 0.1 dB.
  const value = leaf.logarithmic === true ? Math.round(100 * Math.log10(number)) / 10 : number;
  return Number.isFinite(value) ? value : undefined;
};

const unfit = (detail: string): { readonly fault: string } => ({ fault: detail });

/**
 * Matches a number that may not be in canonical form (RFC 7950, 9.2.1 and 9.3.2), or outer white
 * space.
 */
const maybeOther = /^\s|\s$|^\+|^-?0\d|^-0$|\.\d*0$|\.$/;

/**
 * Returns the canonical form of a leaf's text: numbers without plus sign and superfluous zeros, and
 * words without outer white space. The text of a leaf that the binding does not place stays
 * unchanged.
 */
export const canonicalText = (binding: Binding, path: string, text: string): string => {
  if (!maybeOther.test(text)) return text;
  const leaf = leafAt(binding, path)?.leaf;
  if (leaf === undefined) return text;
  const word = text.trim();
  if (!isNumeric(leaf.type)) return leaf.values !== undefined || leaf.type === 'boolean' ? word : text;
  return /^[+-]?\d+(\.\d*)?$/.test(word) ? `${Number(word) + 0}` : text;
};

/** Returns the text that writes a value into a leaf, or why the leaf does not accept it. */
export const writeLeafValue = (
  leaf: CompiledLeaf,
  value: LeafValue,
): { readonly text: string } | { readonly fault: string } => {
  if (leaf.type === 'boolean' || leaf.values !== undefined) {
    const word = String(value);
    const theirs = leaf.values === undefined ? word : leaf.values[word];
    const known = leaf.type !== 'boolean' || theirs === 'true' || theirs === 'false';
    return theirs === undefined || !known ? unfit(`\`${word}\` is not one of its values`) : { text: theirs };
  }
  if (isNumeric(leaf.type)) {
    if (typeof value !== 'number' || !Number.isFinite(value)) return unfit('is a number');
    const scaled =
      leaf.logarithmic === true
        ? Math.round(10 ** (value / 10) * (leaf.per_unit ?? 1))
        : Number((value * (leaf.per_unit ?? 1)).toFixed(6));
    if (integers.has(leaf.type) && !Number.isInteger(scaled))
      return unfit(`${value}${leaf.unit === undefined ? '' : ` ${leaf.unit}`} is finer than the leaf takes`);
    const [min, max] = leaf.range ?? [-Infinity, Infinity];
    return scaled < min || scaled > max
      ? unfit(`${scaled} is not within ${min} to ${max}`)
      : { text: `${scaled}` };
  }
  if (typeof value !== 'string') return unfit('is a text');
  const most = leaf.max_length ?? Infinity;
  return [...value].length > most ? unfit(`has more than ${most} characters`) : { text: value };
};
