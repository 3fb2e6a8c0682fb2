import { StringDecoder } from 'node:string_decoder';

const answers = (event: string, id: string | number): boolean => {
  const data = event
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(5).trimStart())
    .join('\n');
  try {
    const message: unknown = JSON.parse(data);
    return (
      typeof message === 'object' &&
      message !== null &&
      'id' in message &&
      message.id === id &&
      ('result' in message || 'error' in message)
    );
  } catch {
    return false;
  }
};

/**
 * Tells, chunk by chunk of a stream of events, whether the answer to the request `id` has come whole. A server should end the stream after it, and need not: who waits for the
 * end has the answer and says that there was none.
 */
export const answerSeen = (id: string | number): ((chunk: Buffer) => boolean) => {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let isSeen = false;
  return (chunk) => {
    const events = (rest + decoder.write(chunk)).replace(/\r\n?/g, '\n').split('\n\n');
    rest = events.pop() ?? '';
    isSeen ||= events.some((event) => answers(event, id));
    return isSeen;
  };
};
