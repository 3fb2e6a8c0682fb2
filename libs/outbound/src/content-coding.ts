import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { OutboundError } from './outbound-error.js';

/** Decoders by the name of a content coding (RFC 9110, 8.4.1). */
const decoders = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
} as const;

const isKnown = (coding: string): coding is keyof typeof decoders => Object.hasOwn(decoders, coding);

/**
 * Returns the body of an answer in pieces, without its content coding. Some servers compress
 * although nobody asked for it, and name a coding for an empty body too. Throws OutboundError for
 * an unknown coding and for bytes that are not in the stated one, and the errors of the message.
 */
export const decoded = async function* (message: IncomingMessage): AsyncGenerator<Buffer> {
  const coding = (message.headers['content-encoding'] ?? '').trim().toLowerCase();
  if (coding === '' || coding === 'identity') {
    yield* message as AsyncIterable<Buffer>;
    return;
  }
  const body = (message as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  const first = await body.next();
  if (first.done === true) return;
  if (!isKnown(coding))
    throw new OutboundError(
      'unreadable',
      true,
      `the answer has the content coding \`${coding.slice(0, 64)}\`, which is not known`,
    );
  let broken: unknown;
  const whole = async function* (): AsyncGenerator<Buffer> {
    try {
      yield first.value;
      yield* { [Symbol.asyncIterator]: () => body };
    } catch (error) {
      broken ??= error;
      throw error;
    }
  };
  const pieces = decoders[coding]();
  pipeline(whole, pieces, () => undefined);
  try {
    yield* pieces as AsyncIterable<Buffer>;
  } catch {
    if (broken !== undefined) throw broken;
    throw new OutboundError('unreadable', true, `the answer is not in its content coding: ${coding}`);
  }
};
