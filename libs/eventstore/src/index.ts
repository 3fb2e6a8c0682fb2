export { connectEventStore } from './store.js';
export type { ConnectedEventStore, EventStoreOptions } from './store.js';
export { copyLog } from './writing/copy.js';
export type { CopiedEvent } from './writing/copy.js';
export type { AdapterLogger } from './connection/connection.js';
export { createFollower, proofTimeoutMs } from './reading/follower.js';
export { within } from './connection/timing.js';
export type { FollowerOptions, LogFollower } from './reading/follower.js';
export { readLogUrl } from './connection/address.js';
export {
  newEventKey,
  publicPartOf,
  readEventKeys,
  readWriterKeys,
  signatureFault,
  signingServices,
} from './writing/signing.js';
export type { EventKeys, WriterKeys } from './writing/signing.js';
export { makeLogUsers, shutStrangersOut } from './connection/prepare.js';
export { readServerVersion } from './connection/server-version.js';
export type { LogAccount } from './connection/prepare.js';
export { OpenWork } from './reading/open-work.js';
export type { ConfirmedWork, OpenWorkOptions } from './reading/open-work.js';
