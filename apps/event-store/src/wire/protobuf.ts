/**
 * Protobuf's wire format for the frequent messages, because the generated classes take several
 * times as long.
 */

const VARINT_LIMIT = 2 ** 31;
/** A varint of up to this many bytes is exact in JavaScript. */
const EXACT_BYTES = 7;
const VARINT_BYTES = 10;

export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

export function bigintSize(value: bigint): number {
  let size = 1;
  for (let rest = BigInt.asUintN(64, value); rest >= 128n; rest >>= 7n) size += 1;
  return size;
}

/** A length-delimited field's size, its one-byte tag included. */
export const fieldSize = (size: number): number => 1 + varintSize(size) + size;

/** A cursor over a buffer of exactly the computed size. */
export class Cursor {
  offset = 0;

  constructor(readonly buffer: Buffer) {}

  byte(value: number): void {
    this.buffer[this.offset++] = value;
  }

  varint(value: number): void {
    let rest = value;
    while (rest >= VARINT_LIMIT) {
      this.buffer[this.offset++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 128) {
      this.buffer[this.offset++] = (rest & 127) | 128;
      rest >>>= 7;
    }
    this.buffer[this.offset++] = rest;
  }

  latin1(text: string): void {
    this.offset += this.buffer.write(text, this.offset, 'latin1');
  }

  utf8(text: string, size: number): void {
    if (size === text.length) this.latin1(text);
    else this.offset += this.buffer.write(text, this.offset, 'utf8');
  }

  bytes(data: Uint8Array): void {
    this.buffer.set(data, this.offset);
    this.offset += data.length;
  }

  bigint(value: bigint): void {
    let rest = BigInt.asUintN(64, value);
    while (rest >= 128n) {
      this.byte(Number(rest & 127n) | 128);
      rest >>= 7n;
    }
    this.byte(Number(rest));
  }
}

/** The wire types of fields; groups, which no message here has, are refused. */
const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const FIXED_32 = 5;

/**
 * Reads a message field by field. `next` moves to a field, whose value is then read or skipped.
 * Throws on malformed bytes.
 */
export class Fields {
  /** The number of the current field. */
  number = 0;
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;
  #type = 0;

  constructor(bytes: Buffer, at = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = at;
    this.#end = end;
  }

  /** False at the end of the message. */
  next(): boolean {
    if (this.#at === this.#end) return false;
    const tag = this.#varint();
    this.number = Math.floor(tag / 8);
    this.#type = tag % 8;
    if (this.number === 0) throw new Error('a field has no number');
    return true;
  }

  /** The fields of a message in this one. */
  message(): Fields {
    const start = this.#delimited();
    return new Fields(this.#bytes, start, this.#at);
  }

  bytes(): Buffer {
    const start = this.#delimited();
    return this.#bytes.subarray(start, this.#at);
  }

  text(): string {
    const start = this.#delimited();
    return this.#bytes.toString('utf8', start, this.#at);
  }

  bool(): boolean {
    this.#expect(VARINT);
    return this.#varint() !== 0;
  }

  uint64(): bigint {
    this.#expect(VARINT);
    const start = this.#at;
    const value = this.#varint();
    if (this.#at - start <= EXACT_BYTES) return BigInt(value);
    let exact = 0n;
    for (let at = this.#at - 1; at >= start; at -= 1)
      exact = (exact << 7n) | BigInt((this.#bytes[at] ?? 0) & 127);
    return BigInt.asUintN(64, exact);
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64());
  }

  int32(): number {
    return Number(BigInt.asIntN(32, this.uint64()));
  }

  skip(): void {
    if (this.#type === VARINT) this.#varint();
    else if (this.#type === DELIMITED) this.#delimited();
    else if (this.#type === FIXED_64) this.#pass(8);
    else if (this.#type === FIXED_32) this.#pass(4);
    else throw new Error('a field is of no known type');
  }

  /** Skips a length and its content; returns where the content begins. */
  #delimited(): number {
    this.#expect(DELIMITED);
    const length = this.#varint();
    const start = this.#at;
    this.#pass(length);
    return start;
  }

  #pass(length: number): void {
    if (length > this.#end - this.#at) throw new Error('a field is longer than its message');
    this.#at += length;
  }

  #expect(type: number): void {
    if (this.#type !== type) throw new Error(`field ${this.number} is not of its type`);
  }

  #varint(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < VARINT_BYTES && this.#at < this.#end; count += 1) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    throw new Error('a number has no end');
  }
}
