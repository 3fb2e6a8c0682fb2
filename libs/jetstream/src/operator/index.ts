export { isUserKey, newSeed, readSeed } from './keys.js';
export type { AccountKeys, BusKeys, Generation, KeyKind } from './keys.js';
export { busSystemAccount, busSystemUser, deletionOf, makeBusJwts, systemCreds } from './jwts.js';
export type { AccountJwt, BusJwts, BusTenant } from './jwts.js';
export { keptCreds, keptJwt, subjectOfJwt } from './kept.js';
export { resolverText } from './resolver.js';
export type { Resolver } from './resolver.js';
export { countServers, deleteAccounts, pushAccount } from './push.js';
