import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { status, type ServerReadableStream } from '@grpc/grpc-js';
import type { AppendReq, AppendResp } from '@eventstore/db-client/generated/streams_pb.js';
import { append } from '../src/service/append-call.js';
import { FaultBoard } from '../src/model/faults.js';
import type { WriteOutcome, WriteRequest } from '../src/model/model.js';
import { protobufEmpty, sharedMessages, streamsMessages } from '../src/wire/protocol.js';
import { Reader } from '../src/storage/reader.js';
import { storageForWriting } from '../src/storage/storage.js';
import { Streams } from '../src/storage/streams.js';
import { UNRESTRICTED } from '../src/model/users.js';
import { Writer } from '../src/writing/writer.js';

function open() {
  const storage = storageForWriting(':memory:', 'alone', { check: false });
  const streams = new Streams(storage);
  const faults = new FaultBoard();
  const writer = new Writer({ storage, streams, faults });
  const write = (
    stream: string,
    { kind = 'append', data = '{}' }: { readonly kind?: WriteRequest['kind']; readonly data?: string } = {},
  ): Promise<WriteOutcome> =>
    new Promise((resolve) => {
      const events =
        kind === 'append'
          ? [
              {
                id: randomUUID(),
                type: 'T',
                isJson: true,
                data: Buffer.from(data),
                metadata: new Uint8Array(0),
              },
            ]
          : [];
      writer.write({ kind, stream, expected: 'any', events }, UNRESTRICTED, resolve);
    });
  return { streams, faults, write, reader: new Reader(storage, streams) };
}

describe('a reader that waits for a stream', () => {
  it('is not woken by writes to others', async () => {
    const { reader, write } = open();
    await write('own');
    const changed = reader.watch('own');
    for (const stream of ['other', '$$other', '$$$own', 'own2']) await write(stream);
    await write('other', { kind: 'delete' });
    expect(changed()).toBe(false);
  });

  it.each<[string, (log: ReturnType<typeof open>) => unknown]>([
    ['an event', ({ write }) => write('own')],
    ['its metadata', ({ write }) => write('$$own', { data: '{"$tb":1}' })],
    ['the default access lists', ({ write }) => write('$settings')],
    ['its deletion', ({ write }) => write('own', { kind: 'delete' })],
    ['its tombstone', ({ write }) => write('own', { kind: 'tombstone' })],
    [
      'a log that was opened anew',
      async ({ faults, write }) => {
        faults.set({ failed_commits: 1 });
        await write('other');
      },
    ],
    [
      'a log that is being opened anew',
      ({ reader }) => {
        reader.suspended = true;
      },
    ],
  ])('is woken by %s', async (_, happen) => {
    const log = open();
    await log.write('own');
    const changed = log.reader.watch('own');
    expect(changed()).toBe(false);
    await happen(log);
    expect(changed()).toBe(true);
  });

  it('is woken by the first event of a new stream, and by any write if it waits for metadata', async () => {
    const { reader, write } = open();
    const [absent, metadata] = [reader.watch('absent'), reader.watch('$$absent')];
    await write('absent');
    expect([absent(), metadata()]).toEqual([true, true]);
  });
});

describe('the data that clients may make the server remember', () => {
  it('excludes very long names', async () => {
    const { streams, write, reader } = open();
    const long = 'n'.repeat(2000);
    expect(reader.status(long)).toBe('not_found');
    expect(await write(long)).toMatchObject({ kind: 'written', revision: 0 });
    expect(await write(long)).toMatchObject({ kind: 'written', revision: 1 });
    expect(reader.lastRevision(long)).toBe(1);
    expect(streams.known(long)).toBeUndefined();
  });

  it('excludes appends of unlimited events, even without data', () => {
    const call = new EventEmitter();
    let refused: unknown;
    append(
      call as unknown as ServerReadableStream<AppendReq, AppendResp>,
      (error) => {
        refused = error;
      },
      () => undefined,
    );
    const identifier = new sharedMessages.StreamIdentifier().setStreamName(
      Buffer.from('s').toString('base64'),
    );
    call.emit(
      'data',
      new streamsMessages.AppendReq().setOptions(
        new streamsMessages.AppendReq.Options()
          .setStreamIdentifier(identifier)
          .setAny(new protobufEmpty.Empty()),
      ),
    );
    const event = new streamsMessages.AppendReq.ProposedMessage().setId(
      new sharedMessages.UUID().setString(randomUUID()),
    );
    event.getMetadataMap().set('type', 'T').set('content-type', 'application/octet-stream');
    const message = new streamsMessages.AppendReq().setProposedMessage(event);
    for (let n = 0; n < 60_000; n += 1) call.emit('data', message);
    expect(refused).toBeUndefined();
    for (let n = 0; n < 10_000; n += 1) call.emit('data', message);
    expect(refused).toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  });
});
