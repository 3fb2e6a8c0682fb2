import { describe, expect, it } from '@jest/globals';
import type { Outbound } from '@interlock/outbound';
import fc from 'fast-check';
import { answerSeen, plainLineEnds } from '../src/mcp/sessions/event-stream.js';
import { httpTransport } from '../src/mcp/sessions/http-transport.js';
import { Outgoing } from '../src/mcp/sessions/outgoing.js';

const event = (message: object, end = '\n'): string =>
  `event: message${end}data: ${JSON.stringify(message)}${end}${end}`;
const seen = (id: string | number, ...chunks: readonly string[]): readonly boolean[] => {
  const take = answerSeen(id);
  return chunks.map((chunk) => take(Buffer.from(chunk)));
};
const answer = { jsonrpc: '2.0', id: 7, result: { text: 'äöü €' } };

/**
 * What the standard says: the data of the events that are whole, of those without a name or named
 * `message`.
 */
const wholeEvents = (text: string): readonly string[] => {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  const events: string[] = [];
  let data: string[] = [];
  let name = '';
  for (const line of lines.slice(0, -1)) {
    if (line === '' && data.length > 0 && ['', 'message'].includes(name)) events.push(data.join('\n'));
    if (line === '') [data, name] = [[], ''];
    const [field, value] = /^([^:]+)(?:: ?(.*))?$/.exec(line)?.slice(1) ?? [];
    if (field === 'data') data.push(value ?? '');
    if (field === 'event') name = value ?? '';
  }
  return events;
};
const hasAnswer = (text: string): boolean =>
  wholeEvents(text).some((data) => /^\{"jsonrpc":"2.0",\s*"id":7,\s*"result".*\}$/.test(data));

const lines = fc.oneof(
  fc.constantFrom(
    ['data: {"jsonrpc":"2.0",', 'data:"id":7,', 'data:  "result":{"text":"äöü €"}}', ''],
    [`data:${JSON.stringify(answer)}`, ''],
    ['event: message', `data: ${JSON.stringify(answer)}`, ''],
    ['event: other', `data: ${JSON.stringify(answer)}`, ''],
    ['data: {"jsonrpc":"2.0","method":"notifications/progress"}', 'id: 7', ''],
    ['data', 'retry: 5', ''],
    [': ö', ''],
    [''],
  ),
  fc.constant([`data: ${'x'.repeat(40)}`]),
);
const streams = fc
  .tuple(
    fc.constantFrom('', '\uFEFF'),
    fc.array(lines, { maxLength: 6 }).map((some) => some.flat()),
    fc.array(fc.constantFrom('\n', '\r', '\r\n'), { minLength: 1, maxLength: 5 }),
  )
  .map(([bom, all, ends]) => bom + all.map((line, i) => line + (ends[i % ends.length] ?? '\n')).join(''));
const cut = (text: string, places: readonly number[]): readonly Buffer[] => {
  const bytes = Buffer.from(text);
  const at = [0, ...places.map((place) => place % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
};

/**
 * What the client of MCP is told of a stream that comes in these chunks and is never ended by the
 * server.
 */
const received = async (chunks: readonly Buffer[]): Promise<unknown> => {
  const send: Outbound['send'] = (_method, { isWhole }) => {
    const headers = { 'content-type': 'text/event-stream' };
    const end = chunks.findIndex((chunk) => isWhole?.(chunk, headers) === true);
    if (end < 0) return Promise.reject(new Error('no whole answer within the deadline'));
    const bytes = Buffer.concat(chunks.slice(0, end + 1));
    return Promise.resolve({ status: 200, headers, bytes, body: bytes.toString() });
  };
  const transport = httpTransport({
    outbound: { send, post: (request) => send('POST', request), connect: () => Promise.reject(new Error()) },
    url: 'http://127.0.0.1/mcp',
    token: () => '',
    timeout_ms: 1000,
    max_bytes: 1_048_576,
    outgoing: new Outgoing(),
  });
  const message = new Promise((resolve, reject) => {
    transport.onmessage = resolve;
    transport.onerror = reject;
  });
  await transport.start();
  await transport.send({ jsonrpc: '2.0', id: 7, method: 'tools/call', params: {} });
  return message;
};

describe('an answer in a stream of events', () => {
  it('is there as soon as its event is whole, wherever the chunks end', () => {
    const [first, second] = [
      event({ id: 7, result: { text: 'ä' } }).slice(0, 30),
      event({ id: 7, result: { text: 'ä' } }).slice(30),
    ];
    expect(seen(7, first, second, ': more')).toEqual([false, true, true]);
    expect(seen(7, event({ id: '7', result: {} }))).toEqual([true]);
    expect(seen('a', event({ id: 'a', error: { code: 1 } }, '\r\n'))).toEqual([true]);
  });

  it('is no notification, no request, no answer to another, no event of another name, and nothing that cannot be read', () => {
    expect(
      seen(
        7,
        event({ method: 'notifications/progress' }),
        event({ id: 7, method: 'ping' }),
        event({ id: '8', result: {} }),
        'data: {"id":7,"result"\n\n',
        ': {"id":7,"result":{}}\n\n',
        event({ id: 7, result: {} }).replace('message', 'other'),
      ),
    ).toEqual([false, false, false, false, false, false]);
  });

  it('is seen with the chunk that completes its event, whatever ends the lines and however the stream is cut', () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat(), { maxLength: 12 }), (text, places) => {
        const chunks = cut(text, places);
        const take = answerSeen(7);
        expect(chunks.map((chunk) => take(chunk))).toEqual(
          chunks.map((_, i) => hasAnswer(Buffer.concat(chunks.slice(0, i + 1)).toString())),
        );
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['LF', '\n'],
    ['CR', '\r'],
    ['CRLF', '\r\n'],
  ])('reaches the client wherever its chunks end: %s', async (_name, end) => {
    const text = `: hello${end}${event(answer, end)}`;
    for (let place = 0; place <= Buffer.byteLength(text); place += 1)
      expect(await received(cut(text, [place]))).toEqual(answer);
  });

  it.each([
    ['a large event in tiny chunks', event({ ...answer, result: { text: 'x'.repeat(900_000) } }), 16],
    ['nothing but CR before it', `${'\r'.repeat(900_000)}${event(answer)}`, 65_536],
  ])('is found in one pass: %s', async (_name, text, size) => {
    const bytes = Buffer.from(text);
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, (i + 1) * size),
    );
    expect(await received(chunks)).toMatchObject({ id: 7 });
  });
});

describe('plain line ends', () => {
  it('are the same for a text in pieces as for the whole', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom('\r', '\n', 'a') })), (pieces) => {
        const plain = plainLineEnds();
        expect(pieces.map((piece) => plain(piece)).join('')).toBe(pieces.join('').replace(/\r\n?/g, '\n'));
      }),
    );
  });
});
