import { describe, expect, it } from '@jest/globals';
import { Places } from '../src/handlers/places.js';

describe('the places of an endpoint', () => {
  it('are as many as its limit, are given back once, and are counted for each endpoint alone', () => {
    const places = new Places(1000);
    const first = places.take('a', 2);
    const second = places.take('a', 2);
    expect([first, second].every((one) => one !== undefined)).toBe(true);
    expect(places.take('a', 2)).toBeUndefined();
    expect(places.take('b', 1)).toBeDefined();
    first?.();
    first?.();
    expect(places.take('a', 2)).toBeDefined();
    expect(places.take('a', 2)).toBeUndefined();
    expect(places.take('c', 0)).toBeUndefined();
  });

  it('are not asked for a while after five failures in a row, then one call tries', () => {
    let now = 0;
    const places = new Places(1000, () => now);
    for (let i = 0; i < 5; i += 1) {
      expect(places.may('a')).toBe(true);
      places.record('a', `failure ${i}`);
    }
    expect(places.faultOf('a')).toBe('failure 4');
    expect([places.may('a'), places.may('b'), places.open]).toEqual([false, true, ['a']]);
    now = 999;
    expect(places.may('a')).toBe(false);
    now = 1000;
    expect([places.may('a'), places.may('a')]).toEqual([true, false]);
    places.record('a', 'again');
    now = 1999;
    expect(places.may('a')).toBe(false);
    now = 2000;
    expect(places.may('a')).toBe(true);
    places.record('a', null);
    expect([places.may('a'), places.open, places.faultOf('a')]).toEqual([true, [], undefined]);
  });
});
