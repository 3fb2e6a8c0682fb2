import { compare, MEASURES, startServer, warmUp } from '../apps/event-store/bench/measure.mjs';
import { measure as measureProjections } from './projections.mjs';
import { measureSigning } from './log/signing.mjs';
import { row } from './report.mjs';

/** A disk on which a sync takes this long; there a thread of its own pays for the writer. */
const SLOW_SYNC_MS = 5;

/** The log on disk beside the floor, and beside the same server in memory, turn by turn. */
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

/** On a slow disk, the writer in a thread of its own beside the writer in the server's. */
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
 * P2: on disk, beside the floor and beside the same server in memory, what the writer's thread is
 * worth, and what signatures cost. P5: what read models make of it.
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
