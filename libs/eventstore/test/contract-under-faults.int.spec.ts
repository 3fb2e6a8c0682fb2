import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe } from '@jest/globals';
import { startGate, type Gate } from '@interlock/testing';
import { connectEventStore, type ConnectedEventStore } from '../src/index.js';
import { storeContract } from './contract.js';
import { startLogProcess, type LogProcess } from './log-process.js';

let dir: string;
let log: LogProcess;
let gate: Gate;
let store: ConnectedEventStore;

/** Into the midst of a test; nothing where the log has gone meanwhile. */
const soon = (change: object | string, ms: number): void => {
  setTimeout(() => log.faults(change).catch(() => undefined), ms);
};

/** What every test of the contract begins with. What it promises holds all the same. */
const switches: { readonly [name: string]: () => Promise<void> | void } = {
  'a lost acknowledgement': () => log.faults({ lost_acknowledgements: 1 }),
  'failed commits': () => log.faults({ failed_commits: 2 }),
  'a moment of frost': async () => {
    await log.faults({ frozen: true });
    soon({ frozen: false }, 60);
  },
  'slow commits': () => log.faults({ slow_fsync_ms: 15 }),
  'every delivery twice': () => log.faults({ duplicate_deliveries: 100_000 }),
  'forgotten ids': () => log.faults('forget_ids'),
  'a slow network': () => gate.delay(10),
  'subscriptions that are dropped': () => {
    for (const ms of [10, 40, 90]) soon('drop_subscriptions', ms);
  },
  'subscriptions that end': () => {
    for (const ms of [10, 40, 90]) soon('end_subscriptions', ms);
  },
  'subscriptions that fall silent': () => {
    for (const ms of [10, 40, 90]) soon('stall_subscriptions', ms);
  },
};

describe.each(Object.keys(switches))('with %s', (name) => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'interlock-log-'));
    log = await startLogProcess({ file: join(dir, 'log.db') });
    gate = await startGate(log.port);
    // A lost acknowledgement is missed when half of the deadline is over; whatever else happens
    // here is over sooner, also on a busy machine.
    const deadlineMs = name === 'a lost acknowledgement' ? 3000 : 10_000;
    store = await connectEventStore(`esdb://127.0.0.1:${gate.port}?tls=false`, {
      deadlineMs,
      watchdogMs: 200,
    });
  });
  beforeEach(() => switches[name]!());
  afterAll(async () => {
    await store.close();
    await gate.stop();
    await log.kill();
    await rm(dir, { recursive: true, force: true });
  });
  storeContract('log', () => store);
});
