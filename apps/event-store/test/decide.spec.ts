import { describe, expect, it } from '@jest/globals';
import { decide, type Recorded } from '../src/writing/decide.js';
import { IdCache } from '../src/model/id-cache.js';
import { NO_METADATA } from '../src/model/metadata.js';
import type { ExpectedRevision, ProposedEvent } from '../src/model/model.js';

const event = (id: string): ProposedEvent => ({
  id,
  type: 'T',
  isJson: true,
  data: new Uint8Array(0),
  metadata: new Uint8Array(0),
});

/** A stream with id 1 and these ids; positions are ten times the revision. */
function streamOf(
  ids: readonly string[],
  options: { readonly cached?: boolean; readonly metadata?: boolean; readonly softDeleted?: boolean } = {},
) {
  const cache = new IdCache(100);
  if (options.cached !== false) ids.forEach((id, revision) => cache.remember(1, id, revision));
  const recorded: Recorded = {
    ids: cache,
    idsFrom: (_, revision, count) =>
      ids.slice(revision, revision + count).map((id, index) => ({ id, position: (revision + index) * 10 })),
    hasMetadata: () => options.metadata === true,
  };
  const state = { name: 's', id: 1, last: ids.length - 1, tombstoned: false, metadata: undefined };
  return (expected: ExpectedRevision, proposed: readonly string[]) =>
    decide(
      recorded,
      state,
      { ...NO_METADATA, softDeleted: options.softDeleted === true },
      expected,
      proposed.map(event),
    );
}

const wrong = (actual: number) => ({ kind: 'wrong_expected_version', actual });
const written = (revision: number) => ({
  kind: 'written',
  revision,
  position: revision * 10,
  repeated: true,
});

describe('a decision to write', () => {
  it('accepts an append at the expected revision', () => {
    expect(streamOf([])('no_stream', ['x'])).toBeUndefined();
    expect(streamOf([])('any', ['x'])).toBeUndefined();
    expect(streamOf(['a', 'b'])(1n, ['x'])).toBeUndefined();
    expect(streamOf(['a', 'b'])('any', ['x'])).toBeUndefined();
    expect(streamOf(['a', 'b'])('stream_exists', ['x'])).toBeUndefined();
    expect(streamOf([], { metadata: true })('stream_exists', ['x'])).toBeUndefined();
  });

  it('refuses another revision', () => {
    expect(streamOf([])(0n, ['x'])).toEqual(wrong(-1));
    expect(streamOf([])('stream_exists', ['x'])).toEqual(wrong(-1));
    expect(streamOf(['a', 'b'])('no_stream', ['x'])).toEqual(wrong(1));
    expect(streamOf(['a', 'b'])(0n, ['x'])).toEqual(wrong(1));
    expect(streamOf(['a', 'b'])(2n, ['a'])).toEqual(wrong(1));
    expect(streamOf(['a', 'b'])(2n ** 63n, ['a'])).toEqual(wrong(1));
  });

  it('gives the original outcome to a repetition at an exact revision, whatever the id cache contains', () => {
    for (const cached of [true, false]) {
      const ask = streamOf(['a', 'b', 'c'], { cached });
      expect(ask('no_stream', ['a', 'b'])).toEqual(written(1));
      expect(ask(0n, ['b', 'c'])).toEqual(written(2));
      expect(ask(0n, ['b', 'x'])).toEqual(wrong(2));
      expect(ask(0n, ['c', 'b'])).toEqual(wrong(2));
      expect(ask(1n, ['c', 'd'])).toEqual(wrong(2));
    }
  });

  it('gives it to a repetition without an exact revision only while the id cache contains it', () => {
    for (const expected of ['any', 'stream_exists'] as const) {
      expect(streamOf(['a', 'b', 'c'])(expected, ['b', 'c'])).toEqual(written(2));
      expect(streamOf(['a', 'b', 'c'])(expected, ['c', 'x'])).toEqual(wrong(2));
      expect(streamOf(['a', 'b', 'c'])(expected, ['x', 'c'])).toBeUndefined();
      expect(streamOf(['a', 'b', 'c'], { cached: false })(expected, ['b', 'c'])).toBeUndefined();
    }
  });

  it('allows a softly deleted stream to begin again, but not as an existing one', () => {
    const ask = streamOf(['a', 'b'], { softDeleted: true, metadata: true });
    expect(ask('no_stream', ['x'])).toBeUndefined();
    expect(ask('any', ['x'])).toBeUndefined();
    expect(ask(1n, ['x'])).toBeUndefined();
    expect(ask(0n, ['x'])).toEqual(wrong(1));
    expect(ask('stream_exists', ['x'])).toEqual({ kind: 'stream_deleted' });
    expect(ask('no_stream', ['a', 'x'])).toEqual(wrong(1));
    expect(ask('no_stream', ['a', 'b'])).toEqual(written(1));
  });

  it('treats an empty append as a question about the revision', () => {
    const ask = streamOf(['a', 'b']);
    expect(ask(1n, [])).toBeUndefined();
    expect(ask('any', [])).toBeUndefined();
    expect(ask(0n, [])).toEqual(wrong(1));
    expect(ask('no_stream', [])).toEqual(wrong(1));
  });
});

describe('the id cache', () => {
  it('separates streams, and forgets on request', () => {
    const cache = new IdCache(10);
    cache.remember(1, 'a', 5);
    expect(cache.revisionOf(1, 'a')).toBe(5);
    expect(cache.revisionOf(2, 'a')).toBeUndefined();
    cache.forget();
    expect(cache.revisionOf(1, 'a')).toBeUndefined();
  });

  it('finds an id that was written twice at its first place', () => {
    const cache = new IdCache(4);
    for (const [revision, id] of ['a', 'b', 'a', 'b', 'a'].entries()) cache.remember(1, id, revision);
    expect([cache.revisionOf(1, 'a'), cache.revisionOf(1, 'b')]).toEqual([0, 1]);
  });

  it('remembers between half of its bound and the bound', () => {
    const cache = new IdCache(100);
    for (let n = 0; n < 1234; n += 1) {
      cache.remember(1, `e${n}`, n);
      const known = Array.from(
        { length: n + 1 },
        (_, index) => cache.revisionOf(1, `e${index}`) !== undefined,
      );
      expect(known.filter(Boolean).length).toBeLessThanOrEqual(100);
      expect(known.slice(-Math.min(50, n + 1)).every(Boolean)).toBe(true);
    }
  });
});
