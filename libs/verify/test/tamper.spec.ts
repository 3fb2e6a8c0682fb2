import { hash } from 'node:crypto';
import { beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as curves from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import type { Fault, Verification } from '../src/index.js';
import type { Runs } from '@interlock/tree';
import type { SealedLog } from './sealed-log.js';

/**
 * Tens of thousands of files have the same signature over the same text, so it is verified only
 * once.
 */
const verified = new Map<string, boolean>();
const { ed25519 } = curves;
jest.unstable_mockModule('@noble/curves/ed25519.js', () => ({
  ...curves,
  ed25519: {
    ...ed25519,
    verify: (...input: Parameters<typeof ed25519.verify>): boolean => {
      const name = input
        .slice(0, 3)
        .map((part) => Buffer.from(part as Uint8Array).toString('latin1'))
        .join('|');
      const known = verified.get(name);
      if (known !== undefined) return known;
      const holds = ed25519.verify(...input);
      verified.set(name, holds);
      return holds;
    },
  },
}));
const { parseVerifier } = await import('@interlock/tree');
const { verdictOf, verifyLog } = await import('../src/index.js');
const { logKey, nextKey, SealedLog: Log, smallLog, source } = await import('./sealed-log.js');

const known = parseVerifier(new Log().key)!;
const sha256 = (bytes: Uint8Array): Uint8Array => hash('sha256', bytes, 'buffer');
const verify = (content: string | Uint8Array): Promise<Verification> =>
  verifyLog([source(content)], { key: known, sha256 });
const lineFeed = 0x0a;
/**
 * Every byte of a file is tried in the long form of the run, and every twenty-third one in the
 * short form.
 */
const step = process.env['INTERLOCK_LONG_TESTS'] === 'true' ? 1 : 23;

type Sample = {
  readonly name: string;
  readonly log: SealedLog;
  readonly runs: Runs;
  text: string;
  lines: string[];
  events: number;
};
const rotated = (): SealedLog => {
  const log = smallLog(5, 'log.example', true);
  log.rotate(nextKey);
  return log.append('action-demo:9', 'ActionAccepted', {});
};
const sample = (name: string, log: SealedLog, runs: Runs): Sample => ({
  name,
  log,
  runs,
  text: '',
  lines: [],
  events: runs.reduce((sum, [, count]) => sum + count, 0),
});
/** The leaves of some streams, as an export of these has them. */
const runsOf = (log: SealedLog, wanted: (stream: string) => boolean): Runs =>
  log.events.reduce<[number, number][]>((runs, { stream }, leaf) => {
    const run = runs.at(-1);
    if (!wanted(stream)) return runs;
    if (run !== undefined && run[0] + run[1] === leaf) run[1] += 1;
    else runs.push([leaf, 1]);
    return runs;
  }, []);
const whole = sample('a whole log', smallLog(30, 'log.example', true), [[0, 30]]);
const part = sample(
  'two streams of a log',
  whole.log,
  runsOf(whole.log, (stream) => stream.endsWith(':1') || stream.endsWith(':2')).slice(0, 4),
);
const handed = sample('a log with a second key', rotated(), [[0, 6]]);
const samples = [whole, part, handed];

beforeAll(async () => {
  for (const one of samples) {
    one.text = await one.log.export(one.runs);
    one.lines = one.text.slice(0, -1).split('\n');
  }
});

/** The line (from 1) that each byte stands in. */
const linesOf = (bytes: Buffer): readonly number[] => {
  let line = 1;
  return [...bytes].map((byte) => (byte === lineFeed ? line++ : line));
};
const leafOf = ({ runs }: Sample, place: number): number =>
  runs.flatMap(([first, count]) => Array.from({ length: count }, (_, i) => first + i))[place]!;
const joined = (lines: readonly string[]): string => lines.map((line) => `${line}\n`).join('');
/** True where all that is there is what was signed. */
const holds = (found: Verification): boolean => ['verified', 'in_part'].includes(verdictOf(found));
const caught = (found: Verification): readonly Fault[] => {
  expect([verdictOf(found), found.faults.length > 0]).toEqual(['not_verified', true]);
  return found.faults;
};
const nameOf = (line: string): object => {
  const { stream, revision, position, id, type } = JSON.parse(line) as { readonly [name: string]: string };
  return { stream, revision, position, id, type };
};

/**
 * INVARIANT: a byte within an event's line names that line as changed, unless it makes two lines of
 * one or one of two; a byte of the seal never passes.
 */
const expectFound = (
  one: Sample,
  found: Verification,
  line: number,
  cutsLines: boolean,
  what: string,
): void => {
  if (holds(found) || found.faults.length === 0) throw new Error(`${what} passed`);
  if (cutsLines) return;
  const named = found.faults.some(
    (fault) =>
      fault.line === line &&
      (line > one.events ||
        ((fault.kind === 'changed' || fault.kind === 'spelling') && fault.leaf === leafOf(one, line - 1))),
  );
  // A hash of the seal that was changed names no line where the events are still what was signed.
  if (!named && line <= one.events)
    throw new Error(`${what} in line ${line} was named ${JSON.stringify(found.faults)}`);
};

describe.each(samples.map((one) => [one.name, one] as const))('%s', (_, one) => {
  it('is verified as it is', async () => {
    expect(await verify(one.text)).toMatchObject({
      verified: one.events === one.log.size,
      complete: one.events === one.log.size,
      faults: [],
      undecided: [],
    });
  });

  it.each([0x01, 0x20, 0x80, 0xff])('has no byte that can be another (XOR %i)', async (mask) => {
    const bytes = Buffer.from(one.text);
    const lines = linesOf(bytes);
    // Each mask takes other bytes, so that together they take more.
    for (let at = mask % step; at < bytes.length; at += step) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= mask;
      expectFound(
        one,
        await verify(changed),
        lines[at]!,
        bytes[at] === lineFeed || changed[at] === lineFeed,
        `byte ${at} changed`,
      );
    }
  });

  it.each([
    ['left out', 1],
    ['doubled', 0],
  ])('has no byte that can be %s', async (how, skip) => {
    const bytes = Buffer.from(one.text);
    const lines = linesOf(bytes);
    for (let at = skip; at < bytes.length; at += step) {
      const changed = Buffer.concat([bytes.subarray(0, at + 1 - skip), bytes.subarray(at + skip)]);
      expectFound(one, await verify(changed), lines[at]!, bytes[at] === lineFeed, `byte ${at} ${how}`);
    }
  });

  it('cannot be cut off anywhere', async () => {
    const bytes = Buffer.from(one.text);
    for (let end = 0; end < bytes.length; end += step) {
      const found = await verify(bytes.subarray(0, end));
      expect([end, found.verified, ['truncated', 'seal'].includes(found.faults[0]?.kind ?? '')]).toEqual([
        end,
        false,
        true,
      ]);
    }
  });

  it('names each event that is dropped', async () => {
    for (let i = 0; i < one.lines.length; i += 1) {
      const faults = caught(await verify(joined(one.lines.toSpliced(i, 1))));
      if (i >= one.events) {
        expect(faults.every(({ kind }) => kind === 'seal')).toBe(true);
        continue;
      }
      const gone = nameOf(one.lines[i]!) as { readonly stream: string; readonly revision: string };
      const bounded =
        one.lines.slice(i + 1, one.events).some((line) => line.includes(`"stream":"${gone.stream}"`)) &&
        (one.runs.length === 1 ||
          one.lines.slice(0, i).some((line) => line.includes(`"stream":"${gone.stream}"`)));
      expect(faults).toMatchObject([
        {
          kind: i === one.events - 1 ? 'truncated' : 'dropped',
          leaf: leafOf(one, i),
          count: 1,
          event: bounded ? { stream: gone.stream, revision: gone.revision } : null,
        },
      ]);
    }
  });

  it('names each event that is there twice', async () => {
    for (let i = 0; i < one.lines.length; i += 1) {
      const faults = caught(await verify(joined(one.lines.toSpliced(i, 0, one.lines[i]!))));
      if (i < one.events)
        expect(faults).toMatchObject([
          { kind: 'duplicate', line: i + 2, leaf: leafOf(one, i), event: nameOf(one.lines[i]!) },
        ]);
      else expect(faults.every(({ kind }) => kind === 'seal')).toBe(true);
    }
  });

  it('names an event that was moved', async () => {
    for (let i = 0; i + 1 < one.lines.length; i += 1) {
      const [a, b] = [one.lines[i]!, one.lines[i + 1]!];
      const faults = caught(await verify(joined(one.lines.with(i, b).with(i + 1, a))));
      if (i + 1 < one.events) {
        expect(faults).toMatchObject([{ kind: 'reordered' }]);
        expect([nameOf(a), nameOf(b)]).toContainEqual(faults[0]!.event);
      }
    }
    const [first = '', ...rest] = one.lines.slice(0, one.events);
    expect(caught(await verify(joined([...rest, first, ...one.lines.slice(one.events)])))).toMatchObject([
      { kind: 'reordered', line: one.events, leaf: leafOf(one, 0), event: nameOf(first) },
    ]);
  });

  it('names events that are cut off before the seal', async () => {
    for (let left = 0; left < one.events; left += 1) {
      const faults = caught(
        await verify(joined([...one.lines.slice(0, left), ...one.lines.slice(one.events)])),
      );
      expect(faults.at(-1)).toMatchObject({ kind: 'truncated', line: null });
      expect(faults.reduce((sum, { count }) => sum + count, 0)).toBe(one.events - left);
    }
  });

  it('names a foreign event, put in or in the place of one', async () => {
    const foreign = smallLog(40, 'log.example', true)
      .append('action-demo:foreign', 'ActionAccepted', {})
      .lines.at(-1)!;
    for (let i = 0; i < one.events; i += 1) {
      expect(caught(await verify(joined(one.lines.toSpliced(i, 0, foreign))))).toMatchObject([
        { kind: 'inserted', line: i + 1, leaf: null, event: nameOf(foreign) },
      ]);
      expect(caught(await verify(joined(one.lines.with(i, foreign))))).toMatchObject([
        {
          kind: 'changed',
          line: i + 1,
          leaf: leafOf(one, i),
          event: { id: (nameOf(foreign) as { id: string }).id },
        },
      ]);
    }
  });

  it('does not pass with whatever is done to its lines', async () => {
    const edit = fc.record({
      kind: fc.constantFrom('drop', 'double', 'move', 'swap'),
      from: fc.nat(one.lines.length - 1),
      to: fc.nat(one.lines.length - 1),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 6 }), async (edits) => {
        const lines = [...one.lines];
        for (const { kind, from, to } of edits) {
          const [a, b] = [from % Math.max(1, lines.length), to % Math.max(1, lines.length)];
          const line = lines[a] ?? '';
          if (kind === 'drop') lines.splice(a, 1);
          else if (kind === 'double') lines.splice(b, 0, line);
          else if (kind === 'move') lines.splice(b, 0, ...lines.splice(a, 1));
          else [lines[a], lines[b]] = [lines[b] ?? '', line];
        }
        const text = joined(lines);
        expect(holds(await verify(text))).toBe(text === one.text);
      }),
      { numRuns: 150 },
    );
  });

  it('does not pass with whatever is done to its bytes', async () => {
    const bytes = Buffer.from(one.text);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length),
        fc.nat(40),
        fc.oneof(
          fc.uint8Array({ maxLength: 40 }),
          fc
            .tuple(fc.nat(bytes.length), fc.nat(60))
            .map(([from, length]) => bytes.subarray(from, from + length)),
        ),
        async (at, cut, put) => {
          const changed = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]);
          expect(holds(await verify(changed))).toBe(changed.equals(bytes));
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('two files', () => {
  it('do not pass mixed, nor with the seal of the other', async () => {
    for (const [a, b] of [
      [whole, part],
      [part, whole],
      [whole, handed],
      [handed, part],
    ] as const) {
      caught(await verify(joined([...a.lines.slice(0, a.events), ...b.lines.slice(b.events)])));
      caught(await verify(a.text + b.text));
      caught(
        await verify(
          joined([...a.lines.slice(0, a.events), ...a.lines.slice(a.events, -1), b.lines.at(-1)!]),
        ),
      );
      caught(
        await verify(
          joined([...a.lines.slice(0, a.events), ...b.lines.slice(b.events, -1), a.lines.at(-1)!]),
        ),
      );
    }
  });

  it('of which one is an older export of the other: the events that its seal does not have are named', async () => {
    const older = (await whole.log.export([[0, 20]], 20)).slice(0, -1).split('\n');
    expect(caught(await verify(joined([...whole.lines.slice(0, 30), ...older.slice(20)])))).toMatchObject(
      Array.from({ length: 10 }, (_, i) => ({
        kind: 'inserted',
        line: 21 + i,
        event: nameOf(whole.lines[20 + i]!),
      })),
    );
  });

  it('are told apart line by line', async () => {
    const other = new Log('log.example', logKey);
    for (let i = 0; i < 30; i += 1) other.append(`action-demo:${i % 4}`, 'ActionAccepted', { other: i });
    const lines = (await other.export()).slice(0, -1).split('\n');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }), async (which) => {
        const mixed = which.map((mine, i) => (mine ? whole.lines[i]! : lines[i]!));
        const found = await verify(joined([...mixed, ...whole.lines.slice(30)]));
        expect(found.faults.map(({ kind, line }) => [kind, line])).toEqual(
          which.flatMap((mine, i) => (mine ? [] : [['changed', i + 1]])),
        );
        expect(found.verified).toBe(which.every(Boolean));
      }),
      { numRuns: 50 },
    );
  });
});
