import { beforeAll, describe, expect, it } from '@jest/globals';
import { parseVerifier, verifierText } from '@interlock/tree';
import { verdictOf, verifyFiles, type Verification } from '@interlock/verify';
import { own } from './corpus.js';
import { honestLog } from './honest-log.js';
import { postMortemOf, tamperings } from './post-mortems.js';
import { logKey, SealedEvents, sha256, sourceOf, textOf } from './sealed-events.js';

const key = parseVerifier(verifierText(logKey))!;
const tenant = 'sim';
const log = new SealedEvents(honestLog(1, 3));
const incidents = [
  ...new Set(log.events.map(({ stream }) => stream).filter((one) => one.startsWith(`incident-${tenant}:`))),
];
const verify = (text: string, complete = true): Promise<Verification> =>
  verifyFiles([sourceOf(text, 'post-mortem.md')], { key, sha256, complete });

describe('a post-mortem', () => {
  let document: string;
  beforeAll(async () => {
    document = await postMortemOf(log, tenant, incidents[0]!);
  });

  it.each(incidents)('of %s is verified as a whole, as far as its exports can prove it', async (stream) => {
    const found = await verify(await postMortemOf(log, tenant, stream));
    expect(found.faults).toEqual([]);
    // A stream's export cannot prove that the stream does not go on.
    for (const open of found.undecided) expect(open).toMatch(/^whether the file is complete/);
    expect(found.files.map(({ file }) => file)[0]).toMatch(/^post-mortem\.md after line \d+$/);
    expect(found.files[0]!.filter).toHaveProperty('correlation');
    expect(verdictOf(await verify(await postMortemOf(log, tenant, stream), false))).toBe('in_part');
  });

  it('is verified with the words that people add, and says that nobody checked them', async () => {
    const text = document.replace('(to be written)', 'The cell was planned twice.\n\n| a | b |\n| - | - |');
    const { faults, not_checked: open } = await verify(text, false);
    expect(faults).toEqual([]);
    expect(open.at(-1)).toContain('the words of post-mortem.md');
  });

  it('is verified beside other files, in any order', async () => {
    const files = [
      sourceOf(textOf(await log.file({ tenant, filter: {} }, own)), 'all.ndjson'),
      sourceOf(document, 'post-mortem.md'),
      sourceOf(textOf(await log.file({ tenant, filter: { categories: ['action'] } }, own)), 'actions.ndjson'),
    ];
    for (const some of [files, files.toReversed()])
      expect((await verifyFiles(some, { key, sha256, complete: true })).faults).toEqual([]);
  });

  it('is proved in part where it has no export of the correlation', async () => {
    const text = await postMortemOf(log, tenant, incidents[0]!, { brief: true });
    expect(verdictOf(await verify(text, false))).toBe('in_part');
    expect(verdictOf(await verify(text))).toBe('undecided');
  });

  it.each(tamperings)('is refused where %s, and the place is named', async (_, change, says) => {
    const text = change(document);
    expect(text).not.toBe(document);
    const { verified, faults } = await verify(text);
    expect(verified).toBe(false);
    expect(faults.map(({ kind, line, what }) => `${kind} line ${line}: ${what}`)).toContainEqual(
      expect.stringMatching(says),
    );
    for (const { file, line } of faults) {
      expect(file).toBe('post-mortem.md');
      expect(line === null || line <= text.split('\n').length).toBe(true);
    }
  });
});
