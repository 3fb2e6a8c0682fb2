import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Archive, wholeLog } from '@interlock/archive';
import { collect, comparePositions, type EventStore, type RecordedEvent } from '@interlock/kernel';
import { eventLine, rootOf, sameHash } from '@interlock/tree';
import { Scene, steps } from './archives.js';
import { MemoryTree } from './memory-tree.js';

type Reading = Pick<EventStore, 'readAll'>;
let scene: Scene;
let events: RecordedEvent[];
beforeEach(async () => {
  scene = await Scene.open();
  await scene.grow(350);
  await steps(scene.archiver());
  events = await collect(scene.log.readAll());
});
afterEach(() => scene.close());

/** A log as it is after some of it was scavenged, or worse. */
const having = (kept: readonly RecordedEvent[]): Reading => ({
  async *readAll({ after = null } = {}) {
    yield* await Promise.resolve(
      kept.filter(({ position }) => after === null || comparePositions(position, after) > 0),
    );
  },
});
const read = (log: Reading): Promise<RecordedEvent[]> =>
  collect(wholeLog(new Archive(scene.store()), scene.tree.known, log));

describe('the whole log', () => {
  it.each([
    ['nothing was scavenged', (): boolean => true],
    ['a range was', (i: number): boolean => i < 120 || i > 180],
    ['its beginning was, over several segments', (i: number): boolean => i >= 250],
    ['all that was archived was', (i: number): boolean => i >= 300],
    ['every other event of a stream was', (i: number): boolean => i % 7 !== 3 || i % 2 === 0 || i >= 300],
  ])('comes out of archive and log as it was, where %s', async (_, kept) => {
    const whole = await read(having(events.filter((_event, i) => kept(i))));
    expect(whole.map(eventLine)).toEqual(events.map(eventLine));
    const rebuilt = new MemoryTree();
    await rebuilt.follow(having(whole));
    expect(sameHash(await rootOf(rebuilt.node, 350), await rootOf(scene.tree.node, 350))).toBe(true);
  });

  it('is read from any place on', async () => {
    const kept = events.filter((_, i) => i % 5 !== 2 || i >= 300);
    for (const at of [0, 98, 99, 100, 250, 298, 299, 300, 349]) {
      const rest = await collect(
        wholeLog(new Archive(scene.store()), scene.tree.known, having(kept), { after: events[at]!.position }),
      );
      expect([at, rest.map(eventLine)]).toEqual([at, events.slice(at + 1).map(eventLine)]);
    }
  });

  /** What may become of an event in a log that somebody can write to. */
  const edits: readonly (readonly [string, (all: RecordedEvent[]) => RecordedEvent[]])[] = [
    [
      'altered',
      (all: RecordedEvent[]): RecordedEvent[] =>
        all.map((event, i) => (i === 42 ? { ...event, data: { n: 'other' } } : event)),
    ],
    [
      'put in',
      (all: RecordedEvent[]): RecordedEvent[] =>
        all.flatMap((event, i) =>
          i === 42
            ? [
                {
                  ...event,
                  id: '00000000-0000-4000-9000-000000000000',
                  position: { commit: event.position.commit, prepare: event.position.commit - 1n },
                },
                event,
              ]
            : [event],
        ),
    ],
  ];

  it.each(edits)(
    'has what was %s as the log has it, and what was scavenged beside it, where the checkpoints are to judge',
    async (_, edit) => {
      const edited = edit(events);
      const kept = having(edited.filter((_event, i) => i < 60 || i > 90));
      expect(
        (
          await collect(wholeLog(new Archive(scene.store()), scene.tree.known, kept, { differing: 'log' }))
        ).map(eventLine),
      ).toEqual(edited.map(eventLine));
    },
  );

  it('is the log where nothing is archived', async () => {
    const whole = await collect(
      wholeLog(new Archive((await Scene.open()).store()), scene.tree.known, scene.log),
    );
    expect(whole).toHaveLength(350);
  });

  it.each([
    ...edits,
    [
      'moved',
      (all: RecordedEvent[]): RecordedEvent[] =>
        all.map((event, i) =>
          i === 42
            ? { ...all[43]!, position: event.position }
            : i === 43
              ? { ...all[42]!, position: event.position }
              : event,
        ),
    ],
  ])('is not handed out where what the log still holds was %s', async (_, edit) => {
    await expect(read(having(edit(events)))).rejects.toMatchObject({ code: 'archive-contradicted' });
  });

  it('ends at once where the archive does not hold', async () => {
    const forged = new MemoryTree('interlock.local/tree', 5);
    await expect(
      collect(wholeLog(new Archive(scene.store()), forged.known, scene.log)),
    ).rejects.toMatchObject({ code: 'archive-contradicted' });
  });
});

describe('leaves of the archive', () => {
  it('are read from any to any', async () => {
    const archive = new Archive(scene.store());
    const lines = events.map(eventLine);
    for (const [from, to] of [
      [0, 1],
      [99, 101],
      [100, 200],
      [150, 150],
      [250, 1000],
      [300, 400],
    ] as const) {
      const leaves = await collect(archive.leaves(scene.tree.known, from, to));
      expect([from, to, leaves.map(({ line }) => line)]).toEqual([
        from,
        to,
        lines.slice(from, Math.min(to, 300)),
      ]);
      expect(leaves.map(({ index }) => index)).toEqual(leaves.map((_, i) => from + i));
    }
  });
});
