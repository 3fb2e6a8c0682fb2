import { describe, expect, it } from '@jest/globals';
import { ProblemError, testMetadata, type RecordedEvent } from '@interlock/kernel';
import { parseRelayedEvent, relayedEvent } from '../src/index.js';
import { relayBody, relaySubject } from '../src/relay/session.js';
import { problemReply, readReply } from '../src/rpc/rpc-wire.js';
import { contextOf, incomingHeaders, outgoingHeaders } from '../src/messages/trace-context.js';
import { trace } from '@opentelemetry/api';

const recorded: RecordedEvent = {
  id: '5f0f2d0c-0000-4000-8000-000000000001',
  type: 'Happened',
  data: { n: 1 },
  metadata: testMetadata(),
  stream: 'action-demo:1',
  revision: 9_007_199_254_740_993n,
  position: { commit: 9_007_199_254_740_995n, prepare: 9_007_199_254_740_994n },
  created: '2026-01-01T00:00:00.000Z',
};

describe('a relayed event', () => {
  it('comes back as it was, with numbers beyond 2^53', () =>
    expect(parseRelayedEvent(JSON.parse(JSON.stringify(relayedEvent(recorded))))).toEqual(recorded));

  it.each<[string, object]>([
    ['no object', []],
    ['no id', { id: 1 }],
    ['no revision', { revision: 12 }],
    ['an odd revision', { revision: '-1' }],
    ['an odd position', { position: 'x' }],
    ['no position', { position: 5 }],
    ['no metadata', { metadata: null }],
    ['no data', { data: null }],
    ['data that is a list', { data: [] }],
  ])('is refused with %s', (_, over) => {
    const value = Array.isArray(over) ? over : { ...relayedEvent(recorded), ...over };
    expect(() => parseRelayedEvent(value)).toThrow('no relayed event');
  });

  it('is refused where it is nothing at all', () => {
    for (const value of [undefined, null, 'text', 5])
      expect(() => parseRelayedEvent(value)).toThrow('it is not an object');
  });

  it('loses its data and then its metadata where it is too large, says so, and is left out where even that is too large', () => {
    const large = { ...recorded, data: { text: 'x'.repeat(1000) } };
    const sent = (bytes: number): unknown => JSON.parse(Buffer.from(relayBody(large, bytes)!).toString());
    const size = relayBody(large, 1e6)!.byteLength;
    expect(sent(size)).toEqual(relayedEvent(large));
    const stub = { ...relayedEvent(large), data: null, truncated: true };
    expect(sent(size - 1)).toEqual(stub);
    const stubSize = Buffer.byteLength(JSON.stringify(stub));
    expect(sent(stubSize - 1)).toEqual({ ...stub, metadata: {} });
    expect(relayBody(large, 100)).toBeUndefined();
  });

  it('goes to the subject of its stream, or to none', () => {
    expect(relaySubject(recorded)).toBe('interlock.events.action.Happened.demo');
    expect(relaySubject({ stream: 'kill_switch-_system:global', type: 'KillSwitchEngaged' })).toBe(
      'interlock.events.kill_switch.KillSwitchEngaged._system',
    );
    for (const [stream, type] of [
      ['nothing', 'A'],
      ['action-demo:1', 'A B'],
      ['action-demo:1', '>'],
      ['action-demo:1', ''],
      ['action-d*:1', 'A'],
    ] as const) {
      expect(relaySubject({ stream, type })).toBeUndefined();
    }
  });
});

describe('a reply', () => {
  it('keeps the code of a problem inside, whatever its members are called', () => {
    const reply = problemReply(
      new ProblemError('wrong-state', 'no', { members: { code: 'other', detail: 'other', state: 'x' } }),
    );
    expect(reply).toEqual({
      problem: { code: 'wrong-state', title: 'wrong state', detail: 'no', state: 'x' },
    });
  });

  it.each(['', 'text', 'null', '[]', '{}', '{"problem":null}', '{"problem":5}'])(
    'that reads %j is an error of the service',
    (text) => expect(() => readReply('posture', text)).toThrow(/internal-error/),
  );

  it('with a code that nobody knows is an internal error', () => {
    expect(() => readReply('posture', '{"problem":{"code":"so-odd","detail":"d"}}')).toThrow(
      'internal-error: d',
    );
  });

  it('gives the answer, also where that is nothing', () => {
    expect(readReply('posture', '{"ok":null}')).toBeNull();
    expect(readReply('posture', '{"ok":{"a":1}}')).toEqual({ a: 1 });
  });
});

describe('headers', () => {
  it('name a trace only in the one form', () => {
    expect(
      trace.getSpanContext(contextOf('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')),
    ).toMatchObject({
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
      traceFlags: 1,
      isRemote: true,
    });
    for (const text of [
      undefined,
      '',
      '00-x-y-01',
      '01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    ])
      expect(trace.getSpanContext(contextOf(text))).toBeUndefined();
  });

  it('come back as a plain object, the last of a repeated one', () => {
    const all = outgoingHeaders({ a: '1', b: '2' });
    all.append('a', '3');
    expect(incomingHeaders(all)).toEqual({ a: '3', b: '2' });
    expect(incomingHeaders(undefined)).toEqual({});
  });
});
