/**
 * Measures the server through the official client and prints a table.
 * Run with `node apps/event-store/bench/run.mjs [--seconds N] [--memory]` after a build.
 */
import { randomUUID } from 'node:crypto';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { EventStoreDBClient, streamNameFilter } from '@eventstore/db-client';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '3' }, memory: { type: 'boolean', default: false } } });
const milliseconds = Number(values.seconds) * 1000;
const folder = mkdtempSync(join(tmpdir(), 'event-store-bench-'));
const server = spawn(process.execPath, [
  new URL('../bin/interlock-event-store.js', import.meta.url).pathname, '--port', '0',
  ...(values.memory ? ['--memory'] : ['--db', join(folder, 'log.db')]),
], { stdio: ['ignore', 'pipe', 'inherit'] });

const port = await new Promise((resolve) => {
  createInterface({ input: server.stdout }).on('line', (line) => {
    const found = /^listening .*:(\d+)$/.exec(line);
    if (found) resolve(found[1]);
  });
});
const client = EventStoreDBClient.connectionString(`esdb://127.0.0.1:${port}?tls=false`);
const data = { text: 'x'.repeat(200) };
const event = () => ({ id: randomUUID(), contentType: 'application/json', type: 'Measured', data, metadata: { correlation_id: 'c' } });

async function appends(concurrency, batch) {
  const run = randomUUID();
  const end = Date.now() + milliseconds;
  let count = 0;
  const worker = async (index) => {
    for (let n = 0; Date.now() < end; n += batch) {
      await client.appendToStream(`bench-${run}-${index}`, Array.from({ length: batch }, event), { expectedRevision: n === 0 ? 'no_stream' : BigInt(n - 1) });
      count += batch;
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: concurrency }, (_, index) => worker(index)));
  return count / ((performance.now() - started) / 1000);
}

async function reads() {
  const end = Date.now() + milliseconds;
  const started = performance.now();
  let count = 0;
  while (Date.now() < end) {
    for await (const _ of client.readAll({ maxCount: 50_000 })) count += 1;
  }
  return count / ((performance.now() - started) / 1000);
}

async function subscription(options) {
  let last = 0n;
  for await (const { commitPosition } of client.readAll({ direction: 'backwards', fromPosition: 'end', maxCount: 1 })) last = commitPosition;
  const started = performance.now();
  let count = 0;
  const all = client.subscribeToAll(options);
  for await (const { commitPosition } of all) {
    count += 1;
    if (commitPosition === last) break;
  }
  return count / ((performance.now() - started) / 1000);
}

const line = (name, perSecond, floor) => process.stdout.write(`${name.padEnd(28)}${String(perSecond).padStart(12)}${String(floor).padStart(10)}\n`);
const measure = async (name, floor, run) => line(name, Math.round(await run()), floor);
line('measure', 'per second', 'floor');
await appends(16, 1);
await measure('appends, one at a time', 1400, () => appends(1, 1));
await measure('appends, 64 at a time', 9000, () => appends(64, 1));
await measure('appends, 256 at a time', 12000, () => appends(256, 1));
await measure('events in batches of 100', 44000, () => appends(8, 100));
await measure('events read from $all', 45000, reads);
await measure('events by subscription', 45000, () => subscription({}));
await measure('the same with a filter', '-', () => subscription({ filter: streamNameFilter({ prefixes: ['bench-'] }) }));
await client.dispose();
server.kill('SIGTERM');
await new Promise((resolve) => server.once('exit', resolve));
rmSync(folder, { recursive: true });
