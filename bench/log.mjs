import { execFile } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { row } from './report.mjs';

const script = fileURLToPath(new URL('../apps/event-store/bench/run.mjs', import.meta.url));

/** What the event store's own script prints: a name of 28 characters, the figure, the floor. */
async function figures(seconds, ...args) {
  const { stdout } = await promisify(execFile)(process.execPath, ['--no-warnings', script, '--seconds', `${seconds}`, ...args]);
  const lines = stdout.split('\n').map((line) => /^(.{28})\s*(\d+)\s+(\d+)$/.exec(line)).filter((found) => found !== null);
  if (lines.length === 0) throw new Error(`the event store's script printed no figures: ${stdout}`);
  return lines.map(([, name, value, floor]) => ({ name: name.trim(), value: Number(value), floor: Number(floor) }));
}

/** P2: on disk, beside the floor and beside the same server in memory. */
export async function measure({ seconds, note }) {
  note('the log on disk');
  const disk = await figures(seconds);
  note('the log in memory');
  const memory = await figures(seconds, '--memory');
  return {
    rows: disk.flatMap(({ name, value, floor }, i) => {
      const share = value / memory[i].value;
      const counts = /64|256|batches/.test(name);
      return [row(name, value, '/s', { least: floor }), row(`${name}: of memory mode`, share, 'ratio', counts ? { least: 0.7 } : undefined)];
    }),
  };
}
