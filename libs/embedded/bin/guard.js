// Starts one program and stops it when its starter is gone, because the guard's standard input then
// ends.
// usage: node guard.js '{"program":"…","args":[],"uid":1,"gid":1,
//   "remove":["dir"],"signal":"SIGTERM","pidFile":"…"}'
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import process from 'node:process';

const {
  program,
  args = [],
  uid,
  gid,
  remove = [],
  signal = 'SIGTERM',
  pidFile,
} = JSON.parse(process.argv[2]);
const child = spawn(program, args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  ...(uid === undefined ? {} : { uid, gid }),
});

if (pidFile !== undefined && child.pid !== undefined) writeFileSync(pidFile, `${child.pid}`, { mode: 0o600 });

let stopping = false;
const stop = () => {
  if (stopping) return;
  stopping = true;
  child.kill(signal);
  setTimeout(() => child.kill('SIGKILL'), 5000).unref();
};
const leave = (code) => {
  for (const dir of remove) rmSync(dir, { recursive: true, force: true });
  process.exit(code);
};

process.stdin.on('end', stop).on('close', stop).on('error', stop).resume();
for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(name, stop);
// The reader of the output may end before the program does.
process.stdout.on('error', () => undefined);
child.on('error', (error) => {
  process.stderr.write(`guard: ${error.message}\n`);
  leave(127);
});
child.on('exit', (code) => leave(code ?? 1));
