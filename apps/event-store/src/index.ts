export { type EventStore, type EventStoreOptions, startEventStore } from './server.js';
export type { FaultAction, FaultBoard, Faults } from './faults.js';
