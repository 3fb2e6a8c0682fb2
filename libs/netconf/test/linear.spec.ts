import { describe, expect, it } from '@jest/globals';
import {
  classifyError,
  diffConfig,
  NetconfDataError,
  NetconfFramingError,
  NetconfRpcError,
  parseXml,
  saysNothingPending,
  serialiseXml,
  type XmlElement,
} from '../src/index.js';

const KEYS = { cell: ['id'] };
const empty = parseXml('<data/>');
const data = (n: number, one: (i: number) => string): XmlElement =>
  parseXml(`<data><ran xmlns="urn:r">${Array.from({ length: n }, (_, i) => one(i)).join('')}</ran></data>`);

const counted = [
  [Map.prototype, 'has'],
  [Map.prototype, 'get'],
  [Map.prototype, 'set'],
  [Set.prototype, 'has'],
  [Set.prototype, 'add'],
] as const;

/** How often maps and sets are read or written while `work` runs. */
const steps = (work: () => unknown): number => {
  let sum = 0;
  const undo = counted.map(([prototype, name]) => {
    const original = Reflect.get(prototype, name) as (...args: readonly unknown[]) => unknown;
    Reflect.set(prototype, name, function count(this: unknown, ...args: readonly unknown[]): unknown {
      sum += 1;
      return Reflect.apply(original, this, args);
    });
    return () => Reflect.set(prototype, name, original);
  });
  try {
    work();
  } finally {
    for (const one of undo) one();
  }
  return sum;
};

describe('the answer of a device', () => {
  it('is refused if a key of a list occurs twice, whatever else it holds', () => {
    const twice = data(3, (i) => `<cell><id>${i % 2}</id></cell>`);
    for (const [a, b] of [
      [twice, empty],
      [empty, twice],
      [twice, twice],
    ] as const)
      expect(() => diffConfig(a, b, KEYS)).toThrow(NetconfDataError);
    expect(() => diffConfig(empty, twice, KEYS)).toThrow(/`cell\[id='0'\]` stands twice/);
  });

  it('is refused at the first repeated key of many', () => {
    const [few, many] = [2_000, 16_000].map((n) => data(n, () => '<cell><id>1</id></cell>'));
    const refused = (answer: XmlElement): number =>
      steps(() => {
        try {
          diffConfig(empty, answer, KEYS);
        } catch {
          /* The test above asserts this error. */
        }
      });
    expect(refused(many!) / refused(few!)).toBeLessThan(9);
  });

  it.each([
    ['entries of an unnamed list with the same first leaf', () => '<e><n>1</n></e>'],
    ['equal values of a leaf-list', () => '<v>1</v>'],
    ['equal empty elements', () => '<v/>'],
    ['entries with keys of their own', (i: number) => `<cell><id>${i}</id><a>1</a></cell>`],
  ])('costs work in proportion to its size: %s', (_name, one) => {
    const [few, many] = [1_000, 4_000].map((n) => data(n, one));
    expect(
      steps(() => diffConfig(empty, many!, KEYS)) / steps(() => diffConfig(empty, few!, KEYS)),
    ).toBeLessThan(5);
    expect(diffConfig(empty, few!, KEYS).length).toBeGreaterThanOrEqual(1_000);
  });

  it('identifies equal entries by their position', () => {
    expect(
      diffConfig(
        empty,
        data(3, () => '<v>1</v>'),
      ).map((one) => one.path),
    ).toEqual(["/ran/v[.='1']", "/ran/v[.='1'][2]", "/ran/v[.='1'][3]"]);
  });

  it('is refused if one long key would be repeated for each of many leaves', () => {
    const long = data(1, () => `<cell><id>${'k'.repeat(5_000)}</id>${'<a>1</a>'.repeat(10)}</cell>`);
    expect(() => diffConfig(empty, long, KEYS)).toThrow(/longer than 4096 characters/);
    expect(() =>
      diffConfig(
        empty,
        data(1, () => `<cell><id>${'k'.repeat(3_000)}</id></cell>`),
        KEYS,
      ),
    ).not.toThrow();
  });

  it('that contradicts itself leaves the outcome open, and a retry does not help', () => {
    const error = new NetconfDataError('x');
    expect(error.sent).toBe(true);
    expect(classifyError(error)).toBe('permanent');
  });
});

describe('a refusal of a device', () => {
  const refusal = (n: number, message: string): NetconfRpcError =>
    new NetconfRpcError(
      Array.from({ length: n }, () => ({
        type: 'protocol',
        tag: 'operation-failed',
        severity: 'error',
        message,
      })),
    );

  it('with a million times "no" is read in linear time', () => {
    expect(saysNothingPending(refusal(1, 'no '.repeat(1_000_000)))).toBe(false);
    expect(saysNothingPending(refusal(1, `${'no '.repeat(1_000_000)}pending`))).toBe(true);
    expect(saysNothingPending(refusal(1, 'no\ncommit is pending'))).toBe(false);
  });

  it('is quoted up to a limit and kept whole', () => {
    const error = refusal(5_000, 'x'.repeat(2_000));
    expect(error.message.length).toBeLessThan(6_000);
    expect(error.message).toMatch(/; and 4990 more$/);
    expect(error.errors).toHaveLength(5_000);
  });
});

describe('a message that no session expects', () => {
  it('is quoted up to a limit, however long its name is', () => {
    expect(
      new NetconfFramingError(`unexpected message \`${'x'.repeat(1_000_000)}\``).message.length,
    ).toBeLessThan(6_100);
  });
});

describe('writing a tree', () => {
  it('copies the prefixes in scope once for an element, however many it declares', () => {
    const prefixes = (n: number): XmlElement => ({
      name: 'a',
      namespace: '',
      attributes: [],
      children: [],
      prefixes: Object.fromEntries(Array.from({ length: n }, (_, i) => [`p${i}`, `urn:${i}`])),
    });
    expect(steps(() => serialiseXml(prefixes(60))) / steps(() => serialiseXml(prefixes(20)))).toBeLessThan(4);
  });
});
