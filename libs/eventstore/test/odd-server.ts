import { createRequire } from 'node:module';
import type { Readable } from 'node:stream';
import {
  Metadata,
  Server,
  ServerCredentials,
  status,
  type sendUnaryData,
  type ServerDuplexStream,
  type ServerWritableStream,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type {
  AppendResp,
  BatchAppendReq,
  BatchAppendResp,
  ReadReq,
  ReadResp,
} from '@eventstore/db-client/generated/streams_pb.js';

/** The client ships its messages as CommonJS without an exports map. */
const require = createRequire(import.meta.url);
const streams =
  require('@eventstore/db-client/generated/streams_pb.js') as typeof import('@eventstore/db-client/generated/streams_pb.js');
const shared =
  require('@eventstore/db-client/generated/shared_pb.js') as typeof import('@eventstore/db-client/generated/shared_pb.js');
const features =
  require('@eventstore/db-client/generated/serverfeatures_pb.js') as typeof import('@eventstore/db-client/generated/serverfeatures_pb.js');
const { StreamsService } =
  require('@eventstore/db-client/generated/streams_grpc_pb.js') as typeof import('@eventstore/db-client/generated/streams_grpc_pb.js');
const { ServerFeaturesService } =
  require('@eventstore/db-client/generated/serverfeatures_grpc_pb.js') as typeof import('@eventstore/db-client/generated/serverfeatures_grpc_pb.js');
const { Any } =
  require('google-protobuf/google/protobuf/any_pb.js') as typeof import('google-protobuf/google/protobuf/any_pb.js');
const { Status } =
  require('@eventstore/db-client/generated/status_pb.js') as typeof import('@eventstore/db-client/generated/status_pb.js');
const { Empty } =
  require('google-protobuf/google/protobuf/empty_pb.js') as typeof import('google-protobuf/google/protobuf/empty_pb.js');

export type AppendCall = ServerDuplexStream<BatchAppendReq, BatchAppendResp>;
export type ReadCall = ServerWritableStream<ReadReq, ReadResp>;
/**
 * What the server does with each append and each read; it does nothing that a script does not do.
 */
type Script = {
  append: (request: BatchAppendReq, call: AppendCall) => void;
  read: (call: ReadCall) => void;
  /**
   * false: the client's first question, what the server can do, is never answered; an error: with
   * that.
   */
  tellsFeatures: boolean | Error;
  /**
   * How a single append is answered by a server that knows no batches; without it the server knows
   * them.
   */
  alone?: (callback: sendUnaryData<AppendResp>) => void;
};
export type OddServer = {
  readonly url: string;
  readonly port: number;
  readonly script: Script;
  readonly stop: () => void;
};

/** A server that speaks the log's protocol and misbehaves as it is told. */
export const startOddServer = async (): Promise<OddServer> => {
  const script: Script = {
    append: () => undefined,
    read: (call) => call.end(),
    tellsFeatures: true,
  };
  const server = new Server();
  server.addService(
    StreamsService as never,
    {
      batchAppend: (call: AppendCall) => {
        call.on('error', () => undefined);
        call.on('data', (request: BatchAppendReq) => script.append(request, call));
      },
      read: (call: ReadCall) => {
        call.on('error', () => undefined);
        script.read(call);
      },
      append: (call: Readable, callback: sendUnaryData<AppendResp>) => {
        call
          .on('error', () => undefined)
          .on('end', () => script.alone?.(callback))
          .resume();
      },
    } as unknown as UntypedServiceImplementation,
  );
  server.addService(
    ServerFeaturesService as never,
    {
      getSupportedMethods: (_: unknown, callback: sendUnaryData<unknown>) => {
        if (script.tellsFeatures instanceof Error) callback(script.tellsFeatures);
        if (script.tellsFeatures !== true) return;
        const method = new features.SupportedMethod();
        method.setServiceName('event_store.client.streams.streams');
        method.setMethodName(script.alone === undefined ? 'batchappend' : 'read');
        const all = new features.SupportedMethods();
        all.setEventStoreServerVersion('24.6.0');
        all.addMethods(method);
        callback(null, all);
      },
    } as unknown as UntypedServiceImplementation,
  );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  return {
    url: `esdb://127.0.0.1:${port}?tls=false`,
    port,
    script,
    stop: () => server.forceShutdown(),
  };
};

/**
 * The answer that an append was written up to a revision; without a position where none is given,
 * as a repeat may be answered.
 */
export const written = (request: BatchAppendReq, revision: bigint, position?: bigint): BatchAppendResp => {
  const success = new streams.BatchAppendResp.Success();
  success.setCurrentRevision(`${revision}`);
  if (position === undefined) success.setNoPosition(new Empty());
  else {
    const at = new shared.AllStreamPosition();
    at.setCommitPosition(`${position}`);
    at.setPreparePosition(`${position}`);
    success.setPosition(at);
  }
  const reply = new streams.BatchAppendResp();
  reply.setCorrelationId(request.getCorrelationId());
  reply.setStreamIdentifier(request.getOptions()?.getStreamIdentifier());
  reply.setSuccess(success);
  return reply;
};

/** The answer that an append failed with an error of a type, and the bytes that say more of it. */
export const failed = (request: BatchAppendReq, type: string, value: Uint8Array): BatchAppendResp => {
  const details = new Any();
  details.setTypeUrl(`type.googleapis.com/event_store.client.${type}`);
  details.setValue(value);
  const error = new Status();
  error.setDetails(details);
  const reply = new streams.BatchAppendResp();
  reply.setCorrelationId(request.getCorrelationId());
  reply.setStreamIdentifier(request.getOptions()?.getStreamIdentifier());
  reply.setError(error);
  return reply;
};

/**
 * The end of a whole call with an exception in its trailers; `bare`: without those that belong to
 * it.
 */
export const callEnd = (
  exception: string,
  code: status = status.FAILED_PRECONDITION,
  bare = false,
): Error => {
  const metadata = new Metadata();
  metadata.set('exception', exception);
  for (const [name, value] of Object.entries(
    bare
      ? {}
      : {
          'stream-name': 'another',
          'expected-version': '1',
          'actual-version': '7',
          'maximum-append-size': '1048576',
        },
  ))
    metadata.set(name, value);
  return Object.assign(new Error(exception), { code, details: exception, metadata });
};

/** A message of a read that carries an event; `id: null` leaves out what every event has. */
export const eventMessage = (over: {
  readonly position: bigint;
  readonly revision?: bigint;
  readonly stream?: string;
  readonly data?: string;
  readonly id?: string | null;
  readonly type?: string;
  readonly created?: string;
}): ReadResp => {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  const identifier = new shared.StreamIdentifier();
  identifier.setStreamName(Buffer.from(over.stream ?? 'action-demo:1').toString('base64'));
  recorded.setStreamIdentifier(identifier);
  if (over.id !== null) {
    const id = new shared.UUID();
    id.setString(over.id ?? `00000000-0000-4000-8000-${`${over.position}`.padStart(12, '0').slice(-12)}`);
    recorded.setId(id);
  }
  recorded.setStreamRevision(`${over.revision ?? over.position}`);
  recorded.setCommitPosition(`${over.position}`);
  recorded.setPreparePosition(`${over.position}`);
  recorded
    .getMetadataMap()
    .set('type', over.type ?? 'Happened')
    .set('content-type', 'application/json')
    .set('created', over.created ?? '17000000000000000');
  recorded.setData(Buffer.from(over.data ?? `{"n":${over.position}}`).toString('base64'));
  recorded.setCustomMetadata(Buffer.from('{"schema_version":1}').toString('base64'));
  const event = new streams.ReadResp.ReadEvent();
  event.setEvent(recorded);
  event.setCommitPosition(`${over.position}`);
  const message = new streams.ReadResp();
  message.setEvent(event);
  return message;
};

export const checkpointMessage = (position: bigint): ReadResp => {
  const checkpoint = new streams.ReadResp.Checkpoint();
  checkpoint.setCommitPosition(`${position}`);
  checkpoint.setPreparePosition(`${position}`);
  const message = new streams.ReadResp();
  message.setCheckpoint(checkpoint);
  return message;
};
