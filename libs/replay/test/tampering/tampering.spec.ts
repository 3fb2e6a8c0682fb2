import { beforeAll, describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@interlock/kernel';
import { Replay, type ReplayReport } from '../../src/index.js';
import {
  parseSealLine,
  parseVerifier,
  readExportedLine,
  rotationNote,
  sealLine,
  verifierText,
  type LeafEntry,
  type Seal,
} from '@interlock/tree';
import { verdictOf, verifyLog, type KnownCheckpoint, type Verification } from '@interlock/verify';
import { alterations, Dice, type Altered } from './alterations.js';
import { honestLog } from './honest-log.js';
import {
  foreignKey,
  logKey,
  origin,
  SealedEvents,
  sha256,
  signedBy,
  sourceOf,
  textOf,
  type Lies,
  type Part,
  type SealedFile,
  type Signing,
} from './sealed-events.js';

const key = parseVerifier(verifierText(logKey))!;
const own = signedBy(logKey);
const parts: readonly Part[] = [
  { tenant: null, filter: {} },
  { tenant: 'sim', filter: {} },
];
const originOf = ({ tenant }: Part): string => (tenant === null ? origin : `${origin}/${tenant}`);
const runs = Number(process.env['INTERLOCK_TAMPERINGS'] ?? 2);

let honest: SealedEvents;
let files: readonly SealedFile[];
let mirrors: readonly KnownCheckpoint[];
beforeAll(async () => {
  honest = new SealedEvents(honestLog(1));
  files = await Promise.all(parts.map((part) => honest.file(part, own)));
  mirrors = [100, 250, honest.size].map((size) => honest.mirrored(size, own));
});

/** What an auditor runs: `verify --complete` with what a mirror has. */
const verified = (
  text: string,
  { tenant, filter }: Part,
  checkpoints: readonly KnownCheckpoint[] = mirrors,
): Promise<Verification> =>
  verifyLog([sourceOf(text)], {
    key,
    sha256,
    complete: true,
    filter,
    origin: originOf({ tenant, filter }),
    checkpoints,
  });
const eventsIn = (text: string): readonly RecordedEvent[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('{"seal":'))
    .flatMap((line) => {
      const read = readExportedLine(line);
      return 'event' in read ? [read.event] : [];
    });
/** Then `replay --strict --whole`. */
const replayed = (events: readonly RecordedEvent[], whole = true): ReplayReport => {
  const replay = new Replay({ whole });
  for (const event of events) if (!replay.take(event)) break;
  return replay.end();
};
/** What comes from outside the log is the only thing that a whole log does not tell twice. */
const outside = new Set(['trace', 'estimate']);
const isStrict = ({ difference, not_made_again: open }: ReplayReport): boolean =>
  difference === null && open.every(({ kind }) => outside.has(kind));

/** Fails where a file passes all of it; otherwise the kinds of what was found. */
const caught = async (
  what: string,
  text: string,
  part: Part,
  checkpoints?: readonly KnownCheckpoint[],
): Promise<readonly string[]> => {
  const found = await verified(text, part, checkpoints);
  if (!found.verified) return found.faults.map(({ kind }) => kind);
  const report = replayed(eventsIn(text));
  if (isStrict(report)) throw new Error(`passed: ${what}`);
  return [report.difference?.kind ?? 'not made again'];
};

const withSeal = (file: SealedFile, change: (seal: Seal) => Seal): SealedFile => {
  const last = parseSealLine(file.seal.at(-1)!);
  if (last === undefined || !('seal' in last)) throw new Error('a file ends in a seal');
  return { ...file, seal: file.seal.with(-1, sealLine(change(last.seal))) };
};
const sealOf = (file: SealedFile): Seal => (parseSealLine(file.seal.at(-1)!) as { readonly seal: Seal }).seal;

/** Who signs a log that was built again, and how the seal then looks. */
const signings: {
  readonly [name: string]: (altered: SealedEvents, part: Part, before: SealedFile) => Promise<SealedFile>;
} = {
  'the key of somebody else': (altered, part) => altered.file(part, signedBy(foreignKey)),
  'the key of somebody else under the known name': (altered, part) =>
    altered.file(part, signedBy(foreignKey, logKey)),
  'a handover that the known key did not sign': (altered, part) => {
    const signing: Signing = {
      signer: foreignKey,
      chain: { first: verifierText(logKey), rotations: [rotationNote(foreignKey, foreignKey)] },
    };
    return altered.file(part, signing);
  },
  'the earlier signature': async (altered, part, before) =>
    withSeal(await altered.file(part, own), (seal) => ({ ...seal, checkpoint: sealOf(before).checkpoint })),
  'the earlier seal': async (altered, part, before) => ({
    lines: (await altered.file(part, own)).lines,
    seal: before.seal,
  }),
  'the key of the log, by its operator': (altered, part) => altered.file(part, own),
};

const hasEvents = ({ tenant }: Part, { events }: Altered): boolean =>
  tenant === null || events.some(({ stream }) => stream.includes(`-${tenant}:`));

describe.each(Object.keys(alterations))('a log in which events are %s', (name) => {
  it.each(Object.keys(signings))('does not pass, signed by %s', async (signing) => {
    for (const [at, part] of parts.entries())
      for (let n = 0; n < Math.ceil(runs / 2); n += 1) {
        const dice = new Dice(n * 977 + name.length * 31 + signing.length);
        const changed = alterations[name]!(dice, honest.events);
        if (!hasEvents(part, changed)) continue;
        const file = await signings[signing]!(new SealedEvents(changed.events), part, files[at]!);
        // The tenant's file of a log in which only `_system` was altered is the same file.
        if (textOf(file) === textOf(files[at]!)) continue;
        const kinds = await caught(`${changed.what}, ${originOf(part)}`, textOf(file), part);
        expect([changed.what, kinds.length]).toEqual([changed.what, expect.any(Number)]);
      }
  });
});

describe('lines of a sealed file', () => {
  it.each(Object.keys(alterations))('are not %s without a finding', async (name) => {
    for (const [at, part] of parts.entries())
      for (let n = 0; n < runs; n += 1) {
        const dice = new Dice(n * 7919 + name.length);
        const file = files[at]!;
        const changed = alterations[name]!(dice, eventsIn(textOf(file)).length === 0 ? [] : honest.events);
        const mine = new SealedEvents(
          changed.events.filter(({ stream }) => part.tenant === null || stream.includes('-sim:')),
        );
        if (mine.lines.join() === file.lines.join()) continue;
        const kinds = await caught(changed.what, textOf({ ...file, lines: mine.lines }), part);
        expect([changed.what, kinds.length > 0]).toEqual([changed.what, true]);
      }
  });
});

describe('an operator who holds the key', () => {
  const lies: { readonly [what: string]: (dice: Dice) => Lies } = {
    'leaves a stream out of its tenant’s tree': (dice) => {
      const { stream } = dice.of(honest.events);
      return { tree: ({ tenant }, leaf) => (honest.events[leaf]?.stream === stream ? null : tenant) };
    },
    'leaves an event out of its tenant’s tree': (dice) => {
      const place = dice.below(honest.size);
      return { tree: ({ tenant }, leaf) => (leaf === place ? null : tenant) };
    },
    'gives an event to the tree of another tenant': (dice) => {
      const place = dice.below(honest.size);
      return { tree: ({ tenant }, leaf) => (leaf === place ? 'other' : tenant) };
    },
    'repeats an index': (dice) => {
      const place = 1 + dice.below(honest.size - 1);
      return {
        entry: (entry, leaf) => (leaf === place ? { ...entry, index: Math.max(0, entry.index - 1) } : entry),
      };
    },
    'skips an index': (dice) => {
      const place = dice.below(honest.size);
      const { tenant } = honest.entries[place]!;
      return {
        entry: (entry, leaf) =>
          leaf >= place && entry.tenant === tenant ? { ...entry, index: entry.index + 1 } : entry,
      };
    },
    'signs another category': (dice) => {
      const place = dice.below(honest.size);
      return { entry: (entry, leaf) => (leaf === place ? { ...entry, category: 'rota' } : entry) };
    },
    'signs another correlation': (dice) => {
      const place = dice.below(honest.size);
      const correlation = honest.entries[(place + 3) % honest.size]!.correlation;
      return { entry: (entry, leaf) => (leaf === place ? otherwise(entry, { correlation }) : entry) };
    },
    'signs another tenant': (dice) => {
      const place = dice.below(honest.size);
      return { entry: (entry, leaf) => (leaf === place ? { ...entry, tenant: 'other', index: 0 } : entry) };
    },
    'signs another revision': (dice) => {
      const place = dice.below(honest.size);
      return { entry: (entry, leaf) => (leaf === place ? { ...entry, revision: '77' } : entry) };
    },
  };

  it.each(Object.keys(lies))('is found without any mirror where it %s', async (what) => {
    for (let n = 0; n < runs; n += 1) {
      const log = new SealedEvents(honest.events, lies[what]!(new Dice(n * 31 + what.length)));
      const [whole] = parts as [Part];
      if (log.entries.every((entry, i) => entry === honest.entries[i]) && log.note(own) === honest.note(own))
        continue;
      expect((await caught(what, textOf(await log.file(whole, own)), whole, [])).length).toBeGreaterThan(0);
    }
  });

  it('is found by the replay alone where a plan, a call, the work of a response, a yes or a middle is gone or forged', () => {
    const { events } = honest;
    const streamOf = (type: string, category = ''): string =>
      events.find((event) => event.type === type && event.stream.startsWith(category))!.stream;
    const inside = events.filter(
      ({ stream, revision }, i) =>
        revision > 0n && events.slice(i + 1).some((later) => later.stream === stream),
    );
    const logs: readonly (readonly RecordedEvent[])[] = [
      ...[
        'plan-',
        'call-',
        'response-',
        'lease-',
        'device_tx-',
        'policy-',
        'bundle-',
        'budget-',
        'kill_switch-',
      ].map((category) => events.filter(({ stream }) => !stream.startsWith(category))),
      events.filter(({ stream }) => stream !== streamOf('PlanSubmitted')),
      events.filter(({ stream }) => stream !== streamOf('CallRequested')),
      ...inside.filter((_, i) => i % 17 === 0).map((gone) => events.filter((event) => event !== gone)),
    ];
    for (const [i, log] of logs.entries())
      if (log.length < events.length) expect([i, isStrict(replayed(log))]).toEqual([i, false]);
  });
});

const otherwise = (entry: LeafEntry, over: Partial<LeafEntry>): LeafEntry => ({ ...entry, ...over });

describe('a file that holds less than it should', () => {
  const filters = [
    { categories: ['action'] },
    { categories: ['plan', 'action', 'trace'].sort() },
    { categories: ['alert', 'incident'] },
  ] as const;

  it.each([null, 'sim'])('does not pass for all of it, whatever its filter says (%s)', async (tenant) => {
    const all: Part = { tenant, filter: {} };
    const size = files[tenant === null ? 0 : 1]!.lines.length;
    for (let n = 0; n < runs * 2; n += 1) {
      const dice = new Dice(n + 5);
      const from = dice.below(size - 1);
      const count = 1 + dice.below(Math.min(40, size - from - 1));
      const left = [
        ...(from === 0 ? [] : [[0, from] as const]),
        ...(from + count === size ? [] : [[from + count, size - from - count] as const]),
      ];
      for (const filter of [{}, { limit: size }, { after: '1' }, { categories: ['action'] }])
        await caught(`${from} ${count}`, textOf(await honest.file({ tenant, filter, runs: left }, own)), all);
    }
    for (const filter of filters)
      expect(await caught('a category', textOf(await honest.file({ tenant, filter }, own)), all)).toContain(
        'filter',
      );
    const older = new SealedEvents(honest.events.slice(0, honest.size - 7));
    expect(await caught('an older one', textOf(await older.file(all, own)), all)).toContain('older');
  });

  it.each(filters)('does not pass for the categories %j, if it lacks one of their leaves', async (filter) => {
    for (const tenant of [null, 'sim']) {
      const part: Part = { tenant, filter };
      const whole = await honest.file(part, own);
      const leaves = sealOf(whole).runs.flatMap(([first, count]) =>
        Array.from({ length: count }, (_, i) => first + i),
      );
      for (let n = 0; n < runs; n += 1) {
        const gone = leaves[new Dice(n + 3).below(leaves.length)]!;
        const kept = leaves.filter((leaf) => leaf !== gone);
        const left = kept.reduce<[number, number][]>((all, leaf) => {
          const run = all.at(-1);
          if (run !== undefined && run[0] + run[1] === leaf) run[1] += 1;
          else all.push([leaf, 1]);
          return all;
        }, []);
        const file = await honest.file({ ...part, runs: left }, own);
        expect(await caught(`leaf ${gone}`, textOf(file), part)).toEqual(['dropped']);
      }
    }
  });
});

describe('an honest log', () => {
  it.each([1, 2, 3])('is accused in no part and no variant (seed %i)', async (seed) => {
    const events = honestLog(seed, 3 + seed);
    const log = new SealedEvents(events);
    const known = [40, log.size].map((size) => log.mirrored(size, own));
    const correlation = events.find(({ type }) => type === 'PlanSubmitted')!.metadata.$correlationId;
    const variants: readonly (readonly [Part, boolean])[] = [
      [{ tenant: null, filter: {} }, true],
      [{ tenant: 'sim', filter: {} }, true],
      [{ tenant: '_system', filter: {} }, true],
      [{ tenant: 'sim', filter: { categories: ['action'] } }, true],
      [{ tenant: null, filter: { categories: ['lease', 'plan'] } }, true],
      [{ tenant: 'sim', filter: { correlation } }, true],
      [{ tenant: 'sim', filter: { categories: ['plan'], correlation } }, true],
      [{ tenant: 'sim', filter: { stream: 'lease-sim:all' } }, false],
      [{ tenant: null, filter: { limit: 60 } }, false],
    ];
    for (const [part, isComplete] of variants) {
      const text = textOf(await log.file(part, own));
      const complete = await verifyLog([sourceOf(text)], {
        key,
        sha256,
        complete: true,
        checkpoints: known,
      });
      expect([part, complete.faults, complete.verified]).toEqual([part, [], isComplete]);
      expect(['verified', 'in_part']).toContain(
        verdictOf(await verifyLog([sourceOf(text)], { key, sha256 })),
      );
      expect([part, replayed(eventsIn(text), false).difference]).toEqual([part, null]);
    }
    expect(isStrict(replayed(events))).toBe(true);
    for (let to = 1; to < events.length; to += 131) {
      expect([to, replayed(events.slice(0, to)).difference]).toEqual([to, null]);
      const older = new SealedEvents(events.slice(0, to));
      const found = await verifyLog([sourceOf(textOf(await older.file({ tenant: null, filter: {} }, own)))], {
        key,
        sha256,
        complete: true,
      });
      expect([to, found.verified]).toEqual([to, true]);
    }
  });
});
