import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  actionIdOf,
  canonicalJson,
  comparePositions,
  contentHash,
  createUpcaster,
  given,
  isProblem,
  parsePosition,
  positionText,
  ProblemError,
  refuseViolations,
  sha256Hex,
  testMetadata,
  uuidV5,
  verdicts,
  worst,
  worstOf,
  type Decider,
} from '../src/index.js';

describe('hashes', () => {
  it('SHA-256 is SHA-256, in UTF-8', () => {
    expect(sha256Hex('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(sha256Hex('ü')).toBe('607474ca475a9724d7360aba71a56d5df77e61350e3f724cfa1f46e857e2d85f');
  });

  it('canonical JSON does not depend on the order of members, and is JSON', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(contentHash(reversed)).toBe(contentHash(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(canonicalJson({ b: 1, a: [1e21, 0.1, '\u20ac'] })).toBe('{"a":[1e+21,0.1,"€"],"b":1}');
  });

  it('a value that JSON cannot hold has no hash', () => {
    expect(() => contentHash(undefined)).toThrow();
    expect(() => contentHash(Number.NaN)).toThrow();
  });

  it('a UUIDv5 is valid, equal for equal parts and different for others', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        const id = uuidV5(a, b);
        expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
        expect(uuidV5(a, b)).toBe(id);
        if (a !== b) expect(uuidV5(a)).not.toBe(uuidV5(b));
      }),
    );
    expect(actionIdOf('demo', 'i-1')).not.toBe(actionIdOf('demo2', 'i-1'));
    expect(actionIdOf('demo', 'i-1')).toBe('75153917-f855-5c46-9cb0-59eb85e0ea7e');
  });
});

describe('verdicts', () => {
  it('the worst wins, whatever the order', () => {
    const any = fc.constantFrom(...verdicts);
    fc.assert(
      fc.property(any, any, any, (a, b, c) => {
        expect(worst(a, b)).toBe(worst(b, a));
        expect(worst(a, worst(b, c))).toBe(worst(worst(a, b), c));
        expect(worst(a, a)).toBe(a);
        expect(worst(a, 'pass')).toBe(a);
        expect(worst(a, 'fail')).toBe('fail');
      }),
    );
    expect(worstOf([])).toBe('pass');
    expect(worstOf(['pass', 'error', 'inconclusive'])).toBe('error');
  });
});

describe('positions', () => {
  it('survive a round trip, and are ordered by commit, then prepare', () => {
    const position = fc.record({
      commit: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      prepare: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    });
    fc.assert(
      fc.property(position, position, (a, b) => {
        expect(parsePosition(positionText(a))).toEqual(a);
        expect(comparePositions(a, b)).toBe(-comparePositions(b, a) + 0);
        if (a.commit < b.commit) expect(comparePositions(a, b)).toBe(-1);
      }),
    );
  });

  it.each(['', '-1', '1/', '/1', '1/2/3', 'x', '1.5', '123456789012345678901'])('`%s` is none', (text) =>
    expect(parsePosition(text)).toBeUndefined(),
  );
});

describe('upcasting', () => {
  const up = createUpcaster([
    { type: 'Renamed', from: 1, up: (data) => ({ name: (data as { title: string }).title }) },
    { type: 'Renamed', from: 2, up: (data) => ({ ...data, by: null }) },
  ]);
  const event = (type: string, version: number, data: object) => ({
    id: 'e',
    type,
    data,
    metadata: testMetadata({ schema_version: version }),
  });

  it('chains one step after the other, from whichever version', () => {
    expect(up(event('Renamed', 1, { title: 'x' }))).toMatchObject({
      data: { name: 'x', by: null },
      metadata: { schema_version: 3 },
    });
    expect(up(event('Renamed', 2, { name: 'y' }))).toMatchObject({
      data: { name: 'y', by: null },
      metadata: { schema_version: 3 },
    });
  });

  it('leaves current and unknown events unchanged', () => {
    for (const one of [event('Renamed', 3, { name: 'z', by: 'a' }), event('Other', 1, {})])
      expect(up(one)).toBe(one);
  });
});

describe('problems', () => {
  it('carry code, detail and every violation', () => {
    const problem = new ProblemError('validation-failed', 'two faults', {
      violations: [{ pointer: '/a', detail: 'x' }],
      members: { state: 'x' },
    });
    expect(problem).toMatchObject({
      code: 'validation-failed',
      title: 'validation failed',
      members: { state: 'x' },
    });
    expect(isProblem(problem)).toBe(true);
    expect(isProblem(problem, 'not-found')).toBe(false);
    expect(isProblem(new Error('x'))).toBe(false);
  });

  it('violations refuse, none do not', () => {
    expect(() => refuseViolations([], 'the input')).not.toThrow();
    expect(() => refuseViolations([{ pointer: '/a', detail: 'x' }], 'the input')).toThrow(
      'the input has 1 fault',
    );
  });
});

describe('given, when, then', () => {
  const counter: Decider<
    number,
    { readonly type: 'Counted'; readonly data: { readonly n: number } },
    number
  > = {
    name: 'counter',
    types: ['Counted'],
    initial: 0,
    decide: (n) => {
      if (n === 0) throw new ProblemError('wrong-state', 'nothing to count');
      return [{ type: 'Counted', data: { n } }];
    },
    evolve: (state, event) => state + event.data.n,
  };

  it('returns the written events and the state after them, or the error', () => {
    const before = [{ type: 'Counted', data: { n: 2 } }] as const;
    expect(given(counter, before).when(3)).toEqual({
      events: [{ type: 'Counted', data: { n: 3 } }],
      state: 5,
      error: undefined,
    });
    expect(given(counter, before).when(0)).toMatchObject({
      events: [],
      state: 2,
      error: { code: 'wrong-state' },
    });
  });
});
