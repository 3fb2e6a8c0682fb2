// Records the demo's log anew for the tests:
//   node tools/record-demo.mjs
// It starts Interlock in a scratch home and waits until the demo has shown its outcomes. Then it
// exports the log of the tenant `demo` to fixtures/streams/demo.ndjson, without the seal. A change
// of an event's shape needs an upcaster instead (CONTRIBUTING.md).
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

const root = new URL('..', import.meta.url).pathname;
const home = mkdtempSync(join(tmpdir(), 'interlock-record-'));
const run = join(root, 'tools/run.mjs');
const file = join(home, 'export.ndjson');
/** The lines of the demo's four outcomes, and of an action that is still open. */
const outcomes = [
  /DENIED/,
  /ROLLED_BACK/,
  /AWAITING_APPROVAL/,
  /COMPLETED +cell_failover cell-001-1/,
  /COMPLETED +cell_failover cell-002-1/,
];

const running = spawn(process.execPath, [run, 'start', '--port', '0', '--home', home], {
  cwd: root,
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  await new Promise((shown, failed) => {
    let told = '';
    running.stdout.on('data', (chunk) => {
      told += chunk;
      if (outcomes.every((outcome) => outcome.test(told))) shown();
    });
    running.once('exit', () => failed(new Error(`it ended before the demo was shown:\n${told}`)));
  });
  execFileSync(process.execPath, [run, 'cli', '--home', home, 'audit', 'export', '-o', file], {
    cwd: root,
    stdio: 'inherit',
  });
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const events = lines.filter((line) => !('seal' in JSON.parse(line)));
  writeFileSync(join(root, 'fixtures/streams/demo.ndjson'), `${events.join('\n')}\n`);
} finally {
  running.kill('SIGTERM');
  if (running.exitCode === null) await new Promise((stopped) => running.once('exit', stopped));
  rmSync(home, { recursive: true, force: true });
}
