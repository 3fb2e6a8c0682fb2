import { describe, expect, it } from '@jest/globals';
import { Offers } from '../src/sessions/offers.js';

/** A sequence of numbers from 0 to below 1 that a seed determines (mulberry32). */
const randomOf = (seed: number) => {
  let state = seed;
  return (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const network = '192.0.2.1';
const periodS = 5;

type Fleet = {
  readonly devices: number;
  readonly seed: number;
  /** The share of the period by which the interval between two calls varies. */
  readonly jitter?: number;
  /** Devices that called once and are gone. */
  readonly gone?: number;
  /** The seconds between two callers that prove no key. */
  readonly strangersEveryS?: number;
};

/**
 * Simulates devices behind one address that lost their connections, each with a client certificate
 * of its own. Returns the seconds until each one has a connection again; one hour at most.
 */
const secondsUntilAll = ({ devices, seed, jitter = 0.05, gone = 0, strangersEveryS }: Fleet): number => {
  const random = randomOf(seed);
  const held = new Set<string>();
  const offers = new Offers({ isWaiting: (key) => held.has(key), random });
  for (let n = 0; n < gone; n += 1)
    offers.called(network, `gone ${n}`, { expected: undefined, mustCallAgain: true });
  const calls = Array.from({ length: devices }, (_, n) => ({ at: random() * periodS, key: `device ${n}` }));
  if (strangersEveryS !== undefined) calls.push({ at: 0, key: 'stranger' });
  for (;;) {
    calls.sort((a, b) => a.at - b.at);
    const call = calls[0]!;
    if (call.at > 3600) return 3600;
    const expected = offers.expected(network);
    if (call.key === 'stranger') {
      call.at += strangersEveryS!;
      continue;
    }
    const mustCallAgain = expected !== call.key;
    offers.called(network, call.key, { expected, mustCallAgain });
    if (mustCallAgain) call.at += periodS * (1 - jitter + 2 * jitter * random());
    else {
      held.add(call.key);
      calls.shift();
      if (held.size === devices) return call.at;
    }
  }
};

describe('the certificate that a caller over TLS is shown', () => {
  it.each<[string, Omit<Fleet, 'seed'>, number]>([
    ['9 devices', { devices: 9 }, 60],
    ['9 devices in step', { devices: 9, jitter: 0 }, 60],
    ['9 devices, after 9 others are gone', { devices: 9, gone: 9 }, 180],
    ['100 devices', { devices: 100 }, 120],
    ['100 devices at irregular intervals', { devices: 100, jitter: 0.5 }, 300],
    ['100 devices, after 100 others are gone', { devices: 100, gone: 100 }, 180],
    ['100 devices among strangers', { devices: 100, strangersEveryS: 0.2 }, 150],
    ['500 devices', { devices: 500 }, 300],
  ])('is the right one soon for %s behind one address', (_name, fleet, atMostS) => {
    for (let seed = 1; seed <= 5; seed += 1)
      expect(secondsUntilAll({ ...fleet, seed })).toBeLessThan(atMostS);
  });

  it("is the last caller's in a network from which no device has called", () => {
    const offers = new Offers({ isWaiting: () => false });
    expect(offers.expected(network)).toBeUndefined();
    offers.called('198.51.100.1', 'one', { expected: undefined, mustCallAgain: true });
    expect(offers.expected(network)).toBe('one');
    offers.forget('198.51.100.1', 'one');
    expect(offers.expected(network)).toBeUndefined();
    expect(offers.expected('198.51.100.1')).toBeUndefined();
  });

  it('is not that of a device with a waiting connection, if another one has called', () => {
    const offers = new Offers({ isWaiting: (key) => key === 'held', random: randomOf(1) });
    for (const key of ['held', 'other']) offers.called(network, key, { expected: key, mustCallAgain: false });
    const chosen = Array.from({ length: 20 }, () => offers.expected(network));
    expect(chosen.filter((key) => key === 'other').length).toBeGreaterThan(18);
  });

  it('is forgotten for the networks that have not called for longest', () => {
    const offers = new Offers({ isWaiting: () => false, random: () => 0 });
    for (let n = 0; n <= 1024; n += 1)
      offers.called(`network ${n}`, `key ${n}`, { expected: undefined, mustCallAgain: false });
    expect(offers.expected('network 0')).toBe('key 1024');
    expect(offers.expected('network 1')).toBe('key 1');
  });
});
