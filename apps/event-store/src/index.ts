export { type EventStore, type EventStoreOptions, startEventStore } from './service/server.js';
export { hashPassword, type Rights, type User } from './model/users.js';
export type { FaultAction, FaultBoard, Faults } from './model/faults.js';
