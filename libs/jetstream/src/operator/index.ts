// The command line loads this module when it first needs it, and hands it on as one object.
/** @public */
export { isUserKey, newSeed, readSeed } from './keys.js';
export type { AccountKeys, BusKeys, Generation, KeyKind } from './keys.js';
/** @public */
export { busSystemAccount, busSystemUser, deletionOf, makeBusJwts, systemCreds } from './jwts.js';
export type { AccountJwt, BusJwts, BusTenant } from './jwts.js';
/** @public */
export { keptCreds, keptJwt, subjectOfJwt } from './kept.js';
export { resolverText } from './resolver.js';
export type { Resolver } from './resolver.js';
/** @public */
export { countServers, deleteAccounts, pushAccount } from './push.js';
