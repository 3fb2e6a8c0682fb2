/** The measurements of a server, through the official client in a process beside it. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { EventStoreDBClient, streamNameFilter } from '@eventstore/db-client';

const command = new URL('../bin/interlock-event-store.js', import.meta.url).pathname;
const data = { text: 'x'.repeat(200) };
const event = () => ({
  id: randomUUID(),
  contentType: 'application/json',
  type: 'Measured',
  data,
  metadata: { correlation_id: 'c' },
});

/**
 * Starts a server in its own process: `memory`, or a file in a temporary folder. `faults` stay
 * switched on.
 */
export async function startServer({ memory = false, args = [], faults } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'event-store-bench-'));
  const where = memory ? ['--memory'] : ['--db', join(folder, 'log.db')];
  const child = spawn(
    process.execPath,
    [
      '--no-warnings',
      command,
      '--port',
      '0',
      ...where,
      ...args,
      ...(faults === undefined ? [] : ['--faults-port', '0']),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines = createInterface({ input: child.stdout });
  const found = {};
  await new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    lines.on('line', (line) => {
      const [, kind, port] = /^(faults|listening) .*:(\d+)$/.exec(line) ?? [];
      if (kind !== undefined) found[kind] = port;
      if (kind === 'listening') resolve();
    });
  });
  if (faults !== undefined)
    await fetch(`http://127.0.0.1:${found.faults}/faults`, { method: 'POST', body: JSON.stringify(faults) });
  const url = `esdb://127.0.0.1:${found.listening}?tls=false`;
  const client = EventStoreDBClient.connectionString(url);
  return {
    client,
    url,
    stop: async () => {
      await client.dispose();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

async function perSecond(run) {
  const started = performance.now();
  const count = await run();
  return count / ((performance.now() - started) / 1000);
}

/** `ways` writers append at the same time, each to its own stream at the exact revision. */
const appends =
  (ways, batch = 1) =>
  (client, milliseconds) =>
    perSecond(async () => {
      const run = randomUUID();
      const end = performance.now() + milliseconds;
      let count = 0;
      await Promise.all(
        Array.from({ length: ways }, async (_, index) => {
          for (let n = 0; performance.now() < end; n += batch) {
            await client.appendToStream(`bench-${run}-${index}`, Array.from({ length: batch }, event), {
              expectedRevision: n === 0 ? 'no_stream' : BigInt(n - 1),
            });
            count += batch;
          }
        }),
      );
      return count;
    });

const READ = 20_000;

async function reads(client, milliseconds) {
  const end = performance.now() + milliseconds;
  return perSecond(async () => {
    let count = 0;
    while (performance.now() < end) for await (const _ of client.readAll({ maxCount: READ })) count += 1;
    return count;
  });
}

/** Catches up repeatedly until the time is over, each time over the same events. */
const catchUp = (options) => async (client, milliseconds) => {
  const end = performance.now() + milliseconds;
  return perSecond(async () => {
    let count = 0;
    while (performance.now() < end) {
      let own = 0;
      for await (const _ of client.subscribeToAll(options)) if ((own += 1) === READ) break;
      count += own;
    }
    return count;
  });
};

/**
 * Each with the floor of the specification, in events or appends a second. `shared` marks measures
 * in which the disk may cost only a share.
 */
export const MEASURES = [
  { name: 'appends, one at a time', floor: 1400, run: appends(1) },
  { name: 'appends, 64 at a time', floor: 9000, shared: true, run: appends(64) },
  { name: 'appends, 256 at a time', floor: 12_000, shared: true, run: appends(256) },
  { name: 'events in batches of 100', floor: 44_000, shared: true, run: appends(8, 100) },
  { name: 'events read from $all', floor: 45_000, run: reads },
  { name: 'events by subscription', floor: 45_000, run: catchUp({}) },
  {
    name: 'events by a filtered subscription',
    run: catchUp({ filter: streamNameFilter({ prefixes: ['bench-'] }) }),
  },
];

/** Fills a server with events to read later, and warms up the server and the client. */
export async function warmUp({ client }, milliseconds) {
  await appends(64)(client, milliseconds);
  for (let have = 0; have < READ;) {
    for (let n = 0; n < 10; n += 1)
      await client.appendToStream(`bench-${randomUUID()}`, Array.from({ length: 500 }, event));
    have = 0;
    for await (const _ of client.readAll({ maxCount: READ })) have += 1;
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/**
 * Measures servers in turns, `rounds` times, and begins with another one each time, so that other
 * load affects all alike. Returns each server's median, and its median share of the last server in
 * the same round.
 */
export async function compare(servers, run, { milliseconds, rounds = 5 }) {
  const figures = servers.map(() => []);
  for (let round = 0; round < rounds; round += 1) {
    for (let turn = 0; turn < servers.length; turn += 1) {
      const index = (turn + round) % servers.length;
      figures[index].push(await run(servers[index].client, milliseconds / rounds));
    }
  }
  const last = figures[figures.length - 1];
  return figures.map((values) => ({
    value: median(values),
    share: median(values.map((value, round) => value / last[round])),
  }));
}
