import { describe, expect, it } from '@jest/globals';
import { answerSeen } from '../src/mcp/event-stream.js';

const event = (message: object, end = '\n'): string =>
  `event: message${end}data: ${JSON.stringify(message)}${end}${end}`;
const seen = (id: string | number, ...chunks: readonly string[]): readonly boolean[] => {
  const take = answerSeen(id);
  return chunks.map((chunk) => take(Buffer.from(chunk)));
};

describe('an answer in a stream of events', () => {
  it('is there as soon as its event is whole, wherever the chunks end', () => {
    const [first, second] = [
      event({ id: 7, result: { text: 'ä' } }).slice(0, 30),
      event({ id: 7, result: { text: 'ä' } }).slice(30),
    ];
    expect(seen(7, first, second, ': more')).toEqual([false, true, true]);
    expect(seen('a', event({ id: 'a', error: { code: 1 } }, '\r\n'))).toEqual([true]);
  });

  it('is no notification, no request, no answer to another, and nothing that cannot be read', () => {
    expect(
      seen(
        7,
        event({ method: 'notifications/progress' }),
        event({ id: 7, method: 'ping' }),
        event({ id: '7', result: {} }),
        'data: {"id":7,"result"\n\n',
        ': {"id":7,"result":{}}\n\n',
      ),
    ).toEqual([false, false, false, false, false]);
  });
});
