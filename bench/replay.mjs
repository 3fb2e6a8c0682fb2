import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { liveRates } from './pipeline/bench.mjs';
import { row } from './report.mjs';

const run = promisify(execFile);
/** Of a hundred decisions most are refused, a third are dry runs, every tenth goes to a device. */
const mix = { denied: 60, 'dry-run': 30, devices: 10 };
const script = (name) => fileURLToPath(new URL(`replay/${name}.mjs`, import.meta.url));

async function inProcess(name, ...args) {
  const { stdout } = await run(process.execPath, ['--no-warnings', script(name), ...args], {
    maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout);
}

/** The live rate of decisions for this mix. */
const mixed = (rates) =>
  100 / Object.entries(mix).reduce((time, [kind, share]) => time + share / rates[kind], 0);

/**
 * The speed of a replay, compared with the live rate of this machine: one process decides a file
 * again, like `interlock audit replay`.
 */
export async function measure({ seconds, note, decisions = 50_000, liveRate }) {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-bench-replay-'));
  try {
    let live;
    if (liveRate === undefined) {
      note('the live rate');
      live = await liveRates({ seconds, note });
    }
    const rate = liveRate ?? mixed(live);
    const file = join(folder, 'log.ndjson');
    note(`writing a log of ${decisions} decisions`);
    const wrote = await inProcess('write-log', file, `${decisions}`, Object.values(mix).join(','), '1');
    note('replaying it');
    const bares = [await inProcess('../verify/bare', file)];
    const first = await inProcess('replay-file', file);
    bares.push(await inProcess('../verify/bare', file));
    const again = await inProcess('replay-file', file);
    for (const one of [first, again])
      if (one.difference !== null)
        throw new Error(`the log does not replay: ${JSON.stringify(one.difference)}`);
    if (first.digest !== again.digest) throw new Error('two replays of one log gave two digests');
    const best = first.seconds <= again.seconds ? first : again;
    const perSecond = wrote.decisions / best.seconds;
    const bare = Math.min(...bares.map(({ seconds: took }) => took));
    return {
      rows: [
        ...Object.entries(live ?? {}).map(([kind, value]) => row(`live: ${kind}`, value, '/s')),
        row('live, in the mix of the log', rate, '/s'),
        row('replay: decisions', perSecond, '/s'),
        row('replay: of the live rate', perSecond / rate, 'times', { least: 20 }),
        row('replay: of bare JSON.parse and SHA-256', bare / best.seconds, 'times', { least: 0.2 }),
        row('replay: decisions per second of one core', wrote.decisions / best.cpu, '/s'),
        row('replay: events', wrote.events / best.seconds, '/s'),
        row('replay: read', wrote.bytes / best.seconds / 1e6, 'MB/s'),
        row('replay: memory at most', best.memory / 1e6, 'MB', { most: 600 }),
      ],
      notes: [
        `${wrote.decisions} decisions, ${wrote.events} events, ${(wrote.bytes / 1e6).toFixed(0)} MB: ${Object.entries(
          wrote.ends,
        )
          .map(([type, n]) => `${type} ${n}`)
          .join(', ')}`,
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
