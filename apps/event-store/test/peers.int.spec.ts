import { randomUUID } from 'node:crypto';
import { type ClientHttp2Stream, constants } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StreamNotFoundError, WrongExpectedVersionError } from '@eventstore/db-client';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import type {
  AppendReq,
  AppendResp,
  BatchAppendResp,
  ReadResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import {
  type Client,
  credentials,
  makeGenericClientConstructor,
  type Metadata,
  type ServiceDefinition,
  status,
} from '@grpc/grpc-js';
import {
  protobufEmpty,
  ServerFeaturesService,
  sharedMessages,
  StreamsService,
  streamsMessages,
} from '../src/wire/protocol.js';
import { type Bench, collect, counted, refusal, startBench } from './harness.js';
import { frame, RawConnection } from './raw-grpc.js';

const { AppendReq: Append, BatchAppendReq: Batch, DeleteReq: Delete, ReadReq: Read } = streamsMessages;
type ReadOptions = InstanceType<typeof Read.Options>;
type Failure = { readonly code: number; readonly details: string; readonly metadata: Metadata };

const empty = () => new sharedMessages.Empty();

function identifier(stream: string) {
  const named = new sharedMessages.StreamIdentifier();
  named.setStreamName(Buffer.from(stream).toString('base64'));
  return named;
}

/** Requests and expectations of other languages' clients that the official one for Node lacks. */
describe('a client of another language', () => {
  let bench: Bench;
  let client: Client & Record<string, (...args: unknown[]) => unknown>;

  beforeAll(async () => {
    bench = await startBench();
    client = new (makeGenericClientConstructor(StreamsService as unknown as ServiceDefinition, 'Streams'))(
      `127.0.0.1:${bench.store.port}`,
      credentials.createInsecure(),
    ) as typeof client;
  });

  afterAll(async () => {
    client.close();
    await bench.close();
  });

  /** A read of a stream forwards, changed by the test; returns the messages in short form. */
  async function read(stream: string, change: (options: ReadOptions) => void): Promise<string[]> {
    const target = new Read.Options.StreamOptions();
    target.setStreamIdentifier(identifier(stream));
    const options = new Read.Options()
      .setStream(target)
      .setCount('1000')
      .setNoFilter(empty())
      .setUuidOption(new Read.Options.UUIDOption().setStructured(empty()))
      .setControlOption(new Read.Options.ControlOption().setCompatibility(1));
    change(options);
    const found: string[] = [];
    for await (const response of client['read']?.(
      new Read().setOptions(options),
    ) as AsyncIterable<ReadResp>) {
      if (response.hasEvent()) found.push(response.getEvent()?.getEvent()?.getStreamRevision() ?? '');
      else if (response.hasFirstStreamPosition()) found.push(`first ${response.getFirstStreamPosition()}`);
      else if (response.hasLastStreamPosition()) found.push(`last ${response.getLastStreamPosition()}`);
      else found.push('other');
    }
    return found;
  }

  function proposed(): InstanceType<typeof Append.ProposedMessage> {
    const event = new Append.ProposedMessage().setId(new sharedMessages.UUID().setString(randomUUID()));
    event.getMetadataMap().set('type', 'T').set('content-type', 'application/json');
    return event;
  }

  /** A single-call append of these messages; returns its response or the error. */
  const append = (...messages: AppendReq[]) =>
    new Promise<AppendResp | Failure>((resolve) => {
      const call = client['append']?.((error: Failure | null, response: AppendResp) =>
        resolve(error ?? response),
      ) as { write(message: AppendReq): void; end(): void };
      for (const message of messages) call.write(message);
      call.end();
    });

  const optionsOf = (stream: string) =>
    new Append().setOptions(new Append.Options().setStreamIdentifier(identifier(stream)).setAny(empty()));
  const eventOf = () => new Append().setProposedMessage(proposed());

  it('learns the features of the methods', async () => {
    const features = new (makeGenericClientConstructor(
      ServerFeaturesService as unknown as ServiceDefinition,
      'Features',
    ))(`127.0.0.1:${bench.store.port}`, credentials.createInsecure());
    const supported = await new Promise<SupportedMethods>((resolve, reject) => {
      (
        features as unknown as Record<
          string,
          (request: unknown, callback: (error: Error | null, response: SupportedMethods) => void) => void
        >
      )['getSupportedMethods']?.(empty(), (error, response) =>
        error === null ? resolve(response) : reject(error),
      );
    });
    features.close();
    const of = (name: string) =>
      supported
        .getMethodsList()
        .find((method) => method.getMethodName() === name)
        ?.getFeaturesList();
    expect([of('read'), of('batchappend'), of('append')]).toEqual([
      ['position', 'events'],
      ['deadline_duration'],
      [],
    ]);
  });

  it('learns where a stream begins and ends if it supports that', async () => {
    await bench.client.appendToStream('bounds', counted(50));
    const all = Array.from({ length: 50 }, (_, n) => String(n));
    expect(await read('bounds', () => undefined)).toEqual([...all, 'last 49']);
    expect(await read('bounds', (options) => options.clearControlOption())).toEqual(all);
    expect(await read('bounds', (options) => options.setCount('2'))).toEqual(['0', '1', 'last 49']);
    expect(
      await read('bounds', (options) =>
        options.setReadDirection(1).setCount('1').getStream()?.setEnd(empty()),
      ),
    ).toEqual(['49', 'last 49']);
    expect(await read('bounds', (options) => options.getStream()?.setRevision('60'))).toEqual(['last 49']);
    await bench.client.setStreamMetadata('bounds', { truncateBefore: 40 });
    expect(await read('bounds', () => undefined)).toEqual(['first 40', ...all.slice(40), 'last 49']);
    expect(await read('bounds', (options) => options.getStream()?.setRevision('30'))).toEqual([
      ...all.slice(40),
      'last 49',
    ]);
    expect(await read('bounds', (options) => options.setCount('2').getStream()?.setRevision('30'))).toEqual([
      'first 40',
      '40',
      '41',
      'last 49',
    ]);
    await bench.client.setStreamMetadata('bounds', { truncateBefore: 70 });
    expect(await read('bounds', () => undefined)).toEqual(['first 70', 'last 49']);
    expect(await read('not-there', () => undefined)).toEqual(['other']);
  });

  it("can give an append's deadline as a duration", async () => {
    /** The options with field 7, which our definitions lack. */
    const within = async (
      stream: string,
      duration: readonly number[],
    ): Promise<BatchAppendResp | undefined> => {
      const event = new Batch.ProposedMessage().setId(new sharedMessages.UUID().setString(randomUUID()));
      event.getMetadataMap().set('type', 'T').set('content-type', 'application/json');
      const options = new Batch.Options()
        .setStreamIdentifier(identifier(stream))
        .setAny(new protobufEmpty.Empty())
        .serializeBinary();
      const extended = Uint8Array.of(...options, 0x3a, duration.length, ...duration);
      const rest = new Batch().setIsFinal(true);
      rest.setCorrelationId(new sharedMessages.UUID().setString(randomUUID()));
      rest.addProposedMessages(event);
      const bytes = Buffer.concat([rest.serializeBinary(), Uint8Array.of(0x12, extended.length), extended]);
      const call = client.makeBidiStreamRequest(
        StreamsService.batchAppend.path,
        (message: Buffer) => message,
        StreamsService.batchAppend.responseDeserialize,
        {},
      );
      call.write(bytes);
      call.end();
      for await (const response of call as AsyncIterable<BatchAppendResp>) return response;
      return undefined;
    };
    expect((await within('within', [0x08, 60]))?.hasSuccess()).toBe(true);
    expect((await within('within', []))?.getError()?.getCode()).toBe(status.DEADLINE_EXCEEDED);
    expect(
      (await within('within', [0x08, ...Array.from({ length: 9 }, () => 0xff), 0x01]))?.getError()?.getCode(),
    ).toBe(status.DEADLINE_EXCEEDED);
    expect((await within('within', [0x08, 0x80, 0xac, 0xb5, 0xce, 0x98, 0x09]))?.hasSuccess()).toBe(true);
    expect(await collect(bench.client.readStream('within'))).toHaveLength(2);
  });

  it('gets a single-call append refused if its messages are out of order', async () => {
    for (const messages of [
      [eventOf(), optionsOf('order')],
      [optionsOf('order'), eventOf(), optionsOf('other')],
      [optionsOf('order'), new Append()],
      [new Append()],
      [],
    ]) {
      expect(await append(...messages)).toMatchObject({ code: status.INVALID_ARGUMENT });
    }
    const silent = optionsOf('order');
    silent.getOptions()?.clearAny();
    expect(await append(silent, eventOf())).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: expect.stringContaining('expects'),
    });
    expect(await append(optionsOf('order'), eventOf())).not.toHaveProperty('code');
    expect(await collect(bench.client.readStream('order'))).toHaveLength(1);
  });

  it('gets a single-call append done whole or not at all, wherever it is broken off', async () => {
    const bytes = (...messages: AppendReq[]) =>
      Buffer.concat(messages.map((message) => frame(message.serializeBinary())));
    const ways: readonly ((stream: ClientHttp2Stream, connection: RawConnection) => unknown)[] = [
      (stream) => stream.close(constants.NGHTTP2_CANCEL),
      (stream) => stream.close(constants.NGHTTP2_NO_ERROR),
      (_, { session }) => session.destroy(),
    ];
    const broken: string[] = [];
    for (let n = 0; n < 60; n += 1) {
      const name = `broken-${n}`;
      const connection = new RawConnection(bench.store.port);
      const stream = connection.session.request(
        {
          ':method': 'POST',
          ':path': StreamsService.append.path,
          'content-type': 'application/grpc',
          te: 'trailers',
        },
        { endStream: false },
      );
      stream.on('error', () => undefined).resume();
      await new Promise((resolve) =>
        stream.write(bytes(optionsOf(name), ...Array.from({ length: 1 + (n % 5) }, eventOf)), resolve),
      );
      // When the ping is answered, the server has received everything before it.
      await new Promise((resolve) => connection.session.ping(resolve));
      ways[n % ways.length]?.(stream, connection);
      if (!connection.session.destroyed) await new Promise((resolve) => connection.session.ping(resolve));
      await connection.close();
      broken.push(name);
    }
    await bench.client.appendToStream('after', counted(1));
    for (const name of broken)
      expect(await refusal(collect(bench.client.readStream(name)))).toBeInstanceOf(StreamNotFoundError);
  });

  it("finds the expected text in an error of a deletion, whatever the stream's name", async () => {
    for (const [stream, shown] of [
      ['never', 'never'],
      ['ünïcödé 🦃\n', '%C3%BCn%C3%AFc%C3%B6d%C3%A9 %F0%9F%A6%83%0A'],
      ['long'.repeat(5000), `${'long'.repeat(256)}...`],
    ] as const) {
      const options = new Delete.Options().setStreamIdentifier(identifier(stream)).setAny(empty());
      const failure = await new Promise<Failure>((resolve) => {
        void client['delete']?.(new Delete().setOptions(options), (error: Failure) => resolve(error));
      });
      expect(failure.code).toBe(status.FAILED_PRECONDITION);
      expect(failure.details).toMatch(/WrongExpectedVersion.*Actual version: -1$/);
      expect(failure.metadata.getMap()).toMatchObject({
        exception: 'wrong-expected-version',
        'stream-name': shown,
        'expected-version': '-2',
        'actual-version': '-1',
      });
    }
    expect(await refusal(bench.client.deleteStream('never'))).toBeInstanceOf(WrongExpectedVersionError);
    expect(await bench.client.appendToStream('ünïcödé 🦃\n', counted(1))).toMatchObject({ success: true });
  });

  it('cannot write $all even if there are no users', async () => {
    expect(await append(optionsOf('$all'), eventOf())).toMatchObject({ code: status.PERMISSION_DENIED });
  });
});
