import { afterEach, describe, expect, it } from '@jest/globals';
import { areOfEnvironment, partNames, partsNamed } from '../src/parts.js';

const before = { ...process.env };
const given = (names: { readonly [name in (typeof partNames)[number]]?: string }): void => {
  for (const name of partNames) delete process.env[name];
  Object.assign(process.env, names);
};

describe('the parts of a command', () => {
  afterEach(() => {
    for (const name of partNames) delete process.env[name];
    Object.assign(process.env, before);
  });

  it('are of the environment if it names all of them', () => {
    given({ DATABASE_URL: 'postgres://a', EVENT_STORE_URL: 'esdb://a' });
    expect(areOfEnvironment({}, 'DATABASE_URL', 'EVENT_STORE_URL')).toBe(true);
  });

  it('are of the home if the environment names none', () => {
    given({ NATS_URL: 'nats://a' });
    expect(areOfEnvironment({}, 'DATABASE_URL', 'EVENT_STORE_URL')).toBe(false);
  });

  it('are of a home that was named, whatever the environment names', () => {
    given({ DATABASE_URL: 'postgres://a' });
    expect(areOfEnvironment({ home: '/h' }, 'DATABASE_URL', 'EVENT_STORE_URL')).toBe(false);
    expect(partsNamed({ home: '/h' }, partNames)).toEqual([]);
  });

  it('are refused if the environment names only some', () => {
    given({ DATABASE_URL: 'postgres://a', EVENT_STORE_URL: '' });
    expect(() => areOfEnvironment({}, 'DATABASE_URL', 'EVENT_STORE_URL')).toThrow(
      'EVENT_STORE_URL is not set: set both, or neither for those of the home',
    );
  });
});
