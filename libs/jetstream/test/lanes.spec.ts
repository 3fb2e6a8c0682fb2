import { describe, expect, it } from '@jest/globals';
import type { Delivery } from '../src/messages/delivery.js';
import { Lanes, type LaneLimits } from '../src/consumer/lanes.js';

const limits: LaneLimits = {
  concurrency: 4,
  share: 2,
  waiting: 3,
  waitingBytes: 100,
  waitingInAll: 5,
  waitingBytesInAll: 150,
};
const message = (sequence: number, bytes = 1): Delivery => ({
  sequence,
  subject: 's',
  data: new Uint8Array(bytes),
  headers: undefined,
  deliveries: 1,
  pending: 0,
  ack: () => undefined,
  nak: () => undefined,
  term: () => undefined,
  working: () => undefined,
});
const begun = (lanes: Lanes): readonly string[] => {
  const all: string[] = [];
  for (let next = lanes.begin(); next !== undefined; next = lanes.begin())
    all.push(`${next.name}${next.message.sequence}`);
  return all;
};

describe('lanes', () => {
  it('take turns, each in its own order, and none has more than its share', () => {
    const lanes = new Lanes(limits);
    for (const n of [1, 2, 3]) lanes.offer('a', message(n));
    for (const n of [1, 2]) lanes.offer('b', message(n));
    expect(begun(lanes)).toEqual(['a1', 'b1', 'a2', 'b2']);
    lanes.end('b');
    expect(begun(lanes)).toEqual([]);
    lanes.end('a');
    expect(begun(lanes)).toEqual(['a3']);
  });

  it("put back what is over a lane's bound, and take another lane's", () => {
    const lanes = new Lanes(limits);
    expect([1, 2, 3, 4].map((n) => lanes.offer('a', message(n)))).toEqual([true, true, true, false]);
    expect(lanes.offer('b', message(1))).toBe(true);
  });

  it('put back what is over the bound of all, but always take one of a lane that has none', () => {
    const lanes = new Lanes(limits);
    for (const n of [1, 2, 3]) lanes.offer('a', message(n));
    expect([1, 2, 3].map((n) => lanes.offer('b', message(n)))).toEqual([true, true, false]);
    expect([1, 2].map((n) => lanes.offer('c', message(n)))).toEqual([true, false]);
  });

  it('bound the bytes that wait, and take a single message however large', () => {
    const lanes = new Lanes(limits);
    expect(lanes.offer('a', message(1, 1000))).toBe(true);
    expect(lanes.offer('a', message(2))).toBe(false);
    expect(begun(lanes)).toEqual(['a1']);
    expect([lanes.offer('a', message(2, 100)), lanes.offer('a', message(3))]).toEqual([true, false]);
  });

  it('give back all that waits, and then have room again', () => {
    const lanes = new Lanes(limits);
    for (const n of [1, 2, 3]) lanes.offer('a', message(n));
    lanes.begin();
    expect(lanes.empty().map(({ sequence }) => sequence)).toEqual([2, 3]);
    expect(begun(lanes)).toEqual([]);
    lanes.end('a');
    expect(lanes.offer('a', message(4))).toBe(true);
    expect(begun(lanes)).toEqual(['a4']);
  });
});
