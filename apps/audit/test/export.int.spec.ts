import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { positionText } from '@interlock/kernel';
import {
  eventLine,
  firstKeyFiles,
  isSealLine,
  keysFrom,
  leafHash,
  parseCheckpoint,
  parseNote,
  parseSealLine,
  parseVerifier,
  rootFromParts,
  sameHash,
  verifiedBy,
  wholeTree,
  type Hash,
  type Seal,
} from '@interlock/tree';
import { Audited, origin, seedOf } from './audited.js';

const audited = new Audited();
const known = parseVerifier(firstKeyFiles(origin, seedOf(1))['1.vkey']!.trim())!;

type OpenedExport = {
  readonly lines: readonly string[];
  readonly hashes: readonly Hash[];
  readonly seal: Seal;
};

const open = (text: string): OpenedExport => {
  expect(text.endsWith('\n')).toBe(true);
  const all = text.slice(0, -1).split('\n');
  const lines = all.filter((line) => !isSealLine(line));
  const parts = all.slice(lines.length).map((line) => parseSealLine(line)!);
  const last = parts.at(-1)!;
  if (!('seal' in last)) throw new Error('the last line is no seal');
  return {
    lines,
    hashes: parts.slice(0, -1).flatMap((part) => ('hashes' in part ? part.hashes : [])),
    seal: last.seal,
  };
};

/** What an auditor does offline: the origin of what is sealed, or what is wrong. */
const verify = async ({ lines, hashes, seal }: OpenedExport): Promise<string> => {
  const note = parseNote(seal.checkpoint)!;
  const key = keysFrom(seal.keys, known).at(-1);
  if (key === undefined || verifiedBy(note, [key])?.length !== 1) return 'not signed';
  const { origin: name, size, root } = parseCheckpoint(note.text)!;
  const leaves = lines.map((line) => leafHash(new TextEncoder().encode(line)));
  const changed = leaves.findIndex((leaf, i) => !sameHash(leaf, hashes[i] ?? new Uint8Array()));
  if (changed >= 0) return `line ${changed + 1} was changed`;
  let next = 0;
  const computed = await rootFromParts(seal.runs, size, seal.proof, () => leaves[next++]);
  return computed !== undefined && sameHash(computed, root) && next === leaves.length ? name : 'another root';
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

  it('covers what was written just before it was asked for', async () => {
    await audited.append('action-demo:late', 1);
    const { lines } = open((await audited.get('/export')).text);
    expect(lines.some((line) => line.includes('action-demo:late'))).toBe(true);
  });

  it('that was changed, cut or reordered does not verify', async () => {
    const opened = open((await audited.get('/export?until=50')).text);
    const { lines, hashes } = opened;
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
        hashes: [...hashes.slice(0, 4), ...hashes.slice(5)],
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
