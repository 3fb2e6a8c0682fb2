import { describe, expect, it } from '@jest/globals';
import { NO_METADATA, parseMetadata, withTruncateBefore } from '../src/model/metadata.js';
import { DELETED_REVISION } from '../src/model/model.js';

const bytes = (value: unknown): Uint8Array =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));

describe('the metadata of a stream', () => {
  it('is read from its event', () => {
    expect(parseMetadata(bytes({ $maxCount: 3, $maxAge: 2, $tb: 7, other: 1 }))).toEqual({
      softDeleted: false,
      truncateBefore: 7,
      maxCount: 3,
      maxAgeUs: 2_000_000,
      acl: undefined,
    });
  });

  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['null', 'null'],
    ['nothing', ''],
    ['values of other types', '{"$maxCount":"3","$maxAge":true,"$tb":{},"$acl":"no"}'],
    ['negative values', '{"$maxCount":-3,"$maxAge":-1,"$tb":-9}'],
    ['zeros', '{"$maxCount":0,"$maxAge":0,"$tb":0}'],
  ])('counts as none if its event holds %s', (_, text) =>
    expect(parseMetadata(bytes(text))).toEqual(NO_METADATA),
  );

  it('reads access lists of one role and of several', () => {
    const { acl } = parseMetadata(bytes({ $acl: { $r: 'ops', $w: ['a', 'b', 5], $d: [], $mr: 1, $x: 'y' } }));
    expect(acl).toEqual({ read: ['ops'], write: ['a', 'b'], delete: [] });
  });

  it('means a soft delete only at the largest revision', () => {
    expect(parseMetadata(bytes('{"$tb":9223372036854775807}')).softDeleted).toBe(true);
    expect(parseMetadata(bytes('{"$tb":9007199254740991}')).softDeleted).toBe(false);
  });
});

describe('replacing $tb', () => {
  it('keeps the rest, and writes the largest revision exactly', () => {
    const text = Buffer.from(
      withTruncateBefore(bytes({ $tb: 1, a: { b: [1] }, $maxCount: 2 }), DELETED_REVISION),
    ).toString();
    expect(text).toBe('{"a":{"b":[1]},"$maxCount":2,"$tb":9223372036854775807}');
    expect(parseMetadata(bytes(text))).toMatchObject({ softDeleted: true, maxCount: 2 });
  });

  it.each([[undefined], [bytes('{')], [bytes('[1]')], [bytes({})]])(
    'makes new metadata if there is none (%#)',
    (data) => expect(Buffer.from(withTruncateBefore(data, 4n)).toString()).toBe('{"$tb":4}'),
  );
});
