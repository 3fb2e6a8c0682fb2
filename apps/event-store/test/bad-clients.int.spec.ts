import { randomBytes, randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { binaryEvent, MaxAppendSizeExceededError, UnavailableError } from '@eventstore/db-client';
import fc from 'fast-check';
import { GossipService, sharedMessages, StreamsService, streamsMessages } from '../src/protocol.js';
import { type Bench, collect, counted, MODES, numbers, refusal, startBench } from './harness.js';
import { type Answer, frame, METHODS, RawConnection } from './raw-grpc.js';

const PATIENCE_MS = 400;
const { append, batchAppend, read } = StreamsService;

/** A connection that sends `bytes` and then nothing more; `ended` when the server has ended it. */
function silent(
  port: number,
  bytes?: Uint8Array,
): { readonly socket: Socket; readonly ended: Promise<void> } {
  const socket = connect(port, '127.0.0.1');
  if (bytes !== undefined) socket.write(bytes);
  socket.resume();
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
  });
  socket.on('error', () => undefined);
  return { socket, ended };
}

/** Once more where the connection was cut. */
const comingAgain = <Result>(call: () => Promise<Result>): Promise<Result> =>
  call().catch((error: unknown) => {
    if (error instanceof UnavailableError) return call();
    throw error;
  });

const stream = (name: string) =>
  new sharedMessages.StreamIdentifier().setStreamName(Buffer.from(name).toString('base64'));

/** Requests as a client would send them, for the mutations to begin with. */
function validRequests(): readonly (readonly [path: string, message: Uint8Array])[] {
  const { ReadReq, AppendReq, BatchAppendReq, DeleteReq } = streamsMessages;
  const proposed = new BatchAppendReq.ProposedMessage()
    .setId(new sharedMessages.UUID().setString(randomUUID()))
    .setData(randomBytes(40));
  proposed.getMetadataMap().set('type', 'T').set('content-type', 'application/json');
  const batch = new BatchAppendReq()
    .setCorrelationId(new sharedMessages.UUID().setString(randomUUID()))
    .setIsFinal(true)
    .setOptions(new BatchAppendReq.Options().setStreamIdentifier(stream('fuzzed')).setStreamPosition('1'));
  // It gives what was added, not what it was added to.
  batch.addProposedMessages(proposed);
  const target = new ReadReq.Options.StreamOptions().setStreamIdentifier(stream('fuzzed')).setRevision('3');
  const filter = new ReadReq.Options.FilterOptions()
    .setMax(10)
    .setCheckpointintervalmultiplier(2)
    .setStreamIdentifier(new ReadReq.Options.FilterOptions.Expression().setRegex('^a+$'));
  const uuid = new ReadReq.Options.UUIDOption().setString(new sharedMessages.Empty());
  const all = new ReadReq.Options.AllOptions().setPosition(
    new ReadReq.Options.Position().setCommitPosition('7').setPreparePosition('7'),
  );
  return [
    [
      read.path,
      new ReadReq()
        .setOptions(new ReadReq.Options().setStream(target).setCount('5').setUuidOption(uuid))
        .serializeBinary(),
    ],
    [
      read.path,
      new ReadReq()
        .setOptions(new ReadReq.Options().setAll(all).setFilter(filter).setCount('5').setUuidOption(uuid))
        .serializeBinary(),
    ],
    [
      append.path,
      new AppendReq()
        .setOptions(new AppendReq.Options().setStreamIdentifier(stream('fuzzed')).setRevision('1'))
        .serializeBinary(),
    ],
    [batchAppend.path, batch.serializeBinary()],
    [
      StreamsService.delete.path,
      new DeleteReq()
        .setOptions(new DeleteReq.Options().setStreamIdentifier(stream('gone')).setRevision('4'))
        .serializeBinary(),
    ],
  ];
}

describe.each(MODES)('clients that misbehave, log in %s', (mode) => {
  let bench: Bench;
  let written = 0;

  beforeAll(async () => {
    bench = await startBench(mode, { patienceMs: PATIENCE_MS });
  });

  afterAll(() => bench.close());

  /**
   * Whether the server serves everybody else as before. This process is the clients' too: what
   * keeps it busy beyond the server's patience costs the good client its connection, and then it
   * comes again, with the same event.
   */
  async function serves(): Promise<void> {
    const expectedRevision = written === 0 ? 'no_stream' : BigInt(written - 1);
    const events = counted(1, written);
    expect(
      await comingAgain(() => bench.client.appendToStream('health', events, { expectedRevision })),
    ).toMatchObject({ nextExpectedRevision: BigInt(written) });
    written += 1;
    expect(numbers(await comingAgain(() => collect(bench.client.readStream('health'))))).toEqual(
      Array.from({ length: written }, (_, n) => n),
    );
  }

  async function connected<Result>(use: (connection: RawConnection) => Promise<Result>): Promise<Result> {
    const connection = new RawConnection(bench.store.port);
    try {
      return await use(connection);
    } finally {
      await connection.close();
    }
  }

  it.each(METHODS)('get an error for what is no message, by %s', async (path) => {
    await connected(async (connection) => {
      const bodies: readonly (readonly [string, Uint8Array])[] = [
        ['garbage in a frame', frame(Buffer.concat([Uint8Array.of(0xff, 0xff, 0xff), randomBytes(50)]))],
        ['a field that is longer than its message', frame(Uint8Array.of(0x0a, 0x7f, 1, 2))],
        ['a frame that is compressed and says not how', frame(randomBytes(20), { flag: 1 })],
        ['a frame that is cut off', frame(randomBytes(20), { length: 500 })],
        ['a frame of 4 GiB', frame(randomBytes(20), { length: 0xffffffff })],
        ['half a head', Uint8Array.of(0, 0)],
        ['nothing', new Uint8Array(0)],
      ];
      for (const [what, bytes] of bodies) {
        const { status: answered, message } = await connection.call(path, bytes);
        // Who half-closes a batch call before a whole message has asked for nothing; other services
        // have requests without content.
        const nothingAsked = path.includes('Streams')
          ? path === batchAppend.path && /cut off|half|nothing/.test(what)
          : true;
        expect(`${what}: ${answered}`).toMatch(
          new RegExp(`^${what}: (${nothingAsked ? '\\d+' : '[1-9]\\d*'}|reset)$`),
        );
        expect(message).not.toMatch(/\bat .*\.(js|ts):\d+|node_modules/);
      }
    });
    await serves();
  });

  it('get an answer or an error for whatever is done to a request, and the log holds nothing of what was refused', async () => {
    const requests = validRequests();
    await connected(async (connection) => {
      await fc.assert(
        fc.asyncProperty(
          fc.nat({ max: requests.length - 1 }),
          fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 6 }),
          fc.option(fc.nat()),
          async (index, changes, cut) => {
            const [path, message] = requests[index] ?? [read.path, new Uint8Array(0)];
            let bytes = Uint8Array.from(message);
            for (const [at, value] of changes) bytes[at % bytes.length] = value;
            if (cut !== null) bytes = bytes.subarray(0, cut % bytes.length);
            // A mutation may have made a subscription, or an append that never ends: those are open
            // when the server has answered what came after.
            const after = connection
              .call(GossipService.read.path, frame(new Uint8Array(0)))
              .then((): Answer => ({ status: 'open', message: '', bytes: 0 }));
            const { status: answered } = await Promise.race([connection.call(path, frame(bytes)), after]);
            expect((await after).status).toBe('open');
            expect(answered).toMatch(/^(\d+|reset|open)$/);
          },
        ),
        { numRuns: 150, endOnFailure: true },
      );
    });
    await serves();
  });

  it('get an error when an append is too large, and when a message is', async () => {
    const large = await refusal(
      bench.client.appendToStream(
        'large',
        binaryEvent({ type: 'Large', data: new Uint8Array(1024 * 1024 + 1) }),
      ),
    );
    expect(large).toBeInstanceOf(MaxAppendSizeExceededError);
    for (const path of [append.path, batchAppend.path]) {
      const { status: answered } = await connected((connection) =>
        connection.call(path, frame(new Uint8Array(17 * 1024 * 1024 + 1))),
      );
      // The answer may be overtaken by the end of the stream, as the rest of the message is not
      // wanted.
      expect(answered).toMatch(new RegExp(`^(${status.RESOURCE_EXHAUSTED}|reset)$`));
    }
    await serves();
  });

  it('get nothing for a method that is not there but UNIMPLEMENTED', async () => {
    await connected(async (connection) => {
      for (const path of [
        '/event_store.client.persistent_subscriptions.PersistentSubscriptions/Create',
        '/nothing',
        '/',
      ]) {
        expect((await connection.call(path, frame(new Uint8Array(0)))).status).toMatch(
          new RegExp(`^(${status.UNIMPLEMENTED}|reset)$`),
        );
      }
    });
    await serves();
  });

  it('are cut off when they send random bytes', async () => {
    await Promise.all(Array.from({ length: 50 }, () => silent(bench.store.port, randomBytes(2000)).ended));
    await serves();
  });

  it('are cut off when they connect and never speak, or do not answer a ping', async () => {
    const preface = Buffer.concat([
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
      Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
    ]);
    const silents = [
      ...Array.from({ length: 100 }, () => silent(bench.store.port)),
      ...Array.from({ length: 50 }, () => silent(bench.store.port, preface)),
      silent(bench.store.port, preface.subarray(0, 11)),
    ];
    await serves();
    await Promise.all(silents.map(({ ended }) => ended));
    await serves();
  });

  it('are ended when they begin a request and never finish it', async () => {
    await connected(async (connection) => {
      const unfinished = [
        read.path,
        append.path,
        StreamsService.delete.path,
        StreamsService.tombstone.path,
      ].flatMap((path) => [
        connection.call(path, new Uint8Array(0), { end: false }),
        connection.call(path, frame(new Uint8Array(100), { length: 200 }), { end: false }),
      ]);
      for (const { status: answered } of await Promise.all(unfinished))
        expect(answered).toBe(String(status.DEADLINE_EXCEEDED));
    });
    await serves();
  });

  it('that go away in the middle leave nothing behind', async () => {
    for (let n = 0; n < 30; n += 1) {
      const connection = new RawConnection(bench.store.port);
      for (const [path, message] of validRequests())
        void connection.call(path, frame(message), { end: false });
      const subscription = new streamsMessages.ReadReq.Options()
        .setAll(new streamsMessages.ReadReq.Options.AllOptions().setStart(new sharedMessages.Empty()))
        .setSubscription(new streamsMessages.ReadReq.Options.SubscriptionOptions())
        .setUuidOption(
          new streamsMessages.ReadReq.Options.UUIDOption().setString(new sharedMessages.Empty()),
        );
      void connection.call(
        read.path,
        frame(new streamsMessages.ReadReq().setOptions(subscription).serializeBinary()),
      );
      await new Promise((resolve) => connection.session.ping(resolve));
      await connection.close();
    }
    await serves();
  });
});
