import {
  type Metadata,
  type sendUnaryData,
  Server,
  type ServerReadableStream,
  type ServerUnaryCall,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type { ScavengeResp, StartScavengeReq } from '@eventstore/db-client/generated/operations_pb.js';
import type {
  AppendReq,
  AppendResp,
  DeleteReq,
  DeleteResp,
  TombstoneReq,
  TombstoneResp,
} from '@eventstore/db-client/generated/streams_pb.js';
import { append, deleteStream, tombstoneStream, type Write } from './append-call.js';
import { BatchAppendCall, type BatchServerCall } from './batch-append.js';
import { decodeBatchChunk } from '../wire/batch-wire.js';
import { allowBreakingOff } from './broken-off.js';
import { isDamage } from '../storage/checksum.js';
import { clusterInfo, supportedMethods } from './cluster.js';
import { type CallError, cancelled, dataLoss, stopping, unavailable, unknown } from '../model/errors.js';
import type { EventLog } from '../writing/event-log.js';
import { messageOf } from '../model/message-of.js';
import { OpenStreams } from './open-streams.js';
import { wholeRequests } from './whole-requests.js';
import {
  GossipService,
  offeredOperations,
  operationsMessages,
  ServerFeaturesService,
  StreamsService,
} from '../wire/protocol.js';
import { type Outgoing, ReadCall, type ReadServerCall } from './read-call.js';
import { refusalError } from '../model/outcome.js';
import { Scavenge } from './scavenge.js';
import { type Principal, UNRESTRICTED, type Users } from '../model/users.js';

/**
 * As on the real server, a message may be larger than gRPC's default; the append size limits events
 * instead.
 */
const MAX_MESSAGE_SIZE = 17 * 1024 * 1024;

const isCallError = (error: unknown): error is CallError =>
  typeof error === 'object' && error !== null && 'code' in error && 'metadata' in error;

/** If the server listens on every address, clients are told the one that they used. */
function reachable(host: string, authority: string): string {
  return host === '0.0.0.0' || host === '::' ? authority.replace(/:\d+$/, '') : host;
}

function toCallError(error: unknown): CallError {
  if (isCallError(error)) return error;
  if (messageOf(error) === 'database is not open')
    return unavailable('the log cannot be read until its file can be opened again');
  return isDamage(error) ? dataLoss(`event log damaged: ${messageOf(error)}`) : unknown(messageOf(error));
}

export type ServiceParts = {
  readonly log: EventLog;
  readonly users: Users | undefined;
  /** The server's address, for clients that ask. */
  readonly endpoint: () => { readonly host: string; readonly port: number };
  /** How long a connection may not answer, and a request may not progress (ms). */
  readonly timeoutMs: number;
};

/** The gRPC side: turns calls into writes and reads of the log, and tracks the open ones. */
export class Service {
  readonly server: Server;
  readonly streams: OpenStreams;
  readonly #log: EventLog;
  readonly #users: Users | undefined;
  readonly #reads = new Set<ReadCall>();
  readonly #batches = new Set<BatchAppendCall>();
  readonly #appends = new Set<(error: CallError) => void>();
  readonly #scavenge: Scavenge;

  constructor({ log, users, endpoint, timeoutMs }: ServiceParts) {
    this.#log = log;
    this.#users = users;
    this.#scavenge = new Scavenge(log);
    this.server = new Server({
      'grpc.max_receive_message_length': MAX_MESSAGE_SIZE,
      'grpc.max_send_message_length': -1,
      'grpc.max_concurrent_streams': 4096,
      'grpc.enable_channelz': 0,
      // A client that does not answer a ping is gone. So half-open connections, and those that
      // never spoke, end.
      'grpc.keepalive_time_ms': timeoutMs,
      'grpc.keepalive_timeout_ms': timeoutMs,
      interceptors: [wholeRequests(timeoutMs)],
    });
    allowBreakingOff(this.server);
    this.streams = new OpenStreams(this.server);
    const { read, batchAppend } = StreamsService;
    this.server.addService(
      {
        ...StreamsService,
        read: {
          ...read,
          responseSerialize: (message: Outgoing) =>
            Buffer.isBuffer(message) ? message : Buffer.from(message.serializeBinary()),
        },
        batchAppend: {
          ...batchAppend,
          requestDeserialize: decodeBatchChunk,
          responseSerialize: (reply: Buffer) => reply,
        },
      },
      this.#streams(),
    );
    this.server.addService(ServerFeaturesService, {
      getSupportedMethods: (_call: unknown, callback: sendUnaryData<unknown>) =>
        void this.#log.faults.thawed().then(() => callback(null, supportedMethods())),
    });
    this.server.addService(offeredOperations, this.#operations());
    this.server.addService(GossipService, {
      read: (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => {
        const { host, port } = endpoint();
        void this.#log.faults
          .thawed()
          .then(() => callback(null, clusterInfo(reachable(host, call.getHost()), port)));
      },
    });
    log.onCommit(() => {
      for (const read of this.#reads) read.committed();
    });
    log.faults.onChange(() => this.wakeReads());
    log.faults.onAction('drop_subscriptions', () =>
      this.endSubscriptions(unavailable('fault: subscription dropped')),
    );
    log.faults.onAction('end_subscriptions', () => this.endSubscriptions());
    log.faults.onAction('stall_subscriptions', () => this.stallSubscriptions());
  }

  wakeReads(): void {
    for (const read of this.#reads) read.wake();
  }

  endSubscriptions(error?: CallError): void {
    for (const read of this.#reads) if (read.subscribed) read.end(error);
  }

  stallSubscriptions(): void {
    for (const read of this.#reads) if (read.subscribed) read.stall();
  }

  /**
   * Ends every open call with CANCELLED, and single-call writes that were not done with
   * UNAVAILABLE.
   */
  endCalls(): void {
    this.#scavenge.stop();
    for (const refuse of this.#appends) refuse(stopping());
    for (const read of this.#reads) read.end(cancelled());
    for (const batch of this.#batches) batch.end();
  }

  /** A call with one answer, which writes as its caller. */
  #answered<Call extends { readonly metadata: Metadata }, Response>(
    handle: (call: Call, callback: sendUnaryData<Response>, write: Write) => void,
  ): (call: Call, callback: sendUnaryData<Response>) => void {
    return (call, callback) =>
      this.#asCaller(call.metadata, (write) => handle(call, callback, write), callback);
  }

  #operations(): UntypedServiceImplementation {
    return {
      startScavenge: this.#answered<ServerUnaryCall<StartScavengeReq, ScavengeResp>, ScavengeResp>(
        (_call, callback, write) => {
          void this.#scavenge.start(write).then((answer) => {
            if (answer instanceof operationsMessages.ScavengeResp) callback(null, answer);
            else callback(refusalError(answer, { stream: '', expected: 'any' }));
          });
        },
      ),
    };
  }

  #streams(): UntypedServiceImplementation {
    return {
      read: (call: ReadServerCall) => this.#read(call),
      append: this.#answered<ServerReadableStream<AppendReq, AppendResp>, AppendResp>(
        (call, callback, write) => {
          const refuse = append(call, callback, write);
          this.#appends.add(refuse);
          call.once('close', () => this.#appends.delete(refuse));
        },
      ),
      batchAppend: (call: BatchServerCall) => {
        this.#asCaller(
          call.metadata,
          (write) => {
            const batch = new BatchAppendCall(call, write);
            this.#batches.add(batch);
            call.on('close', () => this.#batches.delete(batch));
            batch.run();
          },
          (error) => call.emit('error', error),
        );
      },
      delete: this.#answered<ServerUnaryCall<DeleteReq, DeleteResp>, DeleteResp>(deleteStream),
      tombstone: this.#answered<ServerUnaryCall<TombstoneReq, TombstoneResp>, TombstoneResp>(tombstoneStream),
    };
  }

  /**
   * Handles a call with a function that writes as its caller; immediately on a server without
   * users.
   */
  #asCaller(metadata: Metadata, handle: (write: Write) => void, refuse: (error: CallError) => void): void {
    // INVARIANT: an answer that cannot be made ends its own call, and not the writer, which serves
    // everybody.
    const run = (principal: Principal): void =>
      handle((request, answer) =>
        this.#log.write(request, principal, (outcome) => {
          try {
            answer(outcome);
          } catch (error) {
            refuse(toCallError(error));
          }
        }),
      );
    if (this.#users === undefined) {
      try {
        run(UNRESTRICTED);
      } catch (error) {
        refuse(toCallError(error));
      }
      return;
    }
    this.#users
      .authenticate(metadata)
      .then(run)
      .catch((error: unknown) => refuse(toCallError(error)));
  }

  #read(call: ReadServerCall): void {
    const read = new ReadCall(call, {
      reader: this.#log.reader,
      faults: this.#log.faults,
      authenticate: async (metadata) =>
        this.#users === undefined ? UNRESTRICTED : this.#users.authenticate(metadata),
    });
    this.#reads.add(read);
    read
      .run()
      .catch((error: unknown) => read.end(toCallError(error)))
      .finally(() => this.#reads.delete(read));
  }
}
