import { isObject } from '@interlock/kernel';
import { createParser } from 'eventsource-parser';

/**
 * Returns a function that takes a text in pieces, and returns it with CR and CRLF replaced by LF. A
 * CR ends its line at once, even at the end of a piece. The LF that belongs to it is dropped when
 * it arrives.
 */
export const plainLineEnds = (): ((piece: string) => string) => {
  let afterCr = false;
  return (piece) => {
    if (piece === '') return '';
    const text = afterCr && piece.startsWith('\n') ? piece.slice(1) : piece;
    afterCr = piece.endsWith('\r');
    return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
  };
};

/** Some servers answer with the id as text. The MCP client accepts that, so it counts here too. */
const answers = (data: string, id: string | number): boolean => {
  try {
    const message: unknown = JSON.parse(data);
    if (!isObject(message) || !('result' in message || 'error' in message)) return false;
    const { id: answered } = message as { readonly id?: unknown };
    return answered === id || answered === String(id);
  } catch {
    return false;
  }
};

/**
 * Returns a function that reads a stream of events in chunks, and returns true once the whole
 * answer to the request `id` has arrived. A server should end the stream after the answer, but need
 * not. A caller that waited for the end would report a timeout although it has the answer.
 *
 * It uses the parser of the MCP client, so both see the same events if both get plain line ends.
 * Plain line ends also keep the parser linear. With a CR in the text, it searches the rest again
 * for each line, and it waits for what follows a CR at the end.
 */
export const answerSeen = (id: string | number): ((chunk: Buffer) => boolean) => {
  const decoder = new TextDecoder();
  const plain = plainLineEnds();
  let isSeen = false;
  const parser = createParser({
    onEvent: ({ event = 'message', data }) => {
      isSeen ||= event === 'message' && answers(data, id);
    },
  });
  return (chunk) => {
    if (!isSeen) parser.feed(plain(decoder.decode(chunk, { stream: true })));
    return isSeen;
  };
};
