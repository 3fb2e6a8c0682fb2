import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { codeOf, OutboundError } from './outbound-error.js';

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
 * although nobody asked for it. Throws OutboundError for an unknown coding, or for bytes that are
 * not in the stated one.
 */
export const decoded = async function* (message: IncomingMessage): AsyncGenerator<Buffer> {
  const coding = (message.headers['content-encoding'] ?? '').trim().toLowerCase();
  if (coding === '' || coding === 'identity') {
    yield* message as AsyncIterable<Buffer>;
    return;
  }
  if (!isKnown(coding))
    throw new OutboundError('unreadable', true, 'the answer has a content coding that is not known');
  const pieces = decoders[coding]();
  pipeline(message, pieces, () => undefined);
  try {
    yield* pieces as AsyncIterable<Buffer>;
  } catch (error) {
    if (!codeOf(error).startsWith('Z_') && !codeOf(error).startsWith('ERR_BROTLI')) throw error;
    throw new OutboundError('unreadable', true, `the answer is not in its content coding: ${coding}`);
  }
};
