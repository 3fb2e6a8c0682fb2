import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  frame,
  frameChunked,
  FrameDecoder,
  frameEom,
  NetconfFramingError,
  type Framing,
} from '../src/index.js';

const decode = (framing: Framing, pieces: readonly Buffer[], max = 1 << 20): string[] => {
  const messages: string[] = [];
  const decoder = new FrameDecoder(max, (message) => messages.push(message));
  decoder.switchTo(framing);
  for (const piece of pieces) decoder.push(piece);
  return messages;
};

const cut = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  pieces.push(bytes.subarray(at));
  return pieces;
};

/** One message as several chunks of the given sizes. */
const inChunks = (message: string, sizes: readonly number[]): Buffer => {
  const pieces = cut(Buffer.from(message), sizes).filter((piece) => piece.length > 0);
  return Buffer.concat([
    ...pieces.flatMap((piece) => [Buffer.from(`\n#${piece.length}\n`), piece]),
    Buffer.from('\n##\n'),
  ]);
};

const message = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 });
const sizes = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 80 });

describe('framing', () => {
  it('gives the same messages however the bytes arrive, with the end-of-message mark', () => {
    const unmarked = message.filter((text) => !text.includes(']]>'));
    fc.assert(
      fc.property(fc.array(unmarked, { maxLength: 6 }), sizes, (messages, packets) => {
        const bytes = Buffer.concat(messages.map((text) => frameEom(text)));
        expect(decode('eom', cut(bytes, packets))).toEqual(messages);
      }),
    );
  });

  it('gives the same messages for any chunks and any packets', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(message, sizes), { maxLength: 6 }), sizes, (messages, packets) => {
        const bytes = Buffer.concat(messages.map(([text, chunks]) => inChunks(text, chunks)));
        expect(decode('chunked', cut(bytes, packets))).toEqual(messages.map(([text]) => text));
      }),
    );
  });

  it('never crashes or hangs on arbitrary bytes: it decodes or throws a framing error', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Framing>('eom', 'chunked'),
        fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 5 }),
        (framing, pieces) => {
          try {
            decode(
              framing,
              pieces.map((piece) => Buffer.from(piece)),
              64,
            );
          } catch (error) {
            expect(error).toBeInstanceOf(NetconfFramingError);
          }
        },
      ),
    );
  });

  it('reads the rest of a packet in the framing that a message’s handler switched to', () => {
    const seen: string[] = [];
    const decoder = new FrameDecoder(100, (text) => {
      seen.push(text);
      if (text === 'hello') decoder.switchTo('chunked');
    });
    decoder.push(Buffer.concat([frameEom('hello'), frameChunked('one'), frameChunked(']]>]]>')]));
    expect(seen).toEqual(['hello', 'one', ']]>]]>']);
    expect(decoder.idle).toBe(true);
  });

  it('does not change framing inside a message', () => {
    const decoder = new FrameDecoder(100, () => undefined);
    decoder.push(Buffer.from('half'));
    expect(() => decoder.switchTo('chunked')).toThrow(NetconfFramingError);
  });

  it.each([
    ['a size of zero', '\n#0\n'],
    ['a leading zero', '\n#04\nabcd\n##\n'],
    ['a missing line feed before the mark', '#4\nabcd\n##\n'],
    ['carriage returns', '\r\n#4\r\nabcd'],
    ['a blank in the size', '\n# 4\nabcd'],
    ['a sign in the size', '\n#+4\nabcd'],
    ['an empty size', '\n#\nabcd'],
    ['a size of eleven digits, before it ends', '\n#10000000000'],
    ['a size beyond 32 bits', '\n#4294967296\n'],
    ['an end mark without a chunk', '\n##\n'],
    ['an end mark with bytes after it', '\n#1\na\n##x'],
    ['a chunk longer than it says', '\n#2\nabc\n##\n'],
    ['a second line feed between messages', '\n#1\na\n##\n\n\n#1\nb\n##\n'],
    ['the other framing', '<hello/>]]>]]>'],
  ])('refuses %s', (_what, text) => {
    expect(() => decode('chunked', [Buffer.from(text)])).toThrow(NetconfFramingError);
    expect(() =>
      decode(
        'chunked',
        [...text].map((c) => Buffer.from(c)),
      ),
    ).toThrow(NetconfFramingError);
  });

  it('refuses a message beyond the cap, before its bytes arrive when the chunk says so', () => {
    expect(decode('chunked', [frameChunked('x'.repeat(64))], 64)).toHaveLength(1);
    expect(() => decode('chunked', [Buffer.from('\n#65\n')], 64)).toThrow(/larger than 64 bytes/);
    expect(() => decode('chunked', [inChunks('x'.repeat(65), [32, 32, 1])], 64)).toThrow(
      /larger than 64 bytes/,
    );
    expect(decode('eom', [frameEom('x'.repeat(64))], 64)).toHaveLength(1);
    expect(() => decode('eom', [Buffer.from('x'.repeat(70))], 64)).toThrow(/larger than 64 bytes/);
    expect(() => decode('eom', [frameEom('x'.repeat(65))], 64)).toThrow(/larger than 64 bytes/);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(() =>
      decode('chunked', [Buffer.from('\n#2\n'), Buffer.from([0xc3, 0x28]), Buffer.from('\n##\n')]),
    ).toThrow(/UTF-8/);
  });

  it('stays broken after an error', () => {
    const decoder = new FrameDecoder(100, () => undefined);
    decoder.switchTo('chunked');
    expect(() => decoder.push(Buffer.from('x'))).toThrow(NetconfFramingError);
    expect(() => decoder.push(frameChunked('ok'))).toThrow(/already broken/);
  });

  it('cannot frame an empty message in chunks', () => {
    expect(() => frame('chunked', '')).toThrow(RangeError);
    expect(frame('eom', '').toString()).toBe(']]>]]>');
  });
});
