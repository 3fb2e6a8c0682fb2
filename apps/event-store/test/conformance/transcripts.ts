import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import type { CallOptions, Metadata, ServiceError } from '@grpc/grpc-js';
import type { StreamsClient } from '@eventstore/db-client/generated/streams_grpc_pb.js';
import type { BatchAppendResp, ReadResp } from '@eventstore/db-client/generated/streams_pb.js';
import { protobufEmpty, sharedMessages, streamsMessages } from '../../src/wire/protocol.js';
import { streamIdentifier } from '../../src/wire/responses.js';
import type { Context } from './context.js';
import {
  type Append,
  type AppendAnswer,
  type End,
  type Exchange,
  exchangesOf,
  headerOf,
  type TranscriptRead,
  type ReadAnswer,
  type Tombstone,
  transcriptNames,
} from './transcript-file.js';

const grpc = createRequire(import.meta.url)('@eventstore/db-client/generated/streams_grpc_pb.js') as {
  readonly StreamsClient: typeof StreamsClient;
};

/**
 * Internals of the official client: a plain gRPC client on its connection, and the metadata of each
 * call.
 */
type Inside = {
  execute<Result>(
    service: unknown,
    name: string,
    action: (client: StreamsClient) => Promise<Result>,
  ): Promise<Result>;
  callArguments(base: object, options: object): [Metadata, CallOptions];
};

const empty = () => new sharedMessages.Empty();
const textOf = (name: Uint8Array | undefined): string => Buffer.from(name ?? []).toString('utf8');

function uuid(text: string) {
  const id = new sharedMessages.UUID();
  id.setString(text);
  return id;
}

function appendRequest({ stream, expected, events }: Append, correlation: string) {
  const { BatchAppendReq } = streamsMessages;
  const options = new BatchAppendReq.Options();
  options.setStreamIdentifier(streamIdentifier(stream));
  if (expected === 'any') options.setAny(new protobufEmpty.Empty());
  else if (expected === 'no_stream') options.setNoStream(new protobufEmpty.Empty());
  else options.setStreamPosition(expected);
  const request = new BatchAppendReq();
  request.setCorrelationId(uuid(correlation));
  request.setOptions(options);
  request.setIsFinal(true);
  request.setProposedMessagesList(
    events.map(({ id, type, data }) => {
      const message = new BatchAppendReq.ProposedMessage();
      message.setId(uuid(id));
      message.getMetadataMap().set('type', type).set('content-type', 'application/json');
      message.setData(Buffer.from(JSON.stringify(data)));
      return message;
    }),
  );
  return request;
}

function readRequest({ stream, direction, from, count }: TranscriptRead) {
  const { Options } = streamsMessages.ReadReq;
  const target = new Options.StreamOptions();
  target.setStreamIdentifier(streamIdentifier(stream));
  if (from === 'start') target.setStart(empty());
  else if (from === 'end') target.setEnd(empty());
  else target.setRevision(from);
  const options = new Options();
  options.setStream(target);
  options.setReadDirection(
    direction === 'forwards' ? Options.ReadDirection.FORWARDS : Options.ReadDirection.BACKWARDS,
  );
  options.setCount(count);
  options.setNoFilter(empty());
  options.setUuidOption(new Options.UUIDOption().setString(empty()));
  return new streamsMessages.ReadReq().setOptions(options);
}

function tombstoneRequest({ stream, expected }: Tombstone) {
  const options = new streamsMessages.TombstoneReq.Options();
  options.setStreamIdentifier(streamIdentifier(stream));
  if (expected === 'any') options.setAny(empty());
  else options.setRevision(expected);
  return new streamsMessages.TombstoneReq().setOptions(options);
}

/** An answer in a transcript's form, without the server's own texts. */
function appendAnswer(answer: BatchAppendResp): AppendAnswer {
  const error = answer.getError();
  if (error === undefined)
    return { success: { current_revision: answer.getSuccess()?.getCurrentRevision() ?? '' } };
  return { error: { code: error.getCode(), detail: error.getDetails()?.getTypeName() ?? '' } };
}

const bare = (answer: AppendAnswer): AppendAnswer =>
  'success' in answer ? answer : { error: { code: answer.error.code, detail: answer.error.detail } };

function readAnswer(answer: ReadResp): ReadAnswer {
  const event = answer.getEvent()?.getEvent();
  if (event === undefined)
    return {
      stream_not_found: {
        stream: textOf(answer.getStreamNotFound()?.getStreamIdentifier()?.getStreamName_asU8()),
      },
    };
  return {
    event: {
      stream: textOf(event.getStreamIdentifier()?.getStreamName_asU8()),
      revision: event.getStreamRevision(),
      id: event.getId()?.getString() ?? '',
    },
  };
}

type Happened<Answer> = { readonly answers: readonly Answer[]; readonly end: End };

const endOf = (error: ServiceError | null): End => ({
  status: { code: error?.code ?? 0 },
  trailers: Object.fromEntries(
    Object.entries(error?.metadata.getMap() ?? {}).map(([name, value]) => [name, value.toString()]),
  ),
});

/** Makes one call of a transcript, and expects the recorded answers. */
async function play(inside: Inside, exchange: Exchange): Promise<void> {
  const ending = (end: End): void => {
    expect(end.status.code).toBe(exchange.status.code);
    expect(end.trailers).toMatchObject(exchange.trailers ?? {});
    if (exchange.status.code !== 0 && exchange.trailers?.['exception'] === undefined)
      expect(end.trailers).not.toHaveProperty('exception');
  };
  const args = inside.callArguments({ requiresLeader: true }, { deadline: Infinity });
  const call = async <Answer>(
    make: (client: StreamsClient) => Promise<Happened<Answer>>,
  ): Promise<Happened<Answer>> => inside.execute(grpc.StreamsClient, 'transcript', make);
  switch (exchange.call) {
    case 'BatchAppend': {
      const ids = exchange.requests.map(() => randomUUID());
      const { answers, end } = await call<BatchAppendResp>(
        (client) =>
          new Promise((resolve) => {
            const got: BatchAppendResp[] = [];
            const batch = client.batchAppend(...args);
            batch.on('data', (answer: BatchAppendResp) => {
              if (got.push(answer) < ids.length) return;
              // A real server does not end a call when its client has ended it.
              resolve({ answers: got, end: endOf(null) });
              batch.cancel();
            });
            batch.on('error', (error: ServiceError) => resolve({ answers: got, end: endOf(error) }));
            batch.on('end', () => resolve({ answers: got, end: endOf(null) }));
            exchange.requests.forEach((request, index) =>
              batch.write(appendRequest(request, ids[index] ?? '')),
            );
          }),
      );
      ending(end);
      exchange.answers.forEach((possible, index) => {
        const answer = answers.find((each) => each.getCorrelationId()?.getString() === ids[index]);
        expect(possible.map(bare)).toContainEqual(answer === undefined ? 'no answer' : appendAnswer(answer));
      });
      return;
    }
    case 'Read': {
      const { answers, end } = await call<ReadResp>(
        (client) =>
          new Promise((resolve) => {
            const got: ReadResp[] = [];
            const read = client.read(readRequest(exchange.requests[0]), ...args);
            read.on('data', (answer: ReadResp) => got.push(answer));
            read.on('error', (error) => resolve({ answers: got, end: endOf(error as ServiceError) }));
            read.on('end', () => resolve({ answers: got, end: endOf(null) }));
          }),
      );
      ending(end);
      expect(answers.map(readAnswer)).toEqual(exchange.answers);
      return;
    }
    case 'Tombstone': {
      const { end } = await call<never>(
        (client) =>
          new Promise((resolve) => {
            client.tombstone(tombstoneRequest(exchange.requests[0]), ...args, (error) =>
              resolve({ answers: [], end: endOf(error) }),
            );
          }),
      );
      ending(end);
      return;
    }
  }
}

/**
 * A real server's answers, recorded or derived from its sources, played line by line against this
 * one.
 */
export function transcripts(context: Context): void {
  describe.each(transcriptNames())('the transcript %s', (name) => {
    it('names the server of its answers, and how they are known', () => {
      expect(headerOf(name)).toEqual({
        transcript: expect.stringMatching(/\.$/),
        server: expect.stringMatching(/^\w+ \d/),
        provenance: expect.stringMatching(/^(recorded|derived)$/),
        sources: expect.arrayContaining([expect.any(String)]),
      });
    });

    it('is answered as recorded', async () => {
      const inside = context.client as unknown as Inside;
      for (const exchange of exchangesOf(name, (stream) => context.stream(`transcript-${stream}`)))
        await play(inside, exchange);
    });
  });
}
