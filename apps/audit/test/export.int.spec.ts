import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { positionText, testMetadata } from '@interlock/kernel';
import {
  entryLeaf,
  eventHash,
  eventLine,
  isSealLine,
  keysFrom,
  originOfTree,
  parseCheckpoint,
  parseNote,
  parseSealLine,
  rootFromParts,
  tenantPathHolds,
  toBase64,
  verifiedBy,
  verifierText,
  wholeTree,
  type LeafEntry,
  type Seal,
} from '@interlock/tree';
import { verifyLog } from '@interlock/verify';
import { findPython, runPython, suiteWhere } from '@interlock/testing';
import { Audited, key, origin } from './audited.js';

const audited = new Audited();

type OpenedExport = {
  readonly lines: readonly string[];
  readonly entries: readonly LeafEntry[];
  readonly seal: Seal;
};

const open = (text: string): OpenedExport => {
  expect(text.endsWith('\n')).toBe(true);
  const all = text.slice(0, -1).split('\n');
  const lines = all.filter((line) => !isSealLine(line));
  const parts = all.slice(lines.length).map((line) => parseSealLine(line)!);
  const last = parts.at(-1)!;
  if (!('seal' in last)) throw new Error('the last line is not a seal');
  return {
    lines,
    entries: parts.slice(0, -1).flatMap((part) => ('entries' in part ? part.entries : [])),
    seal: last.seal,
  };
};

/** What an auditor does offline: the tree of what is sealed, or what is wrong. */
const verify = async ({ lines, entries, seal }: OpenedExport): Promise<string> => {
  const note = parseNote(seal.checkpoint)!;
  const signer = keysFrom(seal.keys, key).at(-1);
  if (signer === undefined || verifiedBy(note, [signer])?.length !== 1) return 'not signed';
  const checkpoint = parseCheckpoint(note.text)!;
  if (seal.tenant !== null && !tenantPathHolds(seal.tenant, checkpoint.tenants)) return 'no path';
  const { size, root } = seal.tenant ?? { size: checkpoint.size, root: toBase64(checkpoint.root) };
  const hashes = lines.map((line) => eventHash(new TextEncoder().encode(line)));
  const changed = hashes.findIndex((hash, i) => hash !== entries[i]?.event_hash);
  if (changed >= 0) return `line ${changed + 1} was changed`;
  let next = 0;
  const computed = await rootFromParts(seal.runs, size, seal.proof, () => {
    const entry = entries[next++];
    return entry === undefined ? undefined : entryLeaf(entry);
  });
  return computed !== undefined && toBase64(computed) === root && next === lines.length
    ? originOfTree(checkpoint.origin, seal.tenant?.tenant ?? wholeTree)
    : 'another root';
};

beforeAll(async () => {
  await audited.begin();
  await audited.start();
  await audited.append('action-demo:a', 300);
  await audited.append('action-other:b', 20);
  await audited.append('policy-demo:p', 40);
  await audited.append('action-demo:a', 300);
  await audited.append('strange', 3);
});
afterAll(() => audited.end());

const { python, missing } = findPython(['cryptography']);
suiteWhere(describe, 'the verifier in Python of examples/auditor', missing, () => {
  it.each([
    ['the tenant', '/export', 'demo', 0],
    ['a category', '/export?category=action', 'demo', 0],
    ['a stream', '/export?stream=policy-demo:p', 'demo', 2],
    ['no event', '/export?limit=0', 'demo', 2],
    ['the whole log', '/export?whole=true', '_system', 0],
    ['categories of the whole log', '/export?whole=true&category=action,policy', '_system', 0],
  ] as const)('verifies an export of %s', async (_, path, tenant, code) => {
    const folder = mkdtempSync(join(tmpdir(), 'interlock-export-'));
    const file = join(folder, 'log.ndjson');
    const { text } = await audited.get(path, { tenant });
    const args = ['verify.py', file, '--complete', '--key', verifierText(key)];
    const cwd = fileURLToPath(new URL('../../../examples/auditor', import.meta.url));
    writeFileSync(file, text);
    expect(await runPython(python, args, { cwd, env: { PYTHONUTF8: '1' } })).toMatchObject({ code });
    writeFileSync(file, text.replace('"revision":"7"', '"revision":"8"').replace('"size":', '"size":1'));
    expect(await runPython(python, args, { cwd, env: { PYTHONUTF8: '1' } })).toMatchObject({ code: 1 });
    rmSync(folder, { recursive: true });
  });
});

describe('a sealed export', () => {
  it("holds all of the tenant's events up to now, and verifies offline against the key that the auditor knows", async () => {
    const answer = await audited.get('/export');
    expect(answer).toMatchObject({ status: 200, type: 'application/x-ndjson; charset=utf-8' });
    const opened = open(answer.text);
    expect(await verify(opened)).toBe(`${origin}/demo`);
    const events = (await audited.eventsOf('demo')).map(eventLine);
    expect(opened.lines.length).toBeGreaterThanOrEqual(640);
    expect(opened.lines).toEqual(events.slice(0, opened.lines.length));
    expect(opened.seal.runs).toEqual([[0, opened.lines.length]]);
  });

  it('of a part of the log, of one stream, of some categories verifies likewise', async () => {
    const events = await audited.eventsOf('demo');
    const [after, until] = [positionText(events[9]!.position), positionText(events[349]!.position)];
    const part = open((await audited.get(`/export?after=${after}&until=${until}`)).text);
    expect(part.lines).toEqual(events.slice(10, 350).map(eventLine));
    expect(await verify(part)).toBe(`${origin}/demo`);
    const stream = open((await audited.get('/export?stream=policy-demo:p')).text);
    expect([stream.lines.length, stream.seal.runs]).toEqual([40, [[300, 40]]]);
    expect(await verify(stream)).toBe(`${origin}/demo`);
    const action = open((await audited.get('/export?category=action')).text);
    expect(action.lines).toHaveLength(600);
    expect(action.seal.runs.length).toBeGreaterThan(1);
    expect(await verify(action)).toBe(`${origin}/demo`);
    const few = open((await audited.get('/export?limit=7')).text);
    expect([few.lines.length, await verify(few)]).toEqual([7, `${origin}/demo`]);
  });

  it('with no event in it verifies too', async () => {
    const none = open((await audited.get('/export?limit=0')).text);
    expect([none.lines, none.seal.runs, await verify(none)]).toEqual([[], [], `${origin}/demo`]);
  });

  it("of the whole log is the system tenant's, and holds strangers as well", async () => {
    const whole = open((await audited.get('/export?whole=true', { tenant: '_system' })).text);
    expect(await verify(whole)).toBe(origin);
    expect(whole.lines).toEqual(
      (await audited.eventsOf(wholeTree)).map(eventLine).slice(0, whole.lines.length),
    );
    expect(whole.lines.some((line) => line.includes('"stream":"strange"'))).toBe(true);
  });

  it('is verified by the verifier of an auditor, who has the file and the key', async () => {
    for (const [path, over] of [
      ['/export', {}],
      ['/export?category=action&limit=77', {}],
      ['/export?whole=true', { tenant: '_system' }],
      ['/export', { tenant: '_system' }],
    ] as const) {
      const bytes = await audited.bytes(path, over);
      const source = { name: path, open: () => Readable.from([bytes]) };
      const found = await verifyLog([source], { key });
      expect([path, found.faults, found.undecided, found.files.length]).toEqual([path, [], [], 1]);
    }
  });

  it('of categories or of a correlation is proved to be complete, and says what it was asked for', async () => {
    const { correlation } = await audited.story();
    for (const [query, over, filter, events] of [
      ['category=policy,action,policy', {}, { categories: ['action', 'policy'] }, 642],
      [`correlation=${correlation}`, {}, { correlation }, 3],
      [`category=plan&correlation=${correlation}`, {}, { categories: ['plan'], correlation }, 1],
      ['category=policy&whole=true', { tenant: '_system' }, { categories: ['policy'] }, 40],
      ['category=rota', {}, { categories: ['rota'] }, 0],
      ['', {}, {}, null],
    ] as const) {
      const bytes = await audited.bytes(`/export?${query}`, over);
      const source = { name: query, open: () => Readable.from([bytes]) };
      const found = await verifyLog([source], { key, complete: true, filter });
      expect([query, found]).toMatchObject([
        query,
        { verified: true, complete: true, faults: [], undecided: [], files: [{ filter }] },
      ]);
      if (events !== null) expect([query, found.files[0]!.events]).toEqual([query, events]);
    }
    const limited = await audited.bytes('/export?category=action&limit=700&after=1');
    expect(open(limited.toString()).seal.filter).toEqual({ after: '1', categories: ['action'], limit: 700 });
  });

  it('has the events of `_system` that its events name beside it, each proved', async () => {
    const { store } = audited.parts.log;
    const release = { ...testMetadata(), writer: 'safety-rails' };
    const id = '00000000-0000-4000-8000-e00000000001';
    await store.append(
      'release-_system:safety-rails',
      [{ id, type: 'ReleaseStarted', data: { version: '1', build: 'b', node: 'n' }, metadata: release }],
      'any',
    );
    await store.append(
      'action-named:a',
      [
        {
          id: '00000000-0000-4000-8000-e00000000002',
          type: 'SomethingHappened',
          data: {},
          metadata: { ...release, release: id },
        },
      ],
      'any',
    );
    const bytes = await audited.bytes('/export', { tenant: 'named' });
    expect(bytes.toString()).toContain('"type\\":\\"ReleaseStarted');
    const verified = (content: Buffer): ReturnType<typeof verifyLog> =>
      verifyLog([{ name: 'it', open: () => Readable.from([content]) }], { key });
    expect(await verified(bytes)).toMatchObject({ verified: true, faults: [], undecided: [] });
    const lines = bytes.toString().split('\n');
    const without = lines.filter((line) => !line.startsWith('{"seal":{"named"')).join('\n');
    expect(await verified(Buffer.from(without))).toMatchObject({
      verified: false,
      faults: [],
      undecided: [`the release ${id}, which events of \`${origin}/named\` name, is not beside them`],
    });
    const forged = bytes.toString().replace('\\"build\\":\\"b', '\\"build\\":\\"c');
    expect((await verified(Buffer.from(forged))).faults).toMatchObject([
      { kind: 'seal', what: `has the release ${id} beside it, which is not what was signed` },
    ]);
  });

  it('covers what was written just before it was asked for', async () => {
    await audited.append('action-demo:late', 1);
    const { lines } = open((await audited.get('/export')).text);
    expect(lines.some((line) => line.includes('action-demo:late'))).toBe(true);
  });

  it('that was changed, cut or reordered does not verify', async () => {
    const opened = open((await audited.get('/export?until=50')).text);
    const { lines, entries } = opened;
    expect(
      await verify({
        ...opened,
        lines: lines.map((line, i) => (i === 4 ? line.replace('SomethingHappened', 'SomethingElse') : line)),
      }),
    ).toBe('line 5 was changed');
    expect(await verify({ ...opened, lines: [...lines.slice(0, 4), ...lines.slice(5)] })).toBe(
      'line 5 was changed',
    );
    expect(await verify({ ...opened, lines: [lines[1]!, lines[0]!, ...lines.slice(2)] })).toBe(
      'line 1 was changed',
    );
    expect(
      await verify({
        ...opened,
        lines: [...lines.slice(0, 4), ...lines.slice(5)],
        entries: [...entries.slice(0, 4), ...entries.slice(5)],
      }),
    ).toBe('another root');
  });

  it('is refused with its code where it may not be had', async () => {
    const code = async (path: string, over = {}): Promise<string> =>
      (await audited.get<{ code: string }>(path, over)).json.code;
    expect(await code('/export?whole=true')).toBe('wrong-tenant');
    expect(await code('/export?stream=action-other:b')).toBe('wrong-tenant');
    expect(await code('/export?tenant_id=other')).toBe('wrong-tenant');
    expect(await code('/export?after=x')).toBe('validation-failed');
    expect(await code('/export?until=-1')).toBe('validation-failed');
    expect(await code('/export', { tenant: 'nobody' })).toBe('no-checkpoint');
    expect(await code('/export', { scopes: ['ALERT_READ'] })).toBe('missing-scope');
  });
});
