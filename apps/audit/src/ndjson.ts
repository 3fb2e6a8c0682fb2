import { Readable } from 'node:stream';

const chunkSize = 32 * 1024;

/**
 * Returns lines as a response body, several per chunk. It reads lines only as fast as the client
 * does.
 */
export const ndjson = (lines: AsyncIterable<string>): Readable => {
  const chunks = async function* (): AsyncGenerator<string> {
    let chunk = '';
    for await (const line of lines) {
      chunk += `${line}\n`;
      if (chunk.length < chunkSize) continue;
      yield chunk;
      chunk = '';
    }
    if (chunk !== '') yield chunk;
  };
  return Readable.from(chunks(), { objectMode: true, highWaterMark: 2 });
};
