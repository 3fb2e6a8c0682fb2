import { isObject } from '@interlock/kernel';
import { createParser } from 'eventsource-parser';

/**
 * Makes a function that takes a text piece by piece and gives it with LF as the only line end,
 * where CR and CRLF were others. A CR ends its line at once, wherever the piece ends; the LF that
 * belongs to it is dropped when it comes.
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

const answers = (data: string, id: string | number): boolean => {
  try {
    const message: unknown = JSON.parse(data);
    return isObject(message) && message['id'] === id && ('result' in message || 'error' in message);
  } catch {
    return false;
  }
};

/**
 * Tells, chunk by chunk of a stream of events, whether the answer to the request `id` has come
 * whole. A server should end the stream after it, and need not: who waits for the end has the
 * answer and says that there was none.
 *
 * The events are read by the parser that the client of MCP has, so that what is seen here is seen
 * there, provided that it gets the same text with plain line ends too. With them the parser takes
 * each text once; where a CR is in it, it searches the rest of the text again for each line, and it
 * waits for what follows a CR at the end.
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
