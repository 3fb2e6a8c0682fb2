import { randomUUID } from 'node:crypto';
import type { ClusterInfo } from '@eventstore/db-client/generated/gossip_pb.js';
import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import {
  featureMessages,
  GossipService,
  gossipMessages,
  offeredOperations,
  SERVER_VERSION,
  ServerFeaturesService,
  sharedMessages,
  StreamsService,
} from '../wire/protocol.js';

/** The features of methods, as the real server reports them. */
const FEATURES: Readonly<Record<string, readonly string[]>> = {
  [StreamsService.read.path]: ['position', 'events'],
  [StreamsService.batchAppend.path]: ['deadline_duration'],
};

/**
 * The supported methods. Clients compare names in lower case, and the real server sends them so.
 */
export function supportedMethods(): SupportedMethods {
  const methods = new featureMessages.SupportedMethods();
  methods.setEventStoreServerVersion(SERVER_VERSION);
  for (const service of [StreamsService, GossipService, ServerFeaturesService, offeredOperations]) {
    for (const { path } of Object.values(service as unknown as Record<string, { readonly path: string }>)) {
      const [, serviceName = '', methodName = ''] = path.toLowerCase().split('/');
      const method = new featureMessages.SupportedMethod();
      method.setServiceName(serviceName);
      method.setMethodName(methodName);
      method.setFeaturesList([...(FEATURES[path] ?? [])]);
      methods.addMethods(method);
    }
  }
  return methods;
}

const instanceId = randomUUID();

/** A cluster of one server, the leader. */
export function clusterInfo(host: string, port: number): ClusterInfo {
  const id = new sharedMessages.UUID();
  id.setString(instanceId);
  const endpoint = new gossipMessages.EndPoint();
  endpoint.setAddress(host);
  endpoint.setPort(port);
  const member = new gossipMessages.MemberInfo();
  member.setInstanceId(id);
  member.setTimeStamp((BigInt(Date.now()) * 10_000n).toString());
  member.setState(gossipMessages.MemberInfo.VNodeState.LEADER);
  member.setIsAlive(true);
  member.setHttpEndPoint(endpoint);
  const info = new gossipMessages.ClusterInfo();
  info.addMembers(member);
  return info;
}
