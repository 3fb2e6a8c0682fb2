import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DirectoryStore, filedManifest, verifyArchive } from '@interlock/archive';
import { parseManifest, segmentFile } from '@interlock/tree';
import { Scene, steps } from './archives.js';
import { MemoryTree } from './memory-tree.js';
import { ArchiveCopies, segment, rewrite, rewriteText, rewriteSegment, found } from './archive-copies.js';

const copies = new ArchiveCopies();
beforeAll(() => copies.begin());
afterAll(() => copies.scene.close());

describe('verifying an archive', () => {
  it('finds nothing where nothing is wrong', async () => {
    expect(await copies.verify(new DirectoryStore(copies.scene.directory))).toMatchObject({
      verified: true,
      origin: 'interlock.local/tree',
      segments: 3,
      first: 0,
      next: 300,
      faults: [],
      more: 0,
      undecided: [],
    });
  });

  it('believes no key but the one it is given', async () => {
    const report = await copies.verify(new DirectoryStore(copies.scene.directory), {
      keys: new MemoryTree('interlock.local/tree', 7).known,
    });
    expect(report.verified).toBe(false);
    expect(report.faults).toHaveLength(3);
    expect((await copies.verify(new DirectoryStore(copies.scene.directory), { keys: [] })).verified).toBe(
      false,
    );
  });

  it('names the segment and the event that was altered, and goes on with the others', async () => {
    const store = await copies.changed((folder) =>
      rewriteSegment(folder, 1, (lines) =>
        lines.map((line, i) => (i === 17 ? line.replace('happened', 'hopponed') : line)),
      ),
    );
    const report = await copies.verify(store);
    expect(found(report)).toEqual([
      false,
      [`${segment(1)} leaf 117: has another event at leaf 117 than the checkpoint commits to`],
    ]);
    expect(report.faults[0]!.event).toMatchObject({
      stream: expect.stringMatching(/^action-demo:/),
      position: '118',
    });
    expect(report).toMatchObject({ segments: 3, next: 300 });
  });

  it.each([
    ['dropped from the middle', (lines: string[]) => lines.filter((_, i) => i !== 5), 'leaf 105'],
    ['dropped from its end', (lines: string[]) => lines.filter((_, i) => i !== 99), 'leaf 199'],
    [
      'exchanged with the next',
      (lines: string[]) => [...lines.slice(0, 8), lines[9]!, lines[8]!, ...lines.slice(10)],
      'leaf 108',
    ],
    ['there twice', (lines: string[]) => [...lines.slice(0, 3), lines[2]!, ...lines.slice(3)], 'leaf 103'],
  ])('names the leaf where an event is %s', async (_, edit, leaf) => {
    const [, faults] = found(
      await copies.verify(await copies.changed((folder) => rewriteSegment(folder, 1, edit))),
    ) as [boolean, string[]];
    expect(faults).toEqual([expect.stringContaining(leaf)]);
  });

  it('finds a seal that was cut off, changed, or taken from another segment', async () => {
    const cases: [(lines: string[]) => string[], RegExp][] = [
      [(lines) => lines.slice(0, 100), /has no seal/],
      [(lines) => [...lines, lines[0]!], /continues after its seal|event after its seal/],
      [(lines) => lines.filter((_, i) => i !== 101), /lists the entries of 0 leaves/],
      [
        (lines) => [...lines.slice(0, -1), lines.at(-1)!.replace('"checkpoint":"', '"checkpoint":"x')],
        /checkpoint|seal/,
      ],
      [
        (lines) => [...lines.slice(0, -1), lines.at(-1)!.replace('[[100,100]]', '[[0,100]]')],
        /does not come to the root/,
      ],
    ];
    for (const [edit, expected] of cases) {
      const [verified, faults] = found(
        await copies.verify(await copies.changed((folder) => rewriteSegment(folder, 1, edit))),
      ) as [boolean, string[]];
      expect([verified, faults]).toEqual([false, [expect.stringMatching(expected)]]);
    }
  });

  it('finds bit rot anywhere in a file', async () => {
    const bytes = (await readFile(join(copies.scene.directory, `${segment(1)}.ndjson.zst`))).length;
    for (let at = 0; at < bytes; at += Math.ceil(bytes / 40)) {
      const store = await copies.changed((folder) =>
        rewrite(join(folder, `${segment(1)}.ndjson.zst`), (content) => {
          content[at]! ^= 0x10;
          return content;
        }),
      );
      const report = await copies.verify(store);
      expect([at, report.verified, report.faults.map((fault) => fault.segment)]).toEqual([
        at,
        false,
        [segment(1)],
      ]);
    }
  });

  it('finds a file that was cut off at any length, or has more behind its end', async () => {
    const bytes = (await readFile(join(copies.scene.directory, `${segment(1)}.ndjson.zst`))).length;
    for (const length of [0, 1, 4, 100, bytes >> 1, bytes - 5, bytes - 1]) {
      const report = await copies.verify(
        await copies.changed((folder) =>
          rewrite(join(folder, `${segment(1)}.ndjson.zst`), (content) => content.subarray(0, length)),
        ),
      );
      expect([length, report.verified, report.faults.length]).toEqual([length, false, 1]);
    }
    const longer = await copies.verify(
      await copies.changed((folder) =>
        rewrite(join(folder, `${segment(1)}.ndjson.zst`), (content) =>
          Buffer.concat([content, Buffer.from('more')]),
        ),
      ),
    );
    expect(longer.faults).toHaveLength(1);
  });

  it('finds a file that was compressed anew: it is not the one of its manifest', async () => {
    expect(
      found(
        await copies.verify(await copies.changed((folder) => rewriteSegment(folder, 1, (lines) => lines))),
      ),
    ).toEqual([false, [`${segment(1)}: is another file than its manifest says (compressed)`]]);
  });

  it('finds missing files, and what that leaves unproved', async () => {
    expect(
      found(
        await copies.verify(await copies.changed((folder) => rm(join(folder, `${segment(1)}.ndjson.zst`)))),
      ),
    ).toEqual([false, [`${segment(1)}: is missing`]]);
    const gap = await copies.changed(async (folder) => {
      for (const end of ['ndjson.zst', 'manifest.json']) await rm(join(folder, `${segment(1)}.${end}`));
    });
    expect(found(await copies.verify(gap))).toEqual([
      false,
      [
        `${segment(2)}: leaves out leaves 100 to 199`,
        `${segment(2)}: has a manifest that does not follow the one before it`,
      ],
    ]);
    const headless = await copies.changed(async (folder) => {
      for (const end of ['ndjson.zst', 'manifest.json']) await rm(join(folder, `${segment(0)}.${end}`));
    });
    expect(found(await copies.verify(headless))).toEqual([
      false,
      [`${segment(1)}: is the first: leaves 0 to 99 are missing`],
    ]);
    const unfinished = await copies.verify(
      await copies.changed((folder) => rm(join(folder, `${segment(2)}.manifest.json`))),
    );
    expect(unfinished).toMatchObject({
      verified: false,
      faults: [],
      undecided: [expect.stringContaining('has no manifest')],
      next: 200,
    });
  });

  it('finds a manifest that was changed, in whatever member, and says of its chain', async () => {
    const original = await readFile(join(copies.scene.directory, `${segment(1)}.manifest.json`), 'utf8');
    for (const [member, value] of Object.entries(parseManifest(original)!)) {
      const other =
        typeof value === 'number'
          ? value + 1
          : typeof value === 'string'
            ? `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}`
            : { bytes: 1, sha256: '0'.repeat(64) };
      const text = original.replace(
        `"${member}":${JSON.stringify(value)}`,
        `"${member}":${JSON.stringify(other)}`,
      );
      expect([member, text === original]).toEqual([member, false]);
      const report = await copies.verify(
        await copies.changed((folder) =>
          rewriteText(join(folder, `${segment(1)}.manifest.json`), () => text),
        ),
      );
      expect([
        member,
        report.verified,
        report.faults.some((fault) => fault.segment === segment(1) || fault.segment === segment(2)),
      ]).toEqual([member, false, true]);
    }
  });

  it('finds two histories under one key: segments that each hold by themselves, and are not of one tree', async () => {
    const forged = await Scene.open();
    await forged.grow(120);
    await steps(forged.archiver());
    const store = await copies.changed(async (folder) => {
      const file = segmentFile({ first: 0, count: 100 });
      await rm(join(folder, file), { force: true });
      await cp(join(forged.directory, file), join(folder, file));
      // Every manifest is written anew, as someone with the log's key could.
      let previous: string | null = null;
      for (let n = 0; n < 3; n += 1) {
        const from = n === 0 ? forged.directory : copies.scene.directory;
        const filed = filedManifest({
          ...parseManifest(await readFile(join(from, `${segment(n)}.manifest.json`), 'utf8'))!,
          previous,
        });
        await rewriteText(join(folder, `${segment(n)}.manifest.json`), () => filed.text);
        previous = filed.sha256;
      }
    });
    const [verified, faults] = found(await copies.verify(store)) as [boolean, string[]];
    expect(verified).toBe(false);
    expect(faults).toContain(
      `${segment(1)}: its checkpoint signs another history: the first 240 leaves of the archive are not those of its tree`,
    );
    await forged.close();
  });

  it('names files that are none of an archive', async () => {
    expect(
      found(
        await copies.verify(
          await copies.changed((folder) => writeFile(join(folder, 'segments', 'notes.txt'), 'x')),
        ),
      ),
    ).toEqual([false, [': `segments/notes.txt` is not a file of an archive']]);
  });

  it('says of an empty archive that nothing can be told', async () => {
    expect(await copies.verify(new DirectoryStore(join(copies.scene.root, 'nothing')))).toMatchObject({
      verified: false,
      faults: [],
      undecided: ['the archive is empty'],
    });
  });

  it('holds an archive against a checkpoint from elsewhere', async () => {
    const at = async (size: number, tree = new MemoryTree()): Promise<string> => {
      await tree.follow(copies.scene.log, size);
      return (await tree.checkpoint())!.note;
    };
    const store = new DirectoryStore(copies.scene.directory);
    for (const size of [1, 77, 100, 299, 300, 360])
      expect([size, (await copies.verify(store, { checkpoint: await at(size) })).verified]).toEqual([
        size,
        true,
      ]);
    const other = await Scene.open();
    await other.grow(250);
    expect(found(await copies.verify(store, { checkpoint: (await other.tree.checkpoint())!.note }))).toEqual([
      false,
      [
        ': the checkpoint signs another history: the first 250 leaves of the archive are not those of its tree',
      ],
    ]);
    await copies.scene.grow(10);
    expect(
      await copies.verify(store, { checkpoint: (await copies.scene.tree.checkpoint())!.note }),
    ).toMatchObject({
      verified: false,
      faults: [],
      undecided: ['the checkpoint is of 370 leaves, the archive ends at 300'],
    });
    expect(
      (await copies.verify(store, { checkpoint: await at(100, new MemoryTree('interlock.local/tree', 8)) }))
        .faults,
    ).toHaveLength(1);
    expect((await copies.verify(store, { checkpoint: 'nothing' })).faults).toHaveLength(1);
    await other.close();
  });
});

describe('a checkpoint of a later key', () => {
  it("is believed where the archive's seals show that the known key handed over to it", async () => {
    const own = await Scene.open();
    await own.grow(100);
    await steps(own.archiver());
    own.tree.rotate(2);
    await own.grow(150);
    const note = (await own.tree.checkpoint())!.note;
    const store = new DirectoryStore(own.directory);
    expect((await verifyArchive(store, { keys: own.tree.known, checkpoint: note })).faults).toHaveLength(1);
    await steps(own.archiver({ events: 150 }));
    expect(await verifyArchive(store, { keys: own.tree.known, checkpoint: note })).toMatchObject({
      verified: true,
      next: 250,
    });
    await own.close();
  });
});
