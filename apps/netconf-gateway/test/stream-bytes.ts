/** A result as a producer writes it; `nested`: sub-counters in each other, to this depth. */
type SentResult =
  | { readonly integer: bigint | number }
  | { readonly real: number }
  | { readonly text: string }
  | { readonly nested: number };
export type SentUnit = {
  readonly stream: bigint | number;
  /** Milliseconds since 1970; null for a unit without a time. */
  readonly at: number | null;
  readonly standard?: readonly SentResult[];
  readonly vendor?: readonly SentResult[];
};

/** A whole number as the base-128 varint of Protocol Buffers; a negative one as its 64 bits. */
const varint = (value: bigint | number): Buffer => {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return Buffer.from([...bytes, Number(rest)]);
};
const number = (id: number, value: bigint | number): Buffer =>
  Buffer.concat([varint(id << 3), varint(value)]);
/** A field with a length: a text, bytes, or a message. */
export const sized = (id: number, ...parts: readonly Buffer[]): Buffer => {
  const bytes = Buffer.concat(parts);
  return Buffer.concat([varint((id << 3) | 2), varint(bytes.length), bytes]);
};
const real = (id: number, value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return Buffer.concat([varint((id << 3) | 1), bytes]);
};

const resultOf = (result: SentResult): Buffer => {
  if ('integer' in result) return number(1, result.integer);
  if ('real' in result) return real(2, result.real);
  if ('text' in result) return sized(3, Buffer.from(result.text));
  let bytes = number(1, 7);
  for (let depth = 0; depth < result.nested; depth += 1)
    bytes = sized(4, sized(1, number(2, depth)), sized(2, bytes));
  return bytes;
};

const unitOf = ({ stream, at, standard = [], vendor = [] }: SentUnit): Buffer =>
  sized(
    1,
    number(1, stream),
    ...(at === null ? [] : [sized(2, number(1, Math.floor(at / 1000)), number(2, (at % 1000) * 1_000_000))]),
    ...standard.map((result) => sized(3, resultOf(result))),
    ...vendor.map((result) => sized(4, resultOf(result))),
  );

/**
 * A message with performance data stream units (TS 28.550, annex I.1), written byte by byte and
 * without the decoder's library.
 */
export const unitsOf = (...units: readonly SentUnit[]): Buffer => Buffer.concat(units.map(unitOf));
