import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeCursor, encodeCursor, keysetPage, pageLimit } from '../src/index.js';

const refused = expect.objectContaining({ code: 'validation-failed' });
const thrown = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('a cursor', () => {
  it('reads back what it was made of', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null)), { maxLength: 5 }),
        (values) => expect(decodeCursor(encodeCursor(values), values.length)).toEqual(values),
      ),
    );
  });

  it.each([
    ['nothing', ''],
    ['no base64url', '%%%'],
    ['no JSON', 'AAAA'],
    ['no list', Buffer.from('{"a":1}').toString('base64url')],
    ['something nested', Buffer.from('[[1]]').toString('base64url')],
    ['too much', 'a'.repeat(4000)],
  ])('that is %s is refused', (_what, text) => expect(thrown(() => decodeCursor(text))).toEqual(refused));

  it('of another list is refused', () =>
    expect(thrown(() => decodeCursor(encodeCursor([1]), 2))).toEqual(refused));
});

describe('a page', () => {
  it('names the next while there is more', () => {
    const page = keysetPage([{ id: 1 }, { id: 2 }, { id: 3 }], 2, ({ id }) => [id]);
    expect(page.items).toEqual([{ id: 1 }, { id: 2 }]);
    expect(decodeCursor(page.next!)).toEqual([2]);
  });

  it('is the last one where no more came', () => {
    expect(keysetPage([{ id: 1 }], 1, ({ id }) => [id]).next).toBeNull();
    expect(keysetPage([], 10, () => []).next).toBeNull();
  });
});

describe('a limit', () => {
  it('is 50 where none is asked for, and at most 200', () =>
    expect([pageLimit(undefined), pageLimit(''), pageLimit('7'), pageLimit(200)]).toEqual([50, 50, 7, 200]));

  it.each(['0', '201', '-1', '1.5', 'many', '1e9'])('of %s is refused', (asked) =>
    expect(thrown(() => pageLimit(asked))).toEqual(refused),
  );
});
