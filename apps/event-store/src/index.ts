export { type EventStore, type EventStoreOptions, startEventStore } from './server.js';
export { hashPassword, type Rights, type User } from './users.js';
export type { FaultAction, FaultBoard, Faults } from './faults.js';
