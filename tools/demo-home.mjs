// A scratch home in which the demo has shown its outcomes, for the tools that record one.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

import { root } from './run/node.mjs';

/** The lines of the demo's four outcomes, and of an action that is still open. */
const outcomes = [
  /DENIED/,
  /ROLLED_BACK/,
  /AWAITING_APPROVAL/,
  /COMPLETED +cell_failover cell-001-1/,
  /COMPLETED +cell_failover cell-002-1/,
];

/**
 * Starts Interlock in a scratch home, waits for the outcomes, and calls `work` with the home while
 * Interlock runs. Then it removes the home.
 * @param {(home: string) => void} work
 */
export async function withDemo(work) {
  const home = mkdtempSync(join(tmpdir(), 'interlock-record-'));
  const start = [join(root, 'tools/run.mjs'), 'start', '--port', '0', '--home', home];
  const running = spawn(process.execPath, start, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await new Promise((shown, failed) => {
      let output = '';
      running.stdout.on('data', (chunk) => {
        output += chunk;
        if (outcomes.every((outcome) => outcome.test(output))) shown();
      });
      running.once('exit', () => failed(new Error(`it ended before the demo was shown:\n${output}`)));
    });
    work(home);
  } finally {
    running.kill('SIGTERM');
    if (running.exitCode === null) await new Promise((stopped) => running.once('exit', stopped));
    rmSync(home, { recursive: true, force: true });
  }
}
