import { InMemoryEventStore } from '@interlock/kernel';
import { storeContract } from './contract.js';

const store = new InMemoryEventStore();
storeContract('in-memory store', () => store);
