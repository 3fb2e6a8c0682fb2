import { createRequire } from 'node:module';

/**
 * The official client ships its generated messages as CommonJS without an exports map. They are
 * loaded with `require`, so that server and client share one google-protobuf.
 */
const require = createRequire(import.meta.url);

export const streamsMessages =
  require('@eventstore/db-client/generated/streams_pb.js') as typeof import('@eventstore/db-client/generated/streams_pb.js');
export const sharedMessages =
  require('@eventstore/db-client/generated/shared_pb.js') as typeof import('@eventstore/db-client/generated/shared_pb.js');
export const statusMessages =
  require('@eventstore/db-client/generated/status_pb.js') as typeof import('@eventstore/db-client/generated/status_pb.js');
export const gossipMessages =
  require('@eventstore/db-client/generated/gossip_pb.js') as typeof import('@eventstore/db-client/generated/gossip_pb.js');
export const featureMessages =
  require('@eventstore/db-client/generated/serverfeatures_pb.js') as typeof import('@eventstore/db-client/generated/serverfeatures_pb.js');
export const { StreamsService } =
  require('@eventstore/db-client/generated/streams_grpc_pb.js') as typeof import('@eventstore/db-client/generated/streams_grpc_pb.js');
export const { GossipService } =
  require('@eventstore/db-client/generated/gossip_grpc_pb.js') as typeof import('@eventstore/db-client/generated/gossip_grpc_pb.js');
export const { ServerFeaturesService } =
  require('@eventstore/db-client/generated/serverfeatures_grpc_pb.js') as typeof import('@eventstore/db-client/generated/serverfeatures_grpc_pb.js');
export const operationsMessages =
  require('@eventstore/db-client/generated/operations_pb.js') as typeof import('@eventstore/db-client/generated/operations_pb.js');
const { OperationsService } =
  require('@eventstore/db-client/generated/operations_grpc_pb.js') as typeof import('@eventstore/db-client/generated/operations_grpc_pb.js');
/** The operations that this server has. */
export const offeredOperations = { startScavenge: OperationsService.startScavenge };
export const { Any } =
  require('google-protobuf/google/protobuf/any_pb.js') as typeof import('google-protobuf/google/protobuf/any_pb.js');
export const { Timestamp } =
  require('google-protobuf/google/protobuf/timestamp_pb.js') as typeof import('google-protobuf/google/protobuf/timestamp_pb.js');
export const protobufEmpty =
  require('google-protobuf/google/protobuf/empty_pb.js') as typeof import('google-protobuf/google/protobuf/empty_pb.js');

/** The reproduced version; clients choose their code paths by it. */
export const SERVER_VERSION = '24.6.0';
