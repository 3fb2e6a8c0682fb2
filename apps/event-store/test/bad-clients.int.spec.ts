import { randomBytes, randomUUID } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  binaryEvent,
  MaxAppendSizeExceededError,
  StreamNotFoundError,
  UnavailableError,
} from '@eventstore/db-client';
import fc from 'fast-check';
import { GossipService, sharedMessages, StreamsService, streamsMessages } from '../src/wire/protocol.js';
import { type Bench, collect, counted, MODES, numbers, refusal, startBench } from './harness.js';
import { type Answer, frame, METHODS, RawConnection } from './raw-grpc.js';

const TIMEOUT_MS = 400;
const { append, batchAppend, read } = StreamsService;

/**
 * A connection that sends `bytes` and then nothing; `ended` resolves when the server has closed it.
 */
function silent(
  port: number,
  bytes?: Uint8Array,
): { readonly socket: Socket; readonly ended: Promise<void> } {
  const socket = connect(port, '127.0.0.1');
  if (bytes !== undefined) socket.write(bytes);
  socket.resume();
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  return { socket, ended };
}

/** Retries once if the connection was cut. */
const comingAgain = <Result>(call: () => Promise<Result>): Promise<Result> =>
  call().catch((error: unknown) => {
    if (error instanceof UnavailableError) return call();
    throw error;
  });

const stream = (name: string) =>
  new sharedMessages.StreamIdentifier().setStreamName(Buffer.from(name).toString('base64'));

/** Valid client requests, as a start for the mutations. */
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
  // The method returns the added message, not the batch.
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
    bench = await startBench(mode, { timeoutMs: TIMEOUT_MS });
  });

  afterAll(() => bench.close());

  /**
   * Checks that the server still serves others. This process also runs the clients. If it is busy
   * beyond the server's time limit, the good client loses its connection and retries with the same
   * event.
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

  it.each(METHODS)('get an error for a malformed message, by %s', async (path) => {
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
        // A client that half-closes a batch call before a message has asked for nothing. Other
        // services have requests without content.
        const nothingAsked = path.includes('Streams')
          ? path === batchAppend.path && what === 'nothing'
          : !/cut off|half/.test(what);
        expect(`${what}: ${answered}`).toMatch(
          new RegExp(`^${what}: (${nothingAsked ? '\\d+' : '[1-9]\\d*'}|reset)$`),
        );
        expect(message).not.toMatch(/\bat .*\.(js|ts):\d+|node_modules/);
      }
    });
    await serves();
  });

  it('get an answer or an error for any mutated request, and the log holds nothing refused', async () => {
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
            // A mutation may have made a subscription, or an unfinished append. Those are open if
            // the server has answered later requests.
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

  it('get an error for an append that ends within a message, of which nothing is written', async () => {
    const { AppendReq } = streamsMessages;
    const options = new AppendReq.Options()
      .setStreamIdentifier(stream('cut'))
      .setAny(new sharedMessages.Empty());
    const event = (): Buffer => {
      const proposed = new AppendReq.ProposedMessage().setId(
        new sharedMessages.UUID().setString(randomUUID()),
      );
      proposed.getMetadataMap().set('type', 'T').set('content-type', 'application/json');
      return frame(new AppendReq().setProposedMessage(proposed).serializeBinary());
    };
    const whole = Buffer.concat([frame(new AppendReq().setOptions(options).serializeBinary()), event()]);
    await connected(async (connection) => {
      for (const cut of [1, 5, 6, event().length - 1]) {
        const bytes = Buffer.concat([whole, event().subarray(0, cut)]);
        expect((await connection.call(append.path, bytes)).status).toBe(String(status.INVALID_ARGUMENT));
        expect(await refusal(collect(bench.client.readStream('cut')))).toBeInstanceOf(StreamNotFoundError);
      }
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
      // The end of the stream may overtake the answer, because the rest of the message is not
      // wanted.
      expect(answered).toMatch(new RegExp(`^(${status.RESOURCE_EXHAUSTED}|reset)$`));
    }
    await serves();
  });

  it('get only UNIMPLEMENTED for an unknown method', async () => {
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

  it('are disconnected when they send random bytes', async () => {
    await Promise.all(Array.from({ length: 50 }, () => silent(bench.store.port, randomBytes(2000)).ended));
    await serves();
  });

  it('are disconnected when they never speak, or do not answer a ping', async () => {
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

  it('that leave in the middle leave nothing behind', async () => {
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
