import { describe, expect, it } from '@jest/globals';
import {
  collect,
  cutNoteStream,
  cutThrough,
  genuine,
  InMemoryEventStore,
  isCutAfter,
  testMetadata,
  type Position,
} from '../src/index.js';

const at = (commit: number): Position => ({ commit: BigInt(commit), prepare: BigInt(commit) });

const append = async (
  log: InMemoryEventStore,
  stream: string,
  writer: string,
  data: object = {},
): Promise<void> => {
  await log.append(
    stream,
    [
      {
        id: crypto.randomUUID(),
        type: 'SomethingHappened',
        data,
        metadata: { ...testMetadata(), writer },
      },
    ],
    'any',
  );
};

const cut = async (): Promise<InMemoryEventStore> => {
  const log = new InMemoryEventStore();
  for (let n = 0; n < 3; n += 1) await append(log, 'action-demo:a', 'safety-rails');
  await append(log, 'action-demo:b', 'safety-rails');
  await log.setRetention('action-demo:a', { truncateBefore: 2n });
  return log;
};

describe('a stream that was cut', () => {
  it('shows what is left, and is in the whole log until that is scavenged', async () => {
    const log = await cut();
    const revisions = async (): Promise<readonly bigint[]> =>
      (await collect(log.readAll())).map(({ revision }) => revision);
    expect((await collect(log.read('action-demo:a'))).map(({ revision }) => revision)).toEqual([2n]);
    expect(await revisions()).toEqual([0n, 1n, 2n, 0n]);
    await log.scavenge();
    expect(await revisions()).toEqual([2n, 0n]);
    await append(log, 'action-demo:a', 'safety-rails');
    expect((await collect(log.readAll())).at(-1)).toMatchObject({ revision: 3n, position: at(5) });
  });

  it('is refused to those who would fold its state from the rest', async () => {
    const log = genuine(await cut());
    await expect(collect(log.read('action-demo:a'))).rejects.toMatchObject({ code: 'stream-scavenged' });
    expect(await collect(log.read('action-demo:a', { from: 2n }))).toHaveLength(1);
    expect(await collect(log.read('action-demo:a', { backwards: true, limit: 1 }))).toHaveLength(1);
    expect(await collect(log.read('action-demo:b'))).toHaveLength(1);
  });
});

describe('how far events may be missing', () => {
  it('is what audit noted last, for readers of streams that are cut', async () => {
    const log = await cut();
    expect([await cutThrough(log), await isCutAfter(log, null, ['action-'])]).toEqual([null, false]);
    await append(log, cutNoteStream, 'audit', { through: '1' });
    await append(log, cutNoteStream, 'audit', { through: '2' });
    expect(await cutThrough(log)).toEqual(at(2));
    for (const [after, prefixes, isCut] of [
      [null, ['action-'], true],
      [at(1), ['policy-', 'action-'], true],
      [at(1), null, true],
      [at(1), ['action-demo:'], true],
      [at(2), ['action-'], false],
      [null, ['action_type-', 'policy-'], false],
    ] as const)
      expect(await isCutAfter(log, after, prefixes)).toBe(isCut);
  });

  it('is not taken from anybody else, nor from a note that is none', async () => {
    const log = await cut();
    await append(log, cutNoteStream, 'safety-rails', { through: '2' });
    await expect(cutThrough(log)).rejects.toMatchObject({ code: 'forged-event' });
    const other = await cut();
    await append(other, cutNoteStream, 'audit', { through: 'x' });
    await expect(cutThrough(other)).rejects.toMatchObject({ code: 'log-damaged' });
  });
});
