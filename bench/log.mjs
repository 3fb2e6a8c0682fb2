import { compare, MEASURES, startServer, warmUp } from '../apps/event-store/bench/measure.mjs';
import { measure as measureProjections } from './projections.mjs';
import { measureSigning } from './log/signing.mjs';
import { row } from './report.mjs';

/** The duration of a sync on a slow disk, where a writer thread pays off. */
const SLOW_SYNC_MS = 5;

/** Compares the log on disk with the floor, and with the same server in memory, in turns. */
async function diskAndMemory({ milliseconds, note }) {
  const servers = await Promise.all([startServer(), startServer({ memory: true })]);
  const rows = [];
  try {
    for (const server of servers) await warmUp(server, milliseconds / 3);
    for (const { name, floor, shared, run } of MEASURES) {
      note(name);
      const [disk] = await compare(servers, run, { milliseconds });
      rows.push(row(name, disk.value, '/s', floor === undefined ? undefined : { least: floor }));
      rows.push(row(`${name}: of memory mode`, disk.share, 'ratio', shared ? { least: 0.7 } : undefined));
    }
  } finally {
    for (const server of servers) await server.stop();
  }
  return rows;
}

/** Compares, on a slow disk, a writer thread with a writer in the server's thread. */
async function threadOnSlowDisk({ milliseconds, note }) {
  const faults = { slow_fsync_ms: SLOW_SYNC_MS };
  const servers = await Promise.all([
    startServer({ args: ['--writer-thread'], faults }),
    startServer({ faults }),
  ]);
  const { name, run } = MEASURES.find((measure) => measure.name === 'appends, 256 at a time');
  try {
    for (const { client } of servers) await run(client, milliseconds / 3);
    note(`${name}, ${SLOW_SYNC_MS} ms a sync`);
    const [thread, plain] = await compare(servers, run, { milliseconds: milliseconds * 2 });
    const what = `${name}, ${SLOW_SYNC_MS} ms a sync`;
    return [
      row(what, plain.value, '/s'),
      row(`${what}, by a thread`, thread.value, '/s'),
      row(`${what}: the thread's gain`, thread.share, 'ratio', { least: 1 }),
    ];
  } finally {
    for (const server of servers) await server.stop();
  }
}

/**
 * P2: the log on disk compared with the floor and with memory, the gain of the writer thread, and
 * the cost of signatures. P5: the speed of read models.
 */
export async function measure({ seconds, note }) {
  const options = { milliseconds: seconds * 1000, note };
  const log = [
    ...(await diskAndMemory(options)),
    ...(await threadOnSlowDisk(options)),
    ...(await measureSigning(options)),
  ];
  const { rows, notes } = await measureProjections({ seconds, note });
  return { rows: [...log, ...rows], notes };
}
