import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { FaultBoard } from '../src/model/faults.js';
import type { ProposedEvent, WriteOutcome, WriteRequest } from '../src/model/model.js';
import { UNRESTRICTED } from '../src/model/users.js';
import { packWrites, unpackWrites } from '../src/writing/writer-messages.js';
import { WriterThread } from '../src/writing/writer-thread.js';
import { app, build } from './child.js';
import { temporaryFolder } from './harness.js';

const folder = temporaryFolder();

beforeAll(build);

afterAll(() => folder.remove());

const event = (n: number): ProposedEvent => ({
  id: randomUUID(),
  type: 'Counted',
  isJson: true,
  data: Buffer.from(`{"n":${n}}`),
  metadata: new Uint8Array(0),
});

/** The thread's program with a statement before it; `data` and `port` are the thread's. */
function program(before: string): URL {
  const source = `import { parentPort as port, workerData as data } from 'node:worker_threads'; ${before}; await import(${JSON.stringify(pathToFileURL(join(app, 'dist/writing/writer-thread-main.js')).href)});`;
  return new URL(`data:text/javascript,${encodeURIComponent(source)}`);
}

/**
 * Uses a fault's counter as a tally across threads: `nth(n)` is true the n-th time. `intercept`
 * receives each message first.
 */
const NTH = `const cells = new Int32Array(data.faults); const nth = (n) => Atomics.add(cells, 4, 1) + 1 === n;
  const on = port.on.bind(port); const intercept = (first) => { port.on = (name, then) => on(name, (message) => { first(message); then(message); }); };`;

async function open(name: string, before: string, faults = new FaultBoard()) {
  const log = await WriterThread.open(
    join(folder.path, `${name}.db`),
    faults,
    () => undefined,
    program(before),
  );
  const write = (request: Omit<WriteRequest, 'kind' | 'stream'>): Promise<WriteOutcome> =>
    new Promise((resolve) =>
      log.writer.write({ kind: 'append', stream: 's', ...request }, UNRESTRICTED, resolve),
    );
  const revisions = (): number[] =>
    log.reader
      .streamForwards('s', 0, 1000, undefined)
      .deliveries.map(({ event: found }) => found?.record.revision ?? -1);
  const readable = async (): Promise<void> => {
    while (log.reader.suspended) await new Promise((resolve) => setImmediate(resolve));
  };
  return { ...log, write, revisions, readable };
}

const unknown = {
  kind: 'failed',
  message: expect.stringMatching(
    /^outcome unknown, ask again with the same event ids: the writing thread ended/,
  ),
};

describe('a writer thread', () => {
  it('that ends before the commit stores nothing; another replaces it, and pending writes can be repeated', async () => {
    const log = await open(
      'before',
      `${NTH} intercept((message) => { if (message.kind === 'write' && nth(2)) process.exit(7); })`,
    );
    const [first, second] = [event(0), event(1)];
    expect(await log.write({ expected: 'no_stream', events: [first] })).toEqual({
      kind: 'written',
      revision: 0,
      position: 1,
    });
    const pending = await Promise.all([
      log.write({ expected: 0n, events: [second] }),
      log.write({ expected: 'any', events: [event(2)] }),
    ]);
    expect(pending).toEqual([unknown, unknown]);
    expect(pending[0]).toHaveProperty('message', expect.stringContaining('it ended with 7'));
    await log.readable();
    expect(log.revisions()).toEqual([0]);
    expect(await log.write({ expected: 0n, events: [second] })).toEqual({
      kind: 'written',
      revision: 1,
      position: 2,
    });
    expect(log.revisions()).toEqual([0, 1]);
    await log.close();
  });

  it('that ends after the commit, before its answer, gives the original result to a repetition', async () => {
    const log = await open(
      'after',
      `${NTH} const post = port.postMessage.bind(port); port.postMessage = (message) => { if (message.kind === 'settled' && nth(2)) process.exit(8); post(message); }`,
    );
    const [first, second] = [event(0), event(1)];
    await log.write({ expected: 'no_stream', events: [first] });
    expect(await log.write({ expected: 0n, events: [second] })).toEqual(unknown);
    expect(await log.write({ expected: 0n, events: [second] })).toEqual({
      kind: 'written',
      revision: 1,
      position: 2,
      repeated: true,
    });
    expect(log.revisions()).toEqual([0, 1]);
    await log.close();
  });

  it('that throws and cannot be replaced answers every write with an error, blocks no reader, and is restarted by the next write', async () => {
    // It ends at its second write. The next thread cannot begin either, the third one can.
    const log = await open(
      'twice',
      `${NTH} if (Atomics.load(cells, 4) === 2) { Atomics.add(cells, 4, 1); throw new Error('no beginning'); }
      intercept((message) => { if (message.kind === 'write' && Atomics.load(cells, 4) < 3 && nth(2)) throw new Error('thrown in the thread'); })`,
    );
    await log.write({ expected: 'no_stream', events: [event(0)] });
    const failed = await log.write({ expected: 0n, events: [event(1)] });
    expect(failed).toEqual(unknown);
    expect(failed).toHaveProperty('message', expect.stringContaining('thrown in the thread'));
    await log.readable();
    expect(() => log.revisions()).toThrow();
    expect(await log.write({ expected: 0n, events: [event(1)] })).toEqual({
      kind: 'written',
      revision: 1,
      position: 2,
    });
    expect(log.revisions()).toEqual([0, 1]);
    await log.close();
  });

  it('that cannot reopen its file after a failed commit blocks no reader, and continues when it can', async () => {
    const faults = new FaultBoard();
    // The thread does not use this fault, so here it makes opening files fail.
    const log = await open(
      'unopened',
      `import { DatabaseSync } from 'node:sqlite'; const cells = new Int32Array(data.faults); const { exec } = DatabaseSync.prototype;
      DatabaseSync.prototype.exec = function (sql) { if (Atomics.load(cells, 4) > 0) throw new Error('no more files'); exec.call(this, sql); }`,
      faults,
    );
    await log.write({ expected: 'no_stream', events: [event(0)] });
    faults.set({ failed_commits: 1, duplicate_deliveries: 1 });
    for (let n = 0; n < 3; n += 1)
      expect(await log.write({ expected: 0n, events: [event(1)] })).toEqual({
        kind: 'failed',
        message: expect.stringContaining('the log cannot be read: no more files'),
      });
    await log.readable();
    expect(() => log.revisions()).toThrow();
    faults.set({ duplicate_deliveries: 0 });
    expect(await log.write({ expected: 0n, events: [event(1)] })).toEqual({
      kind: 'written',
      revision: 1,
      position: 2,
    });
    expect(log.revisions()).toEqual([0, 1]);
    await log.close();
  });

  it('that cannot begin at all fails the opening', async () => {
    await expect(open('never', 'throw new Error("not today")')).rejects.toThrow('not today');
    // It does not affect the next one.
    const log = await open('never', '');
    expect(await log.write({ expected: 'no_stream', events: [event(0)] })).toMatchObject({ kind: 'written' });
    await log.close();
  });

  it('completes accepted writes before it stops, and refuses later ones', async () => {
    const log = await open('drained', '');
    const taken = Array.from({ length: 200 }, (_, n) => log.write({ expected: 'any', events: [event(n)] }));
    const drained = log.writer.drain();
    expect(await log.write({ expected: 'any', events: [event(999)] })).toEqual({ kind: 'stopping' });
    expect(
      (await Promise.all(taken)).map((outcome) => outcome.kind === 'written' && outcome.revision),
    ).toEqual(Array.from({ length: 200 }, (_, n) => n));
    await drained;
    expect(log.reader.head).toBe(200);
    await log.close();
  });
});

describe('writes in transit to the thread', () => {
  it('arrive unchanged, whatever buffers hold their bytes', () => {
    const large = new Uint8Array(1000).map((_, n) => n);
    const events = [
      { ...event(1), data: large.subarray(10, 20), metadata: large.subarray(500, 500) },
      { ...event(2), data: new Uint8Array(0), metadata: large.subarray(999) },
    ];
    const other = { unrestricted: false, admin: false, roles: new Set(['a']) };
    const writes = [
      {
        number: 3,
        principal: UNRESTRICTED,
        request: { kind: 'append' as const, stream: 'größe', expected: 2n ** 63n, events, deadline: 12.5 },
      },
      {
        number: 4,
        principal: other,
        request: { kind: 'delete' as const, stream: 't', expected: 'any' as const, events: [] },
      },
      {
        number: 5,
        principal: UNRESTRICTED,
        request: { kind: 'append' as const, stream: 'u', expected: 'no_stream' as const, events: [event(3)] },
      },
    ];
    const packed = packWrites(writes);
    expect(packed.principals).toHaveLength(2);
    const plain = (list: readonly { readonly request: WriteRequest }[]) =>
      list.map((write) => ({
        ...write,
        request: {
          ...write.request,
          events: write.request.events.map((one) => ({
            ...one,
            data: [...one.data],
            metadata: [...one.metadata],
          })),
        },
      }));
    expect(plain(unpackWrites(structuredClone(packed)))).toEqual(plain(writes));
  });
});
