import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { row } from './report.mjs';

const run = promisify(execFile);
const script = (name) => fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
/** Other work on the machine disturbs measurements, so each is taken several times, in turn. */
const rounds = 3;

async function inProcess(name, ...args) {
  const { stdout } = await run(process.execPath, ['--no-warnings', script(name), ...args], {
    maxBuffer: 1 << 24,
  });
  return JSON.parse(stdout);
}

const cheapest = (runs) => runs.reduce((best, one) => (one.cpu < best.cpu ? one : best));

/**
 * The speed of `interlock audit verify`, compared with the least that any check of the same file
 * does: JSON.parse and SHA-256 of each line. Rates are per second of one core.
 */
export async function measure({ note, decisions = 50_000 }) {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-bench-verify-'));
  try {
    const [events, sealed] = [join(folder, 'events.ndjson'), join(folder, 'log.ndjson')];
    note(`writing and sealing a log of ${decisions} decisions`);
    const wrote = await inProcess('replay/write-log', events, `${decisions}`, '60,30,10', '1');
    const { key } = await inProcess('verify/seal-log', events, sealed);
    rmSync(events);
    const runs = { bare: [], verify: [] };
    for (let round = 1; round <= rounds; round += 1) {
      note(`round ${round} of ${rounds}`);
      runs.bare.push(await inProcess('verify/bare', sealed));
      runs.verify.push(await inProcess('verify/verify-file', sealed, key));
    }
    const [bare, verify] = [cheapest(runs.bare), cheapest(runs.verify)];
    return {
      rows: [
        row('bare JSON.parse and SHA-256', wrote.events / bare.cpu, '/s'),
        row('verify: events', wrote.events / verify.cpu, '/s'),
        row('verify: of the bare rate', bare.cpu / verify.cpu, 'times', { least: 0.5 }),
        row('verify: memory at most', verify.memory / 1e6, 'MB'),
      ],
      notes: [`${wrote.events} events, ${(wrote.bytes / 1e6).toFixed(0)} MB`],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
