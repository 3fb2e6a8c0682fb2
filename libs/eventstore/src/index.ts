export { connectEventStore } from './store.js';
export type { ConnectedEventStore, EventStoreOptions } from './store.js';
export { copyLog } from './copy.js';
export type { CopiedEvent } from './copy.js';
export type { AdapterLogger } from './connection.js';
export { createFollower, proofPatienceMs } from './follower.js';
export { within } from './timing.js';
export type { FollowerOptions, LogFollower } from './follower.js';
export { readLogUrl } from './address.js';
export {
  newEventKey,
  publicPartOf,
  readEventKeys,
  readWriterKeys,
  signatureFault,
  signingServices,
} from './signing.js';
export type { EventKeys, WriterKeys } from './signing.js';
export { makeLogUsers, shutStrangersOut } from './prepare.js';
export { readServerVersion } from './server-version.js';
export type { LogAccount } from './prepare.js';
export { OpenWork } from './open-work.js';
export type { ConfirmedWork, OpenWorkOptions } from './open-work.js';
