import { chmod, cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  DirectoryStore,
  filedManifest,
  verifyArchive,
  type ArchiveReport,
  type VerifyOptions,
} from '@interlock/archive';
import { collect } from '@interlock/kernel';
import { archiveHeadText, parseManifest, segmentFile } from '@interlock/tree';
import { Scene, steps } from './archives.js';
import { MemoryTree } from './memory-tree.js';

let scene: Scene;
let copies = 0;
const pad = (n: number): string => `${n}`.padStart(16, '0');
const segment = (n: number): string => `segments/${pad(n * 100)}-${pad(n * 100 + 99)}`;

/** A copy of the archive, changed. */
const changed = async (change: (folder: string) => Promise<void>): Promise<DirectoryStore> => {
  copies += 1;
  const folder = join(scene.root, `copy-${copies}`);
  await cp(scene.directory, folder, { recursive: true });
  await change(folder);
  return new DirectoryStore(folder);
};
const rewrite = async (path: string, edit: (bytes: Buffer) => Buffer): Promise<void> => {
  await chmod(path, 0o600);
  await writeFile(path, edit(await readFile(path)));
};
const rewriteText = (path: string, edit: (text: string) => string): Promise<void> =>
  rewrite(path, (bytes) => Buffer.from(edit(bytes.toString('utf8'))));
const rewriteSegment = (folder: string, n: number, edit: (lines: string[]) => string[]): Promise<void> =>
  rewrite(join(folder, `${segment(n)}.ndjson.zst`), (bytes) =>
    zstdCompressSync(
      Buffer.from(`${edit(zstdDecompressSync(bytes).toString('utf8').trimEnd().split('\n')).join('\n')}\n`),
    ),
  );
const verify = (store: DirectoryStore, over: Partial<VerifyOptions> = {}): Promise<ArchiveReport> =>
  verifyArchive(store, { keys: scene.tree.known, ...over });
const found = ({ verified, faults }: ArchiveReport): unknown => [
  verified,
  faults.map(
    ({ segment: name, leaf, what }) => `${name ?? ''}${leaf === null ? '' : ` leaf ${leaf}`}: ${what}`,
  ),
];

beforeAll(async () => {
  scene = await Scene.open();
  for (let n = 0; n < 3; n += 1) {
    await scene.grow(120);
    await steps(scene.archiver());
  }
});
afterAll(() => scene.close());

describe('verifying an archive', () => {
  it('finds nothing where nothing is wrong', async () => {
    expect(await verify(new DirectoryStore(scene.directory))).toMatchObject({
      verified: true,
      origin: 'interlock.local/log',
      segments: 3,
      first: 0,
      next: 300,
      faults: [],
      more: 0,
      undecided: [],
    });
  });

  it('believes no key but the one it is given', async () => {
    const report = await verify(new DirectoryStore(scene.directory), {
      keys: new MemoryTree('interlock.local/log', 7).known,
    });
    expect(report.verified).toBe(false);
    expect(report.faults).toHaveLength(3);
    expect((await verify(new DirectoryStore(scene.directory), { keys: [] })).verified).toBe(false);
  });

  it('names the segment and the event that was altered, and goes on with the others', async () => {
    const store = await changed((folder) =>
      rewriteSegment(folder, 1, (lines) =>
        lines.map((line, i) => (i === 17 ? line.replace('happened', 'hopponed') : line)),
      ),
    );
    const report = await verify(store);
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
    const [, faults] = found(await verify(await changed((folder) => rewriteSegment(folder, 1, edit)))) as [
      boolean,
      string[],
    ];
    expect(faults).toEqual([expect.stringContaining(leaf)]);
  });

  it('finds a seal that was cut off, changed, or taken from another segment', async () => {
    const cases: [(lines: string[]) => string[], RegExp][] = [
      [(lines) => lines.slice(0, 100), /has no seal/],
      [(lines) => [...lines, lines[0]!], /goes on after its seal|event after its seal/],
      [(lines) => lines.filter((_, i) => i !== 100), /lists the hashes of 0 leaves/],
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
        await verify(await changed((folder) => rewriteSegment(folder, 1, edit))),
      ) as [boolean, string[]];
      expect([verified, faults]).toEqual([false, [expect.stringMatching(expected)]]);
    }
  });

  it('finds bit rot anywhere in a file', async () => {
    const bytes = (await readFile(join(scene.directory, `${segment(1)}.ndjson.zst`))).length;
    for (let at = 0; at < bytes; at += Math.ceil(bytes / 40)) {
      const store = await changed((folder) =>
        rewrite(join(folder, `${segment(1)}.ndjson.zst`), (content) => {
          content[at]! ^= 0x10;
          return content;
        }),
      );
      const report = await verify(store);
      expect([at, report.verified, report.faults.map((fault) => fault.segment)]).toEqual([
        at,
        false,
        [segment(1)],
      ]);
    }
  });

  it('finds a file that was cut off at any length, or has more behind its end', async () => {
    const bytes = (await readFile(join(scene.directory, `${segment(1)}.ndjson.zst`))).length;
    for (const length of [0, 1, 4, 100, bytes >> 1, bytes - 5, bytes - 1]) {
      const report = await verify(
        await changed((folder) =>
          rewrite(join(folder, `${segment(1)}.ndjson.zst`), (content) => content.subarray(0, length)),
        ),
      );
      expect([length, report.verified, report.faults.length]).toEqual([length, false, 1]);
    }
    const longer = await verify(
      await changed((folder) =>
        rewrite(join(folder, `${segment(1)}.ndjson.zst`), (content) =>
          Buffer.concat([content, Buffer.from('more')]),
        ),
      ),
    );
    expect(longer.faults).toHaveLength(1);
  });

  it('finds a file that was compressed anew: it is not the one of its manifest', async () => {
    expect(
      found(await verify(await changed((folder) => rewriteSegment(folder, 1, (lines) => lines)))),
    ).toEqual([false, [`${segment(1)}: is another file than its manifest says (compressed)`]]);
  });

  it('finds missing files, and what that leaves unproved', async () => {
    expect(
      found(await verify(await changed((folder) => rm(join(folder, `${segment(1)}.ndjson.zst`))))),
    ).toEqual([false, [`${segment(1)}: is missing`]]);
    const gap = await changed(async (folder) => {
      for (const end of ['ndjson.zst', 'manifest.json']) await rm(join(folder, `${segment(1)}.${end}`));
    });
    expect(found(await verify(gap))).toEqual([
      false,
      [
        `${segment(2)}: leaves out leaves 100 to 199`,
        `${segment(2)}: has a manifest that does not follow the one before it`,
      ],
    ]);
    const headless = await changed(async (folder) => {
      for (const end of ['ndjson.zst', 'manifest.json']) await rm(join(folder, `${segment(0)}.${end}`));
    });
    expect(found(await verify(headless))).toEqual([
      false,
      [`${segment(1)}: is the first: leaves 0 to 99 are missing`],
    ]);
    const unfinished = await verify(
      await changed((folder) => rm(join(folder, `${segment(2)}.manifest.json`))),
    );
    expect(unfinished).toMatchObject({
      verified: false,
      faults: [],
      undecided: [expect.stringContaining('has no manifest')],
      next: 200,
    });
  });

  it('finds a manifest that was changed, in whatever member, and says of its chain', async () => {
    const original = await readFile(join(scene.directory, `${segment(1)}.manifest.json`), 'utf8');
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
      const report = await verify(
        await changed((folder) => rewriteText(join(folder, `${segment(1)}.manifest.json`), () => text)),
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
    const store = await changed(async (folder) => {
      const file = segmentFile({ first: 0, count: 100 });
      await rm(join(folder, file), { force: true });
      await cp(join(forged.directory, file), join(folder, file));
      // Every manifest is written anew, as someone with the log's key could.
      let previous: string | null = null;
      for (let n = 0; n < 3; n += 1) {
        const from = n === 0 ? forged.directory : scene.directory;
        const filed = filedManifest({
          ...parseManifest(await readFile(join(from, `${segment(n)}.manifest.json`), 'utf8'))!,
          previous,
        });
        await rewriteText(join(folder, `${segment(n)}.manifest.json`), () => filed.text);
        previous = filed.sha256;
      }
    });
    const [verified, faults] = found(await verify(store)) as [boolean, string[]];
    expect(verified).toBe(false);
    expect(faults).toContain(
      `${segment(1)}: its checkpoint signs another history: the first 240 leaves of the archive are not those of its tree`,
    );
    await forged.close();
  });

  it('names files that are none of an archive', async () => {
    expect(
      found(await verify(await changed((folder) => writeFile(join(folder, 'segments', 'notes.txt'), 'x')))),
    ).toEqual([false, [': `segments/notes.txt` is no file of an archive']]);
  });

  it('says of an empty archive that nothing can be told', async () => {
    expect(await verify(new DirectoryStore(join(scene.root, 'nothing')))).toMatchObject({
      verified: false,
      faults: [],
      undecided: ['the archive is empty'],
    });
  });

  it('holds an archive against a checkpoint from elsewhere', async () => {
    const at = async (size: number, tree = new MemoryTree()): Promise<string> => {
      await tree.follow(scene.log, size);
      return (await tree.checkpoint())!.note;
    };
    const store = new DirectoryStore(scene.directory);
    for (const size of [1, 77, 100, 299, 300, 360])
      expect([size, (await verify(store, { checkpoint: await at(size) })).verified]).toEqual([size, true]);
    const other = await Scene.open();
    await other.grow(250);
    expect(found(await verify(store, { checkpoint: (await other.tree.checkpoint())!.note }))).toEqual([
      false,
      [
        ': the checkpoint signs another history: the first 250 leaves of the archive are not those of its tree',
      ],
    ]);
    await scene.grow(10);
    expect(await verify(store, { checkpoint: (await scene.tree.checkpoint())!.note })).toMatchObject({
      verified: false,
      faults: [],
      undecided: ['the checkpoint is of 370 leaves, the archive ends at 300'],
    });
    expect(
      (await verify(store, { checkpoint: await at(100, new MemoryTree('interlock.local/log', 8)) })).faults,
    ).toHaveLength(1);
    expect((await verify(store, { checkpoint: 'nothing' })).faults).toHaveLength(1);
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

describe('an archive without its oldest segments', () => {
  it('is listed and continued, its leaves are read from there on, and what is gone is said to be', async () => {
    const store = await changed(async (folder) => {
      for (const end of ['ndjson.zst', 'manifest.json']) await rm(join(folder, `${segment(0)}.${end}`));
    });
    const { archive } = scene.archiver({ store });
    expect((await collect(archive.manifests())).map(({ manifest }) => manifest.first)).toEqual([100, 200]);
    expect(await collect(archive.leaves(scene.tree.known, 150))).toHaveLength(150);
    await expect(collect(archive.leaves(scene.tree.known, 50))).rejects.toMatchObject({
      code: 'archive-contradicted',
      detail: expect.stringContaining('leaves 50 to 99'),
    });
    expect(
      (
        await scene
          .archiver({
            store,
            record: {
              next: () => Promise.resolve(300),
              segment: () => Promise.reject(new Error('it was told')),
            },
          })
          .step()
      ).kind,
    ).toBe('idle');
  });

  it('is not mistaken for one with a gap', async () => {
    const store = await changed(async (folder) => {
      for (const end of ['ndjson.zst', 'manifest.json']) await rm(join(folder, `${segment(1)}.${end}`));
    });
    const { archive } = scene.archiver({ store });
    await expect(collect(archive.manifests())).rejects.toMatchObject({ code: 'archive-contradicted' });
    await expect(collect(archive.leaves(scene.tree.known))).rejects.toMatchObject({
      code: 'archive-contradicted',
      detail: expect.stringContaining('leaves 100 to 199'),
    });
    expect(await collect(archive.leaves(scene.tree.known, 0, 100))).toHaveLength(100);
  });
});

describe('the head of an archive', () => {
  it('is believed where it is right, and the archive is no longer continued where it is not', async () => {
    for (const wrong of [
      '',
      '{}',
      archiveHeadText({
        version: 1,
        origin: 'x',
        next: 5,
        manifest: `${segment(1)}.manifest.json`,
        manifest_sha256: '0'.repeat(64),
      }),
      archiveHeadText({
        version: 1,
        origin: 'x',
        next: 5,
        manifest: 'segments/x',
        manifest_sha256: '0'.repeat(64),
      }),
    ]) {
      const store = await changed((folder) => rewriteText(join(folder, 'latest.json'), () => wrong));
      await expect(scene.archiver({ store }).step()).rejects.toMatchObject({ code: 'archive-contradicted' });
    }
    const older = await changed(async (folder) => {
      const first = filedManifest(
        parseManifest(await readFile(join(folder, `${segment(0)}.manifest.json`), 'utf8'))!,
      );
      await rewriteText(join(folder, 'latest.json'), () =>
        archiveHeadText({
          version: 1,
          origin: first.manifest.origin,
          next: 100,
          manifest: `${segment(0)}.manifest.json`,
          manifest_sha256: first.sha256,
        }),
      );
    });
    const archiver = scene.archiver({ store: older });
    expect((await archiver.archive.last())?.manifest.first).toBe(200);
  });
});
