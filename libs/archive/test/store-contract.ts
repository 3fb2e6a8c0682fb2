import { createHash, randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { textContent, type ArchiveStore, type Content } from '../src/index.js';

export const bytesContent = (bytes: Buffer): Content => ({
  async *open() {
    yield await Promise.resolve(bytes);
  },
  bytes: bytes.length,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});
export const bytesOf = async (store: ArchiveStore, name: string): Promise<Buffer | null> => {
  const source = await store.read(name);
  return source === null ? null : Buffer.concat(await collect(source));
};
const textIn = async (store: ArchiveStore, name: string): Promise<string | undefined> =>
  (await bytesOf(store, name))?.toString();

/**
 * The tests that every store must pass. `open` opens the same location again; `suite` tells whether
 * they run.
 */
export const storeContract = (
  what: string,
  open: () => ArchiveStore,
  suite: typeof describe = describe,
): void => {
  suite(`an archive in ${what}`, () => {
    it('returns exactly the bytes that were written', async () => {
      const store = open();
      const bytes = randomBytes(3_000_000);
      expect(await store.create('segments/a b+c', bytesContent(bytes))).toBe('written');
      expect((await bytesOf(open(), 'segments/a b+c'))?.equals(bytes)).toBe(true);
      expect(await store.read('segments/a')).toBeNull();
      expect(await store.read('nothing/here')).toBeNull();
    });

    it('keeps the first file written under a name', async () => {
      const store = open();
      expect(await store.create('segments/once', textContent('first'))).toBe('written');
      expect(await store.create('segments/once', textContent('second'))).toBe('exists');
      expect(await textIn(store, 'segments/once')).toBe('first');
    });

    it('lets exactly one of many concurrent writers of a name succeed', async () => {
      const done = await Promise.all(
        Array.from({ length: 8 }, (_, i) => open().create('segments/race', textContent(`${i}`))),
      );
      expect(done.filter((one) => one === 'written')).toHaveLength(1);
      expect(await textIn(open(), 'segments/race')).toBe(`${done.indexOf('written')}`);
    });

    it('replaces a file on request', async () => {
      const store = open();
      await store.replace('latest.json', textContent('one'));
      await store.replace('latest.json', textContent('two'));
      expect(await textIn(store, 'latest.json')).toBe('two');
    });

    it('lists names in order, by prefix', async () => {
      const store = open();
      for (const name of ['list/3', 'list/1', 'list/2', 'list/10', 'lists/1'])
        await store.create(name, textContent(name));
      expect(await collect(store.list('list/'))).toEqual(['list/1', 'list/10', 'list/2', 'list/3']);
      expect(await collect(store.list('list/1'))).toEqual(['list/1', 'list/10']);
      expect(await collect(store.list('none/'))).toEqual([]);
    });

    it('refuses content that does not match its declared size or hash', async () => {
      const store = open();
      await expect(
        store.create('segments/other', { ...textContent('abc'), sha256: textContent('abd').sha256 }),
      ).rejects.toMatchObject({ code: 'archive-unavailable' });
      expect(await store.read('segments/other')).toBeNull();
      expect(await collect(store.list('segments/other'))).toEqual([]);
    });

    it('goes on after a sweep', async () => {
      const store = open();
      await store.sweep();
      expect(await store.create('segments/after', textContent('x'))).toBe('written');
    });
  });
};
