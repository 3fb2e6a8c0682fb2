import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { EventStoreDBClient } from '@eventstore/db-client';
import { prepareLogAccess } from '@interlock/embedded';

import { cpuSeconds } from './processes.mjs';

const program = fileURLToPath(
  new URL('../../apps/event-store/bin/interlock-event-store.js', import.meta.url),
);
const body = { text: 'x'.repeat(200) };
const event = () => ({
  id: randomUUID(),
  contentType: 'application/json',
  type: 'Measured',
  data: body,
  metadata: { correlation_id: 'c' },
});

/**
 * Concurrent appends of one event for some seconds: the rate, and the time of each in milliseconds.
 */
async function appends(client, ways, seconds) {
  const run = randomUUID();
  const times = [];
  const began = performance.now();
  const end = began + seconds * 1000;
  await Promise.all(
    Array.from({ length: ways }, async (_, way) => {
      for (let n = 0; performance.now() < end; n += 1) {
        const before = performance.now();
        await client.appendToStream(`measured-${run}-${way}`, [event()], {
          expectedRevision: n === 0 ? 'no_stream' : BigInt(n - 1),
        });
        times.push(performance.now() - before);
      }
    }),
  );
  return { perSecond: times.length / ((performance.now() - began) / 1000), times };
}

/**
 * The log with nothing else on the machine: one at a time, and 64 at a time. It is a separate log
 * on the same disk in the same run. The stack's own services would read these events too and lower
 * the figure. `cpuMs`: the cost of one append on both sides.
 */
export async function rawAppends(seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-bench-log-'));
  const access = await prepareLogAccess(join(folder, 'access'), {}, ['bench']);
  const server = spawn(
    process.execPath,
    ['--no-warnings', program, '--db', join(folder, 'events.db'), '--port', '0', ...access.serverArguments],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = new Promise((resolve) => server.once('exit', resolve));
  try {
    const port = await new Promise((resolve) => {
      createInterface({ input: server.stdout }).on('line', (line) => {
        const found = /^listening .*:(\d+)$/.exec(line);
        if (found !== null) resolve(found[1]);
      });
    });
    const client = EventStoreDBClient.connectionString(access.addressOf(port, 'bench'));
    await appends(client, 64, 1);
    const { times } = await appends(client, 1, seconds / 2);
    const cpu = () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1e6 + [...cpuSeconds([['log', server.pid]]).values()][0];
    };
    const before = cpu();
    const { perSecond, times: all } = await appends(client, 64, seconds);
    const cpuMs = (1000 * (cpu() - before)) / all.length;
    await client.dispose();
    return { times, perSecond, cpuMs };
  } finally {
    server.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}
