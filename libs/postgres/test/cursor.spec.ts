import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeCursor, encodeCursor, pageByIndex, pageByKey, pagesOf } from '../src/index.js';

const refused = expect.objectContaining({ code: 'validation-failed' });
const thrown = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};
const base64url = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

describe('a cursor', () => {
  it('reads back what it was made of', () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes('\0')),
        fc.nat(2 ** 31 - 1),
        fc.maxSafeNat(),
        fc.uuid(),
        fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }),
        (text, integer, bigint, uuid, date) => {
          const values = [text, integer, bigint, uuid, date.toISOString(), `${bigint}`] as const;
          const types = ['text', 'integer', 'bigint', 'uuid', 'timestamptz', 'numeric'] as const;
          expect(decodeCursor(encodeCursor('things', values), 'things', types)).toEqual(values);
        },
      ),
    );
  });

  it.each([
    ['nothing', ''],
    ['no base64url', '%%%'],
    ['no JSON', 'AAAA'],
    ['no list', base64url({ a: 1 })],
    ['something nested', base64url(['things', ['a']])],
    ['too much', 'a'.repeat(4000)],
    ['of another list', encodeCursor('others', ['a'])],
    ['without a list', base64url(['a'])],
    ['too short', encodeCursor('things', [])],
    ['too long', encodeCursor('things', ['a', 'b'])],
  ])('that is %s is refused', (_what, text) =>
    expect(thrown(() => decodeCursor(text, 'things', ['text']))).toEqual(refused),
  );

  // Postgres would fail for each of these values.
  it.each([
    ['text', null],
    ['text', 1],
    ['text', 'a\0b'],
    ['timestamptz', 'x'],
    ['timestamptz', '1'],
    ['timestamptz', '0000-01-01T00:00:00.000Z'],
    ['timestamptz', '2026-02-30T00:00:00.000Z'],
    ['timestamptz', '2026-01-01T00:00:00+23:59'],
    ['uuid', 'x'],
    ['uuid', '00000000000000000000000000000000'],
    ['numeric', 1],
    ['numeric', '-1'],
    ['numeric', '1/1'],
    ['integer', '1'],
    ['integer', -1],
    ['integer', 1.5],
    ['integer', 2 ** 31],
    ['bigint', 2 ** 53],
  ] as const)('with the %s %j is refused', (type, value) =>
    expect(thrown(() => decodeCursor(base64url(['things', value]), 'things', [type]))).toEqual(refused),
  );

  it('names the member that is wrong', () =>
    expect(thrown(() => decodeCursor('', 'things', ['text'], '/page/cursor'))).toMatchObject({
      violations: [{ pointer: '/page/cursor', detail: 'must be the `next` of an earlier page' }],
    }));
});

describe('a page', () => {
  const pages = pagesOf('things', ['integer'], ({ id }: { readonly id: number }) => [id]);

  it('names the next while there is more', () => {
    const page = pages.of([{ id: 1 }, { id: 2 }, { id: 3 }], 2);
    expect(page.items).toEqual([{ id: 1 }, { id: 2 }]);
    expect(pages.asked({ cursor: page.next! })).toEqual({ limit: 50, after: [2] });
  });

  it('is the last one where no more came', () => {
    expect(pages.of([{ id: 1 }], 1).next).toBeNull();
    expect(pages.of([], 10).next).toBeNull();
  });

  it('has 50 items where no number is asked for', () =>
    expect([pages.asked({}), pages.asked({ limit: 7 })]).toEqual([
      { limit: 50, after: undefined },
      { limit: 7, after: undefined },
    ]));
});

describe.each([
  ['by key', (cursor?: string) => pageByKey('things', ['a', 'b', 'c'], (key) => key, { limit: 2, cursor })],
  ['by index', (cursor?: string) => pageByIndex('things', ['a', 'b', 'c'], { limit: 2, cursor })],
])('a list in pages %s', (_, page) => {
  it('continues after the previous page', () => {
    const { items, next } = page();
    expect(items).toEqual(['a', 'b']);
    expect(page(next!)).toEqual({ items: ['c'], next: null });
  });

  it('refuses a cursor of another list', () =>
    expect([
      thrown(() => page(encodeCursor('others', ['a']))),
      thrown(() => page(encodeCursor('others', [1]))),
    ]).toEqual([refused, refused]));
});
