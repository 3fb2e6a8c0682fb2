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

/** What every test of the contract begins with. What it promises holds all the same. */
const switches: { readonly [name: string]: () => Promise<void> | void } = {
  'a lost acknowledgement': () => log.faults({ lost_acknowledgements: 1 }),
  'failed commits': () => log.faults({ failed_commits: 2 }),
  'a moment of frost': async () => {
    await log.faults({ frozen: true });
    setTimeout(() => { void log.faults({ frozen: false }); }, 60);
  },
  'slow commits': () => log.faults({ slow_fsync_ms: 15 }),
  'every delivery twice': () => log.faults({ duplicate_deliveries: 100_000 }),
  'forgotten ids': () => log.faults('forget_ids'),
  'a slow network': () => { gate.delay(10); },
};

const repeatedly: { readonly [name: string]: () => Promise<void> } = {
  'subscriptions that are dropped all the time': () => log.faults('drop_subscriptions'),
  'subscriptions that end all the time': () => log.faults('end_subscriptions'),
};

const onFaultyLog = (tests: () => void): void => {
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'interlock-log-'));
    log = await startLogProcess({ file: join(dir, 'log.db') });
    gate = await startGate(log.port);
    store = await connectEventStore(`esdb://127.0.0.1:${gate.port}?tls=false`, { deadlineMs: 2000 });
  });
  afterAll(async () => {
    await store.close();
    await gate.stop();
    await log.kill();
    await rm(dir, { recursive: true, force: true });
  });
  tests();
};

describe.each(Object.keys(switches))('with %s', (name) => {
  onFaultyLog(() => {
    beforeEach(() => switches[name]!());
    storeContract('log', () => store);
  });
});

describe.each(Object.keys(repeatedly))('with %s', (name) => {
  onFaultyLog(() => {
    let again: NodeJS.Timeout;
    beforeAll(() => { again = setInterval(() => { void repeatedly[name]!(); }, 50); });
    afterAll(() => { clearInterval(again); });
    storeContract('log', () => store);
  });
});
