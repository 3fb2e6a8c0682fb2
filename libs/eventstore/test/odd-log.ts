import { afterEach, beforeEach } from '@jest/globals';
import { atThisPace } from '@interlock/testing';
import { connectEventStore, type ConnectedEventStore } from '../src/index.js';
import { startOddServer, type OddServer, type ReadCall } from './odd-server.js';

export let server: OddServer;
export let store: ConnectedEventStore;
export const stores: ConnectedEventStore[] = [];
export let retries = 0;

export const connect = async (
  to = server.url,
  deadlineMs = atThisPace(600),
): Promise<ConnectedEventStore> => {
  const connected = await connectEventStore(to, {
    deadlineMs,
    watchdogMs: 100,
    onRetry: () => {
      retries += 1;
    },
  });
  stores.push(connected);
  return connected;
};

/** Starts an odd log and a client of it before each test of a suite, and stops both after it. */
export const startOddLog = (): void => {
  beforeEach(async () => {
    server = await startOddServer();
    retries = 0;
    store = await connect();
  });
  afterEach(async () => {
    await Promise.all(stores.splice(0).map((each) => each.close()));
    server.stop();
  });
};

export const isSubscription = (call: ReadCall): boolean => call.request.getOptions()!.hasSubscription();
