/**
 * Measures the server through the official client and prints a table: on disk, with a writer
 * thread, and in memory. After a build, run `node apps/event-store/bench/run.mjs [--seconds N]`.
 */
import process from 'node:process';
import { parseArgs } from 'node:util';

import { compare, MEASURES, startServer, warmUp } from './measure.mjs';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '3' } } });
const milliseconds = Number(values.seconds) * 1000;
const servers = await Promise.all([
  startServer(),
  startServer({ args: ['--writer-thread'] }),
  startServer({ memory: true }),
]);
const line = (...cells) =>
  process.stdout.write(
    `${cells.map((cell, index) => (index === 0 ? String(cell).padEnd(36) : String(cell).padStart(10))).join('')}\n`,
  );
line('per second', 'disk', 'thread', 'memory', 'floor');
try {
  for (const server of servers) await warmUp(server, milliseconds / 3);
  for (const { name, floor = '', run } of MEASURES) {
    const figures = await compare(servers, run, { milliseconds });
    line(name, ...figures.map(({ value }) => Math.round(value)), floor);
  }
} finally {
  for (const server of servers) await server.stop();
}
