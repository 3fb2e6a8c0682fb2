import { NetconfFramingError } from '../errors.js';

const END_OF_MESSAGE = Buffer.from(']]>]]>');
const LF = 0x0a;
const HASH = 0x23;
const MAX_CHUNK_SIZE = 4_294_967_295;

/**
 * `eom`: `]]>]]>` after each message (RFC 6242 section 4.3). `chunked`: counted chunks (section
 * 4.2).
 */
export type Framing = 'eom' | 'chunked';

/**
 * One message framed with the end-of-message mark. The caller's text must not hold the mark, see
 * `serialiseXml`.
 */
export const frameEom = (message: string): Buffer => Buffer.from(`${message}]]>]]>`);

/** One message as one chunk and the end-of-chunks mark. An empty message cannot be framed. */
export const frameChunked = (message: string): Buffer => {
  const size = Buffer.byteLength(message);
  if (size === 0) throw new RangeError('an empty message cannot be chunked');
  return Buffer.from(`\n#${size}\n${message}\n##\n`);
};

/** One message in the given framing. */
export const frame = (framing: Framing, message: string): Buffer =>
  framing === 'eom' ? frameEom(message) : frameChunked(message);

type ChunkState = 'lf' | 'hash' | 'size_first' | 'size' | 'data' | 'end_lf';

/**
 * Divides a byte stream into messages. `push` calls `onMessage` once per whole message, in order.
 * The callback may call `switchTo`; later bytes of the same packet are then read in the new
 * framing.
 * @throws NetconfFramingError from `push`, for anything outside the grammar or beyond the limit.
 * The decoder is then unusable.
 */
export class FrameDecoder {
  #framing: Framing = 'eom';
  #state: ChunkState = 'lf';
  #size = 0;
  #digits = 0;
  #chunks = 0;
  #buffer: Buffer = Buffer.allocUnsafe(4096);
  #length = 0;
  #broken = false;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

  constructor(
    readonly maxMessageBytes: number,
    readonly onMessage: (message: string) => void,
  ) {}

  /**
   * Reads the next message in another framing. Only valid between two messages, as in the hello's
   * handler.
   */
  switchTo(framing: Framing): void {
    if (this.#length > 0 || this.#state !== 'lf')
      throw new NetconfFramingError('framing cannot change inside a message');
    this.#framing = framing;
  }

  /** True if no part of a message is held. */
  get idle(): boolean {
    return this.#length === 0 && this.#state === 'lf';
  }

  /** Takes the next bytes of the stream, in pieces of any size. */
  push(bytes: Buffer): void {
    if (this.#broken) throw new NetconfFramingError('the stream is already broken');
    try {
      let offset = 0;
      while (offset < bytes.length)
        offset = this.#framing === 'eom' ? this.#eom(bytes, offset) : this.#chunked(bytes, offset);
    } catch (error) {
      this.#broken = true;
      throw error;
    }
  }

  #eom(bytes: Buffer, from: number): number {
    // The mark may span two packets, so look again at the last five bytes held.
    const held = this.#length;
    const searchFrom = Math.max(0, held - (END_OF_MESSAGE.length - 1));
    const room = this.maxMessageBytes + END_OF_MESSAGE.length - held;
    const mark = bytes.indexOf(END_OF_MESSAGE, from);
    const taken = Math.min((mark === -1 ? bytes.length : mark + END_OF_MESSAGE.length) - from, room);
    this.#append(bytes.subarray(from, from + taken));
    const at = this.#buffer.subarray(0, this.#length).indexOf(END_OF_MESSAGE, searchFrom);
    if (at === -1) {
      if (this.#length >= this.maxMessageBytes + END_OF_MESSAGE.length) throw this.#tooLarge();
      return from + taken;
    }
    const consumed = at + END_OF_MESSAGE.length - held;
    this.#length = at;
    this.#emit();
    return from + consumed;
  }

  #chunked(bytes: Buffer, from: number): number {
    if (this.#state === 'data') {
      const taken = Math.min(this.#size, bytes.length - from);
      this.#append(bytes.subarray(from, from + taken));
      this.#size -= taken;
      if (this.#size === 0) this.#state = 'lf';
      return from + taken;
    }
    this.#header(bytes[from] ?? 0);
    return from + 1;
  }

  #header(byte: number): void {
    const digit = byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : -1;
    if (this.#state === 'lf' && byte === LF) this.#state = 'hash';
    else if (this.#state === 'hash' && byte === HASH) this.#state = 'size_first';
    else if (this.#state === 'size_first' && digit > 0) {
      this.#size = digit;
      this.#digits = 1;
      this.#state = 'size';
    } else if (this.#state === 'size_first' && byte === HASH && this.#chunks > 0) this.#state = 'end_lf';
    else if (this.#state === 'size' && digit >= 0 && this.#digits < 10) {
      this.#size = this.#size * 10 + digit;
      this.#digits += 1;
    } else if (this.#state === 'size' && byte === LF) this.#startChunk();
    else if (this.#state === 'end_lf' && byte === LF) {
      this.#state = 'lf';
      this.#chunks = 0;
      this.#emit();
    } else
      throw new NetconfFramingError(
        `byte 0x${byte.toString(16).padStart(2, '0')} is outside the chunk grammar`,
      );
  }

  #startChunk(): void {
    if (this.#size > MAX_CHUNK_SIZE)
      throw new NetconfFramingError('a chunk is larger than the protocol allows');
    if (this.#length + this.#size > this.maxMessageBytes) throw this.#tooLarge();
    this.#chunks += 1;
    this.#state = 'data';
  }

  #append(piece: Buffer): void {
    const needed = this.#length + piece.length;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    piece.copy(this.#buffer, this.#length);
    this.#length = needed;
  }

  #emit(): void {
    const text = this.#decode();
    this.#length = 0;
    if (this.#buffer.length > 1 << 20) this.#buffer = Buffer.allocUnsafe(4096);
    this.onMessage(text);
  }

  #decode(): string {
    try {
      return this.#decoder.decode(this.#buffer.subarray(0, this.#length));
    } catch {
      throw new NetconfFramingError('a message is not valid UTF-8');
    }
  }

  #tooLarge(): NetconfFramingError {
    return new NetconfFramingError(`a message is larger than ${this.maxMessageBytes} bytes`);
  }
}
