import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { testMetadata, type RecordedEvent } from '@interlock/kernel';
import { eventLine, readExportedLine } from '../src/index.js';

const eventOf = (data: unknown): RecordedEvent => ({
  position: { commit: 7n, prepare: 5n },
  stream: 'action-demo:a',
  revision: 3n,
  id: '00000000-0000-4000-8000-000000000001',
  type: 'SomethingHappened',
  created: '2026-11-20T10:00:00.000Z',
  data: data as object,
  metadata: testMetadata(),
});

describe("an event's line", () => {
  it('keeps the members of its data in their order, for rules go through them', () => {
    const line = eventLine(eventOf({ users: 1, latency_ms: 2, availability_pct: { b: 1, a: 2 } }));
    expect(line).toMatch(
      /^\{"created":"2026-11-20T10:00:00\.000Z","data":\{"users":1,"latency_ms":2,"availability_pct":\{"b":1,"a":2\}\},"id":"/,
    );
    expect(
      line.endsWith('"position":"7/5","revision":"3","stream":"action-demo:a","type":"SomethingHappened"}'),
    ).toBe(true);
  });

  it('read back is the event, and the same line again', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (data) => {
        const line = eventLine(eventOf(JSON.parse(JSON.stringify(data))));
        expect(line.includes('\n')).toBe(false);
        const read = readExportedLine(line);
        if (!('event' in read)) throw new Error(read.fault);
        expect(eventLine(read.event)).toBe(line);
      }),
    );
  });

  it('is there for whatever a stranger put into the log', () => {
    expect(eventLine(eventOf({ n: Infinity }))).toContain('"data":{"n":null}');
    expect(eventLine(eventOf(new Uint8Array([1, 2])))).toContain('"data":{"$base64":"AQI="}');
    expect(eventLine(eventOf('text'))).toContain('"data":"text"');
    expect(eventLine(eventOf(undefined))).toContain('"data":null');
    expect(eventLine(eventOf({ half: '\ud800' }))).toContain('"half":"\\ud800"');
  });
});
