import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { checkpointText, noteOf, signerKey, signText } from '@interlock/tree';
import { DirectoryMirror } from '../src/mirrors/directory-mirror.js';
import { Contradiction, MirrorFailure, type SignedHead } from '../src/mirrors/mirror.js';
import { origin, seedOf } from './audited.js';

const key = signerKey(origin, 'note', seedOf(1));
const witness = signerKey('witness.example/w', 'cosignature', seedOf(2));
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'interlock-mirror-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const headOf = (size: number, root = size): SignedHead => {
  const checkpoint = { origin, size, root: seedOf(root), tenants: { size: 1, root: seedOf(root) } };
  const text = checkpointText(checkpoint);
  const own = signText(text, key);
  return {
    checkpoint,
    note: noteOf(text, [own]),
    cosigned: noteOf(text, [own, signText(text, witness, 1)]),
    witnesses: [],
    tenants: `the tenants of ${size}\n`,
    rootAt: (of) => Promise.resolve(seedOf(of)),
    proofFrom: () => Promise.resolve([]),
    grownTo: () => Promise.resolve(size),
  };
};
const read = (name: string): Promise<string> => readFile(join(dir, 'interlock.local_tree', name), 'utf8');

describe('the directory', () => {
  it('keeps each size as it was signed, and the latest with what witnesses added', async () => {
    const mirror = new DirectoryMirror(dir);
    expect(await mirror.held(origin)).toBeNull();
    for (const size of [3, 9]) await mirror.take(headOf(size));
    expect(await readdir(join(dir, 'interlock.local_tree'))).toEqual(['3', '9', 'latest', 'latest.tenants']);
    expect([await read('3'), await read('latest')]).toEqual([headOf(3).note, headOf(9).cosigned]);
    expect(await mirror.held(origin)).toBe(headOf(9).cosigned);
    expect(await read('latest.tenants')).toBe('the tenants of 9\n');
  });

  it('never goes back: an older head leaves the latest as it is', async () => {
    const mirror = new DirectoryMirror(dir);
    await mirror.take(headOf(9));
    await mirror.take(headOf(3));
    expect([await read('latest'), await read('3')]).toEqual([headOf(9).cosigned, headOf(3).note]);
    expect(await read('latest.tenants')).toBe('the tenants of 9\n');
  });

  it('refuses another root for a size that is there, whichever file has it, and overwrites nothing', async () => {
    const mirror = new DirectoryMirror(dir);
    await mirror.take(headOf(3));
    await expect(mirror.take(headOf(3, 8))).rejects.toBeInstanceOf(Contradiction);
    await writeFile(join(dir, 'interlock.local_tree', 'latest'), headOf(4, 8).note);
    await expect(mirror.take(headOf(9))).rejects.toMatchObject({ size: 4 });
    await writeFile(join(dir, 'interlock.local_tree', 'latest'), headOf(3).note);
    await mirror.take(headOf(9));
    await expect(mirror.take(headOf(3, 8))).rejects.toBeInstanceOf(Contradiction);
    await writeFile(join(dir, 'interlock.local_tree', '12'), headOf(9).note);
    await expect(mirror.take(headOf(12))).rejects.toBeInstanceOf(Contradiction);
    await writeFile(join(dir, 'interlock.local_tree', 'latest'), 'nonsense');
    await expect(mirror.take(headOf(20))).rejects.toBeInstanceOf(Contradiction);
    expect([await read('3'), await read('12'), await read('latest')]).toEqual([
      headOf(3).note,
      headOf(9).note,
      'nonsense',
    ]);
  });

  it('that is not a folder is a failure, to be tried again', async () => {
    await mkdir(join(dir, 'x'));
    await writeFile(join(dir, 'x', 'file'), '');
    await expect(new DirectoryMirror(join(dir, 'x', 'file')).take(headOf(3))).rejects.toMatchObject({
      everywhere: true,
    });
    await expect(new DirectoryMirror(join(dir, 'x', 'file')).take(headOf(3))).rejects.toBeInstanceOf(
      MirrorFailure,
    );
  });
});
