import { beforeAll, describe, expect, it } from '@jest/globals';
import type { RecordedEvent } from '@interlock/kernel';
import { Replay, type ReplayReport } from '../../src/index.js';
import { parseVerifier, verifierText } from '@interlock/tree';
import { verdictOf, verifyLog, type Fault, type Verification } from '@interlock/verify';
import { alterations } from './alterations.js';
import { Corpus, eventsIn, lies, originOf, own, signings, variantsOf, type Case } from './corpus.js';
import { honestLog } from './honest-log.js';
import { logKey, SealedEvents, sha256, sourceOf, textOf, type Part } from './sealed-events.js';

const key = parseVerifier(verifierText(logKey))!;
const runs = Number(process.env['INTERLOCK_TAMPERINGS'] ?? 2);

let corpus: Corpus;
beforeAll(async () => {
  corpus = await Corpus.of(runs);
});

/** What an auditor runs: `verify --complete` with what a mirror has. */
const verified = ({ text, part, checkpoints }: Case): Promise<Verification> =>
  verifyLog([sourceOf(text)], {
    key,
    sha256,
    complete: true,
    filter: part.filter,
    origin: originOf(part),
    checkpoints,
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

/** Fails where a file passes all of it; otherwise what `verify` found. */
const judged = async (one: Case): Promise<Verification | ReplayReport> => {
  const found = await verified(one);
  if (!found.verified) return found;
  const report = replayed(eventsIn(one.text));
  if (isStrict(report)) throw new Error(`passed: ${one.what}`);
  return report;
};
const caught = async (one: Case): Promise<readonly string[]> => {
  const found = await judged(one);
  return 'faults' in found
    ? found.faults.map(({ kind }) => kind)
    : [found.difference?.kind ?? 'not made again'];
};

/**
 * The findings of a tree that was built again name the leaves among which it first differs, as
 * closely as the auditor's checkpoints allow.
 */
const expectLocated = ({ what, part, first }: Case, faults: readonly Fault[]): void => {
  if (first === undefined || faults.some(({ kind }) => kind === 'older')) return;
  const sizes = corpus.knownSizes(part);
  const from = Math.max(0, ...sizes.filter((size) => size <= first));
  const to = Math.min(Infinity, ...sizes.filter((size) => size > first));
  const ranges = faults.filter(({ kind, leaf }) => leaf !== null && ['changed', 'history'].includes(kind));
  const named = ranges.some(
    ({ leaf, count }) => leaf! >= from && leaf! <= first && first < leaf! + count && leaf! + count <= to,
  );
  if (!named) throw new Error(`${what}: leaf ${first} is not located: ${JSON.stringify(faults)}`);
};

describe.each(Object.keys(alterations))('a log in which events are %s', (name) => {
  it.each(Object.keys(signings))('does not pass, signed by %s', async (signing) => {
    for await (const one of corpus.signedAgain(name, signing)) {
      const found = await judged(one);
      if ('faults' in found) expectLocated(one, found.faults);
      else expect(one.first ?? Infinity).toBeGreaterThanOrEqual(corpus.knownSizes(one.part).at(-1)!);
    }
  });
});

describe('a log of which only the seal is at fault', () => {
  it('is said to be one, by the checkpoints that the auditor has', async () => {
    for await (const one of corpus.onlySeals()) {
      const { faults } = await verified(one);
      expect(faults.at(-1)).toMatchObject({
        kind: 'seal',
        leaf: null,
        what: expect.stringContaining('only the seal is at fault'),
      });
      expect(faults.filter(({ leaf }) => leaf !== null)).toEqual([]);
    }
  });
});

describe('lines of a sealed file', () => {
  it.each(Object.keys(alterations))('are not %s without a finding', async (name) => {
    for (const one of corpus.alteredLines(name)) {
      const kinds = await caught(one);
      expect([one.what, kinds.length > 0]).toEqual([one.what, true]);
    }
  });
});

describe('an operator who holds the key', () => {
  it.each(Object.keys(lies))('is found without any mirror where it %s', async (what) => {
    for await (const one of corpus.lied(what)) expect((await caught(one)).length).toBeGreaterThan(0);
  });

  it('is found by the replay alone where a plan, a call, the work of a response, a yes or a middle is gone or forged', () => {
    const { events } = corpus.honest;
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

describe('a file that holds less than it should', () => {
  const filters = [
    { categories: ['action'] },
    { categories: ['plan', 'action', 'trace'].sort() },
    { categories: ['alert', 'incident'] },
  ] as const;

  it.each([null, 'sim'])('does not pass for all of it, whatever its filter says (%s)', async (tenant) => {
    const all: Part = { tenant, filter: {} };
    for await (const one of corpus.gaps(tenant)) await caught(one);
    for (const filter of filters)
      expect(await caught(await corpus.passedOff({ tenant, filter }, all))).toContain('filter');
    expect(await caught(await corpus.older(all))).toContain('older');
  });

  it.each(filters)('does not pass for the categories %j, if it lacks one of their leaves', async (filter) => {
    for (const tenant of [null, 'sim'])
      for await (const one of corpus.lacking({ tenant, filter }))
        expect(await caught(one)).toEqual(['dropped']);
  });
});

describe('an honest log', () => {
  it.each([1, 2, 3])('is accused in no part and no variant (seed %i)', async (seed) => {
    const events = honestLog(seed, 3 + seed);
    const log = new SealedEvents(events);
    const known = [40, log.size].map((size) => log.mirrored(size, own));
    for (const [part, isComplete] of variantsOf(events)) {
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
